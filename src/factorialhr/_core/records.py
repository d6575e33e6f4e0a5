"""What every record is made of: identifiers, open enums, clock times, and a ``repr`` without personal data."""

from __future__ import annotations

import datetime as dt
import enum
import os
import re
from collections.abc import Callable
from functools import lru_cache, reduce
from types import NoneType
from typing import (
    IO,
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    Final,
    Never,
    Self,
    TypeAlias,
    TypeVar,
    cast,
    get_args,
    get_origin,
)

import msgspec

from factorialhr._core import conversions

Id: TypeAlias = int | str
"""An identifier as the API serves it: an integer through version 2026-04-01, an opaque string from 2026-07-01.

Never converted and never computed with; what came in as an id can be sent back as it is.
"""

Upload: TypeAlias = "str | os.PathLike[str] | bytes | IO[bytes] | tuple[str, bytes | IO[bytes]]"
"""A file to send: a path, its bytes, an open binary file, or ``(file name, bytes or open file)``."""


T = TypeVar("T")
_VISIBLE: Final = "null for a credential that may not see it"

if TYPE_CHECKING:
    Visible: TypeAlias = Annotated[T, _VISIBLE]
    """A field that every record has, and that is null for a credential that may not see it."""
else:
    # Null is no disagreement and needs no second way to decode; the documented type is what a program works with.
    Visible = Annotated[T | None, _VISIBLE]


def is_visible(kind: Any) -> bool:
    """Whether a type is ``Visible[...]``."""
    return get_origin(kind) is Annotated and _VISIBLE in get_args(kind)


def documented_type(kind: Any) -> Any:
    """The type of a field as the documentation has it."""
    if not is_visible(kind):
        return kind
    options = [one for one in get_args(get_args(kind)[0]) if one is not NoneType]
    return reduce(lambda union, one: union | one, options)


CLOCK_BEHIND_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]")


