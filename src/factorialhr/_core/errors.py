"""Everything this package raises.

FactorialError
├── ConfigurationError (ValueError)          wrong settings or arguments, found before anything is sent
│   ├── UnexpectedKeywordError (TypeError)   a filter or option that the call does not have
│   ├── UnsupportedOperationError            the chosen API version lacks the operation or filter
│   └── TokenStoreError                      tokens cannot be read or kept
├── ClientClosedError (RuntimeError)         the client was closed before this call
├── ApiConnectionError                       no answer arrived
│   └── ApiTimeoutError (TimeoutError)
├── ApiStatusError (httpx.HTTPStatusError)   the API answered with an error
│   ├── BadRequestError 400      AuthenticationError 401   PermissionDeniedError 403   NotFoundError 404
│   ├── ConflictError 409        UnprocessableError 422    RateLimitError 429: retry_after_seconds
│   ├── ServerError 5xx
│   └── UnexpectedBodyError                  the status is a success, the body is that of an error
├── DecodeError                              the answer is not what the description says
│   └── IncompleteListError                  a list ended before its end
├── WebhookError                             a delivery that is not what it claims to be
├── RateLimiterError                         the rate limiter gave no place; nothing was sent
└── OAuthError                               the token endpoint refused
    └── TokenRefreshError                    the access token could not be replaced

Messages name verb, path and status. Bodies are attributes: what people and their records are called is
in no message.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import httpx

from factorialhr._core import reasons
from factorialhr._core.narrowing import is_array, is_object
from factorialhr._core.plain import NotJsonError, read_json
from factorialhr._core.retry_after import retry_after_seconds

NEVER_SENT = reasons.NEVER_SENT
CREDENTIAL_HEADERS = ("authorization", "proxy-authorization", "x-api-key", "cookie")


class FactorialError(Exception):
    """Root of all errors of this package."""

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        # The constructors below take keywords, which Exception's own pickling would lose.
        return _rebuild, (type(self), self.args, self.__dict__.copy())


def _rebuild(kind: type[BaseException], args: tuple[Any, ...], state: dict[str, Any]) -> BaseException:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class ConfigurationError(FactorialError, ValueError):
    """A setting or an argument that cannot work; nothing was sent. The message says what to change."""


class UnexpectedKeywordError(ConfigurationError, TypeError):
    """A keyword that the method does not take.

    The API ignores a filter it does not know and answers with everything, so it is refused here.
    """


class UnsupportedOperationError(ConfigurationError):
    """The API version of this client lacks the operation or the filter; the message names those that have it."""


class ClientClosedError(FactorialError, RuntimeError):
    """The client was used after it was closed: make a new one, or keep calls inside its ``with`` block."""


class ApiConnectionError(FactorialError):
    """No answer arrived: the network, the name of the host, TLS, a proxy, or a broken connection.

    The message says which, and what to check; its cause is httpx's own exception.
    ``maybe_received`` is true where the request may have reached the API all the same: look before
    repeating a write.
    """

    maybe_received: bool
    request: httpx.Request

    def __init__(self, message: str, *, request: httpx.Request, maybe_received: bool) -> None:
        super().__init__(message)
        self.request = without_credentials(request)
        self.maybe_received = maybe_received


class ApiTimeoutError(ApiConnectionError, TimeoutError):
    """The answer did not come within ``timeout`` seconds; raise the client's ``timeout`` for slow lists."""


class ApiErrorDetail(NamedTuple):
    """One entry of an error body."""

    code: str | None
    """Stable name of the problem, where the API gives one."""
    message: str | None
    """Text for people; it changes, and it may hold personal data."""
    field: str | None
    """The field of the request that it is about; ``None`` is the whole request."""


