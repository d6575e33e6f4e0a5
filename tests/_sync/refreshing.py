"""What the tests of refreshing share."""

from __future__ import annotations

import datetime as dt
from typing import Any

import httpx

from factorialhr._auth.flows import RefreshTokenAuth
from tests.halves import factorialhr_sync as sdk
from tests.oauth.server import APP, START, FakeClock, TokenServer, access, refresh, with_clock

BODY = {"name": "First aid", "training_id": "1"}


def seconds_from_start(seconds: float) -> dt.datetime:
    return START + dt.timedelta(seconds=seconds)


def refreshing(clock: FakeClock, ends_in: float | None = -1, **settings: Any) -> RefreshTokenAuth:
    """The first pair, which ends so many seconds after the clock's start; -1 is ended."""
    expires_at = None if ends_in is None else seconds_from_start(ends_in)
    return with_clock(RefreshTokenAuth(access(0), refresh(0), expires_at=expires_at, **APP, **settings), clock)


def over(server: TokenServer, auth: httpx.Auth, **settings: Any) -> sdk.ApiClient:
    return sdk.ApiClient(auth=auth, transport=httpx.MockTransport(server.answer), **settings)


def read(api: sdk.ApiClient, times: int = 1) -> None:
    for _ in range(times):
        api.request("GET", "trainings/sessions/7")
