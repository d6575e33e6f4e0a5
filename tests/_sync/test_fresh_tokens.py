"""Credentials made by the OAuth client, tokens refreshed ahead, and a sandbox in which time passes."""

from __future__ import annotations

import datetime as dt
import logging
from pathlib import Path
from typing import Any

import httpx
import pytest

from factorialhr._auth.stores import FileTokenStore, MemoryTokenStore, SqliteTokenStore
from factorialhr._system import twins
from factorialhr.testing import Sandbox
from tests._sync.refreshing import over, read, refreshing
from tests.halves import factorialhr_sync as sdk
from tests.oauth.server import APP, FakeClock, Loopback, TokenServer, access, pair, refresh, with_clock
from tests.support import answers


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def server() -> TokenServer:
    return TokenServer()


def oauth(server: TokenServer, **settings: Any) -> sdk.OAuthClient:
    return sdk.OAuthClient(**{**APP, "transport": httpx.MockTransport(server.answer), **settings})


def token_requests(sandbox: Sandbox) -> int:
    return sum(request.path == "/oauth/token" for request in sandbox.requests)


def connected(sandbox: Sandbox, store: sdk.TokenStore | None = None) -> sdk.RefreshTokenAuth:
    """What a program has after a user has authorized it."""
    with sdk.OAuthClient(
        sandbox.client_id,
        sandbox.client_secret,
        redirect_uri="https://app.example/back",
        transport=sandbox.transport,
    ) as client:
        return client.auth(store=store, token=client.exchange(sandbox.authorization_code()))


def test_a_token_that_ends_again_within_seconds_is_refreshed_again() -> None:
    sandbox = Sandbox(employees=2)
    with sdk.ApiClient(auth=connected(sandbox), transport=sandbox.transport) as api:
        api.employees.employees.get()
        for _ in range(3):
            sandbox.advance(4000)
            api.employees.employees.get()
    assert token_requests(sandbox) == 1 + 3


def test_a_credential_knows_its_application_address_and_token(server: TokenServer, clock: FakeClock) -> None:
    first = sdk.Token(access_token=access(0), refresh_token=refresh(0), scope="employees", expires_at=clock.now())
    server.on_token = lambda _: answers.json(server.issue(scope=...))
    store = MemoryTokenStore()
    with oauth(server, base_url="https://api.example.com/") as client:
        auth = with_clock(client.auth(token=first, store=store), clock)
        assert auth.base_url == "https://api.example.com"
    with over(server, auth, base_url="https://api.example.com") as api:
        read(api)
    assert server.api_requests == [("GET", access(1), 200)]
    stored = store.load()
    assert stored is not None
    assert stored.scope == "employees"


@pytest.mark.parametrize("kind", [FileTokenStore, SqliteTokenStore])
def test_a_store_that_holds_the_pair_is_enough(
    server: TokenServer, clock: FakeClock, tmp_path: Path, kind: type[FileTokenStore]
) -> None:
    store = kind(tmp_path / "tokens")
    store.save(pair(0, clock.now()))
    with oauth(server) as client:
        auths = [client.auth(store=store), sdk.RefreshTokenAuth(store=store, **APP)]
    for auth in auths:
        with over(server, with_clock(auth, clock)) as api:
            read(api)
    assert server.api_requests == [("GET", access(1), 200)] * 2
    assert (server.refreshes, server.mistakes) == (1, 0)


def test_an_empty_store_says_what_to_do(server: TokenServer) -> None:
    with over(server, sdk.RefreshTokenAuth(store=MemoryTokenStore(), **APP)) as api:
        with pytest.raises(sdk.TokenStoreError, match=r"exchange.*save the token"):
            read(api)
    assert server.api_requests == []


def test_what_no_credential_can_be_made_of_is_refused(server: TokenServer) -> None:
    with oauth(server) as client:
        with pytest.raises(sdk.ConfigurationError, match="token is missing: pass it, or a store that holds a pair"):
            client.auth()
        with pytest.raises(sdk.ConfigurationError, match="token is a Token, such as exchange"):
            client.auth(token=access(0))
        with pytest.raises(sdk.ConfigurationError, match="margin_seconds"):
            client.auth(token=pair(0), margin_seconds=-1)


