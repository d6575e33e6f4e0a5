"""What every record is made of: identifiers, open enums, clock times, and a ``repr`` without personal data."""

from __future__ import annotations

import datetime as dt
import enum
import os
from typing import IO, Any, Self, TypeAlias

import msgspec

Id: TypeAlias = int | str
"""An identifier as the API serves it: an integer through version 2026-04-01, an opaque string from 2026-07-01.

Never converted and never computed with; what came in as an id can be sent back as it is.
"""

Upload: TypeAlias = "str | os.PathLike[str] | bytes | IO[bytes] | tuple[str, bytes | IO[bytes]]"
"""A file to send: a path, its bytes, an open binary file, or ``(file name, bytes or open file)``."""


class Record(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Base of all records.

    A record shows its type and id and nothing else: everything else in it may be personal data.
    """

    def __repr__(self) -> str:
        return f"{type(self).__name__}(id={getattr(self, 'id', None)!r})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("id", getattr(self, "id", None))]


class OpenEnum(enum.StrEnum):
    """An enum that takes values it does not know: the API adds some in every version.

    A value unknown to this SDK becomes a member that keeps its text; it equals that text.
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        unknown = str.__new__(cls, value)
        unknown._name_ = value
        unknown._value_ = value
        return unknown

    @property
    def is_known(self) -> bool:
        """Whether this SDK's description of the API has the value."""
        return self._value_ in type(self)._value2member_map_


class ClockTime(dt.time):
    """A time of day on the company's clock, without zone or date.

    The API sends ``HH:MM``, at times with a date in front that means nothing.
    """

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``09:30``, ``09:30:00`` or ``2000-01-01T09:30:00.000Z``; raises ``ValueError`` for anything else."""
        moment = text if "T" not in text else text.split("T", 1)[1]
        return cls.fromisoformat(moment.removesuffix("Z"))


def decode_clock_time(kind: type, value: object) -> object:
    """The decode hook: msgspec itself refuses times without seconds.

    Raises:
        TypeError, ValueError: The value is something else; msgspec makes a ``ValidationError`` of them.
    """
    if kind is ClockTime and isinstance(value, str):
        return ClockTime.parse(value)
    if isinstance(value, kind):
        return value
    raise TypeError(f"expected {kind.__name__}")
