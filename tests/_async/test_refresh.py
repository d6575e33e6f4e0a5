"""Tokens that refresh themselves, through the client and through a bare httpx client."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import httpx
import pytest

from factorialhr._auth.flows import RefreshTokenAuth, RefreshTokenAuthFile
from factorialhr._auth.oauth import Token, TokenRefreshError
from factorialhr._auth.stores import FileTokenStore, MemoryTokenStore, SqliteTokenStore, TokenStoreError
from factorialhr._core.errors import AuthenticationError, ConfigurationError
from factorialhr._system import twins
from tests._async.refreshing import BODY, over, read, refreshing, seconds_from_start
from tests.halves import factorialhr_async as sdk
from tests.oauth.server import APP, START, FakeClock, Loopback, TokenServer, access, form_of, pair, refresh, with_clock
from tests.support import answers


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def server() -> TokenServer:
    return TokenServer()


async def test_a_living_token_is_sent_and_left_alone(server: TokenServer, clock: FakeClock) -> None:
    async with over(server, refreshing(clock, 3600)) as api:
        await read(api, 3)
    assert server.api_requests == [("GET", access(0), 200)] * 3
    assert server.refreshes == 0


async def test_an_ended_token_is_refreshed_before_the_write_which_is_sent_once(
    server: TokenServer, clock: FakeClock
) -> None:
    async with over(server, refreshing(clock)) as api:
        await api.request("POST", "trainings/sessions", data=BODY)
        await api.request("POST", "trainings/sessions", data=BODY)
    assert server.api_requests == [("POST", access(1), 200)] * 2
    assert len(server.writes) == 2
    assert server.refreshes == 1


async def test_the_token_request_carries_the_form_and_no_credential_of_the_api(
    server: TokenServer, clock: FakeClock
) -> None:
    async with over(server, refreshing(clock), headers={"x-api-key": "other"}, timeout=7) as api:
        await read(api)
    request = server.token_requests[0]
    assert (request.method, str(request.url)) == ("POST", "https://api.factorialhr.com/oauth/token")
    assert form_of(request) == {"grant_type": "refresh_token", "refresh_token": refresh(0), **APP}
    assert {"authorization", "x-api-key", "cookie"}.isdisjoint(request.headers)
    assert set(request.extensions["timeout"].values()) == {7}


async def test_a_token_request_waits_for_half_a_minute_at_most(server: TokenServer, clock: FakeClock) -> None:
    async with over(server, refreshing(clock), timeout=600) as api:
        await read(api)
    assert set(server.token_requests[0].extensions["timeout"].values()) == {30}


@pytest.mark.parametrize("kind", [FileTokenStore, SqliteTokenStore])
async def test_the_new_pair_is_in_the_store_before_it_is_used(
    server: TokenServer, clock: FakeClock, tmp_path: Path, kind: type[FileTokenStore]
) -> None:
    seen: list[Token | None] = []
    server.on_api = lambda _: seen.append(kind(tmp_path / "tokens").load())
    async with over(server, refreshing(clock, store=kind(tmp_path / "tokens"))) as api:
        await read(api)
    assert [token and (token.access_token, token.refresh_token) for token in seen] == [(access(1), refresh(1))]


@pytest.mark.parametrize(("left", "refreshes"), [(61, 0), (60, 1), (1, 1), (0, 1), (-86400, 1)])
async def test_it_is_refreshed_a_minute_before_its_end(
    server: TokenServer, clock: FakeClock, left: float, refreshes: int
) -> None:
    async with over(server, refreshing(clock, left)) as api:
        await read(api, 2)
    assert server.refreshes == refreshes


async def test_the_margin_is_a_setting(server: TokenServer, clock: FakeClock) -> None:
    async with over(server, refreshing(clock, 599, margin_seconds=600)) as api:
        await read(api, 2)
    assert server.refreshes == 1


async def test_each_end_costs_one_refresh(server: TokenServer, clock: FakeClock) -> None:
    auth = refreshing(clock)
    async with over(server, auth) as api:
        for refreshes in (1, 2, 3):
            await read(api, 5)
            assert server.refreshes == refreshes
            assert auth.expires_in_seconds == 7200
            clock.seconds += 7200 - 60
    assert server.mistakes == 0


@pytest.mark.parametrize("jump", [-10 * 365 * 86400, -3600, 3600, 10 * 365 * 86400])
async def test_a_clock_that_jumps_costs_no_refresh(server: TokenServer, clock: FakeClock, jump: float) -> None:
    async with over(server, refreshing(clock)) as api:
        await read(api)
        clock.jumped = jump
        await read(api, 5)
    assert server.refreshes == 1


async def test_a_clock_that_jumped_while_nobody_looked_costs_one_refresh(
    server: TokenServer, clock: FakeClock, tmp_path: Path
) -> None:
    store = FileTokenStore(tmp_path / "tokens")
    store.save(pair(0, seconds_from_start(3600)))
    clock.jumped = 10 * 365 * 86400
    async with over(server, with_clock(RefreshTokenAuthFile(tmp_path / "tokens", **APP), clock)) as api:
        await read(api, 5)
    assert server.refreshes == 1


async def test_a_token_that_lives_for_less_than_the_margin_is_not_refreshed_with_every_call(clock: FakeClock) -> None:
    server = TokenServer(expires_in=30)
    async with over(server, refreshing(clock)) as api:
        await read(api, 5)
        assert server.refreshes == 1
        clock.seconds += 14
        await read(api, 5)
        assert server.refreshes == 1
        clock.seconds += 2
        await read(api, 5)
    assert server.refreshes == 2


async def test_a_token_of_a_moment_is_believed_for_its_moment(clock: FakeClock) -> None:
    server = TokenServer(expires_in=1)
    async with over(server, refreshing(clock)) as api:
        await read(api, 5)
        assert server.refreshes == 1
        clock.seconds += 1.5
        await read(api, 5)
    assert server.refreshes == 2


@pytest.mark.parametrize("expires_in", [..., None, 0, -5, "soon", True, 1e300, [7200]])
async def test_without_a_usable_expires_in_it_is_used_until_it_is_refused(clock: FakeClock, expires_in: object) -> None:
    server = TokenServer(expires_in=expires_in)
    auth = refreshing(clock)
    async with over(server, auth) as api:
        await read(api)
        clock.seconds += 1e9
        await read(api, 3)
        assert auth.expires_in_seconds is None
        assert server.refreshes == 1
        server.issue()
        server.newest = 1
        server.on_api = lambda _: answers.json({}, 401) if server.refreshes == 1 else None
        await read(api, 3)
    assert server.refreshes == 2


async def test_an_answer_without_refresh_token_keeps_the_old_one(server: TokenServer, clock: FakeClock) -> None:
    store = MemoryTokenStore()
    server.on_token = lambda _: answers.json(server.issue(refresh_token=...))
    async with over(server, refreshing(clock, store=store)) as api:
        await read(api)
        clock.seconds += 7200
        await read(api)
    assert [form_of(request)["refresh_token"] for request in server.token_requests] == [refresh(0)] * 2
    assert store.load() == Token(
        access_token=access(2),
        refresh_token=refresh(0),
        expires_at=seconds_from_start(14400),
        scope="read write",
        created_at=dt.datetime.fromtimestamp(1680013957, dt.UTC),
    )


async def test_a_refused_token_is_refreshed_and_the_write_repeated_once(server: TokenServer, clock: FakeClock) -> None:
    server.on_api = lambda _: None if server.refreshes else answers.json({}, 401)
    async with over(server, refreshing(clock, None)) as api:
        await api.request("POST", "trainings/sessions", data=BODY)
    assert server.api_requests == [("POST", access(0), 401), ("POST", access(1), 200)]
    assert len(server.writes) == 1


async def test_who_is_refused_all_the_same_gets_the_401_and_refreshes_no_more(
    server: TokenServer, clock: FakeClock
) -> None:
    server.on_api = lambda _: answers.json({}, 401)
    async with over(server, refreshing(clock, None)) as api:
        for _ in range(4):
            with pytest.raises(AuthenticationError):
                await read(api)
        assert [status for _, _, status in server.api_requests] == [401] * 5
        assert server.refreshes == 1
        clock.seconds += 11
        with pytest.raises(AuthenticationError):
            await read(api)
    assert server.refreshes == 2


async def test_a_refused_token_that_the_store_has_replaced_is_not_refreshed(
    server: TokenServer, clock: FakeClock
) -> None:
    store = MemoryTokenStore()
    async with over(server, refreshing(clock, 3600, store=store)) as api:
        await read(api)
        server.issue()
        store.save(pair(1, seconds_from_start(3600)))
        await read(api, 2)
    assert [(token, status) for _, token, status in server.api_requests] == [
        (access(0), 200),
        (access(0), 401),
        (access(1), 200),
        (access(1), 200),
    ]
    assert server.refreshes == 0


async def test_what_the_store_has_wins_over_the_tokens_given(server: TokenServer, clock: FakeClock) -> None:
    server.issue()
    async with over(server, refreshing(clock, store=MemoryTokenStore(pair(1)))) as api:
        await read(api)
    assert server.api_requests == [("GET", access(1), 200)]


async def test_a_store_emptied_in_use_is_filled_again(server: TokenServer, clock: FakeClock, tmp_path: Path) -> None:
    store = FileTokenStore(tmp_path / "tokens")
    async with over(server, refreshing(clock, store=store)) as api:
        await read(api)
        (tmp_path / "tokens").unlink()
        clock.seconds += 7200
        await read(api)
    assert (server.refreshes, server.mistakes) == (2, 0)
    assert store.load() is not None


def uploading(loopback: Loopback, auth: httpx.Auth) -> httpx.AsyncClient:
    """A client that streams; httpx's own mock would read each body into memory, where it can be read again."""
    return httpx.AsyncClient(base_url=loopback.url, auth=auth, trust_env=False)