class ApiStatusError(FactorialError, httpx.HTTPStatusError):
    """The API answered with an error status; read ``errors`` and ``body`` for what it said."""

    def __init__(self, message: str, *, request: httpx.Request, response: httpx.Response) -> None:
        clean = without_credentials(request)
        response.request = clean
        httpx.HTTPStatusError.__init__(self, message, request=clean, response=response)

    @property
    def status_code(self) -> int:
        """The HTTP status."""
        return self.response.status_code

    @property
    def body(self) -> bytes:
        """The answer's body as it came; it may hold personal data."""
        return self.response.content

    @property
    def errors(self) -> list[ApiErrorDetail]:
        """What the body says, from any of the shapes the API uses; empty where it says nothing readable."""
        return parse_error_body(self.body)


class BadRequestError(ApiStatusError):
    """400: the request does not make sense, often an id in the body that does not exist or is hidden."""


class AuthenticationError(ApiStatusError):
    """401: the credential is wrong, expired or revoked."""


class PermissionDeniedError(ApiStatusError):
    """403: the credential may not do this."""


class NotFoundError(ApiStatusError):
    """404: no such record, or one that this credential may not see."""


class ConflictError(ApiStatusError):
    """409: the record is in a state that does not allow this now."""


class UnprocessableError(ApiStatusError):
    """422: values that the API refuses; ``errors`` names the fields."""


class RateLimitError(ApiStatusError):
    """429: too many requests; the published limit is 200 POST requests a minute."""

    @property
    def retry_after_seconds(self) -> float | None:
        """How long the API asks to wait, in seconds; ``None`` where it does not say."""
        return retry_after_seconds(self.response.headers.get("retry-after"))


class ServerError(ApiStatusError):
    """5xx: the API failed; whether a write took place is not known."""


class UnexpectedBodyError(ApiStatusError):
    """A success by its status (2xx) with the body of an error, or with an empty object for a record.

    ``maybe_received`` is true for writes: look before repeating one, for it may have taken place.
    """

    maybe_received: bool = False


class DecodeError(FactorialError):
    """The answer is not what the API's description says.

    ``operation`` is the call, ``path`` the place in the JSON (``$.data[0].name``), ``body`` the raw
    answer: nothing that came is lost.
    """

    operation: str
    path: str
    body: bytes

    def __init__(self, message: str, *, operation: str, path: str, body: bytes) -> None:
        super().__init__(message)
        self.operation = operation
        self.path = path
        self.body = body


class RateLimiterError(FactorialError):
    """The rate limiter gave no place, so the request was not sent; the message says what is the matter with it.

    Its file or its Redis cannot be used, or so many writes are waiting that one more would wait for over an hour.
    """


class WebhookError(FactorialError):
    """A delivery without the right challenge, of an unknown event, or without a record: answer it with 400."""


