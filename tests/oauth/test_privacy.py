"""Canaries: no token, code or secret in any log, message, traceback, ``repr`` or warning, whatever happens."""

from __future__ import annotations

import logging
import traceback
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

import factorialhr
import factorialhr.sync
from factorialhr._async.oauth import OAuthClient
from factorialhr._auth.flows import RefreshTokenAuth
from factorialhr._auth.oauth import OAuthError, Token
from factorialhr._auth.stores import FileTokenStore, MemoryTokenStore, SqliteTokenStore
from factorialhr._sync.oauth import OAuthClient as BlockingOAuthClient
from tests.oauth.server import APP, START, Loopback, TokenServer, access, refresh
from tests.support import answers

CANARY = "canary"


@pytest.fixture(autouse=True)
def _everything_is_logged(caplog: pytest.LogCaptureFixture, without_proxies: None) -> Iterator[None]:  # noqa: ARG001
    with caplog.at_level(logging.DEBUG):
        for name in ("httpx", "httpcore", "asyncio", "factorialhr"):
            caplog.set_level(logging.DEBUG, logger=name)
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            yield
        assert CANARY not in caplog.text
        assert not [record for record in caplog.records if CANARY in str(record.__dict__)]
        assert not [warning for warning in warned if CANARY in str(warning.message)]


def shown(error: BaseException) -> str:
    """All that a log of the error would show, attributes of ours included."""
    lines = traceback.format_exception(error)
    for one in (error, error.__cause__, error.__context__):
        if one is not None:
            lines += [repr(one), str(one), repr(one.args), repr(vars(one))]
    return "".join(lines)


def everything() -> dict[str, Callable[[TokenServer], None]]:
    def echo(server: TokenServer, status: int) -> None:
        server.on_token = lambda request: httpx.Response(
            status, content=request.content + b'{"access_token": "canary-new"}'
        )

    def echo_json(server: TokenServer, status: int) -> None:
        server.on_token = lambda request: answers.json(
            {"error": request.content.decode(), "refresh_token": "canary-new"}, status
        )

    def break_off(server: TokenServer) -> None:
        def fail(request: httpx.Request) -> httpx.Response:
            raise httpx.ReadError("broken", request=request)

        server.on_token = fail

    def refuse_all(server: TokenServer) -> None:
        server.on_api = lambda _: answers.json({}, 401)

    return {
        "works": lambda _: None,
        "400 echo": lambda server: echo(server, 400),
        "200 echo": lambda server: echo(server, 200),
        "503 echo": lambda server: echo(server, 503),
        "400 json": lambda server: echo_json(server, 400),
        "200 json": lambda server: echo_json(server, 200),
        "broken": break_off,
        "always 401": refuse_all,
    }


STORES: dict[str, Callable[[Path], Any]] = {
    "file": FileTokenStore,
    "sqlite": SqliteTokenStore,
    "memory": lambda _: MemoryTokenStore(),
}


@pytest.mark.parametrize("half", ["async", "sync"])
@pytest.mark.parametrize("kind", STORES)
@pytest.mark.parametrize("case", everything())
def test_a_refresh_shows_nothing(half: str, kind: str, case: str, tmp_path: Path) -> None:
    tokens = TokenServer()
    everything()[case](tokens)
    store = STORES[kind](tmp_path / "tokens")
    with Loopback(tokens) as loopback:
        auth = RefreshTokenAuth(access(0), refresh(0), base_url=loopback.url, store=store, expires_at=START, **APP)
        error = None
        try:
            if half == "sync":
                with factorialhr.sync.ApiClient(loopback.url, auth=auth, max_retries=0) as blocking:
                    blocking.request("POST", "trainings/sessions", data={})
            else:
                anyio.run(call, loopback.url, auth)
        except factorialhr.FactorialError as caught:
            error = caught
    assert (error is None) == (case == "works")
    if error is not None:
        assert CANARY not in shown(error)
    assert CANARY not in repr(auth)


async def call(url: str, auth: httpx.Auth) -> None:
    async with factorialhr.ApiClient(url, auth=auth, max_retries=0) as api:
        await api.request("POST", "trainings/sessions", data={})


@pytest.mark.parametrize("half", ["async", "sync"])
@pytest.mark.parametrize("what", ["exchange", "refresh", "revoke"])
@pytest.mark.parametrize("status", [200, 400, 500])
def test_the_token_endpoint_shows_nothing(half: str, what: str, status: int) -> None:
    def echo(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, content=request.content)

    settings: dict[str, Any] = {**APP, "redirect_uri": "https://app.example"}
    error = None
    transport = httpx.MockTransport(echo)
    argument: Any = "canary-code" if what == "exchange" else Token(access_token=access(0), refresh_token=refresh(0))
    try:
        if half == "sync":
            with BlockingOAuthClient(**settings, transport=transport) as blocking:
                getattr(blocking, what)(argument)
        else:

            async def main() -> None:
                async with OAuthClient(**settings, transport=transport) as client:
                    await getattr(client, what)(argument)

            anyio.run(main)
    except OAuthError as caught:
        error = caught
    assert (error is None) == (what == "revoke" and status == 200)
    if error is not None:
        assert CANARY not in shown(error)


def test_a_corrupt_store_shows_nothing(tmp_path: Path) -> None:
    path = tmp_path / "tokens"
    path.write_bytes(b'{"access_token": "canary", "refresh_token": 7, "canary": ')
    path.chmod(0o600)
    with pytest.raises(factorialhr.ConfigurationError) as caught:
        FileTokenStore(path).load()
    assert CANARY not in "".join(traceback.format_exception(caught.value))
