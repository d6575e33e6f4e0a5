"""Lists: one page, all pages, records and pages as streams, over every oddity of the API's paging."""

from __future__ import annotations

import warnings
from typing import Any

import httpx
import pytest
from pytest_httpx import HTTPXMock

from tests._sync.clients import client
from tests.halves import factorialhr_sync as sdk
from tests.support import answers
from tests.support.answers import page, page_before
from tests.support.script import Script, always

WALKS = ["all", "iter", "pages"]


def walk(api: sdk.ApiClient, how: str, **options: Any) -> list[object]:
    """The ids that a walk finds."""
    endpoint = api.trainings.sessions
    if how == "all":
        return [record.id for record in (endpoint.all(**options)).data()]
    if how == "iter":
        return [record.id for record in endpoint.iter(**options)]
    return [record.id for one in endpoint.pages(**options) for record in one]


def three_pages() -> list[httpx.Response]:
    return [page_before("c1", "1", "2"), page_before("c2", "3"), page("4")]


# What a walk over these answers finds, and the cursors it asks with.
ENDINGS = {
    "one page": ([page], [], [None]),
    "two pages": ([lambda: page_before("c1", "1"), lambda: page("2")], ["1", "2"], [None, "c1"]),
    "no meta": ([lambda: answers.json({"data": answers.sessions("1")})], ["1"], [None]),
    "meta is null": ([lambda: answers.json({"data": answers.sessions("1"), "meta": None})], ["1"], [None]),
    "meta is empty": ([lambda: answers.json({"data": answers.sessions("1"), "meta": {}})], ["1"], [None]),
    "limit is null": (
        [lambda: page("1", "2", limit=None, total=2, has_next_page=False, paginateable=False)],
        ["1", "2"],
        [None],
    ),
    "has_next_page is null": ([lambda: page("1", has_next_page=None, end_cursor="c1")], ["1"], [None]),
    "has_next_page is missing": ([lambda: page("1", end_cursor="c1")], ["1"], [None]),
    "a cursor on the last page": ([lambda: page("1", has_next_page=False, end_cursor="c1")], ["1"], [None]),
    "no cursors on the last page": (
        [lambda: page_before("c1", "1"), lambda: page("2", has_next_page=False, has_previous_page=True, total=2)],
        ["1", "2"],
        [None, "c1"],
    ),
    "more rows than limit": (
        [
            lambda: page("1", "2", "3", limit=1, total=1, has_next_page=True, end_cursor="c1"),
            lambda: page("4", "5", limit=1, total=1, has_next_page=False),
        ],
        ["1", "2", "3", "4", "5"],
        [None, "c1"],
    ),
    "fewer rows than total": ([lambda: page("1", total=99, has_next_page=False)], ["1"], [None]),
    "an empty page that announces another": (
        [lambda: page_before("c1", "1"), lambda: page_before("c2"), lambda: page_before("c3"), lambda: page("2")],
        ["1", "2"],
        [None, "c1", "c2", "c3"],
    ),
    "a cursor that needs quoting": (
        [lambda: page_before("Mjc=&a/b +", "1"), lambda: page("2")],
        ["1", "2"],
        [None, "Mjc=&a/b +"],
    ),
}


@pytest.mark.parametrize("how", WALKS)
@pytest.mark.parametrize(("steps", "ids", "cursors"), ENDINGS.values(), ids=ENDINGS)
def test_a_walk_finds_everything_and_asks_for_no_page_too_many(
    how: str, steps: list[Any], ids: list[str], cursors: list[str | None]
) -> None:
    script = Script(*[step() for step in steps])
    assert walk(client(script), how) == ids
    assert [query.get("after_id") for query in script.queries] == cursors


def again(*ids: str, **meta: Any) -> list[Any]:
    """A page that says the same when it is asked for once more."""
    return [lambda: page(*ids, **meta)] * 2


