"""A server on loopback that answers with bytes as scripted: whole, cut off, late, or none at all."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeAlias

import pytest

# Where decompressing fails, httpx leaves its generators to the garbage collector, which trio complains of.
HTTPX_LEAVES_GENERATORS = pytest.mark.filterwarnings("ignore:Async generator 'http:ResourceWarning")

Step: TypeAlias = bytes | Callable[[socket.socket, threading.Event], None]


def answer(content: object, *, length: int | None = None, status: str = "200 OK", headers: str = "") -> bytes:
    """A whole answer, the only one on its connection; ``length`` claims another number of bytes than there are."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    size = len(body) if length is None else length
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {size}\r\n"
    return f"{head}Connection: close\r\n{headers}\r\n".encode() + body


def reset(connection: socket.socket, _done: threading.Event) -> None:
    """Break the connection off without an answer."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def silence(_connection: socket.socket, done: threading.Event) -> None:
    """Say nothing until the test is over."""
    done.wait(10)


class Server:
    """Takes one connection a step and closes it afterwards; the heads of the requests are kept."""

    def __init__(self, *steps: Step) -> None:
        self.heads: list[str] = []
        self.closed = threading.Semaphore(0)
        """Released once for each connection that was closed."""
        self._steps = steps
        self._done = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def _serve(self) -> None:
        for step in self._steps:
            try:
                connection, _ = self._listener.accept()
            except OSError:  # the test is over before its script
                return
            with connection:
                head = _read_request(connection)
                if not head:  # the knock of __exit__
                    return
                self.heads.append(head)
                if isinstance(step, bytes):
                    connection.sendall(step)
                else:
                    step(connection, self._done)
            self.closed.release()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._done.set()
        # Closing alone would not wake a thread that waits in accept().
        with socket.socket() as waker:
            waker.settimeout(1)
            waker.connect_ex(self._listener.getsockname())
        self._listener.close()
        self._thread.join(10)
        assert not self._thread.is_alive()


def _read_request(connection: socket.socket) -> str:
    with connection.makefile("rb") as stream:
        lines = []
        while (line := stream.readline()).strip():
            lines.append(line.decode())
        head = "".join(lines)
        for line in lines:
            name, _, value = line.partition(":")
            if name.lower() == "content-length":
                stream.read(int(value))
        return head
