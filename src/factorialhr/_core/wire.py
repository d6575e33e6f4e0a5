"""Python values on the wire: paths and bodies; the query has a module of its own. No other one formats a URL."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from urllib.parse import quote

import msgspec

from factorialhr._core.errors import ConfigurationError
from factorialhr._core.narrowing import is_mapping

# Ids and the names of resources, which need no quoting: nearly everything that a path is made of.
PLAIN = re.compile("[A-Za-z0-9_-]+")
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


def timeout_extension(seconds: float) -> dict[str, dict[str, float]]:
    """A request's timeouts, as transports take them."""
    return {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), seconds)}


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
