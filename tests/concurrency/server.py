"""A loopback server that keeps connections alive and knows who spoke on which."""

from __future__ import annotations

import json
import select
import socket
import threading
import time
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from tests.support import answers

WHO = "x-who"
RECORDS = 10
PAGE = 2
SECONDS_AT_MOST = 20


class Server:
    """Answers ``sessions/<id>`` with that id, and lists ten sessions, two a page.

    Ids with a meaning: ``slow`` is answered after ``let_go``, ``half`` gets half of its body before,
    ``together`` when as many have arrived as were announced with ``expect_together``. The name of each is how
    many are held.
    """

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.slow_page: str | None = None
        """The cursor of a page that is held like ``slow``; ``""`` is the first page."""
        self.spoke: dict[int, set[str]] = defaultdict(set)
        """Who sent something, by the client's port: each connection is one."""
        self.requests: list[str] = []
        self.open_now = 0
        self.most_open = 0
        self.held = 0
        self._changed = threading.Condition()
        self._together = threading.Barrier(1)
        outer = self

        class Handler(_Handler):
            server_of_tests = outer

        class Listener(ThreadingHTTPServer):
            request_queue_size = 256
            daemon_threads = True

            def handle_error(self, *arguments: object) -> None:
                """A client that was cancelled is no error here."""

        self._listener = Listener(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._listener.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.server_port}"

    @property
    def connections(self) -> int:
        """How many connections have carried a request."""
        return len(self.spoke)

    def ports_of(self, who: str) -> set[int]:
        return {port for port, names in self.spoke.items() if who in names}

    def count(self, *, open_now: int = 0, held: int = 0) -> None:
        with self._changed:
            self.open_now += open_now
            self.most_open = max(self.most_open, self.open_now)
            self.held += held
            self._changed.notify_all()

    def wait_for(self, **counts: int) -> None:
        """Wait until ``open_now`` or ``held`` are as given."""
        with self._changed:
            same = self._changed.wait_for(
                lambda: all(getattr(self, name) == count for name, count in counts.items()), SECONDS_AT_MOST
            )
        assert same, f"waited for {counts}, have open_now={self.open_now}, held={self.held}"

    def expect_together(self, count: int) -> None:
        self._together = threading.Barrier(count, timeout=SECONDS_AT_MOST)

    def forget(self) -> None:
        """Count anew from here; connections that are open stay so."""
        with self._changed:
            self.spoke.clear()
            self.requests.clear()
            self.most_open = self.open_now

    def content(self, target: str) -> dict[str, Any]:
        address = urlsplit(target)
        name = address.path.rpartition("/")[2]
        if name != "sessions":
            if name == "together":
                self._together.wait()
            return answers.session(id=name, name=str(self.held))
        query = {key: values[0] for key, values in parse_qs(address.query).items()}
        start = (int(query["page"]) - 1) * PAGE if "page" in query else int(query.get("after_id", "0"))
        end = min(start + PAGE, RECORDS)
        meta = {"limit": PAGE, "total": RECORDS, "has_next_page": end < RECORDS, "end_cursor": str(end)}
        return {"data": answers.sessions(*map(str, range(start, end))), "meta": meta}

    def is_held(self, target: str) -> bool:
        address = urlsplit(target)
        name = address.path.rpartition("/")[2]
        if name == "sessions" and self.slow_page is not None:
            query = parse_qs(address.query)
            return (query.get("page") or query.get("after_id") or [""])[0] == self.slow_page
        return name in ("slow", "half")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.let_go.set()
        self._together.abort()
        self._listener.shutdown()
        self._thread.join()
        self._listener.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server_of_tests: Server
    connection: socket.socket

    def handle(self) -> None:
        self.server_of_tests.count(open_now=1)
        try:
            super().handle()
        finally:
            self.server_of_tests.count(open_now=-1)

    def do_GET(self) -> None:
        server = self.server_of_tests
        self.rfile.read(int(self.headers.get("content-length", 0)))
        server.spoke[self.client_address[1]].add(self.headers.get(WHO, ""))
        server.requests.append(self.path)
        if self.path == "/let-go":
            server.let_go.set()
        body = json.dumps(server.content(self.path)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if server.is_held(self.path):
            half = len(body) // 2 if self.path.endswith("half") else 0
            self.wfile.write(body[:half])
            self.wfile.flush()
            body = body[half:]
            server.count(held=1)
            here = self._wait_for_let_go()
            server.count(held=-1)
            if not here:
                self.close_connection = True
                return
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815  # the name is http.server's

    def _wait_for_let_go(self) -> bool:
        """Whether the client is still there."""
        end = time.monotonic() + SECONDS_AT_MOST
        while not self.server_of_tests.let_go.is_set() and time.monotonic() < end:
            readable, _, _ = select.select([self.connection], [], [], 0.005)
            try:
                gone = bool(readable) and not self.connection.recv(1, socket.MSG_PEEK)
            except ConnectionResetError:
                gone = True
            if gone:
                return False
        return True

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""
