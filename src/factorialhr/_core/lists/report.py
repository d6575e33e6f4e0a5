"""What became of a list: whether it is whole, and what speaks against it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from factorialhr._core.issues import DecodeIssue, IssueKind, IssueLog
from factorialhr._core.responses import Outcome

_FROM_BEST: Final[tuple[Outcome, ...]] = ("whole", "unproven", "cut short")


class Report:
    """The state of one list on its way; the worst that happens to a part of it is what is said of all."""

    def __init__(self, operation: str, log: IssueLog, *, strict: bool) -> None:
        self._operation = operation
        self._log = log
        self._strict = strict
        self._worst: Outcome = "whole"
        self._issues: dict[IssueKind, DecodeIssue] = {}
        self.total: int | None = None
        """Records in the list, as the last response said; of a list in parts, in the part that it was about."""
        self.outcome: Outcome | None = None
        """``None`` while the list is on its way."""

    @property
    def issues(self) -> tuple[DecodeIssue, ...]:
        """Where responses disagreed with the description or with each other, one of each kind, in order."""
        return tuple(self._issues.values())

    def note(self, issues: Iterable[DecodeIssue]) -> None:
        """Keep the issues of a page, which were reported already."""
        for issue in issues:
            self._issues.setdefault(issue.kind, issue)

    def unproven(self, issue: DecodeIssue | None = None) -> None:
        """Note that nothing proves a border; with an issue if this list has proofs."""
        self._lower("unproven", issue)

    def cut_short(self, issue: DecodeIssue) -> None:
        """Note that there was more; a strict client is told by an error at the end."""
        self._lower("cut short", issue, aloud=not self._strict)

    def finish(self) -> None:
        """Note that nothing more comes."""
        self.outcome = self._worst

    def _lower(self, outcome: Outcome, issue: DecodeIssue | None, *, aloud: bool = True) -> None:
        if _FROM_BEST.index(outcome) > _FROM_BEST.index(self._worst):
            self._worst = outcome
        if issue is not None and issue.kind not in self._issues:
            self._issues[issue.kind] = issue
            if aloud:
                self._log.incomplete(self._operation, issue)
