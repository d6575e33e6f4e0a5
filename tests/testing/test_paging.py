"""Every kind of list: how cursors and numbers work, and what can be wrong with a page."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from factorialhr.testing import Drift, Paging, Sandbox, SandboxError
from tests.testing.calls import call

PATH = "trainings/sessions"


def _sandbox(*ids: int, **settings: Any) -> Sandbox:
    sandbox = Sandbox.empty()
    for key in ids:
        sandbox.table(PATH).add(id=key)
    if settings:
        sandbox.page(PATH, **settings)
    return sandbox


def _page(sandbox: Sandbox, limit: int = 2, **query: Any) -> tuple[list[int], dict[str, Any]]:
    answer = call(sandbox, "GET", PATH, limit=limit, **query)
    assert (answer.status, sandbox.failures) == (200, [])
    return [int(record["id"]) for record in answer.json["data"]], answer.json["meta"]


def _ids(sandbox: Sandbox, limit: int = 2, **query: Any) -> list[int]:
    return _page(sandbox, limit, **query)[0]


def _walk(sandbox: Sandbox, limit: int = 2, most: int = 10) -> Iterator[list[int]]:
    cursor: dict[str, str] = {}
    for _ in range(most):
        ids, meta = _page(sandbox, limit, **cursor)
        yield ids
        if not meta["has_next_page"]:
            return
        cursor = {"after_id": meta["end_cursor"]}


def _cursor(content: object) -> str:
    return base64.b64encode(str(content).encode()).decode()


def test_lists_page_by_positions_and_by_numbers_unless_told_otherwise() -> None:
    sandbox = _sandbox(3, 5, 8)
    assert _page(sandbox)[1]["end_cursor"] == _cursor(2)
    assert _ids(sandbox, page=2) == [8]
    assert sandbox.page(PATH) == Paging()
    assert sandbox.page("attendance/shifts") == Paging(paged=False)
    assert sandbox.page("timeoff/allowance_stats") == Paging(numbers=False, counts="employee_id")


def test_cursors_that_hold_positions_miss_a_record_when_one_before_goes() -> None:
    sandbox = _sandbox(3, 5, 8, 9)
    walk = _walk(sandbox)
    assert next(walk) == [3, 5]
    sandbox.table(PATH).remove(3)
    assert list(walk) == [[9]]


def test_cursors_that_hold_ids_do_not() -> None:
    sandbox = _sandbox(3, 5, 8, 9, 10, cursors="ids")
    walk = _walk(sandbox)
    assert next(walk) == [3, 5]
    sandbox.table(PATH).remove(3)
    sandbox.table(PATH).remove(5)
    assert list(walk) == [[8, 9], [10]]
    _, meta = _page(sandbox, after_id=_cursor(5))
    assert (meta["start_cursor"], meta["end_cursor"]) == (_cursor(8), _cursor(9))
    assert _ids(sandbox, before_id=_cursor(9)) == [8]
    assert _ids(sandbox, before_id=_cursor(11)) == [9, 10]
    assert _ids(sandbox, page=2) == [10]


def test_cursors_of_ids_follow_numbers_within_text() -> None:
    sandbox = Sandbox.empty()
    times = sandbox.table("attendance/worked_times")
    for key in ("10_2026-10-02", "9_2026-10-11", "9_2026-10-01"):
        times.add(id=key)
    sandbox.page("attendance/worked_times", cursors="ids")
    page = call(sandbox, "GET", "attendance/worked_times", after_id=_cursor("9_2026-10-05")).json
    assert [one["id"] for one in page["data"]] == ["9_2026-10-11", "10_2026-10-02"]


@pytest.mark.parametrize("kind", ["ids", "positions"])
@pytest.mark.parametrize("cursor", ["###", "/w==", "====", "MQ" * 1000])
def test_cursors_that_nobody_gave_out(kind: str, cursor: str) -> None:
    sandbox = _sandbox(3, cursors=kind)
    assert call(sandbox, "GET", PATH, after_id=cursor).status == 400
    assert call(sandbox, "GET", PATH, before_id=cursor).status == 400
    assert sandbox.failures == []


def test_an_id_that_is_text_is_no_position() -> None:
    assert call(_sandbox(3), "GET", PATH, after_id=_cursor("9_2026-10-01")).status == 400
    assert _ids(_sandbox(3, cursors="ids"), after_id=_cursor("2_2026-10-01")) == [3]


def test_a_list_without_cursors_has_numbers() -> None:
    sandbox = _sandbox(3, 5, 8, cursors=None)
    ids, meta = _page(sandbox)
    assert (ids, meta["has_next_page"], meta["total"]) == ([3, 5], True, 3)
    assert not {"start_cursor", "end_cursor"} & meta.keys()
    assert _ids(sandbox, after_id=_cursor(3)) == _ids(sandbox, before_id=_cursor(3)) == [3, 5]
    assert _ids(sandbox, page=2) == [8]


@pytest.mark.parametrize("kind", ["ids", "positions", None])
def test_a_list_without_numbers_sends_its_first_page_again(kind: Any) -> None:
    sandbox = _sandbox(3, 5, 8, cursors=kind, numbers=False)
    first = _page(sandbox)
    assert _page(sandbox, page=2) == _page(sandbox, page=7) == first
    if kind is not None:
        assert list(_walk(sandbox)) == [[3, 5], [8]]


def test_a_list_that_does_not_page_sends_everything() -> None:
    sandbox = _sandbox(3, 5, 8, paged=False)
    for query in ({}, {"page": 2}, {"after_id": _cursor(2)}):
        ids, meta = _page(sandbox, **query)
        assert ids == [3, 5, 8]
        assert (meta["limit"], meta["total"], meta["paginateable"], meta["has_next_page"]) == (None, 3, False, False)
    paged = _sandbox(3)
    paged.table("attendance/shifts").add(id=1)
    paged.table("attendance/shifts").add(id=2)
    paged.page("attendance/shifts", paged=True)
    assert len(call(paged, "GET", "attendance/shifts", limit=1).json["data"]) == 1


@pytest.mark.parametrize("kind", ["ids", "positions"])
def test_limit_and_total_may_count_something_else(kind: str) -> None:
    sandbox = Sandbox.empty()
    for key, training in ((1, 7), (2, 30), (3, 7), (4, 8)):
        sandbox.table(PATH).add(id=key, training_id=training)
    sandbox.page(PATH, counts="training_id", cursors=kind)
    ids, meta = _page(sandbox)
    assert (ids, meta["total"], meta["limit"]) == ([1, 3, 4], 3, 2)
    assert list(_walk(sandbox)) == [[1, 3, 4], [2]]


def test_a_page_size_of_its_own() -> None:
    sandbox = _sandbox(3, 5, 8, page_size=1)
    ids, meta = _page(sandbox)
    assert (ids, meta["limit"]) == ([3], 1)
    assert [_ids(sandbox, page=number) for number in (2, 3, 4)] == [[5], [8], []]


@pytest.mark.parametrize(
    ("extra", "pages"), [(1, [[3, 5, 8], [9]]), (-1, [[3], [5], [8], [9]]), (-9, [[3], [5], [8], [9]])]
)
def test_pages_with_more_or_fewer_records_than_their_limit(extra: int, pages: list[list[int]]) -> None:
    sandbox = _sandbox(3, 5, 8, 9, extra=extra)
    assert _page(sandbox)[1]["limit"] == 2
    assert list(_walk(sandbox)) == pages
    assert [_ids(sandbox, page=number + 1) for number in range(len(pages))] == pages


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"has_next_page": None}, None),
        ({"has_next_page": "yes"}, "yes"),
        ({"total": 99}, 99),
        ({"total": lambda total: total - 1}, 2),
        ({"limit": "two"}, "two"),
        ({"end_cursor": ""}, ""),
    ],
)
def test_what_meta_says_wrongly(said: dict[str, Any], expected: object) -> None:
    (name,) = said
    for query in ({}, {"page": 1}):
        assert _page(_sandbox(3, 5, 8, meta=said), **query)[1][name] == expected
    assert _page(_sandbox(3, 5, 8, meta=said, paged=False))[1][name] == expected


def test_what_meta_does_not_say() -> None:
    sandbox = _sandbox(3, 5, 8, without_meta=["has_next_page", "end_cursor"])
    for query in ({}, {"page": 2}):
        ids, meta = _page(sandbox, **query)
        assert ids
        assert not {"has_next_page", "end_cursor"} & meta.keys()
        assert meta["total"] == 3


@pytest.mark.parametrize("kind", ["ids", "positions"])
def test_an_endless_list_that_repeats(kind: str) -> None:
    sandbox = _sandbox(3, 5, 8, 9, cursors=kind, endless="repeating")
    assert list(_walk(sandbox, most=4)) == [[3, 5], [8, 9], [3, 5], [8, 9]]
    assert [_ids(sandbox, page=number) for number in (1, 2, 3)] == [[3, 5], [8, 9], [3, 5]]
    assert _page(sandbox, page=50)[1]["has_next_page"] is True
    assert list(_walk(_sandbox(cursors=kind, endless="repeating"), most=1)) == [[]]


@pytest.mark.parametrize("kind", ["ids", "positions"])
def test_an_endless_list_of_empty_pages(kind: str) -> None:
    for ids in ((3, 5, 8), ()):
        sandbox, seen, cursor = _sandbox(*ids, cursors=kind, endless="empty"), [], {}
        cursors = set[str]()
        for _ in range(8):
            found, meta = _page(sandbox, **cursor)
            seen += found
            cursors.add(meta["end_cursor"])
            cursor = {"after_id": meta["end_cursor"]}
            assert meta["has_next_page"] is True
        assert (seen, len(cursors)) == (list(ids), 8)
    assert _page(sandbox, page=50)[0] == []


def test_empty_pages_behind_an_id_that_is_text() -> None:
    sandbox = Sandbox.empty()
    sandbox.table("attendance/worked_times").add(id="9_2026-10-01_x")
    sandbox.page("attendance/worked_times", cursors="ids", endless="empty")
    cursors = [_cursor("9_2026-10-01_x")]
    for _ in range(3):
        page = call(sandbox, "GET", "attendance/worked_times", after_id=cursors[-1]).json
        assert page["data"] == []
        cursors.append(page["meta"]["end_cursor"])
    assert len(set(cursors)) == 4


def test_single_requests_page_in_another_way_than_their_list() -> None:
    sandbox = _sandbox(3, 5, 8, 9, 10, cursors="ids")
    sandbox.fail("GET", PATH, paging=Paging(page_before=True), skip=1, times=1)
    assert list(_walk(sandbox)) == [[3, 5], [3, 5], [8, 9], [10]]
    assert [request.faults for request in sandbox.requests] == [(), ("paging",), (), ()]
    sandbox.fail("GET", PATH, paging=Paging(page_before=True))
    assert [_ids(sandbox, page=number) for number in (1, 2, 3)] == [[3, 5], [3, 5], [8, 9]]
    sandbox.fail("GET", PATH, paging=Paging(without_meta=["total"]))
    ids, meta = _page(sandbox, page=2)
    assert (ids, "total" in meta) == ([3, 5], False)
    sandbox.faults.clear()
    assert _page(sandbox)[1]["end_cursor"] == _cursor(5)


def test_records_without_their_key() -> None:
    sandbox = _sandbox(3, 5)
    sandbox.drift(PATH, left_out=["id", "name"])
    for record in call(sandbox, "GET", PATH).json["data"]:
        assert not {"id", "name"} & record.keys()
        assert "training_id" in record
    with pytest.raises(ValueError, match="got the text 'id'"):
        Drift(left_out="id")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"cursors": "id"}, "cursors is 'positions', 'ids' or None; got 'id'"),
        ({"endless": "yes"}, "endless is 'repeating', 'empty' or None; got 'yes'"),
        ({"page_size": 0}, "page_size is a number from 1 on; got 0"),
        ({"meta": {"totals": 1}}, "meta has no member 'totals': did you mean 'total'?"),
        ({"without_meta": ["zzz"]}, "meta has no member 'zzz': its members are limit, total"),
        ({"without_meta": "total"}, "without_meta is a list of names; got the text 'total'"),
    ],
)
def test_settings_that_cannot_work(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Sandbox().page(PATH, **settings)


def test_lists_and_fields_that_do_not_exist() -> None:
    with pytest.raises(AttributeError, match="did you mean 'sessions'"):
        Sandbox().page("trainings/sesions")
    with pytest.raises(TypeError, match="did you mean 'training_id'"):
        Sandbox().page(PATH, counts="trainings_id")


def test_lists_are_in_the_order_of_their_ids() -> None:
    sandbox = _sandbox(30, 4, 200, 5)
    assert _ids(sandbox, 10) == [record["id"] for record in sandbox.table(PATH)] == [4, 5, 30, 200]
    sandbox.table(PATH).clear()
    sandbox.table(PATH).add(id=9)
    sandbox.table(PATH).add(id=7)
    assert _ids(sandbox) == [7, 9]


def test_records_may_share_an_id() -> None:
    sandbox = _sandbox(3, 5)
    table = sandbox.table(PATH)
    for name in ("a", "b"):
        table.add(id=3, name=name, beside=True)
    assert (_ids(sandbox, 10), len(table)) == ([3, 3, 3, 5], 4)
    assert (table.get(3) or {})["id"] == 3
    table.update(3, where={"name": "b"}, name="c")
    assert [record["name"] for record in table][1:3] == ["a", "c"]
    with pytest.raises(SandboxError, match="has 3 records with id 3; tell them apart by where"):
        table.update(3, name="d")
    with pytest.raises(TypeError, match="did you mean 'name'"):
        table.remove(3, where={"nmae": "c"})
    table.remove(3, where={"name": "a"})
    assert (_ids(sandbox, 10), len(table)) == ([3, 3, 5], 3)
    call(sandbox, "DELETE", f"{PATH}/3")  # the first of them
    assert table.records[0]["name"] == "c"
    table.add(id=3, name="d", beside=True)
    table.add(id=3, name="e")
    assert (table.records[0]["name"], len(table)) == ("e", 2)
    table.add(id=3, beside=True)
    table.remove(3)
    assert _ids(sandbox) == [5]
    table.add(id=5, beside=True)
    table.clear()
    assert len(table) == 0
    first = table.add(id=5, beside=True)
    assert (_ids(sandbox), len(table)) == ([5], 1)
    table.add(beside=True, **first)
    call(sandbox, "DELETE", f"{PATH}/5")
    assert table.records == [first]
