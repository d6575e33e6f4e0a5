"""The query of a request: what is sent for filters, paging and ``params``, and what is refused."""

from __future__ import annotations

import datetime as dt
import enum
import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import pytest

from factorialhr import ConfigurationError, SessionModality, UnexpectedKeywordError, UnsupportedOperationError
from factorialhr._core.query import Query, query_pairs
from factorialhr._core.records import ClockTime
from factorialhr._core.versions import Filter
from tests.support.copies import printed

SECRET = "value-of-a-person"
FILTERS: Mapping[str, str] = {
    "ids": "ids[]",
    "search": "search",
    "at": "at",
    "old": Filter("old[]", until="2026-07-01"),
    "new": Filter("new", since="2026-10-01"),
}


def query(filters: Mapping[str, str] | None = FILTERS, /, **options: Any) -> Query:
    return Query.of(options, filters, "2026-10-01", "GET a/b")


class NaTType(dt.datetime):
    """Passes for a datetime, as that of pandas does."""


class Grade(enum.Enum):
    WHOLE = 7
    NOT_A_NUMBER = float("nan")


@pytest.mark.parametrize(
    ("value", "pairs"),
    [
        (None, []),
        ("text", [("name", "text")]),
        ("", [("name", "")]),
        (7, [("name", "7")]),
        (1.5, [("name", "1.5")]),
        (1e300, [("name", "1e+300")]),
        (True, [("name", "true")]),
        (False, [("name", "false")]),
        (Decimal("1.50"), [("name", "1.50")]),
        (UUID(int=7), [("name", "00000000-0000-0000-0000-000000000007")]),
        (dt.date(2026, 3, 1), [("name", "2026-03-01")]),
        (dt.datetime(2026, 3, 1, 9, 30, tzinfo=dt.UTC), [("name", "2026-03-01T09:30:00+00:00")]),
        (dt.time(9, 30), [("name", "09:30:00")]),
        (ClockTime(9, 30), [("name", "09:30:00")]),
        (SessionModality.ONLINE, [("name", "online")]),
        (SessionModality("new"), [("name", "new")]),
        (Grade.WHOLE, [("name", "7")]),
        ([1, "2", None], [("name", "1"), ("name", "2")]),
        ((1, 2), [("name", "1"), ("name", "2")]),
        ({"b": None, "a": 1}.values(), [("name", "1")]),
        ((one for one in (1, 2)), [("name", "1"), ("name", "2")]),
        ({"a": 1, "b": [2, 3]}, [("name[a]", "1"), ("name[b]", "2"), ("name[b]", "3")]),
        ({"a": {"b": None, "c": False}}, [("name[a][c]", "false")]),
        ({"a": iter([1, 2])}, [("name[a]", "1"), ("name[a]", "2")]),
        ([], []),
        ({}, []),
    ],
)
def test_the_pairs_of_a_filter(value: object, pairs: list[tuple[str, str]]) -> None:
    assert list(query_pairs("name", value, "GET a/b")) == pairs


# Values that have no meaning on the wire, with the type that the message names.
NO_VALUES = {
    "bytes": b"7",
    "bytearray": bytearray(b"7"),
    "memoryview": memoryview(b"7"),
    "object": object(),
    "complex": 1j,
    "timedelta": dt.timedelta(1),
    "builtin_function_or_method": open,
}
MISSING = {
    "nan": float("nan"),
    "inf": float("inf"),
    "-inf": float("-inf"),
    "Decimal NaN": Decimal("NaN"),
    "Decimal sNaN": Decimal("sNaN"),
    "Decimal Infinity": Decimal("-Infinity"),
    "NaT": NaTType(2026, 3, 1),
    "in an enum": Grade.NOT_A_NUMBER,
}
# A value alone, in a list, in an object: with the name that the message must have.
PLACES = {
    "name": lambda value: value,
    "name[]": lambda value: [1, value],
    "name[key]": lambda value: {"key": value},
    "name[key][deep]": lambda value: {"key": {"deep": (value,)}},
}


@pytest.mark.parametrize(("name", "place"), PLACES.items(), ids=PLACES)
@pytest.mark.parametrize(("found", "value"), NO_VALUES.items(), ids=NO_VALUES)
def test_what_is_no_filter_is_refused(name: str, place: Any, found: str, value: object) -> None:
    expected = f"GET a/b: {name!r} must be text, a number, a date, a boolean or a list of these; got {found}"
    with pytest.raises(ConfigurationError, match=f"^{re.escape(expected)}$"):
        query(params={name.partition("[key]")[0]: place(value)})


