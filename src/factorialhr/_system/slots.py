"""Who may be in flight: at most so many calls, in the order in which they came.

A call that has a slot is in the set of holders and nowhere else, so a call that gives its slot back in a ``finally``
loses none, whenever it is interrupted. One class for each half: waiting differs.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import Any, Final

LONGEST_TURN_SECONDS: Final = 1.0


class ASlots:
    """Slots for the tasks of one event loop."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._holders: set[object] = set()
        self._line: deque[tuple[object, Any]] = deque()

    @property
    def taken(self) -> int:
        """How many slots are taken."""
        return len(self._holders)

    @property
    def waiting(self) -> int:
        """How many calls stand in line."""
        return len(self._line)

    async def take(self, holder: object, seconds: float | None) -> bool:  # noqa: ARG002
        """Take a slot; the caller's deadline ends the wait from outside."""
        if len(self._holders) < self._most:
            self._holders.add(holder)
            return True
        import anyio

        turn = holder, anyio.Event()
        self._line.append(turn)
        try:
            await turn[1].wait()
        finally:
            if turn in self._line:
                self._line.remove(turn)
        return True

    def give_back(self, holder: object) -> None:
        """Give a slot to the first in line; nothing if the holder has none."""
        if holder not in self._holders:
            return
        self._holders.remove(holder)
        if self._line:
            following, turn = self._line.popleft()
            self._holders.add(following)
            turn.set()


class Slots:
    """Slots for the threads of one process."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._holders: set[object] = set()
        self._line: deque[tuple[object, threading.Event]] = deque()
        self._mutex = threading.Lock()

    @property
    def taken(self) -> int:
        """How many slots are taken."""
        return len(self._holders)

    @property
    def waiting(self) -> int:
        """How many calls stand in line."""
        return len(self._line)

    def take(self, holder: object, seconds: float | None) -> bool:
        """Take a slot; false if none was free for so many seconds."""
        with self._mutex:
            if len(self._holders) < self._most:
                self._holders.add(holder)
                return True
            turn = holder, threading.Event()
            self._line.append(turn)
        try:
            return _wait(turn[1], seconds)
        finally:
            with self._mutex:
                if turn in self._line:
                    self._line.remove(turn)

    def give_back(self, holder: object) -> None:
        """Give a slot to the first in line; nothing if the holder has none."""
        with self._mutex:
            if holder not in self._holders:
                return
            self._holders.remove(holder)
            if self._line:
                following, turn = self._line.popleft()
                self._holders.add(following)
                turn.set()


def _wait(event: threading.Event, seconds: float | None) -> bool:
    """Wait for an event in short turns: on Windows nothing interrupts a wait without end, Ctrl-C included."""
    ends_at = float("inf") if seconds is None else time.monotonic() + seconds
    while not event.wait(max(0.0, min(LONGEST_TURN_SECONDS, ends_at - time.monotonic()))):
        if time.monotonic() >= ends_at:
            return event.is_set()
    return True
