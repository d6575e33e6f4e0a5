"""A Factorial that issues tokens: each refresh token buys one pair, and using it twice is counted as a mistake."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import httpx

from factorialhr._auth.oauth import Token
from factorialhr._auth.refreshing import Clock
from tests.support import answers, loopback

CLIENT_SECRET = "canary-client-secret"
APP = {"client_id": "app", "client_secret": CLIENT_SECRET}
START = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)


class FakeClock(Clock):
    """Stands still until it is told to pass; the time of day can jump besides."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.jumped = 0.0

    def now(self) -> dt.datetime:
        return START + dt.timedelta(seconds=self.seconds - 1000 + self.jumped)

    def monotonic(self) -> float:
        return self.seconds


def with_clock(auth: Any, clock: Clock) -> Any:
    auth._refresher._clock = clock
    return auth


def access(number: int) -> str:
    return f"canary-access-{number}"


def refresh(number: int) -> str:
    return f"canary-refresh-{number}"


def pair(number: int = 0, expires_at: dt.datetime | None = None) -> Token:
    return Token(access_token=access(number), refresh_token=refresh(number), expires_at=expires_at)


class TokenServer:
    """Answers token requests and, to who has the newest token, API requests; may be used by many threads."""

    def __init__(self, *, expires_in: object = 7200, hold_seconds: float = 0.0) -> None:
        self.newest = 0
        self.expires_in = expires_in
        self.hold_seconds = hold_seconds
        self.token_requests: list[httpx.Request] = []
        self.mistakes = 0
        self.api_requests: list[tuple[str, str, int]] = []
        """Verb, token and answer of each request that was no token request."""
        self.writes: list[bytes] = []
        self.on_api: Callable[[httpx.Request], httpx.Response | None] = lambda _: None
        self.on_token: Callable[[httpx.Request], httpx.Response | None] = lambda _: None
        self._mutex = threading.Lock()

    @property
    def refreshes(self) -> int:
        return len(self.token_requests)

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/token":
            if self.hold_seconds:
                threading.Event().wait(self.hold_seconds)
            with self._mutex:
                return self._token(request)
        with self._mutex:
            response = self._api(request)
            self.api_requests.append((request.method, sent_token(request), response.status_code))
            return response

    def _token(self, request: httpx.Request) -> httpx.Response:
        self.token_requests.append(request)
        special = self.on_token(request)
        if special is not None:
            return special
        form = form_of(request)
        if form.get("client_secret") != CLIENT_SECRET:
            return answers.json({"error": "invalid_client"}, 401)
        if form.get("refresh_token") != refresh(self.newest):
            self.mistakes += 1
            return answers.json({"error": "invalid_grant", "error_description": form.get("refresh_token")}, 400)
        return answers.json(self.issue())

    def issue(self, **changes: object) -> dict[str, object]:
        """The next pair; the one before is worth nothing from now on."""
        self.newest += 1
        content: dict[str, object] = {
            "access_token": access(self.newest),
            "token_type": "Bearer",
            "expires_in": self.expires_in,
            "refresh_token": refresh(self.newest),
            "scope": "read write",
            "created_at": 1680013957,
            **changes,
        }
        return {name: value for name, value in content.items() if value is not ...}

    def _api(self, request: httpx.Request) -> httpx.Response:
        special = self.on_api(request)
        if special is not None:
            return special
        if sent_token(request) != access(self.newest):
            return answers.json({"errors": [{"code": "unauthorized"}]}, 401)
        if request.method == "POST":
            self.writes.append(request.read())
        return answers.json(answers.session())


def sent_token(request: httpx.Request) -> str:
    return request.headers.get("authorization", "").removeprefix("Bearer ")


def form_of(request: httpx.Request) -> dict[str, str]:
    return dict(httpx.QueryParams(request.read().decode()).multi_items())


class Loopback(loopback.Loopback):
    """A token server on loopback, for what needs sockets, processes, and requests that overlap."""

    def __init__(self, tokens: TokenServer) -> None:
        super().__init__(self._relay)
        self.tokens = tokens

    def _relay(self, request: loopback.Request) -> bytes:
        response = self.tokens.answer(
            # The content brings its own length.
            httpx.Request(
                request.verb,
                f"http://x{request.target}",
                headers={name: value for name, value in request.headers.items() if name != "content-length"},
                content=request.body,
            )
        )
        return loopback.whole(response.content, f"{response.status_code} {response.reason_phrase}")
