"""Python values on the wire: paths and bodies; the query has a module of its own. No other one formats a URL."""

from __future__ import annotations

import datetime as dt
import enum
import math
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final, TypeAlias, cast
from urllib.parse import quote

import msgspec

from factorialhr._core.errors import ConfigurationError
from factorialhr._core.narrowing import is_collection, is_mapping

# Ids and the names of resources, which need no quoting: nearly everything that a path is made of.
PLAIN = re.compile("[A-Za-z0-9_-]+")
# pandas' and numpy's marks for what is missing, by name.
MISSING_TYPES: Final = frozenset({"NaTType", "NAType"})
# What JSON has no form for, and msgspec writes all the same.
LOSSY: Final = (bytes, bytearray, memoryview, dt.timedelta)
# What msgspec and the hook below raise for values that JSON cannot hold.
NOT_ENCODABLE = (TypeError, ValueError, OverflowError, RecursionError, NotImplementedError)


def path_of(segments: tuple[object, ...]) -> str:
    """Quote path segments and join them; refuses what would address another resource."""
    return "/".join([_segment(segment) for segment in segments])


def _segment(value: object) -> str:
    if isinstance(value, str):
        if PLAIN.fullmatch(value):
            return value
        if not value or "/" in value or value in (".", ".."):
            raise ConfigurationError(f"{value!r} is not an id: one path segment is needed, not empty and without '/'")
        if not is_encodable(value):
            raise ConfigurationError(
                "an id holds a lone surrogate, which is no text: decode it with the right encoding"
            )
        return quote(value, safe="")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise ConfigurationError(f"an id is an int or a str, not {type(value).__name__}; pass record.id")


def is_encodable(text: str) -> bool:
    """Whether text can be sent: half of a surrogate pair cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


Timeouts: TypeAlias = Mapping[str, float]
"""Seconds of each phase of a request: ``connect``, ``read``, ``write`` and ``pool``."""


def timeout_extension(timeouts: Timeouts) -> dict[str, Timeouts]:
    """A request's timeouts, as transports take them."""
    return {"timeout": timeouts}


def json_body(data: object, operation: str) -> bytes:
    """Encode the body of a write; ``None`` is sent as null, a key that is left out is not sent."""
    if not is_mapping(data):
        hint = ": pass the fields to write" if isinstance(data, msgspec.Struct) else ""
        raise ConfigurationError(f"{operation}: 'data' is a mapping of fields, not {type(data).__name__}{hint}")
    try:
        _refuse_lossy(data, "", operation)
        return msgspec.json.encode(dict(data), enc_hook=_encode)
    except ConfigurationError:
        raise
    except NOT_ENCODABLE:
        # msgspec's own text may quote the value, which may be personal data.
        unencodable = _first_unencodable(data)
    raise ConfigurationError(f"{operation}: {unencodable} cannot be written as JSON")


def _refuse_lossy(value: object, name: str, operation: str) -> None:
    """Refuse what would be written as something else: NaN as null, bytes as Base64, a duration as text."""
    if is_mapping(value):
        for key, inner in value.items():
            _refuse_lossy(inner, f"{name}.{key}" if name else str(key), operation)
    elif is_collection(value) and not isinstance(value, Iterator):
        for number, inner in enumerate(value):
            _refuse_lossy(inner, f"{name}[{number}]", operation)
    elif isinstance(value, enum.Enum):
        _refuse_lossy(value.value, name, operation)
    elif is_missing(value):
        raise ConfigurationError(
            f"{operation}: {name!r} is NaN, NaT or infinite, which would be written as null or as text; "
            "send None to empty the field, or leave it out"
        )
    elif isinstance(value, LOSSY):
        kind: type = type(cast("object", value))
        instead = "a number or text" if kind is dt.timedelta else "text: decode it"
        raise ConfigurationError(f"{operation}: {name!r} is of type {kind.__name__}; send {instead}")


def is_missing(value: object) -> bool:
    """Whether a value is what data frames put where there is none, or no finite number."""
    if isinstance(value, float):
        return not math.isfinite(value)
    if isinstance(value, Decimal):
        return not value.is_finite()
    # By name, for this package does not load pandas; its NaT passes for a datetime.
    return type(value).__name__ in MISSING_TYPES


def _encode(value: object) -> object:
    if is_mapping(value):
        return dict(value)
    if isinstance(value, dt.time):
        return value.isoformat()
    if isinstance(value, str):
        return str(value)
    raise NotImplementedError


def _first_unencodable(data: Mapping[object, object]) -> str:
    for key, value in data.items():
        try:
            msgspec.json.encode({key: value}, enc_hook=_encode)
        except NOT_ENCODABLE:
            name = repr(key) if isinstance(key, str) else f"a key of type {type(key).__name__}"
            return f"{name} (a {type(value).__name__})"
    return "the body"
