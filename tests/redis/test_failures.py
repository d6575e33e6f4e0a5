"""What happens where Redis does not: named errors, nothing sent, nothing shown that is secret."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
import redis
import redis.asyncio

import factorialhr
import factorialhr.sync
from factorialhr import RateLimiterError
from factorialhr._pace.redis import MOST_REMEMBERED, RedisRateLimiter
from tests.pace.taking import take
from tests.pace.taking import waits as waits_of
from tests.redis.conftest import need_redis
from tests.redis.server import RedisServer
from tests.redis.test_limiter import until
from tests.support import answers
from tests.support.copies import COPIERS, printed
from tests.support.script import Script

SECRET = "password-of-redis"
NOWHERE = "redis://127.0.0.1:1/0"


def create_blocking(limiter: RedisRateLimiter, script: Script, events: list[object], **settings: Any) -> None:
    with factorialhr.sync.ApiClient(
        auth=factorialhr.ApiKeyAuth("key"), transport=script, rate_limiter=limiter, on_event=events.append, **settings
    ) as api:
        api.trainings.sessions.create({"name": "x"})


def create_async(limiter: RedisRateLimiter, script: Script, events: list[object], **settings: Any) -> None:
    async def main() -> None:
        async with factorialhr.ApiClient(
            auth=factorialhr.ApiKeyAuth("key"),
            transport=script,
            rate_limiter=limiter,
            on_event=events.append,
            **settings,
        ) as api:
            await api.trainings.sessions.create({"name": "x"})

    anyio.run(main)


both_halves = pytest.mark.parametrize("create", [create_blocking, create_async], ids=["sync", "async"])
Create = Callable[..., None]


@both_halves
def test_a_call_waits_for_its_place(create: Create, redis_server: RedisServer, database: Any, waits: Any) -> None:
    assert database.dbsize() == 0
    limiter, events = RedisRateLimiter(redis_server.url, 1), []
    for _ in range(2):
        create(limiter, Script(answers.json(answers.session())), events)
    assert waits == pytest.approx([61], abs=1)
    assert [type(event) for event in events] == [factorialhr.RateLimitEvent]


@both_halves
def test_a_refusal_of_the_api_slows_everybody(create: Create, redis_server: RedisServer, database: Any) -> None:
    script = Script(answers.json({}, 429, retry_after="40"))
    with pytest.raises(factorialhr.RateLimitError):
        create(RedisRateLimiter(redis_server.url), script, [], max_retries=0)
    assert 30 < RedisRateLimiter(database).paused_seconds() <= 40


@both_halves
def test_without_redis_nothing_is_sent(create: Create) -> None:
    script = Script()
    with pytest.raises(RateLimiterError, match=r"\(ConnectionError\), so nothing was sent: check that it runs"):
        create(RedisRateLimiter(NOWHERE), script, [])
    assert not script.requests


@both_halves
def test_a_redis_that_ends_and_comes_back(create: Create, tmp_path: Path) -> None:
    need_redis()
    with RedisServer(tmp_path) as server:
        limiter = RedisRateLimiter(server.url, 1)
        take(limiter)
        server.stop()
        with pytest.raises(RateLimiterError):
            create(limiter, Script(), [])
        server.start()
        create(limiter, Script(answers.json(answers.session())), [])
        assert take(limiter).wait_seconds > 50


OPERATIONS: dict[str, Callable[[RedisRateLimiter], object]] = {
    "take": lambda limiter: limiter.take("POST"),
    "paused_seconds": lambda limiter: limiter.paused_seconds(),
    "pause": lambda limiter: limiter.pause(1),
}


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_a_redis_that_hangs_is_not_waited_for_long(
    tmp_path: Path, operation: Callable[[RedisRateLimiter], object]
) -> None:
    need_redis()
    with RedisServer(tmp_path) as server:
        limiter = RedisRateLimiter(f"{server.url}?socket_timeout=0.05")
        take(limiter)
        server.freeze()
        begun = time.monotonic()
        with pytest.raises(RateLimiterError, match="TimeoutError"):
            operation(limiter)
        assert time.monotonic() - begun < 2


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_a_place_returned_while_redis_hangs_is_returned_later(
    tmp_path: Path, operation: Callable[[RedisRateLimiter], object]
) -> None:
    need_redis()
    with RedisServer(tmp_path) as server:
        limiter = RedisRateLimiter(f"{server.url}?socket_timeout=0.2", 2)
        ticket = take(limiter)
        server.freeze()
        begun = time.monotonic()
        ticket.give_back()
        assert time.monotonic() - begun < 0.1
        # The thread that tried it has given up.
        until(lambda: limiter._returning._lock.locked() is False)
        assert len(limiter._returned) == 1
        server.go_on()
        operation(limiter)
        until(lambda: not limiter._returned)
        with server.client() as client:
            assert client.zcard("factorialhr:writes") == (1 if operation is OPERATIONS["take"] else 0)


def test_a_place_whose_answer_was_lost_is_returned(tmp_path: Path) -> None:
    need_redis()
    with RedisServer(tmp_path) as server:
        limiter = RedisRateLimiter(f"{server.url}?socket_timeout=0.2", 1)
        take(limiter).give_back()
        until(lambda: not limiter._returned)
        server.freeze()
        with pytest.raises(RateLimiterError):
            limiter.take("POST")
        server.go_on()
        # Redis has read the lost question by now, and carried it out.
        with server.client() as client:
            until(lambda: client.zcard("factorialhr:writes") == 1)
        assert waits_of(limiter, 1) == [0.0]


def test_a_second_attempt_takes_the_same_place(database: Any) -> None:
    limiter = RedisRateLimiter(database, 1)
    for _ in range(2):
        wait = limiter._take_script(keys=["factorialhr:writes"], args=[*limiter._limits, "one member"])
        assert float(wait) == 0
    assert database.zcard("factorialhr:writes") == 1


def test_a_long_outage_is_not_remembered_without_end() -> None:
    limiter = RedisRateLimiter(NOWHERE)
    for number in range(MOST_REMEMBERED * 2):
        limiter._remember(str(number))
    assert len(limiter._returned) == MOST_REMEMBERED


def test_a_client_that_is_closed_meanwhile_is_no_error_of_the_thread(
    database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    limiter = RedisRateLimiter(database, 1)
    ticket = take(limiter)

    def closed(*_: object) -> None:
        raise ValueError("I/O operation on closed file")

    # An exception in a thread is a warning, and an error of this test.
    monkeypatch.setattr(database, "zrem", closed)
    ticket.give_back()
    until(lambda: limiter._returning._lock.locked() is False)
    assert len(limiter._returned) == 1
    assert waits_of(limiter, 1) == [0.0]


def test_no_thread_to_be_had_is_no_error(database: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    limiter = RedisRateLimiter(database, 1)
    ticket = take(limiter)

    def none_left(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as ending:
        ending.setattr("threading.Thread.start", none_left)
        ticket.give_back()
    assert database.zcard("factorialhr:writes") == 1
    assert waits_of(limiter, 1) == [0.0]
    assert limiter._returned == {}


def test_the_default_timeout_is_finite() -> None:
    limiter: Any = RedisRateLimiter(NOWHERE)
    settings = limiter._client.connection_pool.connection_kwargs
    assert (settings["socket_timeout"], settings["socket_connect_timeout"]) == (3.0, 3.0)


def test_a_redis_that_refuses_is_named(tmp_path: Path) -> None:
    need_redis()
    with RedisServer(tmp_path) as server, server.client() as client:
        limiter = RedisRateLimiter(client, key=SECRET)
        client.replicaof("127.0.0.1", 1)
        with pytest.raises(RateLimiterError, match="ReadOnlyError") as caught:
            limiter.take("POST")
    assert SECRET not in printed(caught.value)


def test_a_password_is_used_and_shown_nowhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    need_redis()
    caplog.set_level(logging.DEBUG)
    with RedisServer(tmp_path, "--requirepass", SECRET) as server:
        address = f"127.0.0.1:{server.port}/0"
        limiter = RedisRateLimiter(f"redis://:{SECRET}@{address}")
        assert take(limiter).wait_seconds == 0
        for url in (f"redis://{address}", f"redis://:{SECRET}-not@{address}"):
            with pytest.raises(RateLimiterError, match="AuthenticationError") as caught:
                RedisRateLimiter(url).take("POST")
            assert SECRET not in printed(caught.value) + repr(vars(caught.value))
    assert repr(limiter) == "<RedisRateLimiter factorialhr:writes>"
    assert SECRET not in caplog.text


@pytest.mark.parametrize("url", [f"http://:{SECRET}@h", f"redis://:{SECRET}/@h", "", "localhost:6379", f"redis://h/0?socket_timeout={SECRET}"])  # fmt: skip
def test_an_address_that_is_none_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(factorialhr.ConfigurationError, match="the address of Redis is redis://host:port") as caught:
        RedisRateLimiter(url)
    assert SECRET not in printed(caught.value)


@pytest.mark.parametrize(
    ("client", "name"),
    [
        (redis.asyncio.Redis(), "redis.asyncio.client.Redis"),
        (None, "builtins.NoneType"),
        (redis.ConnectionPool(), "redis.connection.ConnectionPool"),
        (httpx.Client, "builtins.type"),
    ],
    ids=["async", "none", "pool", "class"],
)
def test_what_is_no_blocking_client_is_refused(client: Any, name: str) -> None:
    with pytest.raises(factorialhr.ConfigurationError, match=f"a blocking client of the package 'redis'.*not {name}$"):
        RedisRateLimiter(client)


@pytest.mark.parametrize("number", [0, -1, True, float("nan")])
def test_a_rate_that_cannot_be_is_refused(number: Any) -> None:
    with pytest.raises(factorialhr.ConfigurationError, match="writes_per_minute must be a number above 0; got "):
        RedisRateLimiter(NOWHERE, number)


@pytest.mark.parametrize("key", ["", None, 7])
def test_a_key_that_cannot_be_is_refused(key: Any) -> None:
    with pytest.raises(factorialhr.ConfigurationError, match="key is the name of a key in Redis"):
        RedisRateLimiter(NOWHERE, key=key)


def test_without_the_package_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(factorialhr.ConfigurationError, match=r"pip install factorialhr\[redis\]"):
        RedisRateLimiter(NOWHERE)


def test_making_one_connects_to_nothing() -> None:
    assert repr(RedisRateLimiter(NOWHERE, key="k")) == "<RedisRateLimiter k>"


@pytest.mark.parametrize("copied", COPIERS)
def test_the_error_is_one_of_ours_and_can_be_copied(copied: Any) -> None:
    error = copied(RateLimiterError("text"))
    assert isinstance(error, factorialhr.FactorialError)
    assert str(error) == "text"


def test_no_server_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.redis.conftest.PROGRAM", None)
    with pytest.raises(AssertionError, match="apt-get install redis-server"):
        need_redis()
