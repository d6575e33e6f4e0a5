"""A rate limit that the processes of one machine share, in a file."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from factorialhr._core.errors import ConfigurationError
from factorialhr._core.file_lock import locked_file
from factorialhr._core.limits import LONGEST_PAUSE_SECONDS, WRITES_PER_MINUTE, Bucket, bucket_rate


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
        self._per_second, self._burst = bucket_rate(writes_per_minute)
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
