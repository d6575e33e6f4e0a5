"""Tickets: places in a rate limit that are returned once, by the process that took them."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from factorialhr._core.errors import ConfigurationError

FREE_VERBS = frozenset(("GET", "HEAD"))
"""The API publishes a limit for writes alone."""


class Place:
    """A place in a rate limit, or none where the request needs none."""

    __slots__ = ("_process", "_returns", "_wait_seconds")

    def __init__(self, wait_seconds: float, *returns: Callable[[], object]) -> None:
        self._wait_seconds = wait_seconds
        self._returns = list(returns)
        self._process = os.getpid()

    @property
    def wait_seconds(self) -> float:
        """Seconds to wait before sending, counted from the moment the ticket was taken."""
        return self._wait_seconds

    def give_back(self) -> None:
        """Return the place, because the request was not sent; a second time it does nothing.

        A forked child has a copy of its parent's ticket; the place is its parent's, and stays.
        """
        if self._process != os.getpid():
            return
        # Popped, not looked at: two threads that return the same ticket find it once.
        with suppress(IndexError):
            self._returns.pop()()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} wait_seconds={self._wait_seconds:g}>"


FREE = Place(0.0)
"""For requests that do not count."""


class OldSpelling:
    """Says what to call instead of a method that is no more."""

    def reserve(self, verb: str) -> NoReturn:  # noqa: ARG002  # as it was called
        """Refuse: ``take`` came in its place.

        Raises:
            ConfigurationError: Always.
        """
        raise ConfigurationError(
            f"{type(self).__name__} has no reserve(verb) any more: call take(verb), wait for the wait_seconds of "
            "the ticket it returns, and ask paused_seconds() before sending"
        )
