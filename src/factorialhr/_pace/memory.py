"""The rate limit of one process, in memory."""

from __future__ import annotations

import time
from collections.abc import Callable

from factorialhr._pace.limiter import WindowLimiter
from factorialhr._pace.window import MINUTE_SECONDS, WRITES_PER_MINUTE, Limit, Window
from factorialhr._system.locks import ProcessLock, Release


class TokenBucket(WindowLimiter):
    """Limit the writes of one process: the default, for its threads or tasks.

    In any minute, no more than ``writes_per_minute`` requests are sent that are neither ``GET`` nor ``HEAD``. Share
    one between the clients of a process that use the same credential. A forked child goes on with a copy.

    Args:
        writes_per_minute: Most writes in any 60 seconds; of a fraction below 1, one write in a longer period.
        clock: Returns seconds that only grow.

    Raises:
        ConfigurationError: ``writes_per_minute`` is not a number above 0.
    """

    blocks: bool = False

    def __init__(
        self, writes_per_minute: float = WRITES_PER_MINUTE, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(Limit.per_minute(writes_per_minute, MINUTE_SECONDS), clock)
        self._window = Window()
        self._lock = ProcessLock()

    def _try_lock(self) -> Release | None:
        return self._lock.try_lock()

    def _read(self) -> Window:
        return self._window

    def _write(self, window: Window) -> None:
        self._window = window
