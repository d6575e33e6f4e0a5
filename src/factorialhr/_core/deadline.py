"""The time that a call, or all the calls of a list, may take."""

from __future__ import annotations

import time

from factorialhr._core.settings import checked_seconds


class Deadline:
    """A number of seconds that began to run when this was made."""

    __slots__ = ("_ends_at", "seconds")

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._ends_at = time.monotonic() + seconds

    @classmethod
    def of(cls, given: object, default: float | None) -> Deadline | None:
        """The deadline of a call: its own, or the client's; ``None`` without either.

        Raises:
            ConfigurationError: It is no positive number of seconds.
        """
        seconds = default if given is None else checked_seconds("deadline", given)
        return None if seconds is None else cls(seconds)

    def left(self) -> float:
        """Seconds that are left; negative when it is over."""
        return self._ends_at - time.monotonic()
