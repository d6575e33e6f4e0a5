"""What the tests of all limiters do with them."""

from __future__ import annotations

import time

from factorialhr import RateLimiter, Ticket

SECONDS_TO_GIVE_UP = 30


def take(limiter: RateLimiter, verb: str = "POST") -> Ticket:
    """Take a place from a limiter that is not busy."""
    ticket = limiter.take(verb)
    assert ticket is not None
    return ticket


def waits(limiter: RateLimiter, calls: int) -> list[float]:
    """Take so many places, and keep them; answers with the seconds that each has to wait."""
    return [take(limiter).wait_seconds for _ in range(calls)]


def take_when_free(limiter: RateLimiter) -> Ticket:
    """Take a place from a limiter that others use at the same time."""
    end = time.monotonic() + SECONDS_TO_GIVE_UP
    while (ticket := limiter.take("POST")) is None:
        assert time.monotonic() < end, "the limiter was busy all the time"
        time.sleep(0.0005)
    return ticket
