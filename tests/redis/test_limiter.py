"""The bucket in a real Redis: its arithmetic, who shares it, and how long it lives."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from factorialhr._pace.memory import Bucket, RateLimiter
from factorialhr._pace.redis import DEFAULT_KEY, RedisRateLimiter
from tests.redis.server import RedisServer

ROOT = Path(__file__).parents[2]
PER_SECOND, BURST = 3.0, 20.0


@pytest.fixture
def limiter(redis_server: RedisServer, database: Any) -> Iterator[RedisRateLimiter]:
    assert database.dbsize() == 0
    with redis_server.client() as client:
        yield RedisRateLimiter(client)


def bucket_of(database: Any, key: str = DEFAULT_KEY) -> Bucket:
    fields = database.hgetall(key)
    return Bucket(*(float(fields[name]) for name in (b"tokens", b"moment", b"paused_until")))


def pass_time(database: Any, seconds: float, key: str = DEFAULT_KEY) -> None:
    """Set back what is stored: the same to the script as a clock that went on."""
    bucket = bucket_of(database, key)
    moments = {"moment": bucket.moment - seconds, "paused_until": bucket.paused_until - seconds}
    database.hset(key, mapping={name: repr(moment) for name, moment in moments.items()})


def test_it_is_a_limiter(limiter: RedisRateLimiter) -> None:
    assert isinstance(limiter, RateLimiter)
    assert limiter.waits_for_disk is True


def test_it_reckons_as_the_other_limiters_do(limiter: RedisRateLimiter, database: Any) -> None:
    dice = random.Random(7)  # noqa: S311
    limiter.reserve("POST")
    for _ in range(300):
        pass_time(database, dice.choice([0, 0, 0, 0.1, 0.5, 5, 100, -50]))
        if dice.random() < 0.1:
            limiter.pause(dice.choice([0.5, 3, 40]))
        before = bucket_of(database)
        wait = limiter.reserve("POST")
        after = bucket_of(database)
        expected, seconds = before.take(after.moment, PER_SECOND, BURST)
        assert after == pytest.approx(expected, abs=1e-6)
        assert wait == pytest.approx(seconds, abs=1e-5)


def test_a_burst_goes_through_and_then_a_third_of_a_second_each(limiter: RedisRateLimiter, database: Any) -> None:
    limiter.reserve("GET")
    begun = time.monotonic()
    waits = [limiter.reserve("POST") for _ in range(30)]
    refilled = (time.monotonic() - begun) * PER_SECOND
    assert waits[:20] == [0.0] * 20
    assert 10 - refilled - 0.01 <= waits[-1] * PER_SECOND <= 10
    assert bucket_of(database).tokens == pytest.approx(-waits[-1] * PER_SECOND, abs=1e-4)


def test_no_minute_holds_more_than_the_published_number(limiter: RedisRateLimiter, database: Any) -> None:
    begun, passed, sent = time.monotonic(), 0.0, 0
    while True:
        wait = limiter.reserve("POST")
        passed += wait
        pass_time(database, wait)
        if passed + time.monotonic() - begun >= 60 - 1e-3:
            break
        sent += 1
    assert 195 <= sent <= 200


def test_reads_are_free_and_write_nothing(limiter: RedisRateLimiter, database: Any) -> None:
    assert [limiter.reserve("GET") for _ in range(50)] == [0.0] * 50
    assert database.keys() == []


@pytest.mark.parametrize("verb", ["GET", "POST"])
def test_a_pause_holds_everybody_who_shares_the_key(limiter: RedisRateLimiter, database: Any, verb: str) -> None:
    other, apart = RedisRateLimiter(database), RedisRateLimiter(database, key="another")
    limiter.pause(30)
    assert 25 < other.reserve(verb) <= 30
    assert apart.reserve(verb) == 0
    pass_time(database, 20)
    assert 5 < other.reserve(verb) <= 10
    limiter.pause(1)
    assert 5 < other.reserve(verb) <= 10
    pass_time(database, 11)
    assert other.reserve(verb) == 0


@pytest.mark.parametrize("seconds", [10.0**9, float("inf"), float("nan")])
def test_a_pause_ends_after_an_hour_at_most(limiter: RedisRateLimiter, database: Any, seconds: float) -> None:
    limiter.pause(seconds)
    for verb in ("GET", "POST"):
        assert 3590 < limiter.reserve(verb) <= 3600
    pass_time(database, -10_000)  # a clock that was set back
    assert [limiter.reserve(verb) for verb in ("GET", "POST")] == [0.0, 0.0]


def test_the_key_lives_until_the_bucket_is_full(limiter: RedisRateLimiter, database: Any) -> None:
    limiter.reserve("POST")
    assert 0 < database.ttl(DEFAULT_KEY) <= 2
    for _ in range(79):
        limiter.reserve("POST")
    # 80 taken, 3 a second come back.
    assert 20 <= database.ttl(DEFAULT_KEY) <= 28
    limiter.pause(500)
    assert 490 <= database.ttl(DEFAULT_KEY) <= 501
    limiter.reserve("POST")
    assert 490 <= database.ttl(DEFAULT_KEY) <= 501


def test_a_small_rate_has_a_small_burst(database: Any) -> None:
    limiter = RedisRateLimiter(database, 2)
    assert [limiter.reserve("POST") for _ in range(3)] == pytest.approx([0, 60, 120], abs=1)


def test_answers_as_text_are_read_too(redis_server: RedisServer, database: Any) -> None:
    with redis_server.client(decode_responses=True) as client:
        limiter = RedisRateLimiter(client, 2)
        assert [limiter.reserve("POST") for _ in range(2)] == pytest.approx([0, 60], abs=1)
    assert database.dbsize() == 1


def test_an_address_is_enough(redis_server: RedisServer, database: Any) -> None:
    RedisRateLimiter(redis_server.url, key="here").reserve("POST")
    assert database.keys() == [b"here"]


@pytest.mark.parametrize("damage", ["deleted", "emptied", "garbage", "no number", "script", "field"])
def test_a_key_that_is_deleted_or_damaged_in_use_starts_anew(
    limiter: RedisRateLimiter, database: Any, damage: str
) -> None:
    for _ in range(40):
        limiter.reserve("POST")
    assert limiter.reserve("POST") > 0
    {
        "deleted": lambda: database.delete(DEFAULT_KEY),
        "emptied": database.flushall,
        "garbage": lambda: database.hset(DEFAULT_KEY, "moment", "garbage"),
        "no number": lambda: database.hset(DEFAULT_KEY, "tokens", "nan"),
        "field": lambda: database.hdel(DEFAULT_KEY, "paused_until"),
        "script": lambda: (database.script_flush(), database.flushall()),
    }[damage]()
    assert limiter.reserve("POST") == 0
    assert bucket_of(database).tokens == BURST - 1


def total_taken(database: Any, begun: float) -> tuple[float, float]:
    """How many places are taken, at least and at most, by the bucket and the time that filled it meanwhile."""
    taken = BURST - bucket_of(database).tokens
    return taken, taken + (time.monotonic() - begun) * PER_SECOND


def test_threads_take_each_place_once(redis_server: RedisServer, database: Any) -> None:
    limiter = RedisRateLimiter(redis_server.url)
    begun = time.monotonic()
    with ThreadPoolExecutor(16) as pool:
        waits = list(pool.map(lambda _: limiter.reserve("POST"), range(400)))
    fewest, most = total_taken(database, begun)
    assert fewest <= 400 <= most + 0.01
    assert waits.count(0.0) <= most - fewest + BURST + 1
    assert len({wait for wait in waits if wait}) == len([wait for wait in waits if wait])


def test_processes_take_each_place_once(redis_server: RedisServer, database: Any) -> None:
    command = [sys.executable, "-W", "error", "-m", "tests.redis.programs", redis_server.url, "50"]
    pipe = subprocess.PIPE
    running = [subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) for _ in range(4)]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    begun = time.monotonic()
    waits = [float(wait) for process in running for wait in process.communicate("go\n", 30)[0].split()]
    assert [process.returncode for process in running] == [0] * 4
    fewest, most = total_taken(database, begun)
    assert len(waits) == 200
    assert fewest <= 200 <= most + 0.01
    assert len({wait for wait in waits if wait}) == len([wait for wait in waits if wait])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_limiter_made_before_a_fork_serves_parent_and_child(redis_server: RedisServer, database: Any) -> None:
    limiter = RedisRateLimiter(redis_server.url)
    for _ in range(30):
        limiter.reserve("POST")
    connections = database.info("clients")["connected_clients"]
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        waits = [limiter.reserve("POST") for _ in range(5)]
        os.write(writing, f"{len(database.client_list())} {min(waits) > 0}".encode())
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert os.read(reading, 100).split() == [str(connections + 2).encode(), b"True"]
    os.close(reading)
    os.close(writing)
    assert limiter.reserve("POST") > 10 / PER_SECOND
