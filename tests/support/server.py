"""A server that answers with bytes as scripted: whole, cut off, late, or none at all."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TypeAlias

import pytest

from tests.support.loopback import Act, Answer, Loopback, Request, reset, silence, whole

__all__ = ["HTTPX_LEAVES_GENERATORS", "Server", "Step", "answer", "drop_by_drop", "reset", "silence"]

# Where decompressing fails, httpx leaves its generators to the garbage collector, which trio complains of.
HTTPX_LEAVES_GENERATORS = pytest.mark.filterwarnings("ignore:Async generator 'http:ResourceWarning")

Step: TypeAlias = bytes | Act


def answer(content: object, *, length: int | None = None, status: str = "200 OK", headers: str = "") -> bytes:
    """A whole answer, the only one on its connection; ``length`` claims another number of bytes than there are."""
    return whole(content, status, length=length, headers=f"Connection: close\r\n{headers}")


def drop_by_drop(head: bytes) -> Act:
    """Send something, then a byte at a time, each long before any timeout of a read."""

    def send(connection: socket.socket, over: threading.Event) -> None:
        with contextlib.suppress(OSError):  # the client has gone, as it should
            connection.sendall(head)
            while not over.wait(0.02):
                connection.sendall(b"x")

    return send


class Server(Loopback):
    """Takes one request a step, each on a connection of its own; what comes after the last step is not answered."""

    def __init__(self, *steps: Step) -> None:
        super().__init__(self._next)
        self._steps = iter(steps)

    def _next(self, _request: Request) -> Answer:
        step = next(self._steps, None)
        return Answer(() if step is None else (step,), stays_open=False)
