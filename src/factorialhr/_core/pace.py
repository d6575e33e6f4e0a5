"""What a rate limiter must offer."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


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
        """Take a place for one request; ``None``: the limiter is busy, ask again."""
        ...

    def paused_seconds(self) -> float:
        """How long nobody may send; asked again right before a request is sent."""
        ...

    def pause(self, seconds: float) -> bool | None:
        """The API answered 429: nobody who shares this limiter sends for that long. ``False``: busy, ask again."""
        ...
