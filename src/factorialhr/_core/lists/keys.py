"""What tells the records of a list apart."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Hashable, Iterable, Sequence
from operator import attrgetter
from typing import Final, TypeAlias

Key: TypeAlias = Hashable
"""What identifies a record within its list."""


MOST_FIELDS: Final = 6
"""Fields of the longest key."""
_NOTHING: Final = frozenset({None, *((None,) * count for count in range(2, MOST_FIELDS + 1))})


def key_reader(fields: Sequence[str]) -> Callable[[object], Key] | None:
    """A function that takes a record's key out of it; ``None`` if no fields identify a record."""
    return attrgetter(*fields) if fields else None


def keys_of(records: Iterable[object], key_of: Callable[[object], Key] | None) -> list[Key] | None:
    """The keys of records that stood side by side.

    Returns:
        ``None`` if they cannot be told apart: a key is missing, or two have the same.
    """
    if key_of is None:
        return None
    try:
        keys = list(map(key_of, records))
        distinct = set(keys)
    except (AttributeError, TypeError):  # a record that is none, a key that came as a list
        return None
    return None if len(distinct) != len(keys) or not _NOTHING.isdisjoint(distinct) else keys


def fingerprint(key: Key) -> str:
    """A short text that stands for a key where it is stored, and does not show it."""
    return hashlib.sha256(repr(key).encode(errors="surrogatepass")).hexdigest()[:12]


def decoded_cursor(cursor: object) -> str | None:
    """What a cursor says: the API's are Base64; one that is not is taken as it is."""
    if not isinstance(cursor, str) or not cursor:
        return None
    if cursor.isdecimal() and len(cursor) % 4:
        return cursor
    try:
        text = base64.b64decode(cursor, validate=True).decode()
    except (binascii.Error, ValueError):  # the latter is what UnicodeDecodeError is
        return cursor
    return text if text.isprintable() else cursor


def same_style_cursor(cursor: object, text: str) -> str:
    """A cursor that says something, spelt as another one is."""
    is_plain = isinstance(cursor, str) and decoded_cursor(cursor) == cursor
    return text if is_plain else base64.b64encode(text.encode()).decode()
