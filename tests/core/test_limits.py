"""Rate limits, as values of a clock that the test turns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from factorialhr import ConfigurationError, FileRateLimiter, RateLimiter, TokenBucket
from factorialhr._system.forks import _renew


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["memory", "file"])
def limiter(request: pytest.FixtureRequest, clock: Clock, tmp_path: Path) -> Any:
    if request.param == "memory":
        return TokenBucket(clock=clock)
    return FileRateLimiter(tmp_path / "limit", clock=clock)


def test_it_is_a_limiter(limiter: Any) -> None:
    assert isinstance(limiter, RateLimiter)
    assert limiter.waits_for_disk is isinstance(limiter, FileRateLimiter)


def test_a_burst_goes_through_and_then_a_third_of_a_second_each(limiter: Any) -> None:
    found = [limiter.reserve("POST") for _ in range(23)]
    assert found[:20] == [0.0] * 20
    assert found[20:] == pytest.approx([1 / 3, 2 / 3, 1.0])


def test_no_minute_holds_more_than_the_published_number(limiter: Any, clock: Clock) -> None:
    start, sent = clock.now, 0
    while True:
        clock.now += limiter.reserve("POST")
        if clock.now - start >= 60 - 1e-6:
            break
        sent += 1
    assert 199 <= sent <= 200


def test_time_fills_the_bucket_up_to_a_burst(limiter: Any, clock: Clock) -> None:
    for _ in range(20):
        limiter.reserve("PUT")
    clock.now += 1
    assert [limiter.reserve("PUT") == 0 for _ in range(4)] == [True, True, True, False]
    clock.now += 10_000
    assert [limiter.reserve("PUT") == 0 for _ in range(21)] == [True] * 20 + [False]


def test_reads_are_free(limiter: Any) -> None:
    assert [limiter.reserve("GET") for _ in range(500)] == [0.0] * 500
    assert limiter.reserve("POST") == 0.0


@pytest.mark.parametrize("verb", ["GET", "POST"])
def test_a_pause_holds_everybody(limiter: Any, clock: Clock, verb: str) -> None:
    limiter.pause(30)
    assert limiter.reserve(verb) == 30
    clock.now += 20
    assert limiter.reserve(verb) == 10
    limiter.pause(5)
    assert limiter.reserve(verb) == 10
    clock.now += 11
    assert limiter.reserve(verb) == 0


def test_a_pause_ends_after_an_hour_at_most(limiter: Any) -> None:
    limiter.pause(10**9)
    assert limiter.reserve("GET") <= 3600
    assert limiter.reserve("POST") <= 3600


def test_a_clock_that_was_set_back_takes_nothing_away(limiter: Any, clock: Clock) -> None:
    limiter.reserve("POST")
    clock.now -= 100_000
    assert limiter.reserve("POST") == 0


@pytest.mark.parametrize("number", [0, -1, True, float("nan")])
def test_a_rate_that_cannot_be_is_refused(number: Any, tmp_path: Path) -> None:
    for make in (TokenBucket, lambda number: FileRateLimiter(tmp_path / "a", number)):
        with pytest.raises(ConfigurationError, match="writes_per_minute is a number above 0"):
            make(number)


def test_a_small_rate_has_a_small_burst(clock: Clock) -> None:
    limiter = TokenBucket(2, clock=clock)
    assert [limiter.reserve("POST") for _ in range(3)] == [0, 60, 120]


def test_two_limiters_on_one_file_share_it(clock: Clock, tmp_path: Path) -> None:
    one, other = (FileRateLimiter(tmp_path / "a", clock=clock) for _ in range(2))
    for _ in range(10):
        assert one.reserve("POST") == other.reserve("POST") == 0
    assert one.reserve("POST") > 0
    assert other.reserve("POST") > 0
    other.pause(30)
    assert one.reserve("GET") == 30


@pytest.mark.parametrize("text", ["", "garbage", "[]", "[1, 2]", '["a", 1, 2]', "null", "7", "[NaN, 0, 0, 0]"])
def test_a_damaged_file_starts_anew(text: str, clock: Clock, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text(text)
    limiter = FileRateLimiter(path, clock=clock)
    assert limiter.reserve("POST") == 0
    assert limiter.reserve("GET") == 0


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="does not exist: create it first"):
        FileRateLimiter(tmp_path / "folder" / "a")


def test_a_lock_that_nobody_will_release_is_made_anew(clock: Clock) -> None:
    limiter = TokenBucket(clock=clock)
    limiter._lock.acquire()
    _renew()
    assert limiter.reserve("POST") == 0
