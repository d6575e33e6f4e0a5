"""Python values on the wire."""

from __future__ import annotations

import datetime as dt
import enum
import re
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

import pytest

from factorialhr import ConfigurationError, SessionModality
from factorialhr._core.records import ClockTime
from factorialhr._core.wire import json_body, path_of


@pytest.mark.parametrize(
    ("segments", "path"),
    [
        (("trainings", "sessions"), "trainings/sessions"),
        (("trainings", "sessions", 7), "trainings/sessions/7"),
        (("a", -1), "a/-1"),
        (("a", "5_2026-03-01"), "a/5_2026-03-01"),
        (("a", "b c"), "a/b%20c"),
        (("a", "b?c=d&e#f"), "a/b%3Fc%3Dd%26e%23f"),
        (("a", "%2F"), "a/%252F"),
        (("a", "é"), "a/%C3%A9"),
        (("a", ".."[:1] * 3), "a/..."),
        (("a", "\\"), "a/%5C"),
        (("a", "7\n"), "a/7%0A"),
        (("a", "\N{ARABIC-INDIC DIGIT THREE}"), "a/%D9%A3"),
        (("a", SessionModality.ONLINE), "a/online"),
    ],
)
def test_a_path_is_quoted(segments: tuple[object, ...], path: str) -> None:
    assert path_of(segments) == path


@pytest.mark.parametrize("value", ["", "/", "a/b", ".", "..", None, True, False, 7.0, b"7", ["7"], "\ud800", object()])
def test_what_is_no_segment_is_refused(value: object) -> None:
    with pytest.raises(ConfigurationError):
        path_of(("a", value))


@pytest.mark.parametrize(
    ("data", "body"),
    [
        ({}, b"{}"),
        ({"a": None}, b'{"a":null}'),
        ({"a": [1, True, 1.5, "é"]}, '{"a":[1,true,1.5,"é"]}'.encode()),
        (MappingProxyType({"a": MappingProxyType({"b": 1})}), b'{"a":{"b":1}}'),
        ({"a": dt.date(2026, 3, 1), "b": dt.datetime(2026, 3, 1, tzinfo=dt.UTC)}, b'{"a":"2026-03-01","b":"2026-03-01T00:00:00Z"}'),
        ({"a": dt.time(9, 30), "b": ClockTime(9, 30)}, b'{"a":"09:30:00","b":"09:30:00"}'),
        ({"a": Decimal("1.50"), "b": UUID(int=7)}, b'{"a":"1.50","b":"00000000-0000-0000-0000-000000000007"}'),
        ({"a": SessionModality.ONLINE, "b": SessionModality("new")}, b'{"a":"online","b":"new"}'),
        ({"a": {1}, "b": (2,)}, b'{"a":[1],"b":[2]}'),
        ({"a": type("Text", (str,), {})("x")}, b'{"a":"x"}'),
        ({"id": 36893488147419100}, b'{"id":36893488147419100}'),
    ],
)  # fmt: skip
def test_a_body_is_json(data: Any, body: bytes) -> None:
    assert json_body(data, "POST a/b") == body


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([("a", 1)], "'data' is a mapping of fields, not list$"),
        ("a", "'data' is a mapping of fields, not str$"),
        (None, "'data' is a mapping of fields, not NoneType$"),
        ({"ok": 1, "bad": object()}, r"'bad' \(a object\) cannot be written as JSON$"),
        ({"ok": 1, "bad": [{"deep": 1j}]}, r"'bad' \(a list\) cannot be written as JSON$"),
        ({(1, 2): "ok"}, r"a key of type tuple \(a str\) cannot be written as JSON$"),
        ({"bad": "\udcff"}, r"'bad' \(a str\) cannot be written as JSON$"),
    ],
)
def test_what_is_no_body_is_refused(data: Any, message: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^POST a/b: {message}") as caught:
        json_body(data, "POST a/b")
    assert caught.value.__context__ is None


class NaTType(dt.datetime):
    """Stands for pandas' mark, which passes for a datetime."""


class Grade(enum.Enum):
    NONE = float("nan")


LOSSY = {
    "NaN": float("nan"),
    "infinity": float("-inf"),
    "Decimal NaN": Decimal("sNaN"),
    "NaT": NaTType(2026, 3, 1),
    "an enum of NaN": Grade.NONE,
    "bytes": b"abc",
    "a bytearray": bytearray(b"abc"),
    "a memoryview": memoryview(b"abc"),
    "a duration": dt.timedelta(hours=1),
}


@pytest.mark.parametrize("value", LOSSY.values(), ids=LOSSY)
@pytest.mark.parametrize(
    ("around", "name"),
    [
        (lambda value: {"a": value}, "a"),
        (lambda value: {"a": 1, "b": [1, {"c": value}]}, "b[1].c"),
        (lambda value: {"b": {"c": (value,)}}, "b.c[0]"),
    ],
)
def test_what_would_be_written_as_something_else_is_refused(value: object, around: Any, name: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"^POST a/b: '{re.escape(name)}' is ") as caught:
        json_body(around(value), "POST a/b")
    assert "abc" not in str(caught.value)
    assert caught.value.__context__ is None


def test_a_body_without_end_is_refused() -> None:
    data: dict[str, object] = {}
    data["again"] = data
    with pytest.raises(ConfigurationError, match=r"cannot be written as JSON$"):
        json_body(data, "POST a/b")


def test_a_body_that_fails_as_a_whole_alone_is_refused() -> None:
    class Once(dict[str, object]):
        """Fails at the first look."""

        looks = 0

        def __iter__(self) -> Any:
            self.looks += 1
            if self.looks == 1:
                raise ValueError("secret")
            return super().__iter__()

        def keys(self) -> Any:
            return iter(self)

    with pytest.raises(ConfigurationError, match=r"^POST a/b: the body cannot be written as JSON$"):
        json_body(Once(a=1), "POST a/b")
