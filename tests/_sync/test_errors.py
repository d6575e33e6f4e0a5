"""Answers with an error status become errors of one tree, which say what happened and to whom it belongs."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from tests._sync.clients import CREDENTIAL, client
from tests.halves import factorialhr_sync as sdk
from tests.support import answers
from tests.support.copies import COPIERS, printed
from tests.support.script import Script

STATUSES = {
    400: sdk.BadRequestError,
    401: sdk.AuthenticationError,
    402: sdk.ApiStatusError,
    403: sdk.PermissionDeniedError,
    404: sdk.NotFoundError,
    409: sdk.ConflictError,
    410: sdk.ApiStatusError,
    418: sdk.ApiStatusError,
    422: sdk.UnprocessableError,
    428: sdk.ApiStatusError,
    429: sdk.RateLimitError,
    500: sdk.ServerError,
    502: sdk.ServerError,
    503: sdk.ServerError,
    504: sdk.ServerError,
    599: sdk.ServerError,
}


@pytest.mark.parametrize(("status", "kind"), STATUSES.items())
def test_each_status_has_its_class(status: int, kind: type[sdk.ApiStatusError]) -> None:
    body = {"errors": [{"code": "validation_failed", "message": "no", "field": "name"}]}
    script = Script(answers.json(body, status, x_request_id="r1"))
    with pytest.raises(kind) as caught:
        client(script, max_retries=0).trainings.sessions.update(7, {"name": "x"})
    error = caught.value
    assert type(error) is kind
    assert isinstance(error, sdk.FactorialError)
    assert isinstance(error, httpx.HTTPStatusError)
    assert error.status_code == error.response.status_code == status
    assert error.body == error.response.content
    assert error.response.headers["x-request-id"] == "r1"
    assert error.errors == [sdk.ApiErrorDetail("validation_failed", "no", "name")]
    assert error.request.method == "PUT"
    assert error.request.url.path == "/api/2026-10-01/resources/trainings/sessions/7"
    assert error.response.request is error.request
    said = f"PUT trainings/sessions/7: {status} {error.response.reason_phrase}".rstrip()
    assert str(error) == f"{said} (name: validation_failed)"


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"errors": {"company_id": ["can't be blank"], "name": ["value-of-a-person"]}}, "(company_id, name)"),
        ({"errors": [{"field": "reminders[0].name", "code": "too_short"}]}, "(reminders[0].name: too_short)"),
        ({"error": "invalid_token", "error_description": "value-of-a-person"}, "(invalid_token)"),
        ({"errors": {"errors": ["Forbidden by value-of-a-person"]}}, None),
        ({"errors": {"messages": ["value-of-a-person"]}}, None),
        ({"errors": {"value of a person": ["x"], "Name": ["x"], "a" * 61: ["x"], "a@b.example": ["x"]}}, None),
        ({"errors": [{"field": "value-of-a-person", "code": "VALUE"}]}, None),
        ({"errors": {f"field_{n}": ["x"] for n in range(7)}}, "(field_0, field_1, field_2, field_3, field_4, ...)"),
        ({"errors": None}, None),
    ],
)
@pytest.mark.parametrize("status", [401, 422])
def test_an_error_names_fields_and_reasons_and_no_value(
    body: dict[str, object], named: str | None, status: int
) -> None:
    with pytest.raises(sdk.ApiStatusError) as caught:
        client(Script(answers.json(body, status))).trainings.sessions.update(7, {"name": "x"})
    said = f"PUT trainings/sessions/7: {status} {caught.value.response.reason_phrase}"
    assert str(caught.value) == (said if named is None else f"{said} {named}")


def test_an_error_with_a_byte_order_mark_is_read() -> None:
    body = b'\xef\xbb\xbf{"errors":{"name":["caf\xe9"]}}'
    with pytest.raises(sdk.UnprocessableError) as caught:
        client(Script(answers.raw(body, 422))).trainings.sessions.update(7, {"name": "x"})
    assert caught.value.errors == [sdk.ApiErrorDetail(None, "caf\ufffd", "name")]


@pytest.mark.parametrize("status", [301, 302, 304, 307, 308])
def test_a_redirect_is_an_error_that_says_why(status: int) -> None:
    script = Script(httpx.Response(status, headers={"location": "https://elsewhere.example/"}))
    with pytest.raises(sdk.ApiStatusError, match="redirects are not followed; check base_url"):
        client(script).trainings.sessions.get_by_id(7)
    assert len(script.requests) == 1


BODIES = {
    "fields": (b'{"errors": {"name": ["is short", "is odd"], "code": "taken"}}', [(None, "is short", "name"), (None, "is odd", "name"), (None, "taken", "code")]),
    "objects with error": (b'{"errors": [{"error": "unknown id"}, {"error": "another"}]}', [(None, "unknown id", None), (None, "another", None)]),
    "offenders": (b'{"errors": {"employee_ids": [1, 2]}}', [(None, "1", "employee_ids"), (None, "2", "employee_ids")]),
    "texts": (b'{"errors": ["no", "never"]}', [(None, "no", None), (None, "never", None)]),
    "null": (b'{"errors": null}', []),
    "objects with code": (
        b'{"errors": [{"code": "forbidden", "message": "no", "field": null}, {"code": "new", "field": "a"}]}',
        [("forbidden", "no", None), ("new", None, "a")],
    ),
    "one text": (b'{"errors": "no"}', [(None, "no", None)]),
    "an OAuth error": (b'{"error": "invalid_token", "error_description": "expired"}', [("invalid_token", "expired", None)]),
    "a message": (b'{"message": "no"}', [(None, "no", None)]),
    "nothing": (b"", []),
    "HTML": (b"<html></html>", []),
    "cut off": (b'{"errors": [', []),
    "an array": (b"[1]", []),
    "another object": (b'{"status": 1}', []),
    "no text": (b"\xff", []),
    "nesting without end": (b"[" * 100_000, []),
}  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), BODIES.values(), ids=BODIES)
def test_what_the_body_says_is_read_from_any_shape(
    body: bytes, expected: list[tuple[str | None, str | None, str | None]]
) -> None:
    with pytest.raises(sdk.UnprocessableError) as caught:
        client(Script(answers.raw(body, 422))).trainings.sessions.get_by_id(7)
    assert caught.value.errors == [sdk.ApiErrorDetail(*entry) for entry in expected]
    assert caught.value.body == body


@pytest.mark.parametrize(("header", "seconds"), [("7", 7.0), ("0", 0.0), (None, None), ("soon", None)])
def test_a_rate_limit_says_how_long_to_wait(header: str | None, seconds: float | None) -> None:
    answer = httpx.Response(429, headers={"retry-after": header} if header else {})
    with pytest.raises(sdk.RateLimitError) as caught:
        client(Script(answer), max_retries=0).trainings.sessions.get()
    assert caught.value.retry_after_seconds == seconds


SEARCHED = "searched-name-of-a-person"
WRITTEN = "written-name-of-a-person"
ANSWERED = "answered-name-of-a-person"
FAILURES: dict[str, Callable[[], httpx.Response | Exception]] = {
    "status": lambda: answers.json({"errors": [{"message": ANSWERED}]}, 422),
    "server": lambda: answers.raw(ANSWERED.encode(), 500, "text/html"),
    "not JSON": lambda: answers.raw(ANSWERED.encode()),
    "wrong shape": lambda: answers.json(ANSWERED),
    "connection": lambda: httpx.ConnectError("refused"),
    "broken off": lambda: httpx.ReadError(""),
    "timeout": lambda: httpx.ReadTimeout("slow"),
}


def failing(step: httpx.Response | Exception) -> sdk.FactorialError:
    """The error of a write whose every part is personal."""
    api = sdk.ApiClient(auth=sdk.AccessTokenAuth(CREDENTIAL), transport=Script(step), max_retries=0)
    body = {"name": WRITTEN}
    params = {"search": SEARCHED}
    headers = {"Cookie": CREDENTIAL, "X-API-Key": CREDENTIAL}
    with pytest.raises(sdk.FactorialError) as caught:
        api.trainings.sessions.create(body, params=params, headers=headers)
    return caught.value


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
def test_no_error_prints_what_is_nobody_elses_business(failure: Callable[[], httpx.Response | Exception]) -> None:
    error = failing(failure())
    texts = [printed(error), *(printed(copier(error)) for copier in COPIERS)]
    for text in texts:
        assert "POST trainings/sessions" in text
        for secret in (CREDENTIAL, SEARCHED, WRITTEN, ANSWERED):
            assert secret not in text


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
def test_no_error_carries_a_credential(failure: Callable[[], httpx.Response | Exception]) -> None:
    error = failing(failure())
    requests = [getattr(one, "_request", None) or vars(one).get("request") for one in (error, error.__cause__) if one]
    requests += [error.response.request] if isinstance(error, sdk.ApiStatusError) else []
    carried = [request for request in requests if request]
    assert bool(carried) is not isinstance(error, sdk.DecodeError)
    for request in carried:
        assert CREDENTIAL not in str(request.headers.multi_items())


@pytest.mark.parametrize("copier", COPIERS)
@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
def test_an_error_survives_copying(
    failure: Callable[[], httpx.Response | Exception], copier: Callable[[object], object]
) -> None:
    error = failing(failure())
    error.add_note("seen in the export")
    other = copier(error)
    assert type(other) is type(error)
    assert (str(other), other.args, other.__notes__) == (str(error), error.args, error.__notes__)
    for name in ("status_code", "body", "errors", "operation", "path", "maybe_received"):
        assert getattr(other, name, "none") == getattr(error, name, "none")
    if not isinstance(error, sdk.DecodeError):
        assert (other.request.method, other.request.url) == (error.request.method, error.request.url)
    if isinstance(error, sdk.ApiStatusError):
        assert other.response.headers == error.response.headers


@pytest.mark.parametrize("copier", COPIERS)
def test_a_rate_limit_survives_copying(copier: Callable[[object], object]) -> None:
    with pytest.raises(sdk.RateLimitError) as caught:
        client(Script(httpx.Response(429, headers={"retry-after": "9"})), max_retries=0).trainings.sessions.get()
    assert copier(caught.value).retry_after_seconds == 9


@pytest.mark.parametrize(
    ("failure", "kind", "maybe_received", "message"),
    [
        (httpx.ConnectError("x"), sdk.ApiConnectionError, False, "no connection to api.factorialhr.com (ConnectError)"),
        (
            httpx.ConnectTimeout("x"),
            sdk.ApiTimeoutError,
            False,
            "no connection to api.factorialhr.com within 60 s (ConnectTimeout)",
        ),
        (
            httpx.ProxyError("503 x"),
            sdk.ApiConnectionError,
            False,
            "the proxy refused to connect to api.factorialhr.com: 503",
        ),
        (httpx.PoolTimeout("x"), sdk.ApiTimeoutError, False, "no connection was free within 60 s (PoolTimeout)"),
        (httpx.ReadTimeout("x"), sdk.ApiTimeoutError, True, "no answer within 60 s (ReadTimeout)"),
        (
            httpx.WriteTimeout("x"),
            sdk.ApiTimeoutError,
            True,
            "the request could not be sent within 60 s (WriteTimeout)",
        ),
        (httpx.ReadError("x"), sdk.ApiConnectionError, True, "api.factorialhr.com closed the connection"),
        (httpx.WriteError("x"), sdk.ApiConnectionError, True, "api.factorialhr.com closed the connection"),
        (
            httpx.RemoteProtocolError("x"),
            sdk.ApiConnectionError,
            True,
            "api.factorialhr.com sent something that is not HTTP",
        ),
        (
            httpx.DecodingError("x"),
            sdk.ApiConnectionError,
            True,
            "the response of api.factorialhr.com could not be decompressed",
        ),
    ],
)
def test_a_connection_error_says_whether_a_write_may_have_arrived(
    failure: httpx.RequestError, kind: type[sdk.ApiConnectionError], maybe_received: bool, message: str
) -> None:
    with pytest.raises(kind) as caught:
        client(Script(failure), max_retries=0).trainings.sessions.create({"name": "x"})
    error = caught.value
    assert type(error) is kind
    assert str(error).startswith(f"POST trainings/sessions: {message}")
    assert error.maybe_received is maybe_received
    assert error.request.method == "POST"
    assert error.__cause__ is failure
    assert isinstance(error, TimeoutError) is (kind is sdk.ApiTimeoutError)


def test_what_is_no_failure_of_the_network_passes_through() -> None:
    with pytest.raises(ZeroDivisionError):
        client(Script(ZeroDivisionError())).trainings.sessions.get()
