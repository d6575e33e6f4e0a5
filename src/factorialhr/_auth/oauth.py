"""OAuth2, without sending anything: tokens, the address to authorise at, the requests, the answers.

FactorialError
└── OAuthError                 the token endpoint refused, or its answer is no token
    └── TokenRefreshError      likewise, while refreshing: authorise again, or try later
"""

from __future__ import annotations

import datetime as dt
import hmac
import platform
import re
import secrets
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import quote, quote_plus

import httpx
import msgspec

from factorialhr._core.errors import ConfigurationError, FactorialError
from factorialhr._core.narrowing import is_object
from factorialhr._core.plain import NotJsonError, read_json
from factorialhr._core.secrets import Secret, secret_text
from factorialhr._core.settings import PRODUCTION, checked_base_url
from factorialhr._version import __version__

HEADERS: Final = {
    "Accept": "application/json",
    "User-Agent": f"factorialhr/{__version__} python/{platform.python_version()}",
}
# RFC 6749; a code that is not among them may be anything, so it goes into no message.
KNOWN_CODES: Final = {
    "invalid_request": "the request is not as the server wants it",
    "invalid_client": "check client_id and client_secret",
    "invalid_grant": "the code or refresh token is expired, revoked, or was used before: authorise again",
    "unauthorized_client": "the application may not do this",
    "unsupported_grant_type": "the server does not know this kind of request; check base_url",
    "invalid_scope": "the application may not have this scope",
    "access_denied": "the user or the server refused",
    "server_error": "try later",
    "temporarily_unavailable": "try later",
}
SENT_SECRETS: Final = ("refresh_token", "client_secret", "code", "token")
SECRET_FIELDS: Final = ("access_token", "refresh_token", "client_secret", "token", "id_token")
_SECRET_VALUES: Final = re.compile(
    rb"""(["']?\b(?:%s)["']?\s*[:=]\s*)("(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s&,;<>}"']+)"""
    % "|".join(SECRET_FIELDS).encode()
)
LONGEST_LIFETIME_SECONDS: Final = 10 * 366 * 86400


class OAuthError(FactorialError):
    """The token endpoint refused, or what it sent is no token.

    ``retryable`` is true where the same request may succeed later; where it is false, the user has to
    authorise again or a setting is wrong, and the message says which.
    """

    retryable: bool
    status_code: int | None
    """The HTTP status, where there was an answer."""
    code: str | None
    """What the server called the problem, where that is one of OAuth's own names (``invalid_grant``)."""
    body: bytes
    """The answer, with the values of tokens, codes and secrets taken out."""

    def __init__(
        self,
        message: str,
        *,
        retryable: bool = False,
        status_code: int | None = None,
        code: str | None = None,
        body: bytes = b"",
    ) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.status_code = status_code
        self.code = code
        self.body = body


class TokenRefreshError(OAuthError):
    """The access token could not be refreshed, and the request that needed it was not sent.

    Where ``retryable`` is false the user has to authorise again; where it is true, try later.
    """


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """An access token, and what goes with it; its ``repr`` shows no secret."""

    access_token: str
    refresh_token: str | None = None
    """Buys one new pair; company tokens have none."""
    expires_at: dt.datetime | None = None
    """When the access token ends, in UTC by this machine's clock; ``None``: never, or not known."""
    scope: str | None = None
    """What it may be used for, separated by spaces."""
    created_at: dt.datetime | None = None
    """When it was issued, in UTC."""

    def __post_init__(self) -> None:
        if not _fits_header(self.access_token):
            raise ConfigurationError("access_token is empty or has characters that no header can hold")
        if self.refresh_token is not None and not (isinstance(self.refresh_token, str) and self.refresh_token.strip()):
            raise ConfigurationError("refresh_token is empty; leave it out (None) where there is none")
        for name, moment in (("expires_at", self.expires_at), ("created_at", self.created_at)):
            if moment is not None and (not isinstance(moment, dt.datetime) or moment.tzinfo is None):
                raise ConfigurationError(f"{name} is a datetime with a time zone, such as datetime.now(timezone.utc)")

    def __repr__(self) -> str:
        refresh = None if self.refresh_token is None else "***"
        expires = None if self.expires_at is None else self.expires_at.isoformat()
        return f"Token(access_token=***, refresh_token={refresh}, expires_at={expires}, scope={self.scope!r})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("expires_at", self.expires_at), ("scope", self.scope)]


