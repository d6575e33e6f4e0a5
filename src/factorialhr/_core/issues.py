"""Where responses disagreed with the description: counted and named, never quoted."""

from __future__ import annotations

import logging
import sys
import types
import typing
import warnings
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, NamedTuple, TypeAlias

from factorialhr._core.records import documented_type

IssueKind: TypeAlias = tuple[str, str, str, str]
"""Model, field, expected and found type."""

logger = logging.getLogger("factorialhr")


class DecodeIssue(NamedTuple):
    """One field of one model whose content was not of the documented type; it kept what came."""

    model: str
    field: str
    expected: str
    """The documented type."""
    found: str
    """The JSON type that came instead, or ``missing``."""
    record_id: int | str | None = None
    """The id of the first record of the response with this issue; ``None`` if it has none."""

    @property
    def kind(self) -> IssueKind:
        """What issues of the same kind have in common, whichever record they are about."""
        return self[:4]

    def __str__(self) -> str:
        where = "" if self.record_id is None else f" (record {self.record_id})"
        return f"{self.model}.{self.field}: expected {self.expected}, found {self.found}{where}"


class DecodeWarning(UserWarning):
    """A response disagreed with the API's description; its records are complete all the same."""


class IssueLog:
    """Warns of each disagreement once in a client's life: an export must not warn ten thousand times."""

    def __init__(self, notice: Callable[[str, DecodeIssue], object]) -> None:
        self._notice = notice
        # A dict, for its setdefault is one step: of two threads that see the same issue, one warns.
        self._seen: dict[IssueKind, object] = {}

    def report(self, operation: str, issues: Iterable[DecodeIssue]) -> None:
        """Warn of issues that are new."""
        for issue in issues:
            mine = object()
            if self._seen.setdefault(issue.kind, mine) is mine:
                self._notice(operation, issue)
                warn_caller(f"{operation}: {issue}")

    def incomplete(self, operation: str, issue: DecodeIssue) -> None:
        """Warn of records that may be missing, each time: Python shows a warning once, a log shows it always."""
        self._notice(operation, issue)
        logger.warning("%s: records may be missing: %s", operation, issue)
        warn_caller(f"{operation}: records may be missing: {issue}")


def distinct(issues: Iterable[DecodeIssue]) -> tuple[DecodeIssue, ...]:
    """One issue of each kind, the first."""
    found: dict[IssueKind, DecodeIssue] = {}
    for issue in issues:
        found.setdefault(issue.kind, issue)
    return tuple(found.values())


def warn_caller(message: str) -> None:
    """Warn at the line outside this package that is being carried out.

    If warnings are errors, nothing is raised: a write would be lost that was done, and whether a response is returned
    would depend on whether an earlier one was as odd. The log has it.
    """
    depth, frame = 1, sys._getframe()  # pyright: ignore[reportPrivateUsage]
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("factorialhr."):
        depth, frame = depth + 1, frame.f_back
    with suppress(DecodeWarning):
        warnings.warn(message, DecodeWarning, stacklevel=depth)


def spelled(kind: Any) -> str:
    """A documented type as an annotation spells it."""
    kind = documented_type(kind)
    if kind is types.NoneType:
        return "None"
    arguments = typing.get_args(kind)
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return " | ".join(map(spelled, arguments))
    name: str = getattr(kind, "__name__", None) or str(kind)
    return f"{name}[{', '.join(map(spelled, arguments))}]" if arguments else name
