"""Client-side rate limits: how long a request has to wait before it may be sent.

The API publishes one number, 200 POST requests a minute. A limiter is shared by all threads or tasks of
a client, and by clients that are given the same one; ``FileRateLimiter`` is shared by processes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import ClassVar, NamedTuple, Protocol, runtime_checkable

from factorialhr._core.errors import ConfigurationError
from factorialhr._system.forks import renew_in_children

WRITES_PER_MINUTE = 200
# A bucket of this many lets a burst through; with its refill no window of a minute holds more than the limit.
BURST = 20


@runtime_checkable
class RateLimiter(Protocol):
    """Decides when a request may be sent."""

    waits_for_disk: bool
    """Whether ``reserve`` and ``pause`` touch a disk or a network: the async half calls them in a thread then."""

    def reserve(self, verb: str) -> float:
        """Take a place for one request; answers with the seconds to wait before sending it."""
        ...

    def pause(self, seconds: float) -> None:
        """The API answered 429: nobody who shares this limiter sends for that long."""
        ...


class Bucket(NamedTuple):
    """A token bucket as a value: tokens at a moment. Negative tokens are reservations of the future."""

    tokens: float
    moment: float
    paused_until: float = 0.0

    def take(self, now: float, per_second: float, burst: float) -> tuple[Bucket, float]:
        """The bucket after one reservation, and the seconds that it has to wait."""
        # A clock that was set back must not take tokens away, nor one set forward give more than a burst.
        passed = max(0.0, now - self.moment)
        tokens = min(burst, self.tokens + passed * per_second) - 1
        wait = max(0.0, -tokens / per_second)
        return Bucket(tokens, now, self.paused_until), max(wait, self.pause(now))

    def pause(self, now: float) -> float:
        """Seconds that are left of a pause; one that reaches too far is a clock that was set back."""
        left = self.paused_until - now
        return left if 0 < left <= LONGEST_PAUSE_SECONDS else 0.0


LONGEST_PAUSE_SECONDS = 3600.0


class TokenBucket:
    """The default: a bucket in memory, for the threads or tasks of one process.

    Args:
        writes_per_minute: Most requests other than ``GET`` in any minute.
        clock: Seconds that only grow.
    """

    waits_for_disk: ClassVar[bool] = False

    def __init__(
        self, writes_per_minute: float = WRITES_PER_MINUTE, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_second, self._burst = bucket_rate(writes_per_minute)
        self._clock = clock
        self._bucket = Bucket(self._burst, clock())
        self._lock = threading.Lock()
        renew_in_children(self)

    def after_fork(self) -> None:
        # Another thread may have held it at the moment of the fork; nobody is left to release it.
        self._lock = threading.Lock()

    def reserve(self, verb: str) -> float:
        if verb == "GET" and self._bucket.paused_until == 0:
            return 0.0
        with self._lock:
            now = self._clock()
            if verb == "GET":
                return self._bucket.pause(now)
            self._bucket, wait = self._bucket.take(now, self._per_second, self._burst)
            return wait

    def pause(self, seconds: float) -> None:
        with self._lock:
            until = self._clock() + min(seconds, LONGEST_PAUSE_SECONDS)
            self._bucket = self._bucket._replace(paused_until=max(until, self._bucket.paused_until))


def bucket_rate(writes_per_minute: float) -> tuple[float, float]:
    """Refill a second and size of the bucket, so that no minute sees more than asked for."""
    if isinstance(writes_per_minute, bool) or not writes_per_minute > 0:
        raise ConfigurationError("writes_per_minute is a number above 0")
    burst = min(float(BURST), writes_per_minute / 2)
    return (writes_per_minute - burst) / 60, burst
