"""Python values on the wire: paths, query strings, bodies. No other module formats a URL."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote, urlencode

import msgspec

from factorialhr._core.errors import ConfigurationError
from factorialhr._core.narrowing import is_mapping, is_several

SMALLEST_LIMIT, LARGEST_LIMIT = 1, 100
# What msgspec and the hook below raise for values that JSON cannot hold.
NOT_ENCODABLE = (TypeError, ValueError, OverflowError, RecursionError, NotImplementedError)


def path_of(segments: tuple[object, ...]) -> str:
    """Quote path segments and join them; refuses what would address another resource."""
    return "/".join([_segment(segment) for segment in segments])


def _segment(value: object) -> str:
    if isinstance(value, str):
        if not value or "/" in value or value in (".", ".."):
            raise ConfigurationError(f"{value!r} is not an id: one path segment is needed, not empty and without '/'")
        return quote(_encodable("an id", value), safe="")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise ConfigurationError(f"an id is an int or a str, not {type(value).__name__}; pass record.id")


def timeout_extension(seconds: float) -> dict[str, dict[str, float]]:
    """A request's timeouts, as transports take them."""
    return {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), seconds)}


def query_of(pairs: Iterable[tuple[str, object]]) -> str:
    """Encode filters Rails style: lists repeat their name, objects put their keys in brackets, ``None`` is left out."""
    return urlencode([pair for name, value in pairs for pair in query_pairs(name, value)])


def query_pairs(name: str, value: object) -> Iterator[tuple[str, str]]:
    """The pairs of one filter or form field."""
    if value is None:
        return
    if is_mapping(value):
        for key, inner in value.items():
            yield from query_pairs(f"{name}[{key}]", inner)
    elif is_several(value):
        for inner in value:
            yield from query_pairs(name, inner)
    else:
        yield name, _query_text(name, value)


def _query_text(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, enum.Enum):
        return _query_text(name, value.value)
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    # By name: whoever passes one has loaded its module, and nobody else should have to.
    if isinstance(value, str | int | float) or type(value).__name__ in ("Decimal", "UUID"):
        return _encodable(repr(name), str(value))
    raise ConfigurationError(
        f"{name!r} cannot be a {type(value).__name__}: use text, numbers, dates, booleans or lists"
    )


def _encodable(what: str, text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        text = ""
        raise ConfigurationError(f"{what} holds a lone surrogate, which is no text: decode it rightly first") from None
    return text


def check_paging(name: str, value: object) -> None:
    """Refuse page sizes and numbers that the API would silently replace by its own."""
    if name in ("after_id", "before_id") and not isinstance(value, str | None):
        raise ConfigurationError(f"{name!r} is a cursor, the text in meta.end_cursor, not {type(value).__name__}")
    if value is None or name not in ("limit", "page"):
        return
    number = int(value) if isinstance(value, str) and value.isdecimal() else value
    if not isinstance(number, int) or isinstance(number, bool) or number < SMALLEST_LIMIT:
        raise ConfigurationError(f"{name!r} is a whole number from {SMALLEST_LIMIT} on")
    if name == "limit" and number > LARGEST_LIMIT:
        raise ConfigurationError(
            f"'limit' is at most {LARGEST_LIMIT}: the API silently sends {LARGEST_LIMIT} for more; "
            "use all() or iter() for the whole list"
        )


def json_body(data: object, operation: str) -> bytes:
    """Encode the body of a write; ``None`` is sent as null, a key that is left out is not sent."""
    if not is_mapping(data):
        hint = ": pass the fields to write" if isinstance(data, msgspec.Struct) else ""
        raise ConfigurationError(f"{operation}: 'data' is a mapping of fields, not {type(data).__name__}{hint}")
    try:
        return msgspec.json.encode(dict(data), enc_hook=_encode)
    except NOT_ENCODABLE:
        # msgspec's own text may quote the value, which may be personal data.
        unencodable = _first_unencodable(data)
    raise ConfigurationError(f"{operation}: {unencodable} cannot be written as JSON")


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
