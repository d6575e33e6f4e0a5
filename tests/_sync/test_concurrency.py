"""Whole lists: several pages at a time where that can be proven, one behind the other elsewhere, each record once."""

from __future__ import annotations

import json
import random
import time
import warnings
from typing import Any

import httpx
import pytest

from factorialhr._system import twins
from factorialhr._system.twins import sleep
from tests._sync.clients import client
from tests.halves import factorialhr_sync as sdk
from tests.support import answers
from tests.support.numbered import NumberedList, cursor

IDS = [str(number) for number in range(11, 61)]
WALKS = ["all", "iter", "pages"]


def numbers_of(server: NumberedList, size: int) -> list[int]:
    """The pages of a size that were asked for by their number; the rest are windows."""
    return sorted(int(query["page"]) for query in server.queries if "page" in query and query["limit"] == str(size))


def walk(api: sdk.ApiClient, how: str, **options: Any) -> tuple[list[object], Any]:
    """The ids that a walk finds, and what said so."""
    endpoint = api.trainings.sessions
    if how == "all":
        found = endpoint.all(**options)
        return [record.id for record in found], found
    stream = getattr(endpoint, how)(**options)
    if how == "iter":
        return [record.id for record in stream], stream
    return [record.id for one in stream for record in one], stream


@pytest.mark.parametrize("how", WALKS)
@pytest.mark.parametrize("concurrency", [2, 8, 16])
@pytest.mark.parametrize("cursors", ["ids", "positions"])
def test_a_long_list_is_fetched_by_page_numbers_and_its_borders_by_windows(
    how: str, concurrency: int, cursors: str
) -> None:
    server = NumberedList(IDS, cursors=cursors)
    ids, found = walk(client(server.transport), how, limit=5, concurrency=concurrency)
    assert ids == IDS
    assert (found.outcome, found.issues) == ("whole", ())
    assert server.queries[0] == {"limit": "5"}
    # A last page that is full is followed up, for the list may have grown.
    assert numbers_of(server, 5) == list(range(2, 12))
    assert len(server.queries) == 1 + 10 + 9


def test_records_of_many_pages_are_one_response() -> None:
    server = NumberedList(IDS)
    found = client(server.transport).trainings.sessions.all(limit=5)
    assert found.raw_data == answers.sessions(*IDS)
    assert [record.id for record in found.data()] == IDS


def test_filters_go_with_every_page_number() -> None:
    server = NumberedList(IDS)
    client(server.transport).trainings.sessions.all(search="aid", params={"x": "y"}, limit=5)
    assert len(server.queries) == 20
    assert all((query["search"], query["x"]) == ("aid", "y") for query in server.queries)


@pytest.mark.parametrize("how", WALKS)
@pytest.mark.parametrize("cursors", ["ids", "positions"])
def test_one_request_at_a_time_goes_by_cursors(how: str, cursors: str) -> None:
    server = NumberedList(IDS, cursors=cursors)
    ids, found = walk(client(server.transport), how, limit=5, concurrency=1)
    assert (ids, found.outcome) == (IDS, "whole")
    assert len([query for query in server.queries if "after_id" in query]) == 9
    # Cursors that are ids need no proof; positions shift as records go.
    assert len([query for query in server.queries if "page" in query]) == (0 if cursors == "ids" else 9)


@pytest.mark.parametrize(("method", "pages"), [("all", 1 + 10 + 9), ("iter", 10), ("pages", 10)])
def test_all_has_eight_requests_at_a_time_and_streams_have_one(method: str, pages: int) -> None:
    server = NumberedList(IDS)
    assert (walk(client(server.transport), method, limit=5))[0] == IDS
    assert len(server.queries) == pages


@pytest.mark.parametrize("seconds", [0, 0.02])
def test_the_same_list_is_asked_for_in_the_same_way_however_slow_it_is(seconds: float) -> None:
    server = NumberedList(IDS, before_each=lambda _: time.sleep(seconds))
    client(server.transport).trainings.sessions.all(limit=5)
    assert len(server.queries) == 20