# A next page is announced, and there is no way to get there.
STUCK = {
    "no cursor": (again("1", has_next_page=True), ["1"], "missing"),
    "null for a cursor": (again("1", has_next_page=True, end_cursor=None), ["1"], "missing"),
    "an empty cursor": (again("1", has_next_page=True, end_cursor=""), ["1"], "missing"),
    "the cursor of the page before": (
        [lambda: page_before("c1", "1"), *again("2", has_next_page=True, end_cursor="c1")],
        ["1", "2"],
        "a cursor seen before",
    ),
    "an earlier cursor": (
        [
            lambda: page_before("c1", "1"),
            lambda: page_before("c2", "2"),
            *again("3", has_next_page=True, end_cursor="c1"),
        ],
        ["1", "2", "3"],
        "a cursor seen before",
    ),
    "the page before": (
        [lambda: page_before("c1", "1"), *again("1", has_next_page=True, end_cursor="c2")],
        ["1"],
        "the page before once more",
    ),
    "a full page that does not say whether it is the last": (again("1", limit=1), ["1"], "missing"),
    "fewer records than announced, and no flag": (again("1", total=2), ["1"], "missing"),
}


def issue(found: str) -> sdk.DecodeIssue:
    return sdk.DecodeIssue("PaginationMeta", "end_cursor", "the next page's cursor", found)


@pytest.mark.filterwarnings("ignore::factorialhr.DecodeWarning")
@pytest.mark.parametrize("how", WALKS)
@pytest.mark.parametrize(("steps", "ids"), [case[:2] for case in STUCK.values()], ids=STUCK)
def test_a_list_without_a_way_on_ends_once_it_has_been_asked_again(
    how: str, steps: list[Any], ids: list[str]
) -> None:
    script = Script(*[step() for step in steps])
    assert walk(client(script), how) == ids
    assert len(script.requests) == len(steps)


@pytest.mark.filterwarnings("ignore::factorialhr.DecodeWarning")
@pytest.mark.parametrize(("steps", "found"), [case[::2] for case in STUCK.values()], ids=STUCK)
def test_a_list_without_a_way_on_says_that_it_was_cut_short(
    steps: list[Any], found: str, caplog: pytest.LogCaptureFixture
) -> None:
    everything = client(Script(*[step() for step in steps])).trainings.sessions.all()
    assert (everything.outcome, everything.issues) == ("cut short", (issue(found),))
    for method in ("iter", "pages"):
        stream = getattr(client(Script(*[step() for step in steps])).trainings.sessions, method)()
        assert stream.outcome is None
        for _ in stream:
            pass
        assert (stream.outcome, stream.issues) == ("cut short", (issue(found),))
    warned = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert warned == [f"GET trainings/sessions: records may be missing: {issue(found)}"] * 3


@pytest.mark.parametrize(("steps", "ids", "found"), STUCK.values(), ids=STUCK)
def test_strict_clients_raise_where_a_list_was_cut_short(steps: list[Any], ids: list[str], found: str) -> None:
    api = client(Script(*[step() for step in steps]), strict=True)
    with pytest.raises(sdk.IncompleteListError, match=found) as caught:
        api.trainings.sessions.all()
    assert caught.value.response is not None
    assert [record.id for record in caught.value.response] == ids
    assert caught.value.issues == (issue(found),)
    api = client(Script(*[step() for step in steps]), strict=True)
    stream = api.trainings.sessions.iter()
    assert [(next(stream)).id for _ in ids] == ids
    with pytest.raises(sdk.IncompleteListError, match=found):
        next(stream)


def test_a_page_that_has_its_cursor_when_asked_again_is_no_end() -> None:
    script = Script(page("1", has_next_page=True), page_before("c1", "1"), page("2"))
    found = client(script).trainings.sessions.all()
    assert [record.id for record in found] == ["1", "2"]
    assert found.issues == ()


def test_a_page_that_comes_twice_is_asked_for_once_more() -> None:
    script = Script(page_before("c1", "1"), page_before("c2", "1"), page("2"))
    found = client(script).trainings.sessions.all()
    assert [record.id for record in found] == ["1", "2"]
    assert [query.get("after_id") for query in script.queries] == [None, "c1", "c1"]


def test_each_stream_that_was_cut_short_warns_where_it_was_read() -> None:
    # Python shows a warning once for each line: this one names the line of the caller.
    with pytest.warns(sdk.DecodeWarning, match="records may be missing.*end_cursor") as caught:
        assert walk(client(Script(*[step() for step in again("1", has_next_page=True)])), "iter") == ["1"]
    assert [warning.filename for warning in caught] == [__file__]


