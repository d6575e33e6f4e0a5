"""What a rate limiter must offer."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from factorialhr._core.errors import ConfigurationError


@runtime_checkable
class Ticket(Protocol):
    """A place in the rate limit."""

    @property
    def wait_seconds(self) -> float:
        """Seconds to wait before sending, counted from the moment the ticket was taken."""
        ...

    def give_back(self) -> None:
        """Return the place: the request was not sent. Never waits for another holder, and never raises."""
        ...


@runtime_checkable
class RateLimiter(Protocol):
    """Decides when a request may be sent. No method waits for another holder of the limiter."""

    @property
    def blocks(self) -> bool:
        """Whether the methods touch a disk or a network: the async half calls them in a thread then."""
        ...

    def take(self, verb: str) -> Ticket | None:
        """Take a place for one request; called for reads as well as for writes.

        Returns:
            A ticket; with ``wait_seconds`` of 0 if the request need not wait, as reads need not with the limiters of
            this package. ``None``: the limiter is busy at this moment, and is asked again a little later.
        """
        ...

    def paused_seconds(self) -> float:
        """How long nobody may send; asked again right before a request is sent."""
        ...

    def pause(self, seconds: float) -> bool | None:
        """The API answered 429: nobody who shares this limiter sends for that long. ``False``: busy, ask again."""
        ...


def checked_limiter(limiter: object) -> RateLimiter:
    """Return the limiter itself if it offers what a rate limiter must.

    Raises:
        ConfigurationError: It does not; the message says what is missing.
    """
    if isinstance(limiter, type):
        raise ConfigurationError(
            f"rate_limiter must be a limiter, not its class: {limiter.__name__}() instead of {limiter.__name__}"
        )
    if isinstance(limiter, RateLimiter):
        return limiter
    kind = type(limiter).__name__
    if hasattr(limiter, "reserve") and not hasattr(limiter, "take"):
        raise ConfigurationError(
            f"rate_limiter: reserve(verb) is not called any more, and {kind} has no take: implement take(verb), which "
            "returns a ticket with wait_seconds and give_back(), pause(seconds), paused_seconds() and blocks"
        )
    raise ConfigurationError(
        "rate_limiter must have take, pause and paused_seconds, and blocks to say whether they touch a disk or a "
        f"network, such as TokenBucket(); got {kind}"
    )
