"""A limiter whose tickets are counted, and what must be true of a client once all its calls have left."""

from __future__ import annotations

import threading
from typing import Any

import httpx
import pytest

from factorialhr import ApiClient
from factorialhr import sync as blocking


class CountedTicket:
    """A ticket that knows how often it was given back."""

    def __init__(self, wait_seconds: float) -> None:
        self.wait_seconds = wait_seconds
        self.given_back = 0

    def give_back(self) -> None:
        self.given_back += 1


class CountingLimiter:
    """Gives a ticket for every request, reads as well, and keeps each."""

    def __init__(self, *, blocks: bool = False, wait_seconds: float = 0.0) -> None:
        self.blocks = blocks
        self.wait_seconds = wait_seconds
        self.tickets: list[CountedTicket] = []

    def take(self, verb: str) -> CountedTicket:  # noqa: ARG002
        ticket = CountedTicket(self.wait_seconds)
        self.tickets.append(ticket)
        return ticket

    def paused_seconds(self) -> float:
        return 0.0

    def pause(self, seconds: float) -> bool:  # noqa: ARG002
        return True

    @property
    def kept(self) -> int:
        """How many tickets were not given back."""
        return sum(not ticket.given_back for ticket in self.tickets)

    @property
    def returned_twice(self) -> int:
        """How many tickets were given back more than once: each is a request too many in the rate."""
        return sum(ticket.given_back > 1 for ticket in self.tickets)


class Sends:
    """Counts the requests that httpx began to send, in both halves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun = 0
        self._mutex = threading.Lock()
        waiting, blocking_half = httpx.AsyncHTTPTransport.handle_async_request, httpx.HTTPTransport.handle_request

        # Both return what the original returns: wrapping it would put one more frame and await point between.
        def send_async(transport: Any, request: httpx.Request) -> Any:
            self._count()
            return waiting(transport, request)

        def send(transport: Any, request: httpx.Request) -> Any:
            self._count()
            return blocking_half(transport, request)

        monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", send_async)
        monkeypatch.setattr(httpx.HTTPTransport, "handle_request", send)

    def _count(self) -> None:
        with self._mutex:
            self.begun += 1


def check_nothing_is_held(
    api: ApiClient | blocking.ApiClient, limiter: CountingLimiter | None = None, sends: Sends | None = None
) -> None:
    """All slots are free, and each ticket was either given back, once, or used for a request that was begun."""
    assert api._connections.slots.taken == 0
    assert not api._connections.slots._line
    assert len(api._connections._idle) <= api._connections.most
    if limiter is not None and sends is not None:
        assert limiter.returned_twice == 0
        assert limiter.kept == sends.begun
