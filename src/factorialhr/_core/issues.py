"""Where answers disagreed with the description: counted and named, never quoted."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import NamedTuple


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
        # A dict, for its setdefault is one step: of two threads that see the same issue, one warns.
        self._seen: dict[DecodeIssue, object] = {}

    def announce(self, operation: str, issue: DecodeIssue) -> None:
        """Warn of something that was not seen in vain before: of records that may be missing or doubled."""
        self._notice(operation, issue)
        warnings.warn(f"{operation}: {issue}", DecodeWarning, stacklevel=2)

    def report(self, operation: str, issues: Iterable[DecodeIssue]) -> None:
        for issue in issues:
            mine = object()
            if self._seen.setdefault(issue, mine) is mine:
                self.announce(operation, issue)
