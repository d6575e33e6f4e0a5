"""The tree of errors, and what their bodies say."""

from __future__ import annotations

import json

import httpx
import pytest

import factorialhr
from factorialhr._core.errors import (
    ApiErrorDetail,
    ApiStatusError,
    FactorialError,
    parse_error_body,
    status_error,
    without_credentials,
)

TREE = {
    "ConfigurationError": ("FactorialError", ValueError),
    "UnexpectedKeywordError": ("ConfigurationError", TypeError),
    "UnsupportedOperationError": ("ConfigurationError", ValueError),
    "ClientClosedError": ("FactorialError", RuntimeError),
    "ApiConnectionError": ("FactorialError", Exception),
    "ApiTimeoutError": ("ApiConnectionError", TimeoutError),
    "ApiStatusError": ("FactorialError", httpx.HTTPStatusError),
    "BadRequestError": ("ApiStatusError", httpx.HTTPStatusError),
    "AuthenticationError": ("ApiStatusError", httpx.HTTPStatusError),
    "PermissionDeniedError": ("ApiStatusError", httpx.HTTPStatusError),
    "NotFoundError": ("ApiStatusError", httpx.HTTPStatusError),
    "ConflictError": ("ApiStatusError", httpx.HTTPStatusError),
    "UnprocessableError": ("ApiStatusError", httpx.HTTPStatusError),
    "RateLimitError": ("ApiStatusError", httpx.HTTPStatusError),
    "ServerError": ("ApiStatusError", httpx.HTTPStatusError),
    "DecodeError": ("FactorialError", Exception),
}


@pytest.mark.parametrize(("name", "parents"), TREE.items())
def test_the_tree(name: str, parents: tuple[str, type]) -> None:
    kind = getattr(factorialhr, name)
    assert kind.__bases__[0].__name__ == parents[0]
    assert issubclass(kind, (FactorialError, parents[1]))
    assert issubclass(kind, parents[1])
    assert kind.__doc__


@pytest.mark.parametrize(
    ("content", "details"),
    [
        ({"errors": {"name": ["is short"]}}, [(None, "is short", "name")]),
        ({"errors": {"name": "is short", "a": {"b": 1}}}, [(None, "is short", "name"), (None, '{"b":1}', "a")]),
        ({"errors": {"ids": [1, None]}}, [(None, "1", "ids"), (None, None, "ids")]),
        ({"errors": [{"error": "x"}]}, [(None, "x", None)]),
        ({"errors": [{"code": "c", "message": "m", "field": "f"}]}, [("c", "m", "f")]),
        ({"errors": [{"code": "c", "message": None, "field": None, "new": 1}]}, [("c", None, None)]),
        ({"errors": [{"code": 7, "message": ["m"]}]}, [("7", '["m"]', None)]),
        ({"errors": ["a", 7, None]}, [(None, "a", None), (None, "7", None), (None, None, None)]),
        ({"errors": "a"}, [(None, "a", None)]),
        ({"errors": {"errors": ["Forbidden by A::B"]}}, [(None, "Forbidden by A::B", None)]),
        ({"errors": {"messages": ["m", "n"]}}, [(None, "m", None), (None, "n", None)]),
        ({"errors": {"base": "m"}}, [(None, "m", None)]),
        ({"errors": {"errors": [{"error": "x"}]}}, [(None, "x", None)]),
        ({"errors": {"name": [{"code": "c", "message": "m"}]}}, [("c", "m", "name")]),
        ({"errors": {"name": [{"field": "f", "error": "m"}]}}, [(None, "m", "f")]),
        ({"errors": []}, []),
        ({"errors": {}}, []),
        ({"errors": None}, []),
        ({"errors": 7}, []),
        ({"error": "e", "error_description": "d"}, [("e", "d", None)]),
        ({"error": "e"}, [("e", None, None)]),
        ({"message": "m"}, [(None, "m", None)]),
        ({"errors": None, "message": "m"}, [(None, "m", None)]),
        ({}, []),
        ([], []),
        ("x", []),
        (None, []),
    ],
)
def test_every_shape_of_an_error_body(content: object, details: list[tuple[str | None, ...]]) -> None:
    assert parse_error_body(json.dumps(content).encode()) == [ApiErrorDetail(*detail) for detail in details]


@pytest.mark.parametrize("body", [b"", b" ", b"<html>", b'{"errors": [', b"\xff", b"[" * 10**5])
def test_a_body_that_cannot_be_read_says_nothing(body: bytes) -> None:
    assert parse_error_body(body) == []


@pytest.mark.parametrize("status", [100, 199, 301, 399, 400, 402, 451, 499, 500, 599])
def test_any_status_makes_an_error(status: int) -> None:
    request = httpx.Request("GET", "https://h/a")
    error = status_error("GET a", request, httpx.Response(status))
    assert isinstance(error, ApiStatusError)
    assert isinstance(error, factorialhr.ServerError) is (status >= 500)
    assert str(error).startswith(f"GET a: {status}")
    assert ("redirects" in str(error)) is (300 <= status < 400)


@pytest.mark.parametrize("name", ["Authorization", "authorization", "X-API-Key", "x-api-key", "Cookie", "Proxy-Authorization"])  # fmt: skip
def test_a_request_to_keep_has_no_credentials(name: str) -> None:
    request = httpx.Request("POST", "https://h/a?b=c", headers={name: "secret", "X-Team": "a"}, content=b"secret")
    clean = without_credentials(request)
    assert "secret" not in str(clean.headers.multi_items())
    assert clean.headers["x-team"] == "a"
    assert (clean.method, clean.url, clean.content) == ("POST", request.url, b"")
    assert request.headers[name] == "secret"