class Record(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Base of all records.

    A record shows its type and id and nothing else: everything else in it may be personal data.

    Records are equal if they are of one type and agree in all fields. They hash by their type and what identifies them
    in their list, which is ``id`` nearly everywhere: a record that has changed is another element of a set.
    """

    _key: ClassVar[tuple[str, ...]] = ("id",)

    def __hash__(self) -> int:
        kind = type(self)
        return hash((kind, *[_hash_of(getattr(self, name)) for name in key_of(kind) or kind.__struct_fields__]))

    def __repr__(self) -> str:
        return f"{type(self).__name__}(id={getattr(self, 'id', None)!r})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("id", getattr(self, "id", None))]

    def to_dict(self) -> dict[str, Any]:
        """All fields under the names of the API, with Python values.

        Dates are ``date`` and ``datetime``, clock times ``datetime.time``, enums plain text, nested objects dicts.
        """
        return conversions.to_dict(self)

    def to_json(self) -> str:
        """All fields under the names of the API as JSON, the content of a web response or a file.

        Dates and timestamps are ISO 8601, UTC as ``Z``; clock times ``HH:MM``, with seconds only if there are any.
        What JSON cannot hold (NaN, infinity, what is nested too deeply) is ``null``, half a character is U+FFFD.
        """
        return conversions.to_json(self)

    def show(self) -> str:
        """Everything in the record as text, personal data too, to look at on purpose: ``print(record.show())``."""
        return conversions.show(self)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> Any:
        from factorialhr._core.validation import core_schema_of

        return core_schema_of(cls, decode_kind)

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: Any, _handler: Any) -> dict[str, Any]:
        from factorialhr._core.validation import json_schema_of

        return json_schema_of(cls, json_schema_hook)


@lru_cache(maxsize=1024)
def key_of(model: type) -> tuple[str, ...]:
    """The fields that together identify a record of a model, by their attributes; none if no fields do."""
    key: tuple[str, ...] = getattr(model, "_key", ("id",))
    return key if set(key) <= set(getattr(model, "__struct_fields__", ())) else ()


def _hash_of(value: object) -> int:
    """The hash of what JSON and dates are made of; the same for all else, which may have none."""
    return hash(value) if isinstance(value, str | int | float | dt.date | dt.time) else 0


class _OpenEnumType(enum.EnumType):
    """The class of open enums: members are upper case, and whoever spells one otherwise is told."""

    def __getattr__(cls, name: str) -> Never:
        raise AttributeError(_no_member(cls, name))

    def __getitem__(cls, name: str) -> Any:
        if name in cls.__members__:
            return super().__getitem__(name)
        raise KeyError(_no_member(cls, name))


def _no_member(kind: Any, name: str) -> str:
    if name.upper() in kind.__members__:
        return f"{kind.__name__}.{name} is spelled {kind.__name__}.{name.upper()}"
    return f"{kind.__name__} has no member {name}"


class OpenEnum(enum.StrEnum, metaclass=_OpenEnumType):
    """An enum that takes values it does not know: the API adds some in every version.

    A value unknown to this SDK becomes a member that keeps its text; it equals that text.
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        unknown = str.__new__(cls, value)
        unknown._name_ = unknown._value_ = str.__str__(value)
        return unknown

    @property
    def is_known(self) -> bool:
        """Whether this SDK's description of the API has the value."""
        return self._value_ in type(self)._value2member_map_


class _OfTimes(type):
    """The class of a name for times: ``isinstance`` goes by what they are. It is asked for each, so no frame is entered."""

    __instancecheck__ = dt.time.__instancecheck__  # pyright: ignore[reportAssignmentType]  # not bound: C calls C


class _OfDates(type):
    """The class of a name for dates."""

    __instancecheck__ = dt.date.__instancecheck__  # pyright: ignore[reportAssignmentType]


class ClockTime(dt.time, metaclass=_OfTimes):
    """A time of day on the company's clock, without zone or date.

    The API sends ``HH:MM``, at times with a date in front that means nothing. What a record holds, and what
    ``ClockTime(9, 30)`` makes, is a plain ``datetime.time``, which every library knows how to write.
    """

    __slots__ = ()

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Make a ``datetime.time``."""
        return cast("Self", dt.time(*args, **kwargs))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``09:30``, ``9:30``, ``09:30:00`` or ``2000-01-01T09:30:00.000Z``; anything else is a ``ValueError``."""
        moment = text[11:] if CLOCK_BEHIND_DATE.match(text) else text
        moment = moment.removesuffix(" UTC").removesuffix("Z")
        return cast("Self", dt.time.fromisoformat("0" + moment if moment[1:2] == ":" else moment))


class DateOrTime(dt.date, metaclass=_OfDates):
    """A calendar date, or a timestamp: some fields come as either. A record holds a ``date`` or a ``datetime``."""

    __slots__ = ()

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Make a ``datetime.date``."""
        return cast("Self", dt.date(*args, **kwargs))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a calendar date or a timestamp with time zone; anything else is a ``ValueError``."""
        if len(text) == len("2026-01-31"):
            return cast("Self", dt.date.fromisoformat(text))
        moment = dt.datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError("a timestamp without time zone")
        return cast("Self", moment)


def _read_kind(kind: type, value: Any) -> Any:
    if isinstance(value, str) and kind in (ClockTime, DateOrTime):
        return kind.parse(value)
    if isinstance(value, kind):
        return value
    raise TypeError(f"expected {kind.__name__}")


decode_kind: Final[Callable[[type, Any], Any]] = lru_cache(maxsize=4096)(_read_kind)
"""The decode hook, for the kinds of values that msgspec does not know.

The cache is the hook itself: for a text seen before, no Python code runs. A ``TypeError`` or ``ValueError`` from it
becomes a ``ValidationError``.
"""


def json_schema_hook(kind: type) -> dict[str, Any]:
    """Tell ``msgspec.json.schema(..., schema_hook=json_schema_hook)`` what clock times and dates look like in JSON."""
    if kind is ClockTime:
        return {"type": "string", "pattern": r"^\d\d:\d\d(:\d\d(\.\d+)?)?$"}
    if kind is DateOrTime:
        return {"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]}
    raise NotImplementedError
