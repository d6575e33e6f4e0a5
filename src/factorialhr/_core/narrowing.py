"""``isinstance`` for containers, in the words of type checkers: it says nothing of what they hold."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from typing import IO, TypeGuard


def is_mapping(value: object) -> TypeGuard[Mapping[object, object]]:
    """Whether a caller's value is a mapping."""
    return isinstance(value, Mapping)


def is_collection(value: object) -> TypeGuard[Iterable[object]]:
    """Whether a caller's value holds many: text and bytes of any kind are one."""
    return isinstance(value, Iterable) and not isinstance(value, str | bytes | bytearray | memoryview | Mapping)


def is_binary_file(value: object) -> TypeGuard[IO[bytes]]:
    """Whether a caller's value can be read from and is not known to give text."""
    return callable(getattr(value, "read", None)) and not isinstance(value, io.TextIOBase)


def is_object(value: object) -> TypeGuard[dict[str, object]]:
    """Whether a decoded JSON value is an object."""
    return isinstance(value, dict)


def is_array(value: object) -> TypeGuard[list[object]]:
    """Whether a decoded JSON value is an array."""
    return isinstance(value, list)
