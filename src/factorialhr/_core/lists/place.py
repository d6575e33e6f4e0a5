"""Where a stream is, as a text that can be stored and gone on from."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Final

import msgspec

from factorialhr._core.errors import ConfigurationError

LAST_KEYS: Final = 8
"""How many records a place remembers: one of them must still be there to find it again."""


class Place(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A place behind a record of a list."""

    list_id: str
    """Tells this list with these filters from others."""
    limit: int | None
    """The page size that was asked for."""
    before: int
    """How many records stood before it."""
    keys: tuple[str, ...]
    """Fingerprints of the last records before it, in order."""
    cursor: str | None = None
    """A cursor before it: of its page, or of the record itself."""
    is_exact: bool = False
    """Whether the cursor is that of the record itself: the list's cursors are ids."""
    part: str | None = None
    """Which of the queries of a stream that has several: of batches of ids, of windows of days."""

    def text(self) -> str:
        """The place as text, of letters, digits, ``-`` and ``_``."""
        return base64.urlsafe_b64encode(msgspec.json.encode(self)).decode().rstrip("=")


def read_place(text: object, operation: str) -> Place:
    """Read what ``text`` wrote.

    Raises:
        ConfigurationError: It is something else.
    """
    if isinstance(text, str) and text.isascii():
        try:
            return msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=Place)
        except (binascii.Error, msgspec.DecodeError, UnicodeDecodeError):
            pass  # its text is somebody's, and must not become a context
    raise ConfigurationError(f"{operation}: 'place' must be what the attribute 'place' of an earlier stream held")


def list_id(operation: str, filters: str) -> str:
    """What tells a list with its filters from others; the filters cannot be read from it."""
    return hashlib.sha256(f"{operation}?{filters}".encode()).hexdigest()[:16]
