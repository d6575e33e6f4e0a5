"""Client-side rate limits: how long a request has to wait before it may be sent.

The API publishes one number, 200 POST requests a minute. A limiter is shared by all threads or tasks of
a client, and by clients that are given the same one; ``FileRateLimiter`` is shared by processes.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, NamedTuple, Protocol, runtime_checkable

from factorialhr._core.errors import ConfigurationError
from factorialhr._core.file_lock import locked_file
from factorialhr._core.forks import renew_in_children

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
        pause = self.paused_until - now
        return Bucket(tokens, now, self.paused_until), max(wait, pause if 0 < pause <= LONGEST_PAUSE_SECONDS else 0.0)


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
        self._per_second, self._burst = _rate(writes_per_minute)
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
                return max(0.0, self._bucket.paused_until - now)
            self._bucket, wait = self._bucket.take(now, self._per_second, self._burst)
            return wait

    def pause(self, seconds: float) -> None:
        with self._lock:
            until = self._clock() + min(seconds, LONGEST_PAUSE_SECONDS)
            self._bucket = self._bucket._replace(paused_until=max(until, self._bucket.paused_until))


class FileRateLimiter:
    """A bucket in a file, shared by all processes of one machine that name the same path.

    A file that is deleted or damaged in use starts a new, full bucket.

    Args:
        path: The file; its folder must exist.
        writes_per_minute: Most requests other than ``GET`` in any minute, of all processes together.
        clock: Seconds since the epoch, the same in all processes.
    """

    waits_for_disk: ClassVar[bool] = True

    def __init__(
        self,
        path: str | os.PathLike[str],
        writes_per_minute: float = WRITES_PER_MINUTE,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._path = Path(path)
        if not self._path.parent.is_dir():
            raise ConfigurationError(f"the folder {self._path.parent} does not exist: create it first")
        self._per_second, self._burst = _rate(writes_per_minute)
        self._clock = clock

    def reserve(self, verb: str) -> float:
        with locked_file(self._path) as file:
            now, bucket = self._clock(), self._read(file.read())
            if verb == "GET":
                return min(LONGEST_PAUSE_SECONDS, max(0.0, bucket.paused_until - now))
            bucket, wait = bucket.take(now, self._per_second, self._burst)
            file.write(json.dumps(bucket))
            return wait

    def pause(self, seconds: float) -> None:
        with locked_file(self._path) as file:
            bucket = self._read(file.read())
            until = self._clock() + min(seconds, LONGEST_PAUSE_SECONDS)
            file.write(json.dumps(bucket._replace(paused_until=max(until, bucket.paused_until))))

    def _read(self, text: str) -> Bucket:
        try:
            tokens, moment, paused_until = json.loads(text)
            return Bucket(float(tokens), float(moment), float(paused_until))
        except (ValueError, TypeError):
            return Bucket(self._burst, self._clock())


def _rate(writes_per_minute: float) -> tuple[float, float]:
    """Refill a second and size of the bucket, so that no minute sees more than asked for."""
    if isinstance(writes_per_minute, bool) or not writes_per_minute > 0:
        raise ConfigurationError("writes_per_minute is a number above 0")
    burst = min(float(BURST), writes_per_minute / 2)
    return (writes_per_minute - burst) / 60, burst
