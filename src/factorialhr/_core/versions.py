"""The API's versions: which are served, and which of them have an operation or a filter."""

from __future__ import annotations

import datetime as dt
import warnings
from contextlib import suppress
from typing import NamedTuple

API_VERSIONS = ("2026-01-01", "2026-04-01", "2026-07-01", "2026-10-01", "2027-01-01")
"""Every version that this SDK speaks, oldest first; the last one is a preview."""

DEFAULT_API_VERSION = "2026-10-01"

WARN_DAYS_AHEAD = 60
_warned: set[str] = set()


class ApiVersionWarning(UserWarning):
    """The API version of a client is at the end of its support, or past it.

    The API does not refuse an expired version: it answers with the oldest schema that still lives, so
    records change their shape without an error.
    """


def end_of_support(version: str) -> dt.date:
    """The day from which a version may be gone: the API promises one year."""
    released = dt.date.fromisoformat(version)
    return released.replace(year=released.year + 1)


def warn_of_ending_support(version: str, today: dt.date | None = None) -> None:
    """Warn once in a process of a version whose support ended or ends within 60 days."""
    end = end_of_support(version)
    left = (end - (today or dt.datetime.now(dt.UTC).date())).days
    if left > WARN_DAYS_AHEAD or version in _warned:
        return
    _warned.add(version)
    state = f"ends on {end}" if left > 0 else f"ended on {end}"
    # Where warnings are errors the client is made all the same, as every later one is.
    with suppress(ApiVersionWarning):
        _warn(version, state)


def _warn(version: str, state: str) -> None:
    warnings.warn(
        f"support of API version {version} {state}; after that the API silently answers with its oldest "
        f"living schema. Choose a newer api_version: {', '.join(v for v in API_VERSIONS if v > version)}",
        ApiVersionWarning,
        stacklevel=5,
    )


class Served(NamedTuple):
    """From which version until which, both included; ``None`` is an open end."""

    since: str | None = None
    until: str | None = None

    def covers(self, version: str) -> bool:
        """Whether a version has it; versions are dates in ISO form, which sort as text."""
        return (self.since is None or self.since <= version) and (self.until is None or version <= self.until)

    def __str__(self) -> str:
        having = [version for version in API_VERSIONS if self.covers(version)]
        return ", ".join(having)


class Filter(str):
    """The name of a filter on the wire, where not every version has the filter."""

    __slots__ = ("served",)
    served: Served

    def __new__(cls, name: str, *, since: str | None = None, until: str | None = None) -> Filter:
        self = super().__new__(cls, name)
        self.served = Served(since, until)
        return self