async def test_a_body_that_can_be_read_once_is_sent_once(clock: FakeClock) -> None:
    tokens = TokenServer()
    tokens.on_api = lambda _: None if tokens.refreshes else answers.json({}, 401)
    with Loopback(tokens) as loopback:
        async with uploading(loopback, refreshing(clock, None, base_url=loopback.url)) as http:
            assert (await http.post("/api/x", files={"file": b"content"})).status_code == 401
            assert tokens.refreshes == 0
            # The next one need not run into the same refusal.
            assert (await http.post("/api/x", files={"file": b"content"})).status_code == 200
    assert [(token, status) for _, token, status in tokens.api_requests] == [(access(0), 401), (access(1), 200)]
    assert len(tokens.writes) == 1


async def test_an_upload_that_can_be_read_again_is_repeated(clock: FakeClock) -> None:
    tokens = TokenServer()
    tokens.on_api = lambda _: None if tokens.refreshes else answers.json({}, 401)
    with Loopback(tokens) as loopback:
        async with uploading(loopback, refreshing(clock, None, base_url=loopback.url)) as http:
            response = await http.post("/api/x", files={"file": b"content"}, extensions={"repeatable": True})
    assert response.status_code == 200
    assert [b"content" in body for body in tokens.writes] == [True]


async def test_an_upload_with_a_company_token_gets_its_401() -> None:
    tokens = TokenServer()
    tokens.on_api = lambda _: answers.json({}, 401)
    with Loopback(tokens) as loopback:
        async with uploading(loopback, RefreshTokenAuth(access(0), None, base_url=loopback.url, **APP)) as http:
            for _ in range(2):
                assert (await http.post("/api/x", files={"file": b"content"})).status_code == 401
    assert tokens.refreshes == 0
    assert len(tokens.api_requests) == 2


