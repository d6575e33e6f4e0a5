"""What the rate limiters that keep a window under a lock have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

from factorialhr._core.errors import RateLimiterError
from factorialhr._core.pace import Ticket
from factorialhr._core.uncopied import Uncopied
from factorialhr._pace.tickets import FREE, FREE_VERBS, OldSpelling, Place
from factorialhr._pace.window import Limit, Window
from factorialhr._system.forks import renew_in_children
from factorialhr._system.locks import Release

T = TypeVar("T")


class WindowLimiter(Uncopied, OldSpelling, ABC):
    """A window that is read, changed and written while a lock is held; the lock is never waited for."""

    _instead = "make one in each process, after it has started; FileRateLimiter and RedisRateLimiter share one limit"

    blocks: bool

    def __init__(self, limit: Limit, clock: Callable[[], float]) -> None:
        self._limit = limit
        self._clock = clock
        self._returned: list[float] = []
        """Moments of returned places that are still in the window."""
        renew_in_children(self)

    def after_fork(self) -> None:
        """Forget what was to be returned: the parent does it."""
        self._returned.clear()

    def take(self, verb: str) -> Ticket | None:
        """Take a place for one request; ``None``: the limiter is busy, ask again.

        ``GET`` and ``HEAD`` need no place.

        Raises:
            RateLimiterError: The request would wait for more than an hour, or the limiter cannot be reached.
        """
        return FREE if verb in FREE_VERBS else self._change(self._with_one_more)

    def paused_seconds(self) -> float:
        """How long nobody may send, in seconds.

        Raises:
            RateLimiterError: The limiter cannot be reached.
        """
        if self._returned:
            self._return_places()
        return self._read().paused_seconds(self._clock())

    def pause(self, seconds: float) -> bool:
        """Keep everybody from sending for so many seconds, an hour at most; ``False``: busy, ask again.

        Raises:
            RateLimiterError: The limiter cannot be reached.
        """
        return self._change(lambda window, now: (window.pause(now, seconds), True)) is True

    def _with_one_more(self, window: Window, now: float) -> tuple[Window, Ticket]:
        window, moment = window.take(self._limit, now)
        return window, Place(max(0.0, moment - now), partial(self._give_back, moment))

    def _give_back(self, moment: float) -> None:
        self._returned.append(moment)
        self._return_places()

    def _return_places(self) -> None:
        """Return what is to be returned, if that can be done now; else the next change does it."""
        with suppress(RateLimiterError):
            self._change(lambda window, _: (window, None))

    def _change(self, change: Callable[[Window, float], tuple[Window, T]]) -> T | None:
        """Replace the window by what becomes of it; ``None`` if the lock is held elsewhere."""
        release = self._try_lock()
        if release is None:
            return None
        try:
            now, returned = self._clock(), tuple(self._returned)
            window = self._read().without(returned).current(self._limit, now)
            window, outcome = change(window, now)
            self._write(window)
            # Only now: had the window not been written, they would be lost. Others may have been added meanwhile.
            del self._returned[: len(returned)]
        finally:
            release()
        return outcome

    @abstractmethod
    def _try_lock(self) -> Release | None: ...

    @abstractmethod
    def _read(self) -> Window: ...

    @abstractmethod
    def _write(self, window: Window) -> None: ...
