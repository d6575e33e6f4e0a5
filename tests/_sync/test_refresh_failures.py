"""Refreshes that fail: each failure has a name, sends nothing twice, loses no pair and leaves no lock."""

from __future__ import annotations

import copy
import datetime as dt
from functools import partial

import httpx
import pytest

from factorialhr._auth.flows import RefreshTokenAuth
from factorialhr._auth.oauth import Token, TokenRefreshError
from factorialhr._auth.stores import MemoryTokenStore, TokenStoreError
from factorialhr._core.errors import ApiConnectionError
from factorialhr._system import twins
from tests._sync.refreshing import BODY, over, read, refreshing, seconds_from_start
from tests.halves import factorialhr_sync as sdk
from tests.oauth.server import APP, START, FakeClock, Loopback, TokenServer, access, pair, refresh
from tests.support import answers


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def server() -> TokenServer:
    return TokenServer()


FAILURES = {
    "used up": (answers.json({"error": "invalid_grant"}, 400), False, "invalid_grant", "authorise again"),
    "wrong secret": (answers.json({"error": "invalid_client"}, 401), False, "invalid_client", "client_secret"),
    "a code of nobody's": (answers.json({"error": access(5)}, 400), False, None, "authorise again"),
    "not found": (answers.raw(b"<html>canary-access-5</html>", 404, "text/html"), False, None, "base_url"),
    "moved": (answers.raw(b"", 302), False, None, "base_url"),
    "too many": (answers.json({}, 429), True, None, "try later"),
    "out of order": (answers.raw(b"<html>", 503, "text/html"), True, None, "try later"),
    "says that it is busy": (answers.json({"error": "temporarily_unavailable"}, 400), True, None, "try later"),
    "a page": (answers.raw(b"<html>canary-access-5</html>", 200, "text/html"), True, None, "try later"),
    "nothing": (answers.raw(b"", 200), True, None, "try later"),
    "cut off": (answers.raw(b'{"access_token": "canary-acc', 200), True, None, "try later"),
    "no token": (answers.json({"token_type": "Bearer", "refresh_token": refresh(5)}), True, None, "try later"),
    "a list": (answers.json([access(5)]), True, None, "try later"),
    "a token that no header can hold": (answers.json({"access_token": "canary\r\nx: y"}), True, None, "try later"),
}


@pytest.mark.parametrize("case", FAILURES)
def test_a_refresh_that_fails_is_named_and_sends_nothing(
    server: TokenServer, clock: FakeClock, case: str
) -> None:
    response, retryable, code, advice = copy.deepcopy(FAILURES[case])
    server.on_token = lambda _: response
    store = MemoryTokenStore()
    with over(server, refreshing(clock, store=store)) as api:
        with pytest.raises(TokenRefreshError) as caught:
            api.request("POST", "trainings/sessions", data=BODY)
    error = caught.value
    assert error.retryable is retryable
    assert error.status_code == response.status_code
    assert error.code in {code, "temporarily_unavailable"}
    assert advice in str(error)
    assert "canary" not in str(error)
    assert server.api_requests == []
    assert store.load() is None
    assert store.try_lock() is not None


def test_a_failure_that_passes_is_over_with_the_next_call(server: TokenServer, clock: FakeClock) -> None:
    server.on_token = lambda _: answers.json({}, 503) if server.refreshes == 1 else None
    with over(server, refreshing(clock)) as api:
        with pytest.raises(TokenRefreshError):
            read(api)
        read(api)
    assert server.api_requests == [("GET", access(1), 200)]


def test_a_refresh_token_refused_for_good_is_not_tried_with_every_call(
    server: TokenServer, clock: FakeClock
) -> None:
    server.on_token = lambda _: answers.json({"error": "invalid_grant"}, 400)
    store = MemoryTokenStore()
    with over(server, refreshing(clock, store=store)) as api:
        for _ in range(4):
            with pytest.raises(TokenRefreshError, match="authorise again"):
                read(api)
        assert server.refreshes == 1
        clock.seconds += 61
        with pytest.raises(TokenRefreshError, match="authorise again"):
            read(api)
        assert server.refreshes == 2
        server.issue()
        store.save(pair(1))
        read(api)
    assert server.api_requests == [("GET", access(1), 200)]