@pytest.mark.parametrize(
    "base_url", ["https://api.example.com", "http://api.factorialhr.com", "https://api.factorialhr.com:444"]
)
async def test_the_token_goes_to_no_other_host(server: TokenServer, clock: FakeClock, base_url: str) -> None:
    async with over(server, refreshing(clock), base_url=base_url) as api:
        with pytest.raises(ConfigurationError, match="give client and auth the same base_url"):
            await read(api)
    assert server.api_requests == []
    assert server.token_requests == []


async def test_who_waits_too_long_for_another_process_is_told(server: TokenServer, clock: FakeClock) -> None:
    store = MemoryTokenStore()
    release = store.try_lock()
    assert release is not None
    async with over(server, refreshing(clock, store=store, lock_timeout_seconds=0)) as api:
        with pytest.raises(TokenRefreshError, match="another process is still refreshing") as caught:
            await read(api)
        assert caught.value.retryable
        assert server.refreshes == 0
        release()
        await read(api)
    assert server.refreshes == 1


async def test_who_waits_too_long_for_another_call_is_told(server: TokenServer, clock: FakeClock) -> None:
    auth = refreshing(clock, lock_timeout_seconds=0)
    release = auth._refresher._gate.try_lock()
    assert release is not None
    async with over(server, auth) as api:
        with pytest.raises(TokenRefreshError, match="another call of this process is still refreshing") as caught:
            await read(api)
        assert caught.value.retryable
        assert server.refreshes == 0
        release()
        await read(api)
    assert server.refreshes == 1