def test_a_token_is_refreshed_ahead_once_for_all_who_hold_it(server: TokenServer, clock: FakeClock) -> None:
    store = MemoryTokenStore()
    auth, other = refreshing(clock, 300, store=store), refreshing(clock, 300, store=store)
    with oauth(server) as client:
        assert (client.ensure_fresh(auth)).access_token == access(0)
        for one in (auth, auth, other):
            assert (client.ensure_fresh(one, seconds=600)).access_token == access(1)
    with over(server, auth) as api:
        read(api)
    assert server.api_requests == [("GET", access(1), 200)]
    assert (server.refreshes, server.mistakes) == (1, 0)
    assert set(server.token_requests[0].extensions["timeout"].values()) == {30}
    assert unlocked(store).load() is not None


def unlocked(store: MemoryTokenStore) -> MemoryTokenStore:
    """The store, which nobody has locked."""
    release = store.try_lock()
    assert release is not None
    release()
    return store


def test_a_refresh_ahead_and_calls_at_once_refresh_once(tmp_path: Path) -> None:
    tokens = TokenServer(hold_seconds=0.05)
    with Loopback(tokens) as loopback:
        store = FileTokenStore(tmp_path / "tokens")
        store.save(pair(0, dt.datetime.now(dt.UTC)))
        with (
            sdk.OAuthClient(**APP, base_url=loopback.url) as client,
            sdk.ApiClient(loopback.url, auth=(auth := client.auth(store=store))) as api,
        ):

            def one(number: int) -> None:
                if number % 2:
                    client.ensure_fresh(auth)
                else:
                    read(api)

            twins.gather(one, range(10), 10)
    assert (tokens.refreshes, tokens.mistakes) == (1, 0)
    assert tokens.api_requests == [("GET", access(1), 200)] * 5


def test_a_refresh_ahead_that_fails_is_an_error_and_leaves_no_lock(server: TokenServer, clock: FakeClock) -> None:
    store = MemoryTokenStore()
    auth = refreshing(clock, 50, store=store)
    server.on_token = lambda _: answers.json({}, 503)
    with oauth(server) as client:
        with pytest.raises(sdk.TokenRefreshError, match="503") as caught:
            client.ensure_fresh(auth)
        assert caught.value.retryable
        server.on_token = away
        with pytest.raises(sdk.ApiTimeoutError, match="refreshing the access token: no answer within 30 s"):
            client.ensure_fresh(auth)
        assert unlocked(store).load() is None
        server.on_token = lambda _: None
        assert (client.ensure_fresh(auth)).access_token == access(1)


def away(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("", request=request)


def test_what_cannot_be_refreshed_ahead_is_refused(server: TokenServer, clock: FakeClock) -> None:
    with oauth(server) as client:
        with pytest.raises(sdk.ConfigurationError, match="which refresh; got AccessTokenAuth"):
            client.ensure_fresh(sdk.AccessTokenAuth("x"))
        with pytest.raises(sdk.ConfigurationError, match="same base_url"):
            client.ensure_fresh(refreshing(clock, base_url="https://api.example.com"))
        with pytest.raises(sdk.ConfigurationError, match="seconds is a positive"):
            client.ensure_fresh(refreshing(clock), seconds=0)
    assert server.token_requests == []


def test_another_httpx_client_tells_the_log(
    server: TokenServer, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="factorialhr")
    auth = refreshing(clock, 50)
    server.on_token = lambda _: answers.json({}, 503) if server.refreshes == 1 else None
    transport = httpx.MockTransport(server.answer)
    with httpx.Client(auth=auth, transport=transport, base_url=auth.base_url) as http:
        http.get("/api/x")
        clock.seconds += 10
        http.get("/api/x")
    told = [record.getMessage().partition("(")[0] for record in caplog.records if record.name == "factorialhr"]
    assert told == ["RefreshPostponedEvent", "RefreshEvent"]