@pytest.mark.parametrize(("name", "place"), PLACES.items(), ids=PLACES)
@pytest.mark.parametrize("value", MISSING.values(), ids=MISSING)
def test_what_stands_for_no_value_is_refused(name: str, place: Any, value: object) -> None:
    expected = f"GET a/b: {name!r} is NaN, NaT or infinite, which the API would take for something else; leave it out"
    with pytest.raises(ConfigurationError, match=f"^{re.escape(expected)}"):
        query(params={name.partition("[key]")[0]: place(value)})


@pytest.mark.parametrize("options", [{"search": f"{SECRET}\ud800"}, {"params": {"search": [f"{SECRET}\ud800"]}}])
def test_half_a_character_is_refused_without_the_text_around_it(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=r"^GET a/b: 'search' holds a lone surrogate") as caught:
        query(**options)
    assert caught.value.__context__ is None
    assert SECRET not in printed(caught.value)


@pytest.mark.parametrize("params", [{"\ud800": SECRET}, {"at": {"\ud800": SECRET}}])
def test_half_a_character_in_a_name_is_refused(params: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=r"^GET a/b: the name of a filter holds a lone surrogate") as caught:
        query(params=params)
    assert SECRET not in printed(caught.value)


def test_half_a_character_in_a_cursor_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"^GET a/b: 'after_id' holds a lone surrogate"):
        query(after_id="\ud800")


def test_a_query_survives_the_way() -> None:
    text = query(ids=[1, 2], search="a&b=c d+é/%", at=None).text()
    assert text == "ids%5B%5D=1&ids%5B%5D=2&search=a%26b%3Dc+d%2B%C3%A9%2F%25"
    assert parse_qsl(text) == [("ids[]", "1"), ("ids[]", "2"), ("search", "a&b=c d+é/%")]


@pytest.mark.parametrize(
    ("options", "text", "paging"),
    [
        ({}, "", {}),
        ({"timeout": 7, "headers": {"a": "b"}, "deadline": 9}, "", {}),
        ({"params": None}, "", {}),
        ({"params": {}}, "", {}),
        ({"params": {"x": None}}, "", {}),
        ({"search": ""}, "search=", {}),
        ({"search": "x", "at": 1}, "search=x&at=1", {}),
        ({"at": 1, "search": "x"}, "at=1&search=x", {}),
        ({"search": "x", "params": {"y": [1, 2]}, "timeout": 7}, "search=x&y=1&y=2", {}),
        ({"params": MappingProxyType({"y": {"z": True}})}, "y%5Bz%5D=true", {}),
        ({"new": 1}, "new=1", {}),
        ({"old": None}, "", {}),
        ({"limit": 5}, "limit=5", {"limit": 5}),
        ({"limit": 5, "search": "x"}, "search=x&limit=5", {"limit": 5}),
        ({"params": {"limit": "5", "y": 1}}, "y=1&limit=5", {"limit": "5"}),
        ({"page": 3, "params": {"limit": 5}}, "page=3&limit=5", {"page": 3, "limit": 5}),
        ({"after_id": "Mjc=", "before_id": None}, "after_id=Mjc%3D", {"after_id": "Mjc="}),
        ({"params": {"after_id": ""}}, "after_id=", {"after_id": ""}),
        ({"limit": None, "params": {"limit": 5}}, "limit=5", {"limit": 5}),
        ({"limit": 5, "params": {"limit": None}}, "limit=5", {"limit": 5}),
    ],
)
def test_what_is_sent(options: dict[str, Any], text: str, paging: dict[str, object]) -> None:
    found = query(**options)
    assert found.text() == text
    assert found.paging == paging


EMPTY = "is empty, and the API would answer as if it were not given; leave the filter out, or do without the call$"
TWICE = "is given as a keyword and in 'params'; keep one$"
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "an empty list": ({"ids": []}, f"'ids' {EMPTY}"),
    "an empty iterator": ({"ids": iter(())}, f"'ids' {EMPTY}"),
    "an empty object": ({"at": {}}, f"'at' {EMPTY}"),
    "a list of nothing": ({"ids": [None]}, f"'ids' {EMPTY}"),
    "an empty list behind another filter": ({"search": "x", "ids": []}, f"'ids' {EMPTY}"),
    "an empty list in params": ({"params": {"ids[]": []}}, rf"'ids\[\]' {EMPTY}"),
    "a filter twice": ({"ids": [1], "params": {"ids[]": [1]}}, rf"'ids\[\]' {TWICE}"),
    "paging twice": ({"after_id": "a", "params": {"after_id": "b"}}, f"'after_id' {TWICE}"),
    "params of text": ({"params": "a=b"}, "'params' must be a mapping; got str$"),
    "params of nothing": ({"params": ""}, "'params' must be a mapping; got str$"),
    "params of pairs": ({"params": [("a", "b")]}, "'params' must be a mapping; got list$"),
    "a name of bytes": ({"params": {b"a": 1}}, "names in 'params' must be str; got bytes$"),
    "a limit": ({"limit": 101}, "'limit' must be from 1 to 100; got 101"),
    "a limit in params": ({"params": {"limit": 0}}, "'limit' must be from 1 to 100; got 0"),
    "a page": ({"page": 0}, "'page' must be 1 or more; got 0$"),
    "a cursor in params": ({"params": {"before_id": 7}}, "'before_id' must be a cursor"),
}


