"""When a walk goes on, when pages may be fetched by number, and whether they all arrived."""

from __future__ import annotations

from typing import Any

import pytest

from factorialhr import ConfigurationError, DecodeError, DecodeWarning, MetaApiResponse, PaginationMeta
from factorialhr._core import pages
from factorialhr._core.issues import IssueLog
from factorialhr._core.pages import MOST_EMPTY_PAGES, Walk, all_arrived, joined, numbered_pages
from factorialhr._core.query import Query
from factorialhr._core.records import Id, Record


class Thing(Record, frozen=True, kw_only=True, gc=False):
    id: Id


def page(*ids: Any, **meta: Any) -> MetaApiResponse[Any]:
    return MetaApiResponse([Thing(id=one) for one in ids], (b"body",), PaginationMeta(**meta))


def query(**options: Any) -> Query:
    return Query.of(options, {"x": "x"}, "2026-10-01", "GET a/b")


def walk(**options: Any) -> Walk:
    return Walk("GET a/b", query(**options), IssueLog(lambda _operation, _issue: None))


def test_a_walk_goes_on_behind_the_cursor() -> None:
    one = walk(limit=5, x=1)
    assert one.goes_on(page(1, has_next_page=True, end_cursor="a"))
    assert one.query.text() == "x=1&limit=5&after_id=a"
    assert one.goes_on(page(2, has_next_page=True, end_cursor="b"))
    assert one.query.text() == "x=1&limit=5&after_id=b"
    assert not one.goes_on(page(3, has_next_page=False, end_cursor="c"))


def test_the_options_of_the_caller_stay_as_they_are() -> None:
    options = {"params": {"after_id": "a", "x": 1}}
    one = walk(**options)
    one.goes_on(page(1, has_next_page=True, end_cursor="b"))
    assert options == {"params": {"after_id": "a", "x": 1}}
    assert one.query.text() == "x=1&after_id=b"


@pytest.mark.parametrize("meta", [{}, {"has_next_page": None}, {"has_next_page": False, "end_cursor": "a"}])
def test_a_walk_ends_where_nothing_more_is_announced(meta: dict[str, Any]) -> None:
    last = page(1, **meta)
    assert not walk().goes_on(last)
    assert not last.issues


@pytest.mark.parametrize("cursor", [None, "", 17, ["a"]])
def test_a_walk_without_a_cursor_ends_with_a_warning(cursor: Any) -> None:
    last = page(1, has_next_page=True, end_cursor=cursor)
    with pytest.warns(DecodeWarning, match=r"GET a/b: PaginationMeta\.end_cursor: .* found missing"):
        assert not walk().goes_on(last)
    assert [issue.found for issue in last.issues] == ["missing"]


def test_a_walk_in_a_circle_ends_with_a_warning() -> None:
    one = walk(after_id="a")
    assert one.goes_on(page(1, has_next_page=True, end_cursor="b"))
    for number, cursor in ((2, "b"), (3, "a")):
        last = page(number, has_next_page=True, end_cursor=cursor)
        with pytest.warns(DecodeWarning, match="a cursor seen before"):
            assert not one.goes_on(last)
        assert [issue.found for issue in last.issues] == ["a cursor seen before"]


def test_a_page_that_comes_again_is_noticed_each_time() -> None:
    one, ends = walk(), {"has_next_page": True}
    assert one.goes_on(page(2, end_cursor="a", **ends))
    for cursor in ("b", "c"):
        again = page(2, end_cursor=cursor, **ends)
        with pytest.warns(DecodeWarning, match="the page before once more"):
            assert one.goes_on(again)
        assert [issue.field for issue in again.issues] == ["data"]


def test_empty_pages_are_counted() -> None:
    one = walk()
    for number in range(MOST_EMPTY_PAGES - 1):
        assert one.goes_on(page(has_next_page=True, end_cursor=f"a{number}"))
    assert one.goes_on(page(1, has_next_page=True, end_cursor="b"))
    for number in range(MOST_EMPTY_PAGES - 1):
        assert one.goes_on(page(has_next_page=True, end_cursor=f"c{number}"))
    with pytest.raises(DecodeError, match="100 empty pages in a row") as caught:
        one.goes_on(page(has_next_page=True, end_cursor="d"))
    assert caught.value.body == b"body"


@pytest.mark.parametrize("name", ["page", "before_id"])
def test_what_asks_for_one_page_is_refused(name: str) -> None:
    for options in ({name: "1"}, {"params": {name: "1"}}):
        with pytest.raises(ConfigurationError, match=f"'{name}' asks for one page"):
            walk(**options)
    walk(**{name: None})
    walk(params={name: None})


FULL = {"limit": 2, "total": 5, "has_next_page": True}


@pytest.mark.parametrize(
    ("options", "ids", "meta", "pages"),
    [
        ({}, (1, 2), FULL, [2, 3]),
        ({"limit": 2, "x": 1}, (1, 2), FULL, [2, 3]),
        ({}, (1, 2), {**FULL, "total": 6}, [2, 3]),
        ({}, (1, 2), {**FULL, "total": 7}, [2, 3, 4]),
        ({}, (1, 2), {**FULL, "total": 4}, []),
        ({}, (1, 2), {**FULL, "total": None}, []),
        ({}, (1, 2), {**FULL, "total": "5"}, []),
        ({}, (1, 2), {**FULL, "limit": None}, []),
        ({}, (1, 2), {**FULL, "limit": 0}, []),
        ({}, (1, 2), {**FULL, "has_next_page": False}, []),
        ({}, (1,), FULL, []),
        ({}, (1, 2, 3), FULL, []),
        ({"after_id": "a"}, (1, 2), FULL, []),
        ({"params": {"x": 1}}, (1, 2), FULL, [2, 3]),
    ],
)
def test_which_lists_are_fetched_by_number(
    options: Any, ids: tuple[int, ...], meta: dict[str, Any], pages: list[int]
) -> None:
    first = query(**options)
    found = numbered_pages(first, page(*ids, **meta))
    assert [one.paging for one in found] == [{"page": number, "limit": 2} for number in pages]
    assert [one.text() for one in found] == [first.with_paging(page=number, limit=2).text() for number in pages]


@pytest.mark.parametrize(
    ("pages", "arrived"),
    [
        ([page(1, 2, total=3), page(3, total=3)], True),
        ([page("1", 1, total=3), page(3, total=3)], True),
        ([page(1, 2, total=3), page(2, total=3)], False),
        ([page(1, 2, total=3), page(total=3)], False),
        ([page(1, 2, total=3), page(3, 4, total=3)], False),
        ([page(1, 2, total=3), page(3, total=4)], False),
        ([page(1, 2, total=3), page(None, total=3)], False),
        ([page(1, 2, total=3), page(["3"], total=3)], False),
    ],
)
def test_whether_all_pages_arrived(pages: list[MetaApiResponse[Any]], arrived: bool) -> None:
    assert all_arrived(pages) is arrived


def test_pages_are_joined() -> None:
    found = joined([page(1, 2), page(), page(3)])
    assert [record.id for record in found] == [1, 2, 3]
    assert found.bodies == [b"body"] * 3
    assert found.issues == ()


@pytest.mark.parametrize(
    ("seconds", "most", "expected"),
    [(0.0, 16, 1), (0.001, 16, 1), (0.006, 16, 2), (0.05, 16, 16), (9.0, 16, 16), (9.0, 4, 4), (9.0, 1, 1)],
)
def test_pages_in_flight_follow_the_time_of_the_first(seconds: float, most: int, expected: int) -> None:
    assert pages.worth_in_flight(seconds, most) == expected
