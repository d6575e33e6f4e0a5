"""The window in a real Redis: its arithmetic, who shares it, and how long it lives."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from factorialhr import ConfigurationError, RateLimiter, RateLimiterError, Ticket
from factorialhr._core.pace import checked_limiter
from factorialhr._pace.redis import DEFAULT_KEY, RedisRateLimiter
from factorialhr._pace.window import Limit, Window
from tests.pace.taking import take, waits
from tests.redis.server import RedisServer

ROOT = Path(__file__).parents[2]
PAUSE_KEY = f"{DEFAULT_KEY}:paused"
PERIOD = 61.0
SECONDS_TO_RETURN = 10


@pytest.fixture
def limiter(redis_server: RedisServer, database: Any) -> Iterator[RedisRateLimiter]:
    assert database.dbsize() == 0
    with redis_server.client() as client:
        yield RedisRateLimiter(client)


def planned(database: Any) -> tuple[float, ...]:
    return tuple(score for _, score in database.zrange(DEFAULT_KEY, 0, -1, withscores=True))


def pass_time(database: Any, seconds: float) -> None:
    """Set back what is stored: the same to the script as a clock that went on."""
    with database.pipeline() as pipeline:
        for member in database.zrange(DEFAULT_KEY, 0, -1):
            pipeline.zincrby(DEFAULT_KEY, -seconds, member)
        pipeline.execute()


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + SECONDS_TO_RETURN
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.002)


def test_it_is_a_limiter(limiter: RedisRateLimiter) -> None:
    assert isinstance(limiter, RateLimiter)
    assert checked_limiter(limiter) is limiter
    assert limiter.blocks is True
    assert isinstance(take(limiter), Ticket)


def test_it_reckons_as_the_other_limiters_do(database: Any) -> None:
    dice = random.Random(7)  # noqa: S311
    limiter, limit, tickets = RedisRateLimiter(database, 3), Limit(3, PERIOD), list[Ticket]()
    compared = 0
    for _ in range(150):
        pass_time(database, dice.choice([0, 0, 0, 0.1, 5, 30, PERIOD, -20]))
        if tickets and dice.random() < 0.3:
            tickets.pop(dice.randrange(len(tickets))).give_back()
            until(lambda: not limiter._returned)
        before = Window(planned(database))
        ticket = take(limiter)
        tickets.append(ticket)
        after = planned(database)
        [moment] = set(after) - set(before.planned)
        expected, found = before.current(limit, now := moment - ticket.wait_seconds).take(limit, now)
        assert found == pytest.approx(moment, abs=1e-5)
        assert expected.planned == pytest.approx(after, abs=1e-5)
        compared += ticket.wait_seconds > 0
    assert compared > 50


def test_the_published_number_goes_at_once_and_the_next_when_the_first_is_a_period_old(
    limiter: RedisRateLimiter, database: Any
) -> None:
    begun = time.monotonic()
    assert waits(limiter, 200) == [0.0] * 200
    last = take(limiter).wait_seconds
    assert PERIOD - (time.monotonic() - begun) <= last <= PERIOD
    pass_time(database, PERIOD + 1)
    assert waits(limiter, 1) == [0.0]
    assert database.zcard(DEFAULT_KEY) == 2


def test_a_small_rate_and_one_below_one_write_a_minute(database: Any) -> None:
    assert waits(RedisRateLimiter(database, 1.9), 3) == pytest.approx([0, 61, 122], abs=1)
    assert waits(RedisRateLimiter(database, 0.5, key="b"), 3) == pytest.approx([0, 122, 244], abs=1)


@pytest.mark.parametrize("verb", ["GET", "HEAD"])
def test_reads_are_free_and_ask_nothing(verb: str) -> None:
    limiter = RedisRateLimiter("redis://127.0.0.1:1/0")
    for _ in range(50):
        ticket = take(limiter, verb)
        assert ticket.wait_seconds == 0.0
        ticket.give_back()
    assert limiter._returned == {}


def test_a_thousand_returned_places_leave_the_limiter_as_it_was(limiter: RedisRateLimiter, database: Any) -> None:
    waits(limiter, 30)
    before = planned(database)
    tickets = [take(limiter) for _ in range(1000)]
    assert tickets[-1].wait_seconds > 200
    for ticket in tickets:
        ticket.give_back()
        ticket.give_back()
    until(lambda: not limiter._returned)
    assert planned(database) == before
    assert waits(limiter, 170) == [0.0] * 170


def test_a_place_is_returned_even_if_nothing_is_asked_any_more(limiter: RedisRateLimiter, database: Any) -> None:
    take(limiter).give_back()
    until(lambda: database.zcard(DEFAULT_KEY) == 0)


def test_a_returned_place_is_there_for_the_very_next(redis_server: RedisServer, database: Any) -> None:
    limiter = RedisRateLimiter(redis_server.url, 1)
    for _ in range(50):
        ticket = take(limiter)
        assert ticket.wait_seconds == 0.0
        ticket.give_back()
    until(lambda: database.zcard(DEFAULT_KEY) == 0)


def test_a_returned_place_in_the_line_is_taken_by_the_next(database: Any) -> None:
    limiter = RedisRateLimiter(database, 1)
    tickets = [take(limiter) for _ in range(4)]
    tickets[1].give_back()
    assert waits(limiter, 1) == pytest.approx([PERIOD], abs=1)
    # The key lives for those behind it, too.
    assert database.ttl(DEFAULT_KEY) == pytest.approx(4 * PERIOD, abs=2)
    assert waits(limiter, 1) == pytest.approx([4 * PERIOD], abs=1)


def test_a_ticket_takes_no_other_place_with_it(database: Any) -> None:
    one, other = RedisRateLimiter(database, 1), RedisRateLimiter(database, 1)
    first, _second = take(one), take(other)
    first.give_back()
    first.give_back()
    until(lambda: not one._returned)
    assert database.zcard(DEFAULT_KEY) == 1


def test_a_wait_of_more_than_an_hour_is_an_error_and_takes_no_place(database: Any) -> None:
    limiter = RedisRateLimiter(database, 1)
    waits(limiter, 60)
    with pytest.raises(RateLimiterError, match="no place within 3600 s"):
        limiter.take("POST")
    assert database.zcard(DEFAULT_KEY) == 60
    assert limiter._returned == {}


def test_a_pause_holds_everybody_who_shares_the_key(limiter: RedisRateLimiter, database: Any) -> None:
    other, apart = RedisRateLimiter(database), RedisRateLimiter(database, key="another")
    assert limiter.paused_seconds() == 0
    assert limiter.pause(30) is True
    assert 25 < other.paused_seconds() <= 30
    assert apart.paused_seconds() == 0
    assert take(other).wait_seconds == 0
    limiter.pause(1)
    assert 25 < other.paused_seconds() <= 30
    limiter.pause(60)
    assert 55 < other.paused_seconds() <= 60
    database.pexpire(PAUSE_KEY, 1)
    until(lambda: database.exists(PAUSE_KEY) == 0)
    assert other.paused_seconds() == 0


@pytest.mark.parametrize(("seconds", "lasts"), [(10.0**9, 3600), (float("inf"), 3600), (float("nan"), 3600), (0, 0), (-5, 0), (0.0001, 0)])  # fmt: skip
def test_a_pause_ends_after_an_hour_at_most(limiter: RedisRateLimiter, seconds: float, lasts: float) -> None:
    limiter.pause(seconds)
    assert limiter.paused_seconds() == pytest.approx(lasts, abs=5)


def damage_by_time(database: Any) -> None:
    database.set(PAUSE_KEY, "", ex=9_000)


def damage_by_eternity(database: Any) -> None:
    database.set(PAUSE_KEY, "")


@pytest.mark.parametrize("damage", [damage_by_time, damage_by_eternity])
def test_a_pause_that_cannot_be_is_none(
    limiter: RedisRateLimiter, database: Any, damage: Callable[[Any], None]
) -> None:
    damage(database)
    assert limiter.paused_seconds() == 0
    limiter.pause(30)
    assert 25 < limiter.paused_seconds() <= 30


def test_keys_live_as_long_as_they_say_something(limiter: RedisRateLimiter, database: Any) -> None:
    waits(limiter, 1)
    assert 58 <= database.ttl(DEFAULT_KEY) <= 61
    waits(limiter, 200)
    assert 110 <= database.ttl(DEFAULT_KEY) <= 122
    limiter.pause(500)
    assert 490 <= database.ttl(PAUSE_KEY) <= 500
    assert sorted(database.keys()) == [DEFAULT_KEY.encode(), PAUSE_KEY.encode()]


def test_answers_as_text_are_read_too(redis_server: RedisServer, database: Any) -> None:
    with redis_server.client(decode_responses=True) as client:
        limiter = RedisRateLimiter(client, 1)
        assert waits(limiter, 2) == pytest.approx([0, 61], abs=1)
        limiter.pause(10)
        assert 5 < limiter.paused_seconds() <= 10
    assert database.dbsize() == 2


def test_an_address_is_enough(redis_server: RedisServer, database: Any) -> None:
    waits(RedisRateLimiter(redis_server.url, key="here"), 1)
    assert database.keys() == [b"here"]


DAMAGES: dict[str, Callable[[Any], object]] = {
    "deleted": lambda database: database.delete(DEFAULT_KEY),
    "emptied": lambda database: database.flushall(),
    "far future": lambda database: database.zadd(DEFAULT_KEY, {"planted": 3.3e10}),
    "infinite": lambda database: database.zadd(DEFAULT_KEY, {"planted": "inf"}),
    "clock set back": lambda database: pass_time(database, -10_000),
    "text": lambda database: database.set(DEFAULT_KEY, "garbage"),
    "hash": lambda database: (database.delete(DEFAULT_KEY), database.hset(DEFAULT_KEY, "tokens", 5)),
    "list": lambda database: (database.delete(DEFAULT_KEY), database.rpush(DEFAULT_KEY, "a", "b")),
    "script": lambda database: (database.script_flush(), database.flushall()),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_key_that_is_deleted_or_damaged_in_use_is_an_empty_window(
    database: Any, damage: Callable[[Any], object]
) -> None:
    limiter = RedisRateLimiter(database, 1)
    assert waits(limiter, 2)[1] > 0
    damage(database)
    assert waits(limiter, 1) == [0.0]
    assert database.zcard(DEFAULT_KEY) == 1
    assert waits(limiter, 1) == [pytest.approx(PERIOD, abs=1)]


@pytest.mark.parametrize("moment", ["-inf", -1e11])
def test_a_moment_of_the_far_past_is_dropped(database: Any, moment: Any) -> None:
    database.zadd(DEFAULT_KEY, {"planted": moment})
    assert waits(RedisRateLimiter(database, 1), 1) == [0.0]
    assert database.zscore(DEFAULT_KEY, "planted") is None


def test_the_old_spelling_names_the_new_one(limiter: RedisRateLimiter) -> None:
    with pytest.raises(ConfigurationError, match=r"has no reserve\(verb\) any more: call take\(verb\)"):
        limiter.reserve("POST")


def test_threads_take_each_place_once(redis_server: RedisServer, database: Any) -> None:
    limiter = RedisRateLimiter(redis_server.url)
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _: take(limiter).wait_seconds, range(400)))
    assert found.count(0.0) == 200
    assert database.zcard(DEFAULT_KEY) == 400


def test_processes_take_each_place_once(redis_server: RedisServer, database: Any) -> None:
    command = [sys.executable, "-W", "error", "-m", "tests.redis.programs", redis_server.url, "120", "50"]
    pipe = subprocess.PIPE
    running = [subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) for _ in range(4)]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    begun = time.monotonic()
    for process in running:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    found = [float(wait) for process in running for wait in process.communicate(timeout=60)[0].split()]
    assert [process.returncode for process in running] == [0] * 4
    assert time.monotonic() - begun < 60, "so slow that places came back meanwhile"
    assert (len(found), found.count(0.0)) == (200, 120)
    assert database.zcard(DEFAULT_KEY) == 200


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_limiter_made_before_a_fork_serves_parent_and_child(redis_server: RedisServer, database: Any) -> None:
    limiter = RedisRateLimiter(redis_server.url, 1)
    ticket = take(limiter)
    limiter._remember("still to be returned")
    connections = database.info("clients")["connected_clients"]
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            ticket.give_back()
            remembered = len(limiter._returned)
            wait = take(limiter).wait_seconds
            os.write(writing, f"{len(database.client_list())} {remembered} {wait > 50}".encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 100).split() == [str(connections + 2).encode(), b"0", b"True"]
    os.close(reading)
    os.close(writing)
    assert list(limiter._returned) == ["still to be returned"]
    assert take(limiter).wait_seconds > 110
