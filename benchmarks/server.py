"""A server that costs next to nothing: canned answers over a bare asyncio protocol, in a process of its own.

``python -m benchmarks.server PAGES SECONDS`` prints its port and serves sessions until its input ends, each answer so
many seconds after its request: any single session, and a list of that many pages of 100 by cursors, which are ids of
records, or by page numbers, with any ``limit``. At ``/counts`` it answers at once: how many connections and requests
there were so far, and how many connections were open at a time since this was last asked. At ``/targets`` it tells
what was asked for since it was last asked.
"""

from __future__ import annotations

import asyncio
import functools
import http.client
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, NamedTuple

from benchmarks.data import PAGE, records, session, to_bytes

HOST = "127.0.0.1"
END_OF_HEAD = b"\r\n\r\n"
FIRST_ID = 4_000_000
DISTINCT = 1_000
"""Records that differ in more than their ids: a list of a million is not held in memory."""
KEPT_PAGES = 256


class Canned(asyncio.Protocol):
    """One connection, kept open: finds cursor, page or id in the request line and sends the bytes for it."""

    records: ClassVar[int] = 0
    seconds: ClassVar[float] = 0.0
    connections: ClassVar[int] = 0
    requests: ClassVar[int] = 0
    now_open: ClassVar[int] = 0
    most_open: ClassVar[int] = 0
    targets: ClassVar[list[bytes]] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._received = b""
        self._is_counted = False

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        Canned.now_open -= self._is_counted

    def data_received(self, data: bytes) -> None:
        self._received += data
        while END_OF_HEAD in self._received:
            head, _, self._received = self._received.partition(END_OF_HEAD)
            target = head.split(b" ", 2)[1]
            if target == b"/counts":
                self._transport.write(_answer(b"%d %d %d" % (self.connections, self.requests, self.most_open)))
                Canned.most_open = Canned.now_open
                continue
            if target == b"/targets":
                self._transport.write(_answer(b"\n".join(self.targets)))
                Canned.targets = []
                continue
            self._count(target)
            answer = self._answer(target)
            if self.seconds:
                asyncio.get_running_loop().call_later(self.seconds, self._transport.write, answer)
            else:
                self._transport.write(answer)

    def _count(self, target: bytes) -> None:
        """Count a request, and its connection with the first one: those that ask for counts are not counted."""
        Canned.requests += 1
        Canned.targets.append(target)
        if not self._is_counted:
            self._is_counted = True
            Canned.connections += 1
            Canned.now_open += 1
            Canned.most_open = max(Canned.most_open, Canned.now_open)

    def _answer(self, target: bytes) -> bytes:
        path, _, query = target.partition(b"?")
        if path.endswith(b"/sessions"):
            return self._page(dict(pair.split(b"=", 1) for pair in query.split(b"&") if pair))
        return _answer(_record(0))

    def _page(self, query: dict[bytes, bytes]) -> bytes:
        limit = int(query.get(b"limit", PAGE))
        if b"page" in query:
            start = (int(query[b"page"]) - 1) * limit
        else:
            start = int(query.get(b"after_id", FIRST_ID - 1)) + 1 - FIRST_ID
        return _page(min(start, self.records), limit, self.records)


@functools.lru_cache(KEPT_PAGES)
def _page(start: int, limit: int, total: int) -> bytes:
    end = min(start + limit, total)
    meta = {
        "limit": limit,
        "total": total,
        "has_next_page": end < total,
        "has_previous_page": start > 0,
        "start_cursor": str(FIRST_ID + start) if end > start else None,
        "end_cursor": str(FIRST_ID + end - 1) if end > start else None,
    }
    items = b",".join(map(_record, range(start, end)))
    return _answer(b'{"data":[%b],"meta":%b}' % (items, to_bytes(meta)))


def _record(number: int) -> bytes:
    return b'{"id":"%d"%b' % (FIRST_ID + number, _without_ids()[number % DISTINCT])


@functools.cache
def _without_ids() -> list[bytes]:
    """The spelling of each distinct record behind its id, which comes first."""
    head = len(b'{"id":"%d"' % FIRST_ID)
    return [to_bytes(record)[head:] for record in records(session, DISTINCT)]


def _answer(body: bytes) -> bytes:
    return (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n"
        b"Cache-Control: max-age=0, private, must-revalidate\r\nVary: Accept, Origin\r\n"
        b"X-Request-Id: 5f0c2a53-6d4b-4c0e-9f9d-1f6f2f3f6a51\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    )


async def _serve(pages: int, seconds: float) -> None:
    Canned.records, Canned.seconds = pages * PAGE, seconds
    _record(0)
    server = await asyncio.get_running_loop().create_server(Canned, HOST, 0, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.close()


class Counts(NamedTuple):
    """What a server has seen so far, without those who asked for this."""

    connections: int
    requests: int
    most_open: int
    """Connections open at a time, since this was last asked."""


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
        connections, requests, most_open = self._ask("/counts").split()
        return Counts(int(connections), int(requests), int(most_open))

    def targets(self) -> list[str]:
        """Path and query of each request since this was last asked."""
        return self._ask("/targets").decode().splitlines()

    def _ask(self, path: str) -> bytes:
        connection = http.client.HTTPConnection(HOST, self.port)
        connection.request("GET", path)
        answer = connection.getresponse().read()
        connection.close()
        return answer


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