@pytest.mark.parametrize("how", WALKS)
def test_a_walk_starts_behind_its_cursor(how: str) -> None:
    script = Script(page_before("c8", "8"), page("9"))
    assert walk(client(script), how, after_id="c7", limit=1) == ["8", "9"]
    assert script.queries == [{"after_id": "c7", "limit": "1"}, {"after_id": "c8", "limit": "1"}]


@pytest.mark.parametrize("how", WALKS)
def test_a_cursor_in_params_is_as_good_as_the_keyword(how: str) -> None:
    script = Script(page_before("c8", "8"), page("9"))
    assert walk(client(script), how, params={"after_id": "c7"}) == ["8", "9"]
    assert [query["after_id"] for query in script.queries] == ["c7", "c8"]


@pytest.mark.parametrize("how", WALKS)
def test_a_walk_behind_a_cursor_has_one_request_at_a_time(how: str) -> None:
    with pytest.raises(sdk.ConfigurationError, match="'after_id' is where a walk with concurrency=1 begins"):
        walk(client(Script()), how, after_id="c7", concurrency=2)


def test_a_walk_that_is_sent_back_to_its_start_ends() -> None:
    script = Script(page_before("c7", "8"), page_before("c7", "8"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sdk.DecodeWarning)
        found = client(script).trainings.sessions.all(after_id="c7")
    assert [record.id for record in found] == ["8"]
    assert [issue.found for issue in found.issues] == ["a cursor seen before"]


@pytest.mark.parametrize("how", WALKS)
def test_filters_and_options_go_with_every_page(how: str) -> None:
    script = Script(page_before("c1", "1"), page("2"))
    walk(client(script), how, search="aid", params={"ids[]": ["1", "2"]}, headers={"X-Team": "a"}, timeout=7)
    assert [request.url.params.get("search") for request in script.requests] == ["aid", "aid"]
    assert [request.url.params.get_list("ids[]") for request in script.requests] == [["1", "2"], ["1", "2"]]
    assert [request.headers["x-team"] for request in script.requests] == ["a", "a"]
    assert [request.extensions["timeout"]["read"] for request in script.requests] == [7, 7]


def test_the_requests_of_a_walk_to_the_letter(httpx_mock: HTTPXMock) -> None:
    address = "https://api.factorialhr.com/api/2026-10-01/resources/trainings/sessions"
    meta = {"has_next_page": True, "end_cursor": "Mjc="}
    httpx_mock.add_response(url=address, json={"data": answers.sessions("1"), "meta": meta})
    httpx_mock.add_response(
        url=f"{address}?after_id=Mjc%3D", json={"data": answers.sessions("2"), "meta": {"has_next_page": False}}
    )
    with sdk.ApiClient(auth=sdk.ApiKeyAuth("key")) as api:
        found = sdk.SessionsEndpoint(api).all()
    assert [record.id for record in found.data()] == ["1", "2"]
    assert [request.headers["x-api-key"] for request in httpx_mock.get_requests()] == ["key", "key"]


@pytest.mark.parametrize("params", [{"limit": 20}, {"page": 1}, {"page": "2", "limit": "7"}, {"before_id": "c1"}])
def test_paging_in_params_reaches_the_api(params: dict[str, object]) -> None:
    script = Script(page("1"))
    found = client(script).trainings.sessions.get(params=params)
    assert script.queries == [{name: str(value) for name, value in params.items()}]
    assert [record.id for record in found.data()] == ["1"]


@pytest.mark.parametrize(
    "keywords", [{"limit": 20}, {"page": 3, "limit": 100}, {"before_id": "c1"}, {"after_id": "c1", "limit": 1}]
)
def test_paging_keywords_reach_the_api(keywords: dict[str, Any]) -> None:
    script = Script(page("1"))
    client(script).trainings.sessions.get(**keywords)
    assert script.queries == [{name: str(value) for name, value in keywords.items()}]


def test_one_page_is_one_request_whatever_it_announces() -> None:
    script = Script(page_before("c1", "1"))
    found = client(script).trainings.sessions.get()
    assert found.meta.has_next_page is True
    assert found.meta.end_cursor == "c1"
    assert not found.issues


def test_the_meta_of_a_page_as_it_came() -> None:
    meta = {
        "limit": None,
        "total": 3,
        "has_next_page": False,
        "has_previous_page": True,
        "start_cursor": "a",
        "end_cursor": "b",
        "paginateable": False,
        "unheard_of": 1,
    }
    found = client(Script(answers.json({"data": [], "meta": meta}))).trainings.sessions.get()
    del meta["unheard_of"]
    assert found.meta == sdk.PaginationMeta(**meta)


@pytest.mark.parametrize("body", [{"data": []}, {"data": [], "meta": None}])
def test_meta_that_did_not_come_is_empty(body: dict[str, object]) -> None:
    found = client(Script(answers.json(body))).trainings.sessions.get()
    assert found.meta == sdk.PaginationMeta()
    assert found.data() == []
    assert not found.issues


@pytest.mark.parametrize(
    ("meta", "field", "found"),
    [
        ({"total": "3"}, "total", "string"),
        ({"limit": "100"}, "limit", "string"),
        ({"has_next_page": "no"}, "has_next_page", "string"),
        ({"end_cursor": 17}, "end_cursor", "integer"),
        ({"paginateable": 0}, "paginateable", "integer"),
        ([], "*", "array"),
        ("none", "*", "string"),
        (7, "*", "integer"),
    ],
)
def test_meta_of_an_odd_type_loses_no_record(meta: object, field: str, found: str) -> None:
    script = Script(answers.json({"data": answers.sessions("1"), "meta": meta}))
    with pytest.warns(sdk.DecodeWarning, match="PaginationMeta"):
        one = client(script).trainings.sessions.get()
    assert [record.id for record in one.data()] == ["1"]
    assert [(issue.model, issue.field, issue.found) for issue in one.issues] == [("PaginationMeta", field, found)]
    assert one.meta == sdk.PaginationMeta(**meta) if isinstance(meta, dict) else one.meta == sdk.PaginationMeta()


@pytest.mark.parametrize("how", WALKS)
def test_a_cursor_that_is_no_text_ends_the_walk_and_is_reported(how: str) -> None:
    script = Script(*[page("1", has_next_page=True, end_cursor=17) for _ in range(2)])
    with pytest.warns(sdk.DecodeWarning, match="end_cursor"):
        assert walk(client(script), how) == ["1"]


@pytest.mark.parametrize("how", WALKS)
def test_a_list_of_nothing_but_empty_pages_ends(how: str) -> None:
    script = Script(*[page_before(f"c{number}") for number in range(101)])
    with pytest.raises(sdk.IncompleteListError, match="100 pages without a new one") as caught:
        walk(client(script, strict=True), how)
    assert len(script.requests) == 100
    assert caught.value.operation == "GET trainings/sessions"


def test_empty_pages_are_counted_in_a_row() -> None:
    empty = [page_before(f"a{number}") for number in range(99)]
    more = [page_before(f"b{number}") for number in range(99)]
    script = Script(*empty, page_before("c", "1"), *more, page("2"))
    assert walk(client(script), "all") == ["1", "2"]


@pytest.mark.parametrize("how", ["all", "iter", "pages"])
@pytest.mark.parametrize("name", ["page", "before_id"])
@pytest.mark.parametrize("given", ["keyword", "params"])
def test_what_asks_for_one_page_is_refused_in_walks(how: str, name: str, given: str) -> None:
    script = Script()
    options: dict[str, Any] = {name: "1"} if given == "keyword" else {"params": {name: "1"}}
    with pytest.raises(sdk.ConfigurationError, match=f"'{name}' asks for one page.*use get\\(\\)"):
        walk(client(script), how, **options)
    assert not script.requests


@pytest.mark.parametrize("how", WALKS)
def test_nothing_for_paging_is_nothing(how: str) -> None:
    script = Script(page("1"))
    assert walk(client(script), how, page=None, before_id=None, after_id=None, limit=None) == ["1"]
    assert script.queries == [{}]


def test_a_stream_asks_for_a_page_when_it_is_needed() -> None:
    script = Script(*three_pages())
    stream = client(script).trainings.sessions.iter()
    assert not script.requests
    seen = []
    for _ in range(4):
        record = next(stream)
        seen.append((record.id, len(script.requests)))
    assert seen == [("1", 1), ("2", 1), ("3", 2), ("4", 3)]
    with pytest.raises(StopIteration):
        next(stream)
    assert len(script.requests) == 3


@pytest.mark.parametrize("method", ["iter", "pages"])
def test_a_stream_that_is_closed_sends_nothing_more(method: str) -> None:
    script = Script(*three_pages())
    stream = getattr(client(script).trainings.sessions, method)()
    next(stream)
    stream.close()
    with pytest.raises(StopIteration):
        next(stream)
    assert len(script.requests) == 1


@pytest.mark.parametrize("method", ["iter", "pages"])
def test_a_loop_that_is_broken_off_sends_nothing_more(method: str) -> None:
    script = Script(*three_pages())
    for _ in getattr(client(script).trainings.sessions, method)():
        break
    assert len(script.requests) == 1


def test_an_error_on_a_later_page_is_raised() -> None:
    def steps() -> list[httpx.Response]:
        return [*three_pages()[:2], answers.json({}, 403)]

    script = Script(*steps())
    with pytest.raises(sdk.PermissionDeniedError):
        client(script).trainings.sessions.all()
    assert len(script.requests) == 3
    stream = client(Script(*steps())).trainings.sessions.iter()
    seen = [(next(stream)).id for _ in range(3)]
    assert seen == ["1", "2", "3"]
    with pytest.raises(sdk.PermissionDeniedError):
        next(stream)


def test_a_page_that_failed_is_asked_for_again_behind_the_same_cursor(waits: list[float]) -> None:
    script = Script(page_before("c1", "1"), answers.json({}, 503), page("2"))
    assert walk(client(script), "all") == ["1", "2"]
    assert [query.get("after_id") for query in script.queries] == [None, "c1", "c1"]
    assert len(waits) == 1


def test_a_client_that_is_closed_within_a_walk_ends_it() -> None:
    script = Script(*three_pages())
    api = client(script)
    stream = api.trainings.sessions.pages()
    next(stream)
    api.close()
    with pytest.raises(sdk.ClientClosedError, match="GET trainings/sessions: this client is closed"):
        next(stream)
    assert len(script.requests) == 1


def test_all_pages_are_one_response() -> None:
    found = client(Script(*three_pages())).trainings.sessions.all()
    assert type(found) is sdk.ListApiResponse
    assert len(found) == 4
    assert found.data() is found.data()
    assert [record.id for record in found] == [record.id for record in found.data()]
    assert found.raw_data == answers.sessions("1", "2", "3", "4")
    assert len(found.bodies) == 3


def test_a_page_is_a_response_of_its_own() -> None:
    pages = [one for one in client(Script(*three_pages())).trainings.sessions.pages()]
    assert [type(one) for one in pages] == [sdk.MetaApiResponse] * 3
    assert [len(one) for one in pages] == [2, 1, 1]
    assert [one.meta.end_cursor for one in pages] == ["c1", "c2", None]
    assert pages[1].raw_data == answers.sessions("3")


def test_issues_of_all_pages_are_named_once() -> None:
    def odd(cursor: str) -> httpx.Response:
        records = [answers.session(id=f"{cursor}-{number}", name=5) for number in range(2)]
        body = {"data": records, "meta": {"has_next_page": cursor != "", "end_cursor": cursor}}
        return answers.json(body)

    with pytest.warns(sdk.DecodeWarning) as caught:
        found = client(Script(odd("c1"), odd("c2"), odd(""))).trainings.sessions.all()
    assert [(issue.model, issue.field, issue.found) for issue in found.issues] == [("Session", "name", "integer")]
    assert len(caught) == 1
    assert [record.name for record in found] == [5] * 6


def test_an_answer_without_content_is_an_empty_page() -> None:
    found = client(Script(httpx.Response(204))).trainings.sessions.get()
    assert found.data() == []
    assert found.raw_data == []
    assert found.meta == sdk.PaginationMeta()
    assert len(client(Script(*always(lambda: httpx.Response(204), 1))).trainings.sessions.all()) == 0