async def test_a_company_token_is_never_refreshed(server: TokenServer, clock: FakeClock) -> None:
    store = MemoryTokenStore()
    auth = with_clock(RefreshTokenAuth(access(0), None, store=store, expires_at=START, **APP), clock)
    async with over(server, auth) as api:
        clock.seconds += 1e9
        await read(api)
        server.issue()
        with pytest.raises(AuthenticationError):
            await read(api)
        store.save(Token(access_token=access(1)))
        await read(api)
    assert server.refreshes == 0
    assert [(token, status) for _, token, status in server.api_requests] == [
        (access(0), 200),
        (access(0), 401),
        (access(0), 401),
        (access(1), 200),
    ]


async def test_a_file_without_token_says_what_to_do(server: TokenServer, tmp_path: Path) -> None:
    async with over(server, RefreshTokenAuthFile(tmp_path / "tokens", **APP)) as api:
        with pytest.raises(TokenStoreError, match=r"exchange.*save the token") as caught:
            await read(api)
    assert caught.value.reason == "missing"
    assert server.api_requests == []


async def test_another_httpx_client_may_use_it_and_stream(clock: FakeClock) -> None:
    tokens = TokenServer()
    with Loopback(tokens) as loopback:
        async with (
            httpx.AsyncClient(auth=refreshing(clock, base_url=loopback.url), trust_env=False) as http,
            http.stream("GET", f"{loopback.url}/api/x") as response,
        ):
            assert not response.is_stream_consumed
            assert b"First aid" in await response.aread()
    assert tokens.api_requests == [("GET", access(1), 200)]


@pytest.mark.parametrize("ends_in", [-1, None])
async def test_fifty_at_once_refresh_once(tmp_path: Path, ends_in: float | None) -> None:
    tokens = TokenServer(hold_seconds=0.05)
    with Loopback(tokens) as loopback:
        tokens.on_api = lambda _: None if tokens.refreshes else answers.json({}, 401)
        expires_at = None if ends_in is None else dt.datetime.now(dt.UTC)
        auth = RefreshTokenAuth(
            access(0),
            refresh(0),
            base_url=loopback.url,
            store=FileTokenStore(tmp_path / "t"),
            expires_at=expires_at,
            **APP,
        )
        async with sdk.ApiClient(loopback.url, auth=auth, max_in_flight=50) as api:
            await twins.agather(lambda _: api.request("POST", "trainings/sessions", data=BODY), range(50), 50)
    assert (tokens.refreshes, tokens.mistakes, len(tokens.writes)) == (1, 0, 50)


@pytest.mark.parametrize("kind", [FileTokenStore, SqliteTokenStore, MemoryTokenStore])
async def test_ten_auths_that_share_a_store_refresh_once(tmp_path: Path, kind: Any) -> None:
    tokens = TokenServer(hold_seconds=0.05)
    shared = MemoryTokenStore()
    stores = [shared if kind is MemoryTokenStore else kind(tmp_path / "t") for _ in range(10)]
    stores[0].save(pair(0, dt.datetime.now(dt.UTC)))
    with Loopback(tokens) as loopback:
        auths = [RefreshTokenAuth("x", "x", base_url=loopback.url, store=store, **APP) for store in stores]

        async def one(auth: httpx.Auth) -> None:
            async with sdk.ApiClient(loopback.url, auth=auth) as api:
                await api.request("GET", "trainings/sessions/7")

        await twins.agather(one, auths, 10)
    assert (tokens.refreshes, tokens.mistakes) == (1, 0)
    assert tokens.api_requests == [("GET", access(1), 200)] * 10
