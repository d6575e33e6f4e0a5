"""The facts of a list: what tells its records apart, how it pages, what it can be asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple, TypeAlias

PagingKind: TypeAlias = Literal["numbers", "cursor", "none"]
"""Which paging a list knows: page numbers and cursors, cursors alone, or none: everything in one response."""
SinceUnit: TypeAlias = Literal["moment", "day"]
"""What the filter "changed since" of a list counts in."""


class Since(NamedTuple):
    """The filter that keeps what has changed since some time."""

    filter: str
    """Its keyword."""
    unit: SinceUnit
    day_excluded: bool = False
    """Whether the API means "after this day", and may leave the day itself out."""


class DateRange(NamedTuple):
    """The two filters that bound the days of a list."""

    first: str
    """Keyword of the first day."""
    last: str
    """Keyword of the last day."""
    longest_days: int | None = None
    """How long the range may be; ``None`` if no bound is known."""
    spans: bool = False
    """Whether a record may last several days: it comes in every window that it touches."""
    last_may_be_cut: bool = False
    """Whether the API may leave out the last day, or part of it: the next window begins on that same day."""


class Listing(NamedTuple):
    """What is known of one list."""

    key: tuple[str, ...] = ("id",)
    """The fields that together identify a record; none if no fields do. A record that lacks all of them is not
    identified."""
    paging: PagingKind = "numbers"
    counts: str = "records"
    """What ``limit`` and ``total`` count."""
    reorders: tuple[str, ...] = ()
    """Keywords of the filters that change the order."""
    since: Since | None = None
    date_range: DateRange | None = None
    batches: Mapping[str, int | None] = {}
    """Keywords of the filters whose values may be spread over several requests, with the most that the API takes
    in one; ``None`` if no bound is known."""


PLAIN: Final = Listing()
"""A list of which nothing special is known."""
