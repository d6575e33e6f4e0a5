"""The sliding window of a rate limit, as values: no clock, no lock, no disk.

A window is the sorted list of the moments for which writes are planned: those of the last period, and those of the
writes that still wait. The rule is that of any N + 1 entries in a row, where N is the limit, the last one is at least
a period later than the first. So no stretch shorter than a period holds more than N of them. The rule holds because

- a new entry is only put where it leaves the rule in force (``_earliest``), which is a period after the Nth entry
  before it, unless a returned entry left a place earlier than that;
- taking an entry out, wherever it is, leaves the others where they are: N + 1 in a row afterwards reach at least as
  far as N + 1 in a row did before;
- an entry is dropped once it is a period old, when nothing that is planned from now on can be within a period of it.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from factorialhr._core.errors import ConfigurationError, RateLimiterError

WRITES_PER_MINUTE = 200
"""The one limit that the API publishes, for POST requests."""
MINUTE_SECONDS = 60.0
SHARED_MINUTE_SECONDS = 61.0
"""For limits shared by processes or machines: between its place and the network, each request takes a time of its own."""
LONGEST_WAIT_SECONDS = 3600.0
FARTHEST_SECONDS = LONGEST_WAIT_SECONDS + 60
"""A moment farther in the future was never planned. The minute is for clocks, which are set back a little at times."""
LONGEST_PERIOD_SECONDS = 366 * 86_400.0


class Limit(NamedTuple):
    """At most so many writes in any period of so many seconds."""

    writes: int
    seconds: float

    @classmethod
    def per_minute(cls, writes_per_minute: float, minute_seconds: float) -> Limit:
        """The limit as users name it; of fractions below 1, one write in a longer period.

        Raises:
            ConfigurationError: It is not a finite number above 0.
        """
        is_number = isinstance(writes_per_minute, int | float) and not isinstance(writes_per_minute, bool)
        if not is_number or not 0 < writes_per_minute < math.inf:
            raise ConfigurationError(f"writes_per_minute must be a number above 0; got {writes_per_minute!r}")
        if writes_per_minute >= 1:
            return cls(math.floor(writes_per_minute), minute_seconds)
        return cls(1, min(minute_seconds / writes_per_minute, LONGEST_PERIOD_SECONDS))


class Window(msgspec.Struct, frozen=True):
    """The planned moments, sorted, and until when nobody may send; in seconds of the limiter's clock."""

    planned: tuple[float, ...] = ()
    paused_until: float = 0.0

    def sound(self) -> Window:
        """This window, or an empty one if it holds what no limiter has planned."""
        numbers = (*self.planned, self.paused_until)
        if all(map(math.isfinite, numbers)) and sorted(self.planned) == list(self.planned):
            return self
        return Window()

    def current(self, limit: Limit, now: float) -> Window:
        """The window without the entries that a new one need not look at; empty if it reaches too far."""
        if self.planned and self.planned[-1] > now + FARTHEST_SECONDS:
            return Window((), self.paused_until)
        # The very sum that _earliest compares, so that rounding cannot come between the two.
        begin = bisect_right(self.planned, now, key=lambda moment: moment + limit.seconds)
        return Window(self.planned[begin:], self.paused_until)

    def without(self, returned: Iterable[float]) -> Window:
        """The window after places were returned; a moment that is not in it changes nothing."""
        planned = list(self.planned)
        for moment in returned:
            place = bisect_left(planned, moment)
            # Of two entries of the same moment either one will do.
            if planned[place : place + 1] == [moment]:
                del planned[place]
        return Window(tuple(planned), self.paused_until)

    def take(self, limit: Limit, now: float) -> tuple[Window, float]:
        """The window after one more write, and the moment for which that is planned.

        Raises:
            RateLimiterError: The write would wait for longer than an hour.
        """
        # Planned for the end of a pause, or all that wait for it would find their places too old when it ends.
        moment = _earliest(self.planned, limit, now + self.paused_seconds(now))
        check_wait(moment - now)
        place = bisect_right(self.planned, moment)
        return Window((*self.planned[:place], moment, *self.planned[place:]), self.paused_until), moment

    def pause(self, now: float, seconds: float) -> Window:
        """The window after everybody was paused; of two pauses the longer one counts."""
        return Window(self.planned, now + max(pause_of(seconds), self.paused_seconds(now)))

    def paused_seconds(self, now: float) -> float:
        """Seconds that are left of a pause."""
        left = self.paused_until - now
        return min(left, LONGEST_WAIT_SECONDS) if 0 < left <= FARTHEST_SECONDS else 0.0


def _earliest(planned: Sequence[float], limit: Limit, start: float) -> float:
    """The earliest moment, from a start on, that leaves no N + 1 entries in less than a period.

    Any N entries in a row that lie within a period keep others away: whatever is later than a period before the last
    of them, and earlier than a period after the first. Both borders grow from one N in a row to the next, so one pass
    finds the first moment that none of them forbids.
    """
    moment = start
    for first, last in zip(planned, planned[limit.writes - 1 :], strict=False):
        free_again = first + limit.seconds
        if moment < free_again and last < free_again and last < moment + limit.seconds:
            moment = free_again
    return moment


def check_wait(seconds: float) -> None:
    """Refuse a wait that nobody wants.

    Raises:
        RateLimiterError: It is longer than an hour.
    """
    if not seconds <= LONGEST_WAIT_SECONDS:
        raise RateLimiterError(
            f"the rate limit has no place within {LONGEST_WAIT_SECONDS:g} s, so nothing was sent: "
            "too many writes are waiting; send fewer at a time, or raise writes_per_minute"
        )


def pause_of(seconds: float) -> float:
    """How long a pause really lasts: an hour at most, and if it is no number at all."""
    return LONGEST_WAIT_SECONDS if math.isnan(seconds) else min(max(seconds, 0.0), LONGEST_WAIT_SECONDS)
