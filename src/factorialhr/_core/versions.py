"""The API's versions: which are served, and which of them have an operation or a filter."""

from __future__ import annotations

from typing import NamedTuple

API_VERSIONS = ("2026-01-01", "2026-04-01", "2026-07-01", "2026-10-01", "2027-01-01")
"""Every version that this SDK speaks, oldest first; the last one is a preview."""

DEFAULT_API_VERSION = "2026-10-01"


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
