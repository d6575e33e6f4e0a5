"""Where answers disagreed with the description: counted and named, never quoted."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterable
from typing import NamedTuple

from factorialhr._core.forks import renew_in_children


class DecodeIssue(NamedTuple):
    """One field of one model whose content was not of the documented type; it kept what came."""

    model: str
    field: str
    expected: str
    """The documented type."""
    found: str
    """The JSON type that came instead, or ``missing``."""

    def __str__(self) -> str:
        return f"{self.model}.{self.field}: expected {self.expected}, found {self.found}"


class DecodeWarning(UserWarning):
    """An answer disagreed with the API's description; its records are complete all the same."""


class IssueLog:
    """Warns of each disagreement once in a client's life: an export must not warn ten thousand times."""

    def __init__(self, notice: Callable[[str, DecodeIssue], object]) -> None:
        self._notice = notice
        self._seen: set[DecodeIssue] = set()
        self._lock = threading.Lock()
        renew_in_children(self)

    def after_fork(self) -> None:
        self._lock = threading.Lock()

    def announce(self, operation: str, issue: DecodeIssue) -> None:
        """Warn of something that was not seen in vain before: of records that may be missing or doubled."""
        self._notice(operation, issue)
        warnings.warn(f"{operation}: {issue}", DecodeWarning, stacklevel=2)

    def report(self, operation: str, issues: Iterable[DecodeIssue]) -> None:
        for issue in issues:
            with self._lock:
                known = issue in self._seen
                self._seen.add(issue)
            if not known:
                self.announce(operation, issue)
