"""A server on loopback that fails on purpose: one request in ten, in every way that a server and a network can.

Everything that it saw, broke and stored is in its ledger.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import struct
import threading
import time
from random import Random
from types import TracebackType
from typing import BinaryIO, NamedTuple, Self
from urllib.parse import parse_qsl

from tests.faults.company import AGAIN, page_of, record
from tests.faults.ledger import Ledger
from tests.support import answers

RATE = 0.1
BEFORE = "reset before the request was read"
STATUSES = {
    "429": "",
    "429 and when to come back": "Retry-After: 0\r\n",
    "500": "",
    "502": "",
    "503": "",
    "504": "",
}
DAMAGES = (
    "reset after the request was read",
    "nothing",
    "cut off",
    "cut off and not announced",
    "cut off within gzip",
    "slow",
    "not gzip",
    "a page of HTML",
    "another content type",
)
OF_LISTS = ("stuck cursor", "duplicated page", "reordered pages")
LATE = "late page"
MOST_REQUESTS_OF_A_CALL = 200
"""Whoever asks for more walks in a circle, and finds nothing any more."""
HTML = b"<!doctype html><title>Back soon</title>"
PIECE_SECONDS = 0.002
CALL_HEADER = "X-Call"


class Request(NamedTuple):
    verb: str
    path: str
    query: dict[str, str]
    call: str
    body: bytes

    @property
    def is_list(self) -> bool:
        return self.verb == "GET" and self.path.endswith("/sessions")


class Answer(NamedTuple):
    """The bytes of an answer in the pieces in which they leave, and what becomes of the connection."""

    pieces: list[bytes]
    stays_open: bool = True
    is_reset: bool = False


class FaultyServer:
    """Serves until the end of its ``with`` block; every connection has a thread of its own.

    Args:
        seed: The same seed gives the same faults, as far as requests come in the same order.
        rate: Share of the requests that go wrong.
        only: Faults to choose from; default is all of them.
    """

    def __init__(self, seed: int, *, rate: float = RATE, only: tuple[str, ...] = ()) -> None:
        self.ledger = Ledger()
        self._rate = rate
        self._only = only
        self._dice = Random(seed)  # noqa: S311
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._talks: list[threading.Thread] = []
        self._closing = False
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._thread = threading.Thread(target=self._accept)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._closing = True
        with socket.socket() as knock:  # closing alone would not wake a thread that waits in accept()
            knock.settimeout(1)
            knock.connect_ex(self._listener.getsockname())
        self._thread.join(10)
        self._listener.close()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for talk in self._talks:
            talk.join(10)
            assert not talk.is_alive()

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            if self._closing:
                connection.close()
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(30)
            talk = threading.Thread(target=self._talk, args=(connection,))
            self._talks = [one for one in self._talks if one.is_alive()] + [talk]
            with self._lock:
                self._open.add(connection)
            talk.start()

    def _talk(self, connection: socket.socket) -> None:
        # A client may go away at any time.
        with contextlib.suppress(OSError), connection, connection.makefile("rb") as stream:
            while stream.peek(1) and self._exchange(connection, stream):
                pass
        with self._lock:
            self._open.discard(connection)

    def _exchange(self, connection: socket.socket, stream: BinaryIO) -> bool:
        """One request and its answer; whether the connection goes on."""
        hits = self._roll() < self._rate
        if hits and self._may_be(BEFORE) and self._roll() * (len(STATUSES) + len(DAMAGES)) < 1:
            self.ledger.request(BEFORE)
            _reset(connection)
            return False
        request = _read(stream)
        if request is None:
            return False
        fault = self._choose(request) if hits else ""
        most = MOST_REQUESTS_OF_A_CALL if request.call else float("inf")
        if self.ledger.read(request.call, numbered="page" in request.query) > most:
            connection.sendall(_whole(b"{}", "404").pieces[0])
            return True
        self.ledger.request(fault)
        if fault:
            self.ledger.strike(request.call, fault)
        if request.verb == "POST" and not fault.startswith("429"):
            self.ledger.arrive(json.loads(request.body)["name"])
        answer = self._answer(request, fault)
        for number, piece in enumerate(answer.pieces):
            time.sleep(PIECE_SECONDS if number else 0)
            connection.sendall(piece)
        if answer.is_reset:
            _reset(connection)
        return answer.stays_open

    def _roll(self) -> float:
        with self._lock:
            return self._dice.random()

    def _may_be(self, fault: str) -> bool:
        return not self._only or fault in self._only

    def _choose(self, request: Request) -> str:
        known = (*STATUSES, *DAMAGES, *(self._of_lists() if request.is_list else ()))
        possible = [fault for fault in known if self._may_be(fault)]
        with self._lock:
            fault = self._dice.choice(possible) if possible else ""
        # Pages that are asked for by their numbers have their order from the client: they can come late at most.
        return LATE if fault == "reordered pages" and "page" in request.query else fault

    def _of_lists(self) -> tuple[str, ...]:
        return OF_LISTS * 2 if not self._only else (*OF_LISTS, AGAIN)

    def _answer(self, request: Request, fault: str) -> Answer:
        if fault in STATUSES:
            return _whole(
                b'{"errors":[{"code":"ordered","message":"Ordered by the test."}]}', fault[:3], STATUSES[fault]
            )
        with self._lock:
            ids, content = _content(request, fault, Random(self._dice.random()))  # noqa: S311
        body = json.dumps(content).encode()
        answer = _damaged(body, fault)
        if not answer.is_reset and fault not in ("nothing", "a page of HTML"):
            self.ledger.serve(request.call, ids)
        return answer


def _content(request: Request, fault: str, dice: Random) -> tuple[list[str], object]:
    if request.verb == "POST":
        name = json.loads(request.body)["name"]
        return [], answers.session(id=f"id of {name}", name=name)
    if not request.is_list:
        one = request.path.rpartition("/")[2]
        return [one], record(one)
    page = page_of(request.query, fault, dice)
    return page.ids, page.body


def _damaged(body: bytes, fault: str) -> Answer:
    """The answer with a damage, or as it should be."""
    half = len(body) // 2
    whole = _whole(body)
    damages: dict[str, Answer] = {
        "reset after the request was read": Answer([], stays_open=False, is_reset=True),
        "nothing": Answer([], stays_open=False),
        "cut off": Answer([whole.pieces[0][:-half]], stays_open=False),
        "cut off and not announced": Answer([_head() + b"Connection: close\r\n\r\n" + body[:half]], stays_open=False),
        "cut off within gzip": _whole(gzip.compress(body)[:-12], headers="Content-Encoding: gzip\r\n"),
        "slow": Answer([whole.pieces[0][:-half], whole.pieces[0][-half:]]),
        LATE: Answer([b"", *whole.pieces]),
        "not gzip": _whole(body, headers="Content-Encoding: gzip\r\n"),
        "a page of HTML": _whole(HTML, content_type="text/html; charset=utf-8"),
        "another content type": _whole(body, content_type="text/plain"),
    }
    return damages.get(fault, whole)


def _head(status: str = "200", content_type: str = "application/json") -> bytes:
    return f"HTTP/1.1 {status} \r\nContent-Type: {content_type}\r\n".encode()


def _whole(body: bytes, status: str = "200", headers: str = "", content_type: str = "application/json") -> Answer:
    rest = f"Content-Length: {len(body)}\r\n{headers}\r\n".encode()
    return Answer([_head(status, content_type) + rest + body])


def _reset(connection: socket.socket) -> None:
    """Break the connection off, by the time it is closed, with an RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _read(stream: BinaryIO) -> Request | None:
    line = stream.readline().decode()
    headers: dict[str, str] = {}
    while header := stream.readline().strip().decode():
        name, _, value = header.partition(":")
        headers[name.lower()] = value.strip()
    if not line.endswith("\n"):
        return None
    verb, target, _ = line.split(" ", 2)
    path, _, query = target.partition("?")
    body = stream.read(int(headers.get("content-length", "0")))
    return Request(verb, path, dict(parse_qsl(query)), headers.get(CALL_HEADER.lower(), ""), body)
