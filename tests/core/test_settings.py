"""Settings are checked when a client is made."""

from __future__ import annotations

from typing import Any

import pytest

import factorialhr
from factorialhr import ConfigurationError
from factorialhr._core.options import OPTIONS
from factorialhr._core.paging import PAGING
from factorialhr._core.settings import (
    checked_base_url,
    checked_in_flight,
    checked_retries,
    checked_seconds,
    encode_headers,
)


@pytest.mark.parametrize(
    ("url", "checked"),
    [
        ("https://api.factorialhr.com", "https://api.factorialhr.com"),
        ("https://api.factorialhr.com/", "https://api.factorialhr.com"),
        ("HTTPS://api.factorialhr.com//", "https://api.factorialhr.com"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://127.0.0.1:1/", "http://127.0.0.1:1"),
        ("http://[::1]:65535", "http://[::1]:65535"),
        (" https://h\n", "https://h"),
        ("https://gateway.example/factorial/", "https://gateway.example/factorial"),
        ("https://gateway.example/a/b", "https://gateway.example/a/b"),
        ("https://gateway.example/apis", "https://gateway.example/apis"),
    ],
)
def test_a_base_url(url: str, checked: str) -> None:
    assert checked_base_url(url) == checked


@pytest.mark.parametrize(
    "url",
    [
        *("", " ", "h", "//h", "https:", "https://", "https:///a", "https://:80", "ftp://h"),
        *(
            "https://h/api",
            "https://h/x/api/2026-10-01/",
            "https://h/oauth",
            "https://h?a",
            "https://h#a",
            "https://u@h",
            "https://u:p@h",
            "https://@h",
            "https://:@h",
        ),
        *("https://h:0", "https://h:65536", "https://h:x", "https://h:-1", "https://[::1", "https://[x]"),
        *("https://h h", "https://h\x00", "https://xn--", None, b"https://h"),
    ],
)
def test_what_is_no_base_url_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^base_url "):
        checked_base_url(url)


@pytest.mark.parametrize("seconds", [0.001, 1, 60.0, 10**9])
def test_seconds(seconds: float) -> None:
    assert checked_seconds("timeout", seconds) == seconds
    assert isinstance(checked_seconds("timeout", seconds), float)


@pytest.mark.parametrize("seconds", [0, -1, float("inf"), float("nan"), True, "1", None, [1], 1j])
def test_what_is_no_duration_is_refused(seconds: object) -> None:
    with pytest.raises(ConfigurationError, match=r"^deadline is a positive, finite number of seconds$"):
        checked_seconds("deadline", seconds)


@pytest.mark.parametrize("number", [-1, 1.0, True, "1", None])
def test_what_is_no_number_of_retries_is_refused(number: object) -> None:
    with pytest.raises(ConfigurationError, match=r"^max_retries is a whole number from 0 on$"):
        checked_retries(number)


@pytest.mark.parametrize("number", [0, -1, 1.0, True, "1", None])
def test_what_is_no_number_of_requests_is_refused(number: object) -> None:
    with pytest.raises(ConfigurationError, match=r"^max_in_flight is a whole number from 1 on$"):
        checked_in_flight(number)


def test_numbers() -> None:
    assert [checked_retries(0), checked_retries(9), checked_in_flight(1), checked_in_flight(99)] == [0, 9, 1, 99]


def test_headers_are_encoded() -> None:
    assert encode_headers({"X-Team": "a b", "x_1.2~": ""}) == ((b"X-Team", b"a b"), (b"x_1.2~", b""))
    assert encode_headers({}) == ()


@pytest.mark.parametrize(
    "headers",
    [
        *(None, "a: b", [("a", "b")], {"a": 1}, {1: "a"}, {"a": None}, {b"a": "b"}),
        *({"": "a"}, {"a b": "c"}, {"a:": "b"}, {"a\n": "b"}, {"é": "a"}, {"(a)": "b"}),
        *({"a": "b\n"}, {"a": "b\r\nc: d"}, {"a": "é"}, {"a": "\x00"}, {"a": "\x7f"}, {"a": " b"}, {"a": "b "}),
    ],
)
def test_what_are_no_headers_is_refused(headers: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"^(headers is|the header '.*' has)"):
        encode_headers(headers)


def test_options_and_paging_are_apart() -> None:
    assert {"params", "headers", "timeout", "max_retries"} <= OPTIONS
    assert set(PAGING) == {"limit", "after_id", "before_id", "page"}


class AsyncHook:
    async def __call__(self, event: object) -> None: ...


async def async_hook(event: object) -> None: ...


@pytest.mark.parametrize("hook", [async_hook, AsyncHook(), AsyncHook().__call__])
def test_a_hook_that_would_have_to_be_awaited_is_refused(hook: object) -> None:
    with pytest.raises(factorialhr.ConfigurationError, match="on_event must be a plain function"):
        factorialhr.ApiClient(api_key="key", on_event=hook)  # type: ignore[arg-type]
