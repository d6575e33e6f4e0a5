"""Long lists are fetched several pages at a time, never more than allowed, and checked; else by their cursor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from factorialhr._system import twins
from factorialhr._system.twins import asleep
from tests._async.clients import client
from tests.halves import factorialhr_async as sdk
from tests.support import answers

SIZE = 2


@pytest.fixture(autouse=True)
def _worth_it(_calm: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("factorialhr._core.pages.SECONDS_WORTH_ONE", 1e-9)


def listing(ids: list[str], *, numbered: bool = True, total: int | None = None) -> Callable[[httpx.Request], Any]:
    """A server with a list of records, which may or may not know of page numbers."""

    def answer(request: httpx.Request) -> httpx.Response:
        params = request.url.params
        start = int(params.get("after_id", "0"))
        if numbered and "page" in params:
            start = (int(params["page"]) - 1) * SIZE
        end = start + SIZE
        meta = {
            "limit": SIZE,
            "total": len(ids) if total is None else total,
            "has_next_page": end < len(ids),
            "end_cursor": str(end),
        }
        return answers.json({"data": answers.sessions(*ids[start:end]), "meta": meta})

    return answer


class Recorder:
    """Keeps the queries of a server's requests."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response]) -> None:
        self.answer = answer
        self.queries: list[dict[str, str]] = []

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._record)

    def _record(self, request: httpx.Request) -> httpx.Response:
        self.queries.append(dict(request.url.params.multi_items()))
        return self.answer(request)


IDS = [str(number) for number in range(9)]
BY_NUMBER = [{}] + [{"page": str(number), "limit": "2"} for number in (2, 3, 4, 5)]
BY_CURSOR = [{}] + [{"after_id": str(number)} for number in (2, 4, 6, 8)]


async def test_a_long_list_is_fetched_by_page_numbers() -> None:
    server = Recorder(listing(IDS))
    found = await client(server.transport).trainings.sessions.all()
    assert [record.id for record in found] == IDS
    assert server.queries[0] == {}
    assert sorted(server.queries, key=lambda query: query.get("page", "")) == BY_NUMBER
    assert found.raw_data == answers.sessions(*IDS)


async def test_filters_go_with_every_page_number() -> None:
    server = Recorder(listing(IDS))
    await client(server.transport).trainings.sessions.all(search="aid", params={"x": "y"})
    assert all((query["search"], query["x"]) == ("aid", "y") for query in server.queries)


@pytest.mark.parametrize(
    "answer",
    [
        listing(IDS, numbered=False),
        listing(IDS, total=8),
        listing(IDS, total=10),
        listing([*IDS[:8], "1"]),
    ],
    ids=["numbers are ignored", "more than announced", "fewer than announced", "one twice"],
)
async def test_a_list_that_fails_the_check_is_walked_by_its_cursor(answer: Any) -> None:
    server = Recorder(answer)
    found = await client(server.transport).trainings.sessions.all()
    expected = [record["id"] for query in BY_CURSOR for record in answer(httpx.Request("GET", "https://h", params=query)).json()["data"]]  # fmt: skip
    assert [record.id for record in found] == expected
    assert len(found) == 9
    assert [query for query in server.queries if "page" not in query] == BY_CURSOR


@pytest.mark.parametrize(
    ("options", "ids", "first"),
    [({"after_id": "2"}, IDS[2:], {"after_id": "2"}), ({"params": {"after_id": "2"}}, IDS[2:], {"after_id": "2"})],
)
async def test_a_walk_from_a_cursor_stays_with_cursors(options: Any, ids: list[str], first: dict[str, str]) -> None:
    server = Recorder(listing(IDS))
    assert [record.id for record in await client(server.transport).trainings.sessions.all(**options)] == ids
    assert server.queries[0] == first
    assert not any("page" in query for query in server.queries)


@pytest.mark.parametrize("method", ["iter", "pages"])
async def test_a_stream_stays_with_cursors(method: str) -> None:
    server = Recorder(listing(IDS))
    async for _ in getattr(client(server.transport).trainings.sessions, method)():
        pass
    assert server.queries == BY_CURSOR


async def test_an_error_on_one_page_is_the_error_of_all() -> None:
    pages = listing(IDS)

    def answer(request: httpx.Request) -> httpx.Response:
        return answers.json({}, 403) if request.url.params.get("page") == "3" else pages(request)

    api = client(Recorder(answer).transport, max_in_flight=2)
    with pytest.raises(sdk.PermissionDeniedError):
        await api.trainings.sessions.all()
    assert len(await api.trainings.sessions.get()) == SIZE


async def test_an_odd_field_on_many_pages_is_one_issue_and_one_warning() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        content = listing(IDS)(request).json()
        for record in content["data"]:
            record["name"] = None
        return answers.json(content)

    with pytest.warns(sdk.DecodeWarning) as caught:
        found = await client(Recorder(answer).transport).trainings.sessions.all()
    assert len(caught) == 1
    assert [(issue.field, issue.found) for issue in found.issues] == [("name", "null")]


class Crowd:
    """Counts the requests that are under way at a time."""

    def __init__(self) -> None:
        self.now = 0
        self.most = 0
        self.pages = listing([str(number) for number in range(40)])

    async def answer(self, request: httpx.Request) -> httpx.Response:
        self.now += 1
        self.most = max(self.most, self.now)
        await asleep(0.001)
        self.now -= 1
        return self.pages(request)


@pytest.mark.parametrize("most", [1, 3])
async def test_requests_in_flight_are_bounded(most: int) -> None:
    crowd = Crowd()
    api = client(httpx.MockTransport(crowd.answer), max_in_flight=most)
    assert len(await api.trainings.sessions.all()) == 40
    assert crowd.most == most


async def test_calls_of_a_caller_are_bounded_too() -> None:
    crowd = Crowd()
    api = client(httpx.MockTransport(crowd.answer), max_in_flight=4)

    async def call(number: int) -> object:
        return (await api.trainings.sessions.get(search=str(number))).meta.total

    assert await twins.agather(call, list(range(30)), 30) == [40] * 30
    assert crowd.most == 4
