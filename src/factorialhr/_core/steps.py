"""What a call asks its driver to do.

The policy of a call is a generator of these steps, written once; a driver in each half carries them out and sends
the outcome back in, or throws what went wrong.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from typing import Any, NamedTuple, TypeAlias, TypeVar

import httpx

from factorialhr._core.events import Event

T = TypeVar("T")


class Slot(NamedTuple):
    """Take a place among the requests in flight; a sleep gives it back."""


class Send(NamedTuple):
    """Send a request on the place that the call has; the outcome is its response, with the body read."""

    request: httpx.Request


class Sleep(NamedTuple):
    """Wait, without a place among the requests in flight."""

    seconds: float


class Tell(NamedTuple):
    """Hand an event to the log and to the client's hook."""

    event: Event


class Job:
    """Work that may block on a disk or a network; the outcome is what it returns.

    It is done at most once, in whichever thread is first. A job with ``undo`` may be left by a caller whose time is
    up: what it brings later is undone. A job without is always waited for.
    """

    __slots__ = ("_begun", "_done", "_left", "_mutex", "_outcome", "_undo", "_work")

    def __init__(self, work: Callable[[], object], undo: Callable[[Any], object] | None = None) -> None:
        self._work = work
        self._undo = undo
        self._mutex = threading.Lock()
        self._begun = self._done = self._left = False
        self._outcome: object = None

    @property
    def may_be_left(self) -> bool:
        """Whether a caller whose time is up goes on without it."""
        return self._undo is not None

    def __call__(self) -> Any:
        """Do it; nothing if it was begun, or left, before."""
        with self._mutex:
            if self._begun or self._left:
                return None
            self._begun = True
        outcome = self._work()
        with self._mutex:
            self._outcome, self._done, left = outcome, True, self._left
        if left:
            self._take_back()
        return outcome

    def leave(self) -> None:
        """Nobody waits any more: do not begin it, and undo what it has brought or will bring."""
        with self._mutex:
            left, self._left = self._left, True
        if self._done and not left:
            self._take_back()

    def _take_back(self) -> None:
        if self._undo is not None:
            self._undo(self._outcome)


class Pace(Job):
    """A question to the rate limiter."""


Step: TypeAlias = Slot | Send | Sleep | Tell | Job
Steps: TypeAlias = Generator[Step, Any, T]
