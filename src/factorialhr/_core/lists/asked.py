"""What a caller asks of a whole list, read once and refused if it cannot be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from factorialhr._core.errors import ConfigurationError, UnexpectedKeywordError
from factorialhr._core.listing import DateRange, Listing
from factorialhr._core.lists.place import Place, read_place
from factorialhr._core.narrowing import is_collection, is_mapping

DEFAULT_CONCURRENCY: Final = 8
"""Pages that ``all()`` has in flight: it wants all of them, a stream may be left early."""
OVERLAP: Final = dt.timedelta(days=1)
"""How much earlier a day is asked for: nobody knows in which time zone the API counts its days."""

Filters: TypeAlias = dict[str, Any]


class Defaults(NamedTuple):
    """What a client says of its lists."""

    concurrency: int | None
    """For every list; ``None``: 8 for ``all()``, 1 for streams."""
    max_in_flight: int


class Asked(NamedTuple):
    """A list as a caller wants it."""

    filters: Filters
    """Filters, paging and options, as for one page."""
    concurrency: int
    place: Place | None
    window_days: int | None


def read_asked(
    request: Mapping[str, Any], listing: Listing, defaults: Defaults, operation: str, *, eager: bool
) -> Asked:
    """Take what concerns the whole list out of a call's keywords.

    Raises:
        ConfigurationError: The list cannot do it; the message says what can be done instead.
    """
    # What can be read once alone is asked for again on every page.
    filters: Filters = {name: list(value) if is_collection(value) else value for name, value in request.items()}
    concurrency, place = filters.pop("concurrency", None), filters.pop("place", None)
    since, window_days = filters.pop("since", None), filters.pop("window_days", None)
    behind_cursor = filters.get("after_id") or (_params(filters).get("after_id"))
    if place is not None and behind_cursor:
        raise ConfigurationError(f"{operation}: 'place' and 'after_id' both say where to begin; keep one")
    if since is not None:
        _put_since(filters, since, listing, operation)
    if window_days is not None:
        _check_window(window_days, listing, operation)
    return Asked(
        filters,
        _concurrency(concurrency, bool(behind_cursor), defaults, operation, eager=eager),
        None if place is None else read_place(place, operation),
        window_days,
    )


def _params(filters: Filters) -> Mapping[object, object]:
    params: object = filters.get("params")
    return params if is_mapping(params) else {}


def _concurrency(given: object, behind_cursor: bool, defaults: Defaults, operation: str, *, eager: bool) -> int:
    if given is None:
        wanted = defaults.concurrency or (DEFAULT_CONCURRENCY if eager else 1)
        return 1 if behind_cursor else min(wanted, defaults.max_in_flight)
    concurrency = checked_concurrency(given, defaults.max_in_flight, f"{operation}: ")
    if behind_cursor and concurrency > 1:
        raise ConfigurationError(
            f"{operation}: 'after_id' is where a walk with concurrency=1 begins; "
            "use place=, the place of an earlier stream, to go on with more requests at once"
        )
    return concurrency


def checked_concurrency(concurrency: object, max_in_flight: int, prefix: str = "") -> int:
    """Refuse what cannot be a number of requests in flight."""
    if isinstance(concurrency, bool) or not isinstance(concurrency, int) or not 1 <= concurrency <= max_in_flight:
        shown = concurrency if isinstance(concurrency, int) else type(concurrency).__name__
        raise ConfigurationError(
            f"{prefix}concurrency must be a whole number from 1 to {max_in_flight}, "
            f"the client's max_in_flight; got {shown}"
        )
    return concurrency


def _put_since(filters: Filters, since: object, listing: Listing, operation: str) -> None:
    """Put "changed since" into the filter that this list has for it."""
    if listing.since is None:
        raise UnexpectedKeywordError(
            f"{operation} takes no 'since', for the API cannot tell what has changed: {_instead(listing)}"
        )
    name, unit, day_excluded = listing.since
    if not isinstance(since, dt.datetime) or since.tzinfo is None or since.utcoffset() is None:
        raise ConfigurationError(
            f"{operation}: 'since' must be a datetime with a time zone, as datetime.now(timezone.utc); "
            f"got {'one without' if isinstance(since, dt.datetime) else type(since).__name__}"
        )
    if filters.get(name) is not None:
        raise ConfigurationError(f"{operation}: 'since' is sent as {name!r}, which is given as well; keep one")
    moment = since.astimezone(dt.UTC)
    overlap = OVERLAP * 2 if day_excluded else OVERLAP
    filters[name] = moment if unit == "moment" else (moment - overlap).date()


def _instead(listing: Listing) -> str:
    if listing.date_range is not None:
        first, last = listing.date_range[:2]
        return f"fetch the days that may have changed again, with {first!r} and {last!r}, and compare"
    return "fetch the whole list and compare it with what you have"


def _check_window(window_days: object, listing: Listing, operation: str) -> None:
    if listing.date_range is None:
        raise UnexpectedKeywordError(f"{operation} takes no 'window_days', for it has no range of days to cut")
    if isinstance(window_days, bool) or not isinstance(window_days, int) or window_days < 1:
        shown = window_days if isinstance(window_days, int) else type(window_days).__name__
        raise ConfigurationError(f"{operation}: 'window_days' must be a whole number from 1 on; got {shown}")


# -- windows of days --------------------------------------------------------------------------------------


class Days(NamedTuple):
    """A window of days, both included."""

    first: dt.date
    last: dt.date

    def text(self) -> str:
        """As a place holds it."""
        return f"{self.first}/{self.last}"

    @classmethod
    def read(cls, text: str) -> Days:
        """Read what ``text`` wrote; ``ValueError`` for anything else."""
        first, _, last = text.partition("/")
        return cls(dt.date.fromisoformat(first), dt.date.fromisoformat(last))


class Windows(NamedTuple):
    """A range of days that is to be asked for window by window."""

    names: DateRange
    whole: Days
    most_days: int


def windows_of(asked: Asked, listing: Listing, operation: str) -> Windows | None:
    """The range to cut, if it is to be cut.

    Raises:
        ConfigurationError: An end is missing, is no day, or the last is before the first.
    """
    if asked.window_days is None or listing.date_range is None:
        return None
    return Windows(listing.date_range, _days_of(asked.filters, listing.date_range, operation), asked.window_days)


def _days_of(filters: Filters, names: DateRange, operation: str) -> Days:
    found: list[dt.date] = []
    for name in (names.first, names.last):
        value = filters.get(name)
        if isinstance(value, str):
            try:
                value = dt.date.fromisoformat(value)
            except ValueError:
                value = None
        if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
            raise ConfigurationError(
                f"{operation}: 'window_days' cuts the range from {names.first!r} to {names.last!r}: "
                "give both, each a datetime.date"
            )
        found.append(value)
    first, last = found
    if last < first:
        raise ConfigurationError(f"{operation}: {names.last!r} is before {names.first!r}")
    return Days(first, last)


# -- many values of one filter ----------------------------------------------------------------------------

LONGEST_VALUES: Final = 4000
"""Characters of one filter in a URL: servers and proxies refuse URLs of 8 kB and more."""


def batches_of(filters: Filters, listing: Listing) -> list[Filters]:
    """The filters of the requests that a list takes if a filter has more values than one request may hold."""
    for name, most in listing.batches.items():
        values = filters.get(name)
        if values is None or not is_collection(values):
            continue
        distinct = list(dict.fromkeys(values))
        filters = {**filters, name: distinct}
        widest = max((len(str(value)) for value in distinct), default=0) + len(name) + 8
        size = min(most or len(distinct), max(1, LONGEST_VALUES // widest))
        if len(distinct) > size:
            return [{**filters, name: distinct[start : start + size]} for start in range(0, len(distinct), size)]
    return [filters]