def _fits_header(value: object) -> bool:
    return isinstance(value, str) and value.isascii() and value.isprintable() and bool(value) and " " not in value


class OAuthApp:
    """An OAuth application: its credentials, and the requests that it makes with them."""

    def __init__(
        self, client_id: str, client_secret: Secret, *, redirect_uri: str | None = None, base_url: str = PRODUCTION
    ) -> None:
        self._client_id, self._client_secret = (
            secret_text(client_id, "client_id"),
            secret_text(client_secret, "client_secret"),
        )
        for name, value in (("client_id", self._client_id), ("client_secret", self._client_secret)):
            if not value:
                raise ConfigurationError(f"{name} is missing: the application's settings at Factorial show it")
        self._redirect_uri = redirect_uri
        self.base_url = checked_base_url(base_url)

    def authorize_url(self, *, state: str, scope: str | Iterable[str] | None = None, company: bool = False) -> str:
        """The address to send the user's browser to.

        Args:
            state: A value of ``new_state()``; keep it in the user's session, and give it to
                ``check_state`` with what comes back.
            scope: What to ask for, separated by spaces or as several; left out: all that the application has.
            company: Ask an administrator for a token of the company, which does not expire.

        API: ``GET oauth/authorize``
        """
        if not isinstance(state, str) or not state:
            raise ConfigurationError("state is missing: pass new_state(), it protects the user's session")
        query = {"client_id": self._client_id, "redirect_uri": self._needed_redirect_uri(), "response_type": "code"}
        if scope is not None:
            query["scope"] = scope if isinstance(scope, str) else " ".join(scope)
        if company:
            query["resource_owner_type"] = "company"
        return str(httpx.URL(f"{self.base_url}/oauth/authorize", params={**query, "state": state}))

    @staticmethod
    def new_state() -> str:
        """A value that nobody can guess, for ``authorize_url``."""
        return secrets.token_urlsafe(32)

    @staticmethod
    def check_state(sent: str | None, received: str | None) -> None:
        """Compare, in constant time, the state that came back with the one that was sent.

        Raises:
            OAuthError: They differ or one is missing: do not use the code, somebody else may have made the link.
        """
        if not sent or not received or not hmac.compare_digest(sent.encode(), received.encode()):
            raise OAuthError("the state that came back is not the one that was sent: start the authorisation again")

    def exchange_request(self, code: str, extensions: Mapping[str, Any]) -> httpx.Request:
        if not isinstance(code, str) or not code.strip():
            raise ConfigurationError("code is missing: it is in the query of the redirect, as 'code'")
        form = {"grant_type": "authorization_code", "code": code.strip(), "redirect_uri": self._needed_redirect_uri()}
        return self._request("token", form, extensions)

    def refresh_request(self, refresh_token: str, extensions: Mapping[str, Any]) -> httpx.Request:
        return self._request("token", {"grant_type": "refresh_token", "refresh_token": refresh_token}, extensions)

    def revoke_request(self, token: Token | str, extensions: Mapping[str, Any]) -> httpx.Request:
        text = token.access_token if isinstance(token, Token) else token
        return self._request("revoke", {"token": text}, extensions)

    def _request(self, name: str, form: Mapping[str, str], extensions: Mapping[str, Any]) -> httpx.Request:
        # In the body, never in the query: addresses end up in logs.
        credentials = {"client_id": self._client_id, "client_secret": self._client_secret}
        return httpx.Request(
            "POST",
            f"{self.base_url}/oauth/{name}",
            headers=HEADERS,
            data={**form, **credentials},
            extensions=dict(extensions),
        )

    def _needed_redirect_uri(self) -> str:
        if not self._redirect_uri:
            raise ConfigurationError("redirect_uri is missing: it is the address given for the application")
        return self._redirect_uri

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.base_url}>"


