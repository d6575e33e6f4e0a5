"""The error of lists that were cut short."""

from __future__ import annotations

from typing import Any

from factorialhr._core.errors import DecodeError
from factorialhr._core.issues import DecodeIssue
from factorialhr._core.responses import ListApiResponse


class IncompleteListError(DecodeError):
    """A list ended although there was more; raised with ``strict=True``.

    What was fetched is in ``response``; a stream has given out everything before it raises, and ``response`` is
    ``None``. ``issues`` say what was amiss.
    """

    response: ListApiResponse[Any] | None
    issues: tuple[DecodeIssue, ...]

    def __init__(self, operation: str, issues: tuple[DecodeIssue, ...]) -> None:
        reasons = "; ".join(str(issue) for issue in issues) or "the API ended it"
        super().__init__(
            f"{operation}: the list has more than could be fetched ({reasons}); fetch it again, or ask for less of it",
            operation=operation,
            path="$.meta",
            body=b"",
        )
        self.issues = issues
        self.response = None