@pytest.mark.parametrize(("options", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^GET a/b: {message}"):
        query(**options)


@pytest.mark.parametrize(
    ("filters", "name", "hint"),
    [
        (FILTERS, "serach", "did you mean 'search'[?]$"),
        (FILTERS, "limits", "did you mean 'limit'[?]$"),
        (FILTERS, "timout", "did you mean 'timeout'[?]$"),
        (FILTERS, "colour", "it takes after_id, at, before_id, .*, search, timeout$"),
        (FILTERS, "ids[]", "did you mean 'ids'[?]$"),
        ({}, "search", "it takes after_id, before_id, "),
        (None, "search", "it takes deadline, headers, max_retries, params, repeat_writes, timeout$"),
        (None, "limit", "it takes deadline, headers, "),
    ],
)
@pytest.mark.parametrize("value", [1, None])
def test_an_unexpected_keyword(filters: Mapping[str, str] | None, name: str, hint: str, value: object) -> None:
    with pytest.raises(UnexpectedKeywordError, match=f"^GET a/b takes no keyword {re.escape(repr(name))}: {hint}"):
        query(filters, **{name: value})


def test_params_of_an_operation_without_filters() -> None:
    assert query(None, params={"limit": 5, "x": 1}).text() == "x=1&limit=5"


@pytest.mark.parametrize(("name", "versions"), [("old", "2026-01-01, 2026-04-01, 2026-07-01"), ("new", "2026-10-01, 2027-01-01")])  # fmt: skip
def test_a_filter_that_the_version_lacks(name: str, versions: str) -> None:
    version = "2026-10-01" if name == "old" else "2026-07-01"
    message = f"^GET a/b: the filter '{name}' is not available in API version {version}; available in: {versions}$"
    with pytest.raises(UnsupportedOperationError, match=message):
        Query.of({name: 1}, FILTERS, version, "GET a/b")


@pytest.mark.parametrize(
    ("options", "paging", "text"),
    [
        ({}, {"after_id": "a b"}, "after_id=a+b"),
        ({"search": "x"}, {"after_id": "a"}, "search=x&after_id=a"),
        ({"search": "x", "after_id": "a", "limit": 5}, {"after_id": "b"}, "search=x&after_id=b&limit=5"),
        ({"params": {"after_id": "a", "y": 1}}, {"after_id": "b"}, "y=1&after_id=b"),
        ({"limit": 5}, {"page": 2, "limit": 7}, "limit=7&page=2"),
        ({"after_id": "a", "at": 1}, {"after_id": None, "page": 2}, "at=1&page=2"),
        ({"after_id": "a", "at": 1}, {"after_id": None}, "at=1"),
        ({"limit": 5}, {}, "limit=5"),
    ],
)
def test_the_query_of_another_page(options: dict[str, Any], paging: Any, text: str) -> None:
    first = query(**options)
    before = first.text(), dict(first.paging)
    other = first.with_paging(**paging)
    assert other.text() == text
    assert parse_qsl(text) == parse_qsl(query(**options).with_paging(**paging).text())
    assert (first.text(), first.paging) == before


def test_a_page_that_the_api_would_not_send_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"^GET a/b: 'limit' must be from 1 to 100; got 150"):
        query().with_paging(limit=150)


def test_filters_are_read_once_and_kept() -> None:
    ids, params = [1, 2], {"x": iter([3, 4])}
    first = query(ids=ids, at=map(str, [5]), params=params)
    ids.append(9)
    params["x"] = iter([9])
    expected = "ids%5B%5D=1&ids%5B%5D=2&at=5&x=3&x=4"
    assert [first.text(), first.with_paging(page=2).text()] == [expected, f"{expected}&page=2"]


def test_a_query_shows_nothing_of_its_filters() -> None:
    assert SECRET not in repr(query(search=SECRET, after_id=SECRET))