def read_token(
    response: httpx.Response,
    request: httpx.Request,
    now: dt.datetime,
    *,
    before: Token | None = None,
) -> Token:
    """Read the answer of the token endpoint.

    Without ``expires_in``, or with one that is no positive number, nothing is known of the end: the token is
    used until it is refused. Without ``refresh_token`` the one before stays.

    Args:
        response: The answer, read.
        request: What was sent, to keep its secrets out of errors.
        now: The time, in UTC: the end is reckoned by this clock, not by the server's.
        before: The token that is refreshed, if one is.

    Raises:
        TokenRefreshError: The answer is an error or no token, and ``before`` was given.
        OAuthError: Likewise, without ``before``.
    """
    operation = "refreshing the access token" if before else "exchanging the code for a token"
    kind = TokenRefreshError if before else OAuthError
    refuse_error(response, request, operation, kind)
    content = _json_object(response.content)
    try:
        return Token(
            access_token=_text(content.get("access_token")) or "",
            refresh_token=_text(content.get("refresh_token")) or (before.refresh_token if before else None),
            expires_at=_expiry(content.get("expires_in"), now),
            scope=_text(content.get("scope")) or (before.scope if before else None),
            created_at=_moment(content.get("created_at")) or now,
        )
    except ConfigurationError as error:
        raise kind(
            f"{operation}: {response.status_code}, but the answer is no token; try later, and check base_url",
            retryable=True,
            status_code=response.status_code,
            body=scrubbed(response.content, request),
        ) from error


def refuse_error(
    response: httpx.Response, request: httpx.Request, operation: str, kind: type[OAuthError] = OAuthError
) -> None:
    """Raise where the token endpoint answered with anything but success."""
    if response.is_success:
        return
    status = response.status_code
    content = _json_object(response.content)
    code = _text(content.get("error"))
    code = code if code in KNOWN_CODES else None
    retryable = status == 429 or status >= 500 or code in ("server_error", "temporarily_unavailable")
    advice = "try later" if retryable else "check base_url, client_id and client_secret, or authorise again"
    raise kind(
        f"{operation}: {status}{f' {code}' if code else ''}: {KNOWN_CODES[code] if code else advice}",
        retryable=retryable,
        status_code=status,
        code=code,
        body=scrubbed(response.content, request),
    )


def scrubbed(body: bytes, request: httpx.Request) -> bytes:
    """The body without what was sent in the form, and without the values of fields that hold secrets."""
    for name, value in httpx.QueryParams(request.content.decode()).multi_items():
        if name in SENT_SECRETS:
            for spelling in {
                value,
                quote(value, safe=""),
                quote_plus(value),
                msgspec.json.encode(value)[1:-1].decode(),
            }:
                body = body.replace(spelling.encode(), b"***")
    return _SECRET_VALUES.sub(rb'\1"***"', body)


def _json_object(body: bytes) -> dict[str, object]:
    try:
        content = read_json(body)
    except NotJsonError:
        return {}
    return content if is_object(content) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _expiry(value: object, now: dt.datetime) -> dt.datetime | None:
    seconds = _number(value)
    if seconds is None or not 0 < seconds <= LONGEST_LIFETIME_SECONDS:
        return None
    return now + dt.timedelta(seconds=seconds)


def _moment(value: object) -> dt.datetime | None:
    seconds = _number(value)
    if seconds is None or not 0 < seconds < 2**33:
        return None
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None