def test_a_client_may_say_the_concurrency_of_its_lists() -> None:
    server = NumberedList(IDS)
    api = client(server.transport, concurrency=1)
    api.trainings.sessions.all(limit=5)
    assert numbers_of(server, 5) == []
    api.with_options(concurrency=4).trainings.sessions.all(limit=5)
    assert numbers_of(server, 5) == list(range(2, 12))


@pytest.mark.parametrize("how", WALKS)
@pytest.mark.parametrize("concurrency", [0, 17, -1, True, 2.0, "8"])
def test_a_concurrency_that_cannot_be_is_refused(how: str, concurrency: Any) -> None:
    server = NumberedList(IDS)
    with pytest.raises(sdk.ConfigurationError, match="concurrency must be a whole number from 1 to 16"):
        walk(client(server.transport), how, concurrency=concurrency)
    with pytest.raises(sdk.ConfigurationError, match="concurrency must be a whole number from 1 to 16"):
        client(server.transport, concurrency=concurrency)
    assert server.queries == []


@pytest.mark.parametrize("how", WALKS)
@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize("cursors", ["ids", "positions"])
def test_a_record_that_slips_over_a_border_is_found(how: str, concurrency: int, cursors: str) -> None:
    def change(server: NumberedList) -> None:
        if len(server.queries) == 1:
            server.ids.remove("12")
            server.ids.append("99")

    server = NumberedList(list(IDS), cursors=cursors, before_each=change)
    ids, found = walk(client(server.transport), how, limit=5, concurrency=concurrency)
    assert set(IDS) - {"12"} <= set(ids)
    assert len(ids) == len(set(ids))
    assert found.outcome == "whole"


@pytest.mark.parametrize("how", WALKS)
@pytest.mark.parametrize("concurrency", [1, 2, 8])
def test_lists_that_change_all_the_time_lose_and_double_nothing(how: str, concurrency: int) -> None:
    for seed in range(15):
        dice = random.Random(seed)  # noqa: S311

        def change(server: NumberedList, dice: random.Random = dice) -> None:
            if server.queries and dice.random() < 0.4:
                gone = server.ids.pop(dice.randrange(len(server.ids)))
                server.ids.append(str(int(server.ids[-1]) + 1 + int(gone == server.ids[-1])))

        server = NumberedList(list(IDS), cursors="positions", before_each=change)
        ids, found = walk(client(server.transport), how, limit=5, concurrency=concurrency)
        assert len(ids) == len(set(ids))
        assert found.outcome != "whole" or set(IDS) & set(server.ids) <= set(ids)


@pytest.mark.filterwarnings("ignore::factorialhr.DecodeWarning")
@pytest.mark.parametrize("how", WALKS)
def test_what_windows_add_is_in_the_raw_records_too(how: str) -> None:
    def change(server: NumberedList) -> None:
        if len(server.queries) == 1:
            del server.ids[:3]

    server = NumberedList(list(IDS), before_each=change)
    api = client(server.transport)
    if how == "all":
        pages: list[Any] = [api.trainings.sessions.all(limit=5)]
    else:
        pages = [one for one in api.trainings.sessions.pages(limit=5, concurrency=4)]
    assert [record["id"] for one in pages for record in one.raw_data] == IDS
    assert [record.id for one in pages for record in one] == IDS


# -- servers that do otherwise --------------------------------------------------------------------------


@pytest.mark.parametrize("how", WALKS)
def test_a_server_that_ignores_numbers_is_walked_by_its_cursors(how: str) -> None:
    server = NumberedList(IDS, numbers=False)
    ids, found = walk(client(server.transport), how, limit=5, concurrency=4)
    assert (ids, found.outcome) == (IDS, "whole")


def test_positions_without_numbers_are_unproven() -> None:
    many = [str(number) for number in range(11, 611)]
    server = NumberedList(many, numbers=False, cursors="positions")
    with pytest.warns(sdk.DecodeWarning, match="a window that joins two pages"):
        ids, found = walk(client(server.transport), "all", concurrency=1)
    assert (ids, found.outcome) == (many, "unproven")
    # Windows are not tried at every border of a list that does not answer with them.
    assert len([query for query in server.queries if "page" in query]) <= 10