BY_STATUS: dict[int, type[ApiStatusError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    422: UnprocessableError,
    429: RateLimitError,
}


OF_THE_WHOLE_REQUEST = (None, "errors", "messages", "base")
# What the API calls fields and reasons: names, and no text that could be about a person.
NAME = re.compile(r"[a-z][a-z0-9_.\[\]]*")
LONGEST_NAME = 60
MOST_NAMED = 5


def _named_in(errors: list[ApiErrorDetail]) -> str:
    """The fields and reason codes of an error, for its message; values and texts stay out of it."""
    found: dict[str, None] = {}
    for one in errors:
        parts = [part for part in (one.field, one.code) if part is not None and _is_name(part)]
        if parts:
            found[": ".join(parts)] = None
    named = list(found)[:MOST_NAMED]
    return ", ".join(named) + (", ..." if len(found) > MOST_NAMED else "")


def _is_name(text: str) -> bool:
    return len(text) <= LONGEST_NAME and NAME.fullmatch(text) is not None


def status_error(
    operation: str, request: httpx.Request, response: httpx.Response, note: str | None = None
) -> ApiStatusError:
    """Make the error of a response; ``note`` is what the credential has to add."""
    status = response.status_code
    kind = BY_STATUS.get(status, ServerError if status >= 500 else ApiStatusError)
    message = f"{operation}: {status} {response.reason_phrase}".rstrip()
    if 300 <= status < 400:
        message += ": redirects are not followed; check base_url"
    named = _named_in(parse_error_body(response.content))
    if named:
        message += f" ({named})"
    if note is not None:
        message += f"; {note}"
    return kind(message, request=request, response=response)


def unexpected_body_error(
    operation: str, request: httpx.Request, response: httpx.Response, *, maybe_received: bool
) -> UnexpectedBodyError:
    """Make the error of a response that is a success by its status alone."""
    status = f"{response.status_code} {response.reason_phrase}".strip()
    message = f"{operation}: {status}, but the body is that of an error: see errors and body"
    error = UnexpectedBodyError(message, request=request, response=response)
    error.maybe_received = maybe_received
    return error


def connection_error(
    operation: str,
    request: httpx.Request,
    failure: httpx.RequestError,
    token_request: httpx.Request | None = None,
    *,
    if_slow: str | None = None,
) -> ApiConnectionError:
    """Make the error of a request that got no response; raise it from ``failure``.

    Args:
        operation: Verb and path.
        request: The request of the call.
        failure: What httpx raised.
        token_request: The request that failed if it was one for a token: the call's own was not sent then.
        if_slow: What to do about an operation that takes too long.
    """
    clean = without_credentials(request)
    message = f"{operation}: {reasons.reason_of(failure, token_request or request)} ({type(failure).__name__})"
    if token_request is not None:
        message += " while the access token was being refreshed"
    elif if_slow is not None and isinstance(failure, httpx.TimeoutException):
        message += f"; {if_slow}"
    failure.request = clean
    kind = ApiTimeoutError if isinstance(failure, httpx.TimeoutException) else ApiConnectionError
    maybe_received = token_request is None and not reasons.never_sent(failure)
    return kind(message, request=clean, maybe_received=maybe_received)


def without_credentials(request: httpx.Request) -> httpx.Request:
    """A copy to keep in an error: errors are logged, pickled and sent to other services."""
    headers = [(name, value) for name, value in request.headers.raw if name.decode().lower() not in CREDENTIAL_HEADERS]
    return httpx.Request(request.method, request.url, headers=headers)


def parse_error_body(body: bytes) -> list[ApiErrorDetail]:
    """Read an error body of any known shape.

    Known are, under ``errors``: a list of objects with ``code``, ``message`` and ``field`` (from
    2027-01-01), a list of objects with ``error``, a list of strings, an object of fields with their
    messages, in which ``errors``, ``messages`` and ``base`` stand for the whole request; and OAuth's ``error`` with
    ``error_description``.
    """
    try:
        content = read_json(body)
    except NotJsonError:
        return []
    if not is_object(content):
        return []
    errors = content.get("errors")
    if is_array(errors):
        return [_detail(entry) for entry in errors]
    if is_object(errors):
        return [_detail(entry, name) for name, found in errors.items() for entry in _as_list(found)]
    if isinstance(errors, str):
        return [ApiErrorDetail(None, errors, None)]
    if "error" in content or "message" in content:
        message = content.get("error_description") or content.get("message")
        return [ApiErrorDetail(_text(content.get("error")), _text(message), None)]
    return []


def _detail(entry: object, named: str | None = None) -> ApiErrorDetail:
    """One entry, with the name that it stood under."""
    field = None if named in OF_THE_WHOLE_REQUEST else named
    if is_object(entry):
        message = entry.get("message", entry.get("error"))
        if message is None and "code" not in entry and "field" not in entry:
            return ApiErrorDetail(None, _text(entry), field)
        return ApiErrorDetail(_text(entry.get("code")), _text(message), _text(entry.get("field")) or field)
    return ApiErrorDetail(None, _text(entry), field)


def _as_list(value: object) -> list[object]:
    return value if is_array(value) else [value]


def _text(value: object) -> str | None:
    return (
        value
        if isinstance(value, str) or value is None
        else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    )