def test_a_race_lost_against_somebody_without_the_lock_takes_what_he_stored(
    server: TokenServer, clock: FakeClock
) -> None:
    store = MemoryTokenStore()

    def somebody_is_faster(_: httpx.Request) -> httpx.Response:
        server.issue()
        store.save(pair(1, seconds_from_start(3600)))
        return answers.json({"error": "invalid_grant"}, 400)

    server.on_token = somebody_is_faster
    with over(server, refreshing(clock, store=store)) as api:
        read(api, 2)
    assert server.api_requests == [("GET", access(1), 200)] * 2
    assert server.refreshes == 1


def test_while_the_old_token_lives_a_failed_refresh_hurts_nobody(server: TokenServer, clock: FakeClock) -> None:
    server.on_token = lambda _: answers.json({}, 503)
    with over(server, refreshing(clock, 50)) as api:
        read(api, 5)
        assert server.refreshes == 1
        clock.seconds += 11
        read(api, 5)
        assert server.refreshes == 2
        clock.seconds += 40
        with pytest.raises(TokenRefreshError):
            read(api)
    assert server.api_requests == [("GET", access(0), 200)] * 10


def broken(kind: type[httpx.RequestError], request: httpx.Request) -> httpx.Response:
    raise kind("canary", request=request)


@pytest.mark.parametrize("kind", [httpx.ConnectError, httpx.ReadTimeout, httpx.ReadError])
def test_a_token_request_without_an_answer_sends_no_write_and_leaves_no_lock(
    server: TokenServer, clock: FakeClock, kind: type[httpx.RequestError]
) -> None:
    server.on_token = partial(broken, kind)
    store = MemoryTokenStore()
    with over(server, refreshing(clock, store=store), max_retries=0) as api:
        with pytest.raises((ApiConnectionError, TokenRefreshError)):
            api.request("POST", "trainings/sessions", data=BODY)
        assert server.api_requests == []
        server.on_token = lambda _: None
        api.request("POST", "trainings/sessions", data=BODY)
    assert len(server.writes) == 1
    assert store.try_lock() is not None


def test_while_the_old_token_lives_no_answer_hurts_only_once(server: TokenServer, clock: FakeClock) -> None:
    server.on_token = partial(broken, httpx.ReadTimeout)
    with over(server, refreshing(clock, 50), max_retries=1) as api:
        read(api, 3)
    assert server.refreshes == 1
    assert server.api_requests == [("GET", access(0), 200)] * 3


class FullDisk(MemoryTokenStore):
    """Cannot save for a while."""

    full = True

    def save(self, token: Token) -> None:
        if self.full:
            raise TokenStoreError("the disk is full: make room", reason="disk-full")
        super().save(token)


def test_a_pair_that_could_not_be_stored_is_not_used_and_not_lost(server: TokenServer, clock: FakeClock) -> None:
    store = FullDisk()
    with over(server, refreshing(clock, store=store)) as api:
        for _ in range(2):
            with pytest.raises(TokenStoreError, match="make room"):
                read(api)
        assert server.api_requests == []
        store.full = False
        read(api)
    assert (server.refreshes, server.mistakes) == (1, 0)
    assert server.api_requests == [("GET", access(1), 200)]
    stored = store.load()
    assert stored is not None
    assert stored.access_token == access(1)


def test_a_pair_that_could_not_be_stored_gives_way_to_a_newer_one(server: TokenServer, clock: FakeClock) -> None:
    store = FullDisk()
    with over(server, refreshing(clock, store=store)) as api:
        with pytest.raises(TokenStoreError):
            read(api)
        server.issue()
        store.full = False
        store.save(pair(2, START))
        read(api)
    assert server.api_requests == [("GET", access(3), 200)]
    assert server.mistakes == 0


def test_those_who_waited_share_a_failure() -> None:
    tokens = TokenServer(hold_seconds=0.2)
    tokens.on_token = lambda _: answers.json({}, 503)
    failed: list[TokenRefreshError] = []
    with Loopback(tokens) as loopback:
        expires_at = dt.datetime.now(dt.UTC)
        auth = RefreshTokenAuth(access(0), refresh(0), base_url=loopback.url, expires_at=expires_at, **APP)
        with sdk.ApiClient(loopback.url, auth=auth) as api:

            def one(_: int) -> None:
                try:
                    api.request("GET", "trainings/sessions/7")
                except TokenRefreshError as error:
                    failed.append(error)

            twins.gather(one, range(10), 10)
    assert (len(failed), tokens.refreshes) == (10, 1)
    assert len({id(error) for error in failed}) == 10
    assert tokens.api_requests == []
