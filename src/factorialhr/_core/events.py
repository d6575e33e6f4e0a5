"""What a client does besides its calls: repeats, waits, refreshes; for logs and for a caller's own hook."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from factorialhr._core.issues import DecodeIssue

logger = logging.getLogger("factorialhr")


class RetryEvent(NamedTuple):
    """A request is about to be repeated."""

    operation: str
    attempt: int
    """Which repeat this is, from 1."""
    wait_seconds: float
    reason: str
    """The status, or the kind of failure."""


class RateLimitEvent(NamedTuple):
    """A request waits for the rate limit."""

    operation: str
    wait_seconds: float


class RefreshEvent(NamedTuple):
    """An access token was replaced by a new one, which this process has bought."""

    expires_in_seconds: float | None
    """How long the new one lives; ``None`` where the server does not say."""


class RefreshPostponedEvent(NamedTuple):
    """A refresh failed while the old access token still lives: that one is used on for a while."""

    reason: str
    """What the token endpoint answered, or the kind of failure."""
    retry_in_seconds: float
    """When it is tried again."""


class SlowCallEvent(NamedTuple):
    """A call took longer than ``slow_call_seconds``, repeats and waits included."""

    operation: str
    seconds: float


class DecodeIssueEvent(NamedTuple):
    """An answer disagreed with the API's description, for the first time with this client."""

    operation: str
    issue: DecodeIssue


Event: TypeAlias = RetryEvent | RateLimitEvent | RefreshEvent | RefreshPostponedEvent | SlowCallEvent | DecodeIssueEvent
EventHook: TypeAlias = Callable[[Event], object]


class Events:
    """Hands events to the log and to the hook; neither ever breaks a call."""

    def __init__(self, hook: EventHook | None) -> None:
        self._hook = hook

    def emit(self, event: Event) -> None:
        logger.log(logging.DEBUG if isinstance(event, RefreshEvent) else logging.INFO, "%s", event)
        if self._hook is not None:
            try:
                self._hook(event)
            except Exception as error:  # noqa: BLE001  # an observer's mistake must not lose a write's answer
                logger.warning("the event hook raised %s", type(error).__name__)
