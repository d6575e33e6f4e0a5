"""Where answers disagreed with the description: counted and named, never quoted."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import NamedTuple

logger = logging.getLogger("factorialhr")


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

    def report(self, operation: str, issues: Iterable[DecodeIssue]) -> None:
        """Warn of issues that are new."""
        for issue in issues:
            mine = object()
            if self._seen.setdefault(issue, mine) is mine:
                self._notice(operation, issue)
                warn_caller(f"{operation}: {issue}")

    def incomplete(self, operation: str, issue: DecodeIssue) -> None:
        """Warn of records that may be missing, each time: Python shows a warning once, a log shows it always."""
        self._notice(operation, issue)
        logger.warning("%s: records may be missing: %s", operation, issue)
        # Where warnings are errors, the log has said it, and the outcome does: a list must not end by a warning.
        with suppress(DecodeWarning):
            warn_caller(f"{operation}: records may be missing: {issue}")


def warn_caller(message: str) -> None:
    """Warn at the line outside this package that is being carried out."""
    depth, frame = 1, sys._getframe()  # pyright: ignore[reportPrivateUsage]
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("factorialhr."):
        depth, frame = depth + 1, frame.f_back
    warnings.warn(message, DecodeWarning, stacklevel=depth)
