"""A server on loopback that fails on purpose: one request in ten, in every way that a server and a network can.

Everything that it saw, broke and stored is in its ledger.
"""

from __future__ import annotations

import gzip
import json
import threading
from random import Random

from tests.faults.company import AGAIN, page_of, record
from tests.faults.ledger import Ledger
from tests.support import answers
from tests.support.loopback import Act, Answer, Loopback, Request, pause, reset, whole

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
SERVES_NOTHING = ("reset after the request was read", "nothing", "a page of HTML")
OF_LISTS = ("stuck cursor", "duplicated page", "reordered pages")
LATE = "late page"
MOST_REQUESTS_OF_A_CALL = 400
"""Whoever asks for more walks in a circle, and finds nothing any more."""
HTML = b"<!doctype html><title>Back soon</title>"
PIECE_SECONDS = 0.002
CALL_HEADER = "X-Call"


class FaultyServer(Loopback):
    """Serves until the end of its ``with`` block; every connection has a thread of its own.

    Args:
        seed: The same seed gives the same faults, as far as requests come in the same order.
        rate: Share of the requests that go wrong.
        only: Faults to choose from; default is all of them.
    """

    def __init__(self, seed: int, *, rate: float = RATE, only: tuple[str, ...] = ()) -> None:
        super().__init__(self._reply, before=self._before_reading)
        self.ledger = Ledger()
        self._rate = rate
        self._only = only
        self._dice = Random(seed)  # noqa: S311
        self._lock = threading.Lock()

    def _before_reading(self) -> Act | None:
        """One fault of many strikes here, before it is known whom."""
        if not self._may_be(BEFORE) or self._roll() >= self._rate / (len(STATUSES) + len(DAMAGES)):
            return None
        self.ledger.request(BEFORE)
        return reset

    def _reply(self, request: Request) -> bytes | Answer:
        call = request.headers.get(CALL_HEADER.lower(), "")
        most = MOST_REQUESTS_OF_A_CALL if call else float("inf")
        if self.ledger.read(call, numbered="page" in request.query) > most:
            return whole(b"{}", "404 Not Found")
        fault = self._choose(request) if self._roll() < self._rate else ""
        self.ledger.request(fault)
        if fault:
            self.ledger.strike(call, fault)
        if request.verb == "POST" and not fault.startswith("429"):
            self.ledger.arrive(json.loads(request.body)["name"])
        if fault in STATUSES:
            errors = {"errors": [{"code": "ordered", "message": "Ordered by the test."}]}
            return whole(errors, f"{fault[:3]} Ordered", headers=STATUSES[fault])
        with self._lock:
            ids, content = _content(request, fault, Random(self._dice.random()))  # noqa: S311
        if fault not in SERVES_NOTHING:
            self.ledger.serve(call, ids)
        return _damaged(json.dumps(content).encode(), fault)

    def _roll(self) -> float:
        with self._lock:
            return self._dice.random()

    def _may_be(self, fault: str) -> bool:
        return not self._only or fault in self._only

    def _choose(self, request: Request) -> str:
        known = (*STATUSES, *DAMAGES, *(self._of_lists() if _is_list(request) else ()))
        possible = [fault for fault in known if self._may_be(fault)]
        with self._lock:
            fault = self._dice.choice(possible) if possible else ""
        # Pages that are asked for by their numbers have their order from the client: they can come late at most.
        return LATE if fault == "reordered pages" and "page" in request.query else fault

    def _of_lists(self) -> tuple[str, ...]:
        return OF_LISTS * 2 if not self._only else (*OF_LISTS, AGAIN)


def _is_list(request: Request) -> bool:
    return request.verb == "GET" and request.path.endswith("/sessions")


def _content(request: Request, fault: str, dice: Random) -> tuple[list[str], object]:
    if request.verb == "POST":
        name = json.loads(request.body)["name"]
        return [], answers.session(id=f"id of {name}", name=name)
    if not _is_list(request):
        one = request.path.rpartition("/")[2]
        return [one], record(one)
    page = page_of(request.query, fault, dice)
    return page.ids, page.body


def _damaged(body: bytes, fault: str) -> bytes | Answer:
    """The answer with a damage, or as it should be."""
    half = len(body) // 2
    sound = whole(body)
    unannounced = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
    damages: dict[str, bytes | Answer] = {
        "reset after the request was read": Answer((reset,), stays_open=False),
        "nothing": Answer((), stays_open=False),
        "cut off": Answer((sound[:-half],), stays_open=False),
        "cut off and not announced": Answer((unannounced + body[:half],), stays_open=False),
        "cut off within gzip": whole(gzip.compress(body)[:-12], headers="Content-Encoding: gzip\r\n"),
        "slow": Answer((sound[:-half], pause(PIECE_SECONDS), sound[-half:])),
        LATE: Answer((pause(PIECE_SECONDS), sound)),
        "not gzip": whole(body, headers="Content-Encoding: gzip\r\n"),
        "a page of HTML": whole(HTML, content_type="text/html; charset=utf-8"),
        "another content type": whole(body, content_type="text/plain"),
    }
    return damages.get(fault, sound)
