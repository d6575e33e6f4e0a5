"""A rate limit that the processes of one machine share, in a file."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from factorialhr._core.errors import ConfigurationError
from factorialhr._pace.memory import LONGEST_PAUSE_SECONDS, WRITES_PER_MINUTE, Bucket, bucket_rate
from factorialhr._system.locks import try_lock_file

POLL_SECONDS = 0.001


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
        self._lock_path = self._path.with_name(f"{self._path.name}.lock")
        self._per_second, self._burst = bucket_rate(writes_per_minute)
        self._clock = clock

    def reserve(self, verb: str) -> float:
        """Take a place; raises ``ConfigurationError`` where the file cannot be used."""
        with self._locked():
            now, bucket = self._clock(), self._read()
            if verb == "GET":
                return bucket.pause(now)
            bucket, wait = bucket.take(now, self._per_second, self._burst)
            self._path.write_text(json.dumps(bucket))
            return wait

    def pause(self, seconds: float) -> None:
        """Keep everybody from sending for a while; raises ``ConfigurationError`` as ``reserve`` does."""
        with self._locked():
            bucket = self._read()
            until = self._clock() + min(seconds, LONGEST_PAUSE_SECONDS)
            self._path.write_text(json.dumps(bucket._replace(paused_until=max(until, bucket.paused_until))))

    @contextmanager
    def _locked(self) -> Generator[None]:
        """Hold the lock beside the file; it is held for microseconds, and ends with its holder's life."""
        try:
            while (release := try_lock_file(self._lock_path)) is None:
                time.sleep(POLL_SECONDS)
            try:
                yield
            finally:
                release()
        except OSError as error:
            raise ConfigurationError(f"{self._path} cannot be used for the rate limit: {error.strerror}") from error

    def _read(self) -> Bucket:
        try:
            tokens, moment, paused_until = json.loads(self._path.read_bytes())
            return Bucket(float(tokens), float(moment), float(paused_until))
        except (FileNotFoundError, ValueError, TypeError):
            return Bucket(self._burst, self._clock())
