"""A server that knows who spoke on which connection, and holds answers until they are asked for."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections import defaultdict
from contextlib import suppress
from typing import Any

from tests.support import answers
from tests.support.loopback import SECONDS_AT_MOST, Answer, Loopback, Request, is_there, whole

WHO = "x-who"
RECORDS = 10
PAGE = 2


class Server(Loopback):
    """Answers ``sessions/<id>`` with that id, and lists ten sessions, two a page.

    Ids with a meaning: ``slow`` is answered after ``let_go``, ``half`` gets half of its body before,
    ``together`` when as many have arrived as were announced with ``expect_together``. The name of each is how
    many are held.
    """

    def __init__(self) -> None:
        super().__init__(self._reply)
        self.let_go = threading.Event()
        self.slow_page: str | None = None
        """The cursor of a page that is held like ``slow``; ``""`` is the first page."""
        self.held = 0
        self._together = threading.Barrier(1)

    @property
    def spoke(self) -> dict[int, set[str]]:
        """Who sent something, by the client's port: each connection is one."""
        found: dict[int, set[str]] = defaultdict(set)
        for request in self.requests:
            found[request.port].add(request.headers.get(WHO, ""))
        return found

    def ports_of(self, who: str) -> set[int]:
        return {port for port, names in self.spoke.items() if who in names}

    def expect_together(self, count: int) -> None:
        self._together = threading.Barrier(count, timeout=SECONDS_AT_MOST)

    def __exit__(self, *error: Any) -> None:
        self.let_go.set()
        self._together.abort()
        super().__exit__(*error)

    def _reply(self, request: Request) -> bytes | Answer:
        if request.path == "/let-go":
            self.let_go.set()
        if _id_of(request) == "together":
            with suppress(threading.BrokenBarrierError):
                self._together.wait()
        body = json.dumps(self._content(request)).encode()
        answer = whole(body)
        if not self._is_held(request):
            return answer
        sent = len(answer) - len(body) + (len(body) // 2 if _id_of(request) == "half" else 0)
        return Answer((answer[:sent], self._hold, answer[sent:]))

    def _content(self, request: Request) -> dict[str, Any]:
        name, query = _id_of(request), request.query
        if name != "sessions":
            return answers.session(id=name, name=str(self.held))
        limit = int(query.get("limit", PAGE))
        start = (int(query["page"]) - 1) * limit if "page" in query else int(query.get("after_id", "-1")) + 1
        end = min(start + limit, RECORDS)
        meta = {"limit": limit, "total": RECORDS, "has_next_page": end < RECORDS, "end_cursor": str(end - 1)}
        return {"data": answers.sessions(*map(str, range(start, end))), "meta": meta}

    def _is_held(self, request: Request) -> bool:
        name, query = _id_of(request), request.query
        if name == "sessions" and self.slow_page is not None:
            return (query.get("page") or query.get("after_id") or "") == self.slow_page
        return name in ("slow", "half")

    def _hold(self, connection: socket.socket, _over: threading.Event) -> None:
        """Wait until ``let_go``; a client that hangs up meanwhile is not answered."""
        self._count_held(1)
        try:
            end = time.monotonic() + SECONDS_AT_MOST
            while not self.let_go.is_set() and time.monotonic() < end:
                if not is_there(connection):
                    raise ConnectionResetError("the client has hung up")
        finally:
            self._count_held(-1)

    def _count_held(self, change: int) -> None:
        with self.changed:
            self.held += change
            self.changed.notify_all()


def _id_of(request: Request) -> str:
    return request.path.rpartition("/")[2]
