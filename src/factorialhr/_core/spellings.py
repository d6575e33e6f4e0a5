"""Dates and times as the API spells them at times, and msgspec does not read them."""

from __future__ import annotations

import datetime as dt
import re
import typing
from functools import cache
from typing import Final, NamedTuple

MIDNIGHT: Final = dt.time()
SPELLING: Final = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)"
    r"(?:[T ](?P<time>\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?) ?(?P<zone>Z|UTC|[+-]\d\d(?::?\d\d)?)?)?",
    re.IGNORECASE,
)


class Read(NamedTuple):
    """What a text says, in the documented type."""

    value: dt.date
    found: str | None = None
    """What it is instead of the documented type; ``None`` if it is only another spelling of it."""


def respelled(kind: object, text: str) -> Read | None:
    """Read a date or a timestamp in one of the spellings that are known; ``None`` if it is none of them.

    Args:
        kind: The type of the field, with or without ``None``.
        text: What came.
    """
    spelling = SPELLING.fullmatch(text)
    if spelling is None:
        return None
    try:
        if dt.datetime in _options(kind):
            return _timestamp(spelling)
        if dt.date in _options(kind):
            return _date(spelling)
    except ValueError:  # the 31st of February
        pass
    return None


@cache
def _options(kind: object) -> frozenset[object]:
    return frozenset(typing.get_args(kind) or (kind,))


def _timestamp(spelling: re.Match[str]) -> Read:
    day, time, zone = spelling.group("date", "time", "zone")
    if time is None:
        return Read(dt.datetime.combine(dt.date.fromisoformat(day), MIDNIGHT, dt.UTC), "date")
    if zone is None:
        return Read(dt.datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=dt.UTC), "timestamp without time zone")
    offset = "+00:00" if zone.upper() in ("Z", "UTC") else zone
    return Read(dt.datetime.fromisoformat(f"{day}T{time}{offset}"))


def _date(spelling: re.Match[str]) -> Read | None:
    """The date of a timestamp at midnight: at another time of day it would be lost."""
    day, time = spelling.group("date", "time")
    if time is not None and dt.time.fromisoformat(time) != MIDNIGHT:
        return None
    return Read(dt.date.fromisoformat(day))
