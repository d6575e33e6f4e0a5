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
from factorialhr._pace.redis import DEFAULT_KEY, RateLimiterError, RedisRateLimiter
from tests.redis.conftest import need_redis
from tests.redis.server import RedisServer
from tests.support import answers
from tests.support.copies import COPIERS, printed
from tests.support.script import Script

SECRET = "password-of-redis"
NOWHERE = "redis://127.0.0.1:1/0"


def create_blocking(limiter: RedisRateLimiter, script: Script, events: list[object]) -> None:
    with factorialhr.sync.ApiClient(
        auth=factorialhr.ApiKeyAuth("key"), transport=script, rate_limiter=limiter, on_event=events.append
    ) as api:
        api.trainings.sessions.create({"name": "x"})


def create_async(limiter: RedisRateLimiter, script: Script, events: list[object]) -> None:
    async def main() -> None:
        async with factorialhr.ApiClient(
            auth=factorialhr.ApiKeyAuth("key"), transport=script, rate_limiter=limiter, on_event=events.append
        ) as api:
            await api.trainings.sessions.create({"name": "x"})

    anyio.run(main)


both_halves = pytest.mark.parametrize("create", [create_blocking, create_async], ids=["sync", "async"])
Create = Callable[[RedisRateLimiter, Script, list[object]], None]


@both_halves
def test_a_call_waits_for_its_place(create: Create, redis_server: RedisServer, database: Any, waits: Any) -> None:
    assert database.dbsize() == 0
    limiter, events = RedisRateLimiter(redis_server.url, 2), []
    for _ in range(2):
        create(limiter, Script(answers.json(answers.session())), events)
    assert waits == pytest.approx([60], abs=1)
    assert [type(event) for event in events] == [factorialhr.RateLimitEvent]


@both_halves
def test_a_refusal_of_the_api_slows_everybody(
    create: Create, redis_server: RedisServer, database: Any, waits: Any
) -> None:
    script = Script(answers.json({}, 429, retry_after="40"), answers.json(answers.session()))
    create(RedisRateLimiter(redis_server.url), script, [])
    assert waits[0] == 40
    assert 30 < RedisRateLimiter(database).reserve("GET") <= 40


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
        limiter = RedisRateLimiter(server.url, 2)
        limiter.reserve("POST")
        server.stop()
        with pytest.raises(RateLimiterError):
            create(limiter, Script(), [])
        server.start()
        create(limiter, Script(answers.json(answers.session())), [])
        assert limiter.reserve("POST") > 50


@pytest.mark.parametrize("action", ["reserve", "pause"])
def test_a_redis_that_hangs_is_not_waited_for_long(tmp_path: Path, action: str) -> None:
    need_redis()
    with RedisServer(tmp_path) as server:
        limiter = RedisRateLimiter(f"{server.url}?socket_timeout=0.05")
        limiter.reserve("POST")
        server.freeze()
        begun = time.monotonic()
        with pytest.raises(RateLimiterError, match="TimeoutError"):
            limiter.reserve("GET") if action == "reserve" else limiter.pause(1)
        assert time.monotonic() - begun < 2


def test_the_default_timeout_is_finite() -> None:
    limiter: Any = RedisRateLimiter(NOWHERE)
    settings = limiter._script.registered_client.connection_pool.connection_kwargs
    assert (settings["socket_timeout"], settings["socket_connect_timeout"]) == (3.0, 3.0)


@pytest.mark.parametrize(
    ("damage", "kind"),
    [
        (lambda database: database.set(DEFAULT_KEY, SECRET), "ResponseError"),
        (lambda database: database.config_set("maxmemory", 1), "OutOfMemoryError"),
    ],
    ids=["another kind of key", "full"],
)
def test_a_redis_that_refuses_is_named(tmp_path: Path, damage: Any, kind: str) -> None:
    need_redis()
    with RedisServer(tmp_path) as server, server.client() as client:
        limiter = RedisRateLimiter(client)
        damage(client)
        with pytest.raises(RateLimiterError, match=kind) as caught:
            limiter.reserve("POST")
    assert SECRET not in printed(caught.value)


def test_a_password_is_used_and_shown_nowhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    need_redis()
    caplog.set_level(logging.DEBUG)
    with RedisServer(tmp_path, "--requirepass", SECRET) as server:
        address = f"127.0.0.1:{server.port}/0"
        limiter = RedisRateLimiter(f"redis://:{SECRET}@{address}")
        assert limiter.reserve("POST") == 0
        for url in (f"redis://{address}", f"redis://:{SECRET}-not@{address}"):
            with pytest.raises(RateLimiterError, match="AuthenticationError") as caught:
                RedisRateLimiter(url).reserve("POST")
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
    with pytest.raises(factorialhr.ConfigurationError, match="writes_per_minute is a number above 0"):
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


def test_ci_does_not_skip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.redis.conftest.PROGRAM", None)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(AssertionError, match="apt-get install redis-server"):
        need_redis()
    monkeypatch.delenv("CI")
    with pytest.raises(pytest.skip.Exception):
        need_redis()
