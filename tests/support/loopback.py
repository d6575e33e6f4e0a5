"""The one server of the tests: on loopback, a thread for each connection, and whatever answers a test can think of.

``Loopback`` speaks HTTP: a function answers each request with bytes and with acts on the socket. ``Listener`` below it
speaks nothing: what happens on a connection is the test's own.
"""

from __future__ import annotations

import contextlib
import json
import select
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from types import TracebackType
from typing import BinaryIO, NamedTuple, Self, TypeAlias
from urllib.parse import parse_qsl

SECONDS_AT_MOST = 20
"""No test waits longer for anything here."""
BREAK_OFF = struct.pack("ii", 1, 0)

Act: TypeAlias = Callable[[socket.socket, threading.Event], object]
"""Does something on a connection; the event is set when the test is over."""


class Request(NamedTuple):
    """A request as it arrived."""

    head: str
    """Its first line and its headers."""
    body: bytes = b""
    port: int = 0
    """The client's: it tells connections apart."""

    @property
    def verb(self) -> str:
        return self.head.split(" ", 1)[0]

    @property
    def target(self) -> str:
        return self.head.split(" ", 2)[1]

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.target.partition("?")[2]))

    @property
    def headers(self) -> dict[str, str]:
        """Values by names in lower case."""
        pairs = (line.partition(":") for line in self.head.splitlines()[1:])
        return {name.lower(): value.strip() for name, _, value in pairs}


class Answer(NamedTuple):
    """What happens after a request: bytes that leave and acts, one after the other."""

    steps: tuple[bytes | Act, ...]
    stays_open: bool = True


def whole(
    content: object,
    status: str = "200 OK",
    *,
    length: int | None = None,
    headers: str = "",
    content_type: str = "application/json",
) -> bytes:
    """The bytes of an answer; ``length`` claims another number of bytes than there are."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    size = len(body) if length is None else length
    head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {size}\r\n{headers}\r\n"
    return head.encode() + body


def reset(connection: socket.socket, _over: threading.Event) -> None:
    """Break the connection off, by the time it is closed, with an RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, BREAK_OFF)


def silence(_connection: socket.socket, over: threading.Event) -> None:
    """Say nothing until the test is over."""
    over.wait(SECONDS_AT_MOST)


def pause(seconds: float) -> Act:
    """Say nothing for a while."""
    return lambda _connection, over: over.wait(seconds)


def is_there(connection: socket.socket, seconds: float = 0.005) -> bool:
    """Whether the client of a plain connection has not hung up; waits a moment for it to do so."""
    readable, _, _ = select.select([connection], [], [], seconds)
    try:
        return not readable or bool(connection.recv(1, socket.MSG_PEEK))
    except ConnectionResetError:
        return False


class Listener:
    """Takes connections until the end of its ``with`` block, and counts them.

    Args:
        talk: What happens on a connection; it is closed afterwards.
        tls: Speak TLS, with the certificate of this context.
    """

    def __init__(self, talk: Act, *, tls: ssl.SSLContext | None = None) -> None:
        self.accepted = 0
        self.open_now = 0
        self.most_open = 0
        self.changed = threading.Condition()
        """Notified whenever a count changes."""
        self.closed = threading.Semaphore(0)
        """Released once for each connection that was closed."""
        self._talk = talk
        self._tls = tls
        self._over = threading.Event()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self._accepting = threading.Thread(target=self._accept)

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def wait_for(self, **counts: int) -> None:
        """Wait until the counts of these names are as given."""
        with self.changed:
            same = self.changed.wait_for(
                lambda: all(getattr(self, name) == count for name, count in counts.items()), SECONDS_AT_MOST
            )
            assert same, f"waited for {counts}, have { {name: getattr(self, name) for name in counts} }"

    def __enter__(self) -> Self:
        self._accepting.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._over.set()
        with socket.socket() as knock:  # closing alone would not wake a thread that waits in accept()
            knock.settimeout(1)
            knock.connect_ex(self._listener.getsockname())
        self._accepting.join(SECONDS_AT_MOST)
        self._listener.close()
        with self.changed:
            for connection in self._open:
                _hang_up(connection)
        for thread in self._threads:
            thread.join(SECONDS_AT_MOST)
            assert not thread.is_alive(), "a connection is still served after the end of the test"

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            if self._over.is_set():
                connection.close()
                return
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
            self._count(connection, 1)
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads = [one for one in self._threads if one.is_alive()] + [thread]
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(SECONDS_AT_MOST)
            with contextlib.suppress(OSError):  # a client may go away at any time, and refuse a certificate
                if isinstance(connection, ssl.SSLSocket):
                    connection.do_handshake()
                self._talk(connection, self._over)
        finally:
            self._count(connection, -1)
            _hang_up(connection)
            connection.close()
            self.closed.release()

    def _count(self, connection: socket.socket, change: int) -> None:
        with self.changed:
            (self._open.add if change > 0 else self._open.discard)(connection)
            self.accepted += max(0, change)
            self.open_now += change
            self.most_open = max(self.most_open, self.open_now)
            self.changed.notify_all()


def _hang_up(connection: socket.socket) -> None:
    """Tell the client at once, also where a forked child holds the connection, too."""
    if connection.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, len(BREAK_OFF)) != BREAK_OFF:
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)


class Loopback(Listener):
    """Reads requests and answers each as a function says; connections are kept open unless the answer says otherwise.

    Args:
        answer: From a request to bytes, or to an ``Answer`` with acts in it; called in the thread of the connection.
        before: Asked when a request begins to arrive. An act that it returns ends the connection, nothing being read.
        tls: Speak TLS, with the certificate of this context.
    """

    def __init__(
        self,
        answer: Callable[[Request], bytes | Answer],
        *,
        before: Callable[[], Act | None] = lambda: None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(self._converse, tls=tls)
        self.requests: list[Request] = []
        self._answer = answer
        self._before = before

    @property
    def connections(self) -> int:
        """How many connections have carried a request."""
        return len({request.port for request in self.requests})

    def forget(self) -> None:
        """Count anew from here; connections that are open stay so."""
        with self.changed:
            self.requests.clear()
            self.most_open = self.open_now

    @property
    def heads(self) -> list[str]:
        return [request.head for request in self.requests]

    def _converse(self, connection: socket.socket, over: threading.Event) -> None:
        with connection.makefile("rb") as stream:
            while stream.peek(1) and not over.is_set() and self._exchange(connection, stream):
                pass

    def _exchange(self, connection: socket.socket, stream: BinaryIO) -> bool:
        """One request and its answer; whether the connection goes on."""
        instead = self._before()
        if instead is not None:
            instead(connection, self._over)
            return False
        request = _read(stream, connection.getpeername()[1])
        if request is None:
            return False
        with self.changed:
            self.requests.append(request)
            self.changed.notify_all()
        answer = self._answer(request)
        steps, stays_open = (answer.steps, answer.stays_open) if isinstance(answer, Answer) else ((answer,), True)
        for step in steps:
            if isinstance(step, bytes):
                connection.sendall(step)
            else:
                step(connection, self._over)
        return stays_open


def _read(stream: BinaryIO, port: int) -> Request | None:
    """The request that begins here; none if the client leaves before its end."""
    lines = []
    while (line := stream.readline()).strip():
        lines.append(line.decode())
    if not line or not lines:
        return None
    request = Request("".join(lines), port=port)
    size = int(request.headers.get("content-length", "0"))
    body = stream.read(size)
    return request._replace(body=body) if len(body) == size else None
