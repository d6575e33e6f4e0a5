"""Workers hand records and errors to each other: all of them survive pickling and copying, with everything in them."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest

import factorialhr
from factorialhr import (
    ApiConnectionError,
    ApiStatusError,
    ApiTimeoutError,
    AuthenticationError,
    BadRequestError,
    ClientClosedError,
    ConfigurationError,
    ConflictError,
    DecodeError,
    DecodeIssue,
    FactorialError,
    IncompleteListError,
    NotFoundError,
    OAuthError,
    PermissionDeniedError,
    RateLimiterError,
    RateLimitError,
    Record,
    ServerError,
    TokenRefreshError,
    TokenStoreError,
    UnexpectedBodyError,
    UnexpectedKeywordError,
    UnprocessableError,
    UnsupportedOperationError,
    WebhookError,
)
from factorialhr._core.records import OpenEnum

PUBLIC = {name: getattr(factorialhr, name) for name in factorialhr.__all__}
CLASSES = {name: one for name, one in PUBLIC.items() if isinstance(one, type)}
RECORDS = {name: one for name, one in CLASSES.items() if issubclass(one, Record) and one is not Record}
ENUMS = {name: one for name, one in CLASSES.items() if issubclass(one, OpenEnum) and one is not OpenEnum}
ERRORS = {name: one for name, one in CLASSES.items() if issubclass(one, FactorialError)}

WAYS: dict[str, Callable[[Any], Any]] = {
    **{
        f"pickle-{protocol}": lambda one, protocol=protocol: pickle.loads(pickle.dumps(one, protocol))  # noqa: S301
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)
    },
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}
REQUEST = httpx.Request("GET", "https://api.example.com/api/2026-10-01/resources/trainings/sessions?search=Ada")
BODY = b'{"errors": [{"code": "taken", "message": "is taken", "field": "name"}]}'

every_way = pytest.mark.parametrize("again", WAYS.values(), ids=WAYS)


def with_message(kind: type[FactorialError]) -> FactorialError:
    return kind("GET trainings/sessions: why")


def without_answer(kind: type[ApiConnectionError]) -> FactorialError:
    return kind("GET trainings/sessions: why", request=REQUEST, maybe_received=True)


def with_answer(kind: type[ApiStatusError]) -> FactorialError:
    response = httpx.Response(429, headers={"Retry-After": "7"}, content=BODY)
    return kind("GET trainings/sessions: 429", request=REQUEST, response=response)


def of_an_incomplete_list(kind: type[IncompleteListError]) -> FactorialError:
    return kind("GET trainings/sessions", (DecodeIssue("PaginationMeta", "end_cursor", "a cursor", "missing"),))


def of_decoding(kind: type[DecodeError]) -> FactorialError:
    return kind("GET trainings/sessions: why", operation="GET trainings/sessions", path="$.data[0]", body=b"{")


def of_tokens(kind: Any) -> FactorialError:
    return kind("no token", retryable=True, status_code=400, code="invalid_grant", body=b"{}")  # type: ignore[no-any-return]


def of_a_store(kind: Any) -> FactorialError:
    return kind("no store", reason="corrupt")  # type: ignore[no-any-return]


MAKERS: dict[type[FactorialError], Callable[[Any], FactorialError]] = {
    FactorialError: with_message,
    ConfigurationError: with_message,
    UnexpectedKeywordError: with_message,
    UnsupportedOperationError: with_message,
    ClientClosedError: with_message,
    ApiConnectionError: without_answer,
    ApiTimeoutError: without_answer,
    ApiStatusError: with_answer,
    BadRequestError: with_answer,
    AuthenticationError: with_answer,
    PermissionDeniedError: with_answer,
    NotFoundError: with_answer,
    ConflictError: with_answer,
    UnprocessableError: with_answer,
    RateLimitError: with_answer,
    ServerError: with_answer,
    UnexpectedBodyError: with_answer,
    DecodeError: of_decoding,
    IncompleteListError: of_an_incomplete_list,
    WebhookError: with_message,
    RateLimiterError: with_message,
    OAuthError: of_tokens,
    TokenRefreshError: of_tokens,
    TokenStoreError: of_a_store,
}


def content_of(error: BaseException) -> dict[str, Any]:
    """Everything that a caller can read off an error, in a form that compares."""
    found: dict[str, Any] = {"text": str(error), "args": error.args, "kind": type(error)}
    for name in dir(error):
        value = None if name.startswith("_") else getattr(error, name, None)  # OSError has unset ones
        if isinstance(value, httpx.Request):
            found[name] = (value.method, str(value.url), dict(value.headers))
        elif isinstance(value, httpx.Response):
            found[name] = (value.status_code, dict(value.headers), value.content)
        elif not callable(value):
            found[name] = value
    return found


def test_every_error_class_has_a_case() -> None:
    assert ERRORS.keys() == {kind.__name__ for kind in MAKERS}


@every_way
@pytest.mark.parametrize("kind", MAKERS, ids=lambda kind: kind.__name__)
def test_errors_survive(kind: type[FactorialError], again: Callable[[Any], Any]) -> None:
    error = MAKERS[kind](kind)
    assert content_of(again(error)) == content_of(error)


@every_way
def test_errors_keep_their_notes(again: Callable[[Any], Any]) -> None:
    error = with_message(ConfigurationError)
    error.add_note("while exporting")
    assert again(error).__notes__ == ["while exporting"]


@every_way
def test_records_survive(again: Callable[[Any], Any]) -> None:
    assert len(RECORDS) > 180
    for name, kind in RECORDS.items():
        record = kind(**{field.name: [field.name] for field in msgspec.structs.fields(kind)})
        twin = again(record)
        assert type(twin) is kind, name
        assert twin == record, name
        assert msgspec.structs.asdict(twin) == msgspec.structs.asdict(record), name


@every_way
def test_enum_members_survive(again: Callable[[Any], Any]) -> None:
    assert len(ENUMS) > 85
    for name, kind in ENUMS.items():
        assert all(again(member) is member for member in kind), name
        unknown = again(kind("from tomorrow"))
        assert (type(unknown), unknown, unknown.value) == (kind, "from tomorrow", "from tomorrow"), name


@every_way
def test_pages_survive_with_records_and_place(again: Callable[[Any], Any]) -> None:
    issue = factorialhr.DecodeIssue("Session", "name", "str", "integer")
    meta = factorialhr.PaginationMeta(limit=100, total=1, end_cursor="MQ==")
    session = factorialhr.Session(id="1", name="Day 1", training_id="2", subsidized=False)
    page = factorialhr.MetaApiResponse([session], (b'{"data": [{"id": "1", "new": 7}]}',), meta, (issue,))
    twin = again(page)
    assert (twin.data(), twin.raw_data) == (page.data(), page.raw_data)
    assert (twin.meta, twin.issues, twin.bodies) == (meta, (issue,), page.bodies)