@pytest.mark.parametrize("total", [0, 8, 41, 600, None])
@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_total_that_is_not_true_loses_nothing(total: object, concurrency: int) -> None:
    server = NumberedList(IDS, total=total)
    ids, found = walk(client(server.transport), "all", limit=5, concurrency=concurrency)
    assert (ids, found.outcome) == (IDS, "whole")


def test_a_total_that_is_far_too_high_brings_no_storm_of_requests() -> None:
    server = NumberedList(IDS, total=1_000_000)
    ids, _ = walk(client(server.transport), "all", limit=5)
    assert ids == IDS
    assert len(server.queries) < 100


@pytest.mark.parametrize(
    ("size", "found_out"), [(5, "a window that joins two pages"), (100, "pages of the size that was asked for")]
)
def test_a_server_with_pages_of_one_size_loses_no_record(size: int, found_out: str) -> None:
    def change(server: NumberedList) -> None:
        if len(server.queries) == 1:
            server.ids.remove("12")
            server.ids.append("999")

    ids = [str(number) for number in range(11, 11 + 6 * size)]
    server = NumberedList(list(ids), fixed_size=size, before_each=change)
    with pytest.warns(sdk.DecodeWarning, match=found_out) as caught:
        seen, found = walk(client(server.transport), "all")
    assert len(caught) == 1
    assert set(ids) - {"12"} <= set(seen)
    assert len(seen) == len(set(seen))
    assert found.outcome == "unproven"


@pytest.mark.filterwarnings("ignore::factorialhr.DecodeWarning")
def test_a_server_that_never_ends_is_left() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        number = int(request.url.params.get("page", "1"))
        ids = [str(max(1, min(number, 6)) * 10 + one) for one in range(5)]
        meta = {"limit": 5, "total": 1_000, "has_next_page": True, "end_cursor": cursor(number)}
        return answers.json({"data": answers.sessions(*ids), "meta": meta})

    ids, found = walk(client(httpx.MockTransport(answer)), "iter", limit=5, concurrency=4)
    assert (len(set(ids)), len(ids)) == (30, 30)
    assert found.outcome == "cut short"
    assert [one.found for one in found.issues][-1] == "10 pages without a new one"


def test_a_flag_that_ends_a_full_page_too_early_is_not_believed() -> None:
    for concurrency in (1, 8):
        server = NumberedList(IDS, has_next_page=False)
        ids, found = walk(client(server.transport), "all", limit=5, concurrency=concurrency)
        assert (ids, found.outcome) == (IDS, "whole")


@pytest.mark.filterwarnings("ignore::factorialhr.DecodeWarning")
@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_list_that_begins_again_is_left(concurrency: int) -> None:
    many = [str(number) for number in range(11, 811)]
    server = NumberedList(many * 20, cursors="positions")
    ids, found = walk(client(server.transport), "iter", concurrency=concurrency)
    assert ids[:800] == many
    assert len(ids) == len(set(ids))
    assert found.outcome == "cut short"


def test_a_warning_that_is_an_error_does_not_decide_the_outcome() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        server = NumberedList(IDS, numbers=False, cursors="positions", fixed_size=5)
        stream = client(server.transport).trainings.sessions.iter(concurrency=1)
        assert [record.id for record in stream] == IDS
        assert stream.outcome == "unproven"


# -- streams --------------------------------------------------------------------------------------------


def test_a_stream_begins_with_few_pages() -> None:
    server = NumberedList([str(number) for number in range(1, 1001)])
    stream = client(server.transport).trainings.sessions.iter(limit=10, concurrency=8)
    sent = []
    for number in range(1, 171):
        next(stream)
        if number % 10 == 1:
            sent.append(len(numbers_of(server, 10)))
    assert sent == [0, 1, *[3] * 2, *[7] * 4, *[15] * 8, 23]


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("method", ["iter", "pages"])
def test_a_stream_says_how_many_records_there_are(method: str, concurrency: int) -> None:
    stream = getattr(client(NumberedList(IDS).transport).trainings.sessions, method)(limit=5, concurrency=concurrency)
    assert (stream.total, stream.outcome, stream.issues) == (None, None, ())
    next(stream)
    assert (stream.total, stream.outcome) == (50, None)
    for _ in stream:
        pass
    assert (stream.total, stream.outcome) == (50, "whole")


