"""What the limiters in memory and in a file have in common."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from factorialhr import ConfigurationError, FileRateLimiter, RateLimiter, RateLimiterError, Ticket, TokenBucket
from factorialhr._core.pace import checked_limiter
from factorialhr._pace.limiter import WindowLimiter
from tests.pace.clock import Clock
from tests.pace.taking import take, waits

PERIODS = {"memory": 60.0, "file": 61.0}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=PERIODS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def period(kind: str) -> float:
    return PERIODS[kind]


@pytest.fixture
def make(kind: str, clock: Clock, tmp_path: Path) -> Callable[..., WindowLimiter]:
    def made(*rate: float) -> WindowLimiter:
        if kind == "memory":
            return TokenBucket(*rate, clock=clock)
        return FileRateLimiter(tmp_path / "limit", *rate, clock=clock)

    return made


def test_it_is_a_limiter(make: Callable[..., WindowLimiter], kind: str) -> None:
    limiter = make()
    assert isinstance(limiter, RateLimiter)
    assert checked_limiter(limiter) is limiter
    assert limiter.blocks is (kind == "file")
    assert isinstance(take(limiter), Ticket)
    assert isinstance(take(limiter, "GET"), Ticket)


def test_the_published_number_goes_at_once_and_the_next_when_the_first_is_a_period_old(
    make: Callable[..., WindowLimiter], clock: Clock, period: float
) -> None:
    limiter = make()
    assert waits(limiter, 100) == [0.0] * 100
    clock.now += 10
    assert waits(limiter, 100) == [0.0] * 100
    assert waits(limiter, 101) == [period - 10] * 100 + [period]
    clock.now += period
    assert waits(limiter, 100) == [0.0] * 99 + [period - 10]


def test_a_small_rate(make: Callable[..., WindowLimiter], period: float) -> None:
    assert waits(make(2.9), 5) == [0, 0, period, period, 2 * period]


def test_a_rate_below_one_write_a_minute(make: Callable[..., WindowLimiter], period: float) -> None:
    assert waits(make(0.5), 3) == [0, 2 * period, 4 * period]


@pytest.mark.parametrize("verb", ["GET", "HEAD"])
def test_reads_are_free(make: Callable[..., WindowLimiter], verb: str, tmp_path: Path) -> None:
    limiter = make(1)
    for _ in range(500):
        ticket = take(limiter, verb)
        assert ticket.wait_seconds == 0.0
        ticket.give_back()
    assert list(tmp_path.iterdir()) == []
    assert waits(limiter, 1) == [0.0]


@pytest.mark.parametrize("verb", ["POST", "PUT", "PATCH", "DELETE"])
def test_all_other_verbs_count(make: Callable[..., WindowLimiter], verb: str, period: float) -> None:
    limiter = make(1)
    assert [take(limiter, verb).wait_seconds for _ in range(2)] == [0.0, period]


def test_a_thousand_returned_places_leave_the_limiter_as_it_was(make: Callable[..., WindowLimiter]) -> None:
    limiter = make()
    kept = waits(limiter, 30)
    before = limiter._read()
    tickets = [take(limiter) for _ in range(1000)]
    assert tickets[-1].wait_seconds > 200
    for ticket in tickets:
        ticket.give_back()
    assert limiter._read() == before
    assert waits(limiter, 170) == [0.0] * 170
    assert len(kept) == 30


def test_refused_places_leave_the_limiter_as_it_was(make: Callable[..., WindowLimiter]) -> None:
    limiter = make(1)
    for _ in range(59):
        take(limiter)
    before = limiter._read()
    for _ in range(1000):
        take(limiter).give_back()
    assert limiter._read() == before


def test_a_place_that_is_returned_twice_is_returned_once(make: Callable[..., WindowLimiter], period: float) -> None:
    limiter = make(2)
    first, second = take(limiter), take(limiter)
    for _ in range(3):
        first.give_back()
    assert waits(limiter, 2) == [0.0, period]
    second.give_back()
    assert waits(limiter, 2) == [0.0, period]


def test_a_returned_place_in_the_line_is_taken_by_the_next(
    make: Callable[..., WindowLimiter], clock: Clock, period: float
) -> None:
    limiter = make(1)
    tickets = [take(limiter) for _ in range(4)]
    clock.now += 10
    tickets[1].give_back()
    assert waits(limiter, 2) == [pytest.approx(period - 10), pytest.approx(4 * period - 10)]


def test_a_wait_of_more_than_an_hour_is_an_error_and_takes_no_place(make: Callable[..., WindowLimiter]) -> None:
    limiter = make(0.03)
    assert len(waits(limiter, 2)) == 2
    with pytest.raises(RateLimiterError, match="no place within 3600 s"):
        limiter.take("POST")
    assert len(limiter._read().planned) == 2


def test_a_pause_is_for_all_verbs_and_writes_are_planned_for_its_end(
    make: Callable[..., WindowLimiter], clock: Clock
) -> None:
    limiter = make()
    assert limiter.paused_seconds() == 0.0
    assert limiter.pause(30) is True
    assert limiter.paused_seconds() == 30
    assert [take(limiter, verb).wait_seconds for verb in ("GET", "POST")] == [0.0, 30.0]
    clock.now += 20
    assert limiter.paused_seconds() == 10
    limiter.pause(5)
    assert limiter.paused_seconds() == 10
    clock.now += 11
    assert limiter.paused_seconds() == 0


@pytest.mark.parametrize("seconds", [10**9, float("inf"), float("nan")])
def test_a_pause_ends_after_an_hour_at_most(make: Callable[..., WindowLimiter], seconds: float) -> None:
    limiter = make()
    limiter.pause(seconds)
    assert limiter.paused_seconds() == 3600


def test_a_busy_limiter_says_so_at_once(make: Callable[..., WindowLimiter]) -> None:
    limiter = make(1)
    release = limiter._try_lock()
    assert release is not None
    assert limiter.take("POST") is None
    assert limiter.pause(30) is False
    assert take(limiter, "GET").wait_seconds == 0
    assert limiter.paused_seconds() == 0
    release()
    assert waits(limiter, 1) == [0.0]


@pytest.mark.parametrize("operation", ["take", "pause", "paused_seconds", "give_back"])
def test_a_place_returned_to_a_busy_limiter_is_returned_with_its_next_operation(
    make: Callable[..., WindowLimiter], operation: str
) -> None:
    limiter = make(2)
    first, second = take(limiter), take(limiter)
    release = limiter._try_lock()
    assert release is not None
    first.give_back()
    first.give_back()
    assert len(limiter._read().planned) == 2
    release()
    {
        "take": lambda: take(limiter).give_back(),
        "pause": lambda: limiter.pause(1),
        "paused_seconds": limiter.paused_seconds,
        "give_back": second.give_back,
    }[operation]()
    assert len(limiter._read().planned) == (0 if operation == "give_back" else 1)
    assert limiter._returned == []


def test_a_clock_that_was_set_back_takes_nothing_away(
    make: Callable[..., WindowLimiter], clock: Clock, period: float
) -> None:
    limiter = make(2)
    waits(limiter, 2)
    limiter.pause(1)
    clock.now -= 100_000
    assert limiter.paused_seconds() == 0
    assert waits(limiter, 3) == [0, 0, period]


def test_a_clock_that_was_set_back_a_little_waits_a_little_longer(
    make: Callable[..., WindowLimiter], clock: Clock, period: float
) -> None:
    limiter = make(2)
    waits(limiter, 2)
    clock.now -= 5
    assert waits(limiter, 1) == [period + 5]


def test_the_old_spelling_names_the_new_one(make: Callable[..., WindowLimiter]) -> None:
    with pytest.raises(ConfigurationError, match=r"has no reserve\(verb\) any more: call take\(verb\)"):
        make().reserve("POST")


def test_threads_take_each_place_once(make: Callable[..., WindowLimiter], period: float) -> None:
    limiter, found, mutex = make(40), [], threading.Lock()
    begin = threading.Barrier(8)

    def work() -> None:
        begin.wait(10)
        for _ in range(20):
            while (ticket := limiter.take("POST")) is None:
                pass
            with mutex:
                found.append(ticket.wait_seconds)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(found) == [number * period for number in range(4) for _ in range(40)]


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
forks = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")


def in_child(work: Callable[[], Any]) -> str:
    """What the work says in a forked child."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover
        try:
            os.write(writing, repr(work()).encode())
        finally:
            os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading, "rb") as pipe:
        return pipe.read().decode()


@needs_fork
@forks
def test_a_child_does_not_return_its_parents_tickets(make: Callable[..., WindowLimiter]) -> None:
    limiter = make(1)
    ticket = take(limiter)

    def child() -> int:
        ticket.give_back()
        return len(limiter._read().planned)

    assert in_child(child) == "1"
    assert len(limiter._read().planned) == 1
    ticket.give_back()
    assert len(limiter._read().planned) == 0


@needs_fork
@forks
def test_a_child_does_not_return_what_its_parent_still_has_to_return(make: Callable[..., WindowLimiter]) -> None:
    limiter = make(1)
    ticket = take(limiter)
    release = limiter._try_lock()
    assert release is not None
    ticket.give_back()
    assert in_child(lambda: limiter._returned) == "[]"
    release()
    assert waits(limiter, 1) == [0.0]


@needs_fork
@forks
def test_a_child_of_a_busy_memory_limiter_finds_it_free(clock: Clock) -> None:
    limiter = TokenBucket(clock=clock)
    assert limiter._try_lock() is not None
    assert limiter.take("POST") is None
    assert in_child(lambda: take(limiter).wait_seconds) == "0.0"
