"""A server that costs next to nothing: canned answers over a bare asyncio protocol, in a process of its own.

``python -m benchmarks.server PAGES SECONDS`` prints its port and serves sessions until its input ends, each answer so
many seconds after its request: a list of that many pages, any single session, and at ``/counts``, at once, the numbers
of connections and requests so far.
"""

from __future__ import annotations

import asyncio
import http.client
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, NamedTuple

from benchmarks.data import PAGE, pages_of, records, session, to_bytes

HOST = "127.0.0.1"
END_OF_HEAD = b"\r\n\r\n"


class Canned(asyncio.Protocol):
    """One connection, kept open: finds cursor, page or id in the request line and sends the bytes for it."""

    pages: ClassVar[list[bytes]] = []
    record: ClassVar[bytes] = b""
    seconds: ClassVar[float] = 0.0
    connections: ClassVar[int] = 0
    requests: ClassVar[int] = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._received = b""
        Canned.connections += 1

    def data_received(self, data: bytes) -> None:
        self._received += data
        while END_OF_HEAD in self._received:
            head, _, self._received = self._received.partition(END_OF_HEAD)
            target = head.split(b" ", 2)[1]
            if target == b"/counts":
                Canned.connections -= 1  # the one that asks
                self._transport.write(_answer(b"%d %d" % (self.connections, self.requests)))
                continue
            Canned.requests += 1
            answer = self._answer(target)
            if self.seconds:
                asyncio.get_running_loop().call_later(self.seconds, self._transport.write, answer)
            else:
                self._transport.write(answer)

    def _answer(self, target: bytes) -> bytes:
        path, _, query = target.partition(b"?")
        if path.endswith(b"/sessions"):
            return self._page(dict(pair.split(b"=", 1) for pair in query.split(b"&") if pair))
        return self.record

    def _page(self, query: dict[bytes, bytes]) -> bytes:
        number = int(query.get(b"after_id", 0)) // PAGE if b"page" not in query else int(query[b"page"]) - 1
        return self.pages[number]


def _answer(body: bytes) -> bytes:
    return (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n"
        b"Cache-Control: max-age=0, private, must-revalidate\r\nVary: Accept, Origin\r\n"
        b"X-Request-Id: 5f0c2a53-6d4b-4c0e-9f9d-1f6f2f3f6a51\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    )


async def _serve(pages: int, seconds: float) -> None:
    Canned.seconds = seconds
    items = records(session, pages * PAGE)
    Canned.record = _answer(to_bytes(items[0]))
    Canned.pages = [_answer(body) for body in pages_of(items)]
    server = await asyncio.get_running_loop().create_server(Canned, HOST, 0, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.close()


class Counts(NamedTuple):
    """What a server has seen so far, without those who asked for this."""

    connections: int
    requests: int


@dataclass(frozen=True, slots=True)
class Server:
    """Where the server of this run listens."""

    port: int

    @property
    def url(self) -> str:
        """Scheme and host, as a client takes them."""
        return f"http://{HOST}:{self.port}"

    def counts(self) -> Counts:
        """What it has seen so far."""
        connection = http.client.HTTPConnection(HOST, self.port)
        connection.request("GET", "/counts")
        connections, requests = connection.getresponse().read().split()
        connection.close()
        return Counts(int(connections), int(requests))


@contextmanager
def running(pages: int, seconds: float = 0.0) -> Iterator[Server]:
    """Start a server whose answers take so many seconds, and end it with the block."""
    command = [sys.executable, "-m", "benchmarks.server", str(pages), str(seconds)]
    root = Path(__file__).resolve().parent.parent
    with subprocess.Popen(  # noqa: S603
        command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield Server(int(process.stdout.readline()))
        finally:
            process.stdin.close()
            process.wait(timeout=10)


if __name__ == "__main__":
    # Under ``-m`` this module has another name than the one that others import.
    asyncio.run(_serve(int(sys.argv[1]), float(sys.argv[2])))