@pytest.mark.parametrize("concurrency", [1, 4])
def test_several_consumers_share_a_stream(concurrency: int) -> None:
    server = NumberedList([str(number) for number in range(1, 501)])

    def answer(request: httpx.Request) -> httpx.Response:
        sleep(0.001)
        return server.answer(request)

    stream = client(httpx.MockTransport(answer)).trainings.sessions.iter(limit=20, concurrency=concurrency)

    def consume(_number: int) -> list[object]:
        seen = []
        for record in stream:
            seen.append(record.id)
            sleep(0)
        return seen

    found = twins.gather(consume, range(5), 5)
    assert sorted(int(str(one)) for seen in found for one in seen) == list(range(1, 501))


def test_a_stream_goes_on_where_it_broke() -> None:
    server, broken = NumberedList(IDS), []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.params.get("page") == "5" and not broken:
            broken.append(request)
            return answers.json({}, 403)
        return server.answer(request)

    stream = client(httpx.MockTransport(answer)).trainings.sessions.iter(limit=5, concurrency=4)
    seen = []
    while True:
        try:
            seen.append((next(stream)).id)
        except sdk.PermissionDeniedError:
            assert len(seen) < len(IDS)
        except StopIteration:
            break
    assert (seen, stream.outcome, len(broken)) == (IDS, "whole", 1)


# -- what all calls have in common ------------------------------------------------------------------------


def test_an_error_on_one_page_is_the_error_of_all() -> None:
    server = NumberedList(IDS)

    def answer(request: httpx.Request) -> httpx.Response:
        return answers.json({}, 403) if request.url.params.get("page") == "3" else server.answer(request)

    api = client(httpx.MockTransport(answer), max_in_flight=2)
    with pytest.raises(sdk.PermissionDeniedError):
        api.trainings.sessions.all(limit=5)
    assert len(api.trainings.sessions.get(limit=5)) == 5


def test_an_odd_field_on_many_pages_is_one_issue_and_one_warning() -> None:
    server = NumberedList(IDS)

    def answer(request: httpx.Request) -> httpx.Response:
        content = json.loads(server.answer(request).content)
        for record in content["data"]:
            record["name"] = 5
        return answers.json(content)

    with pytest.warns(sdk.DecodeWarning) as caught:
        found = client(httpx.MockTransport(answer)).trainings.sessions.all(limit=5)
    assert len(caught) == 1
    assert [(issue.field, issue.found) for issue in found.issues] == [("name", "integer")]
    assert found.outcome == "whole"


class Crowd:
    """Counts the requests that are under way at a time."""

    def __init__(self) -> None:
        self.now = 0
        self.most = 0
        self.pages = NumberedList([str(number) for number in range(1, 201)])

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.now += 1
        self.most = max(self.most, self.now)
        sleep(0.001)
        self.now -= 1
        return self.pages.answer(request)


@pytest.mark.parametrize("most", [1, 3])
def test_requests_in_flight_are_bounded(most: int) -> None:
    crowd = Crowd()
    api = client(httpx.MockTransport(crowd.answer), max_in_flight=most)
    assert len(api.trainings.sessions.all(limit=5)) == 200
    assert crowd.most == most


@pytest.mark.parametrize("how", WALKS)
def test_a_list_has_no_more_requests_in_flight_than_asked_for(how: str) -> None:
    crowd = Crowd()
    walk(client(httpx.MockTransport(crowd.answer)), how, limit=5, concurrency=5)
    assert 1 < crowd.most <= 5


def test_calls_of_a_caller_are_bounded_too() -> None:
    crowd = Crowd()
    api = client(httpx.MockTransport(crowd.answer), max_in_flight=4)

    def call(number: int) -> object:
        return (api.trainings.sessions.get(search=str(number))).meta.total

    assert twins.gather(call, list(range(30)), 30) == [200] * 30
    assert crowd.most == 4
