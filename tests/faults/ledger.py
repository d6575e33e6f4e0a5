"""What the faulty server saw and did: the truth that the results of a client are held against."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict


class Ledger:
    """Counts, by call and by marker; every connection of the server writes into it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.requests = 0
        self.numbered = 0
        """Requests for a page by its number."""
        self.faults: Counter[str] = Counter()
        self.struck: defaultdict[str, set[str]] = defaultdict(set)
        """The faults that hit each call, by its number."""
        self.of_calls: Counter[str] = Counter()
        """Requests of each call, by its number."""
        self.served: defaultdict[str, Counter[str]] = defaultdict(Counter)
        """How often each record went out to each call, by its number."""
        self.arrived: Counter[str] = Counter()
        """How often each write was read, by its marker; those that were refused with 429 left out."""

    def request(self, fault: str) -> None:
        with self._lock:
            self.requests += 1
            if fault:
                self.faults[fault] += 1

    def strike(self, call: str, fault: str) -> None:
        with self._lock:
            self.struck[call].add(fault)

    def read(self, call: str, *, numbered: bool) -> int:
        """A request was read whole; answers with how many there were of its call."""
        with self._lock:
            self.numbered += numbered
            self.of_calls[call] += 1
            return self.of_calls[call]

    def serve(self, call: str, ids: list[str]) -> None:
        with self._lock:
            self.served[call].update(ids)

    def arrive(self, marker: str) -> None:
        with self._lock:
            self.arrived[marker] += 1

    def summary(self) -> dict[str, int]:
        return {"requests": self.requests, "faults": self.faults.total(), **dict(sorted(self.faults.items()))}
