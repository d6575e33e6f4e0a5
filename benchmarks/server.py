"""A server that costs next to nothing: canned answers over a bare asyncio protocol, in a process of its own.

``python -m benchmarks.server PAGES`` prints its port and serves sessions until its input ends:
a list of that many pages, any single one, and at ``/connections`` the number opened so far.
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
from typing import ClassVar

from benchmarks.data import PAGE, pages_of, records, session, to_bytes

HOST = "127.0.0.1"
END_OF_HEAD = b"\r\n\r\n"


class Canned(asyncio.Protocol):
    """One connection, kept open: finds cursor, page or id in the request line and sends the bytes for it."""

    pages: ClassVar[list[bytes]] = []
    record: ClassVar[bytes] = b""
    connections: ClassVar[int] = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._received = b""
        Canned.connections += 1

    def data_received(self, data: bytes) -> None:
        self._received += data
        while END_OF_HEAD in self._received:
            head, _, self._received = self._received.partition(END_OF_HEAD)
            self._transport.write(self._answer(head.split(b" ", 2)[1]))

    def _answer(self, target: bytes) -> bytes:
        path, _, query = target.partition(b"?")
        if path.endswith(b"/sessions"):
            return self._page(dict(pair.split(b"=", 1) for pair in query.split(b"&") if pair))
        if path == b"/connections":
            Canned.connections -= 1  # the one that asks
            return _answer(str(self.connections).encode())
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


async def _serve(pages: int) -> None:
    items = records(session, pages * PAGE)
    Canned.record = _answer(to_bytes(items[0]))
    Canned.pages = [_answer(body) for body in pages_of(items)]
    server = await asyncio.get_running_loop().create_server(Canned, HOST, 0, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.close()


@dataclass(frozen=True, slots=True)
class Server:
    """Where the server of this run listens."""

    port: int

    @property
    def url(self) -> str:
        """Scheme and host, as a client takes them."""
        return f"http://{HOST}:{self.port}"

    def connections(self) -> int:
        """How many connections were opened so far, without those that asked."""
        connection = http.client.HTTPConnection(HOST, self.port)
        connection.request("GET", "/connections")
        count = int(connection.getresponse().read())
        connection.close()
        return count


@contextmanager
def running(pages: int) -> Iterator[Server]:
    """Start a server, and end it with the block."""
    command = [sys.executable, "-m", "benchmarks.server", str(pages)]
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
    asyncio.run(_serve(int(sys.argv[1])))
