"""``isinstance`` for containers, in the words of type checkers: it says nothing of what they hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeGuard


def is_mapping(value: object) -> TypeGuard[Mapping[object, object]]:
    """Whether a caller's value is a mapping."""
    return isinstance(value, Mapping)


def is_several(value: object) -> TypeGuard[Iterable[object]]:
    """Whether a caller's value holds many: text and bytes are one."""
    return isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping)


def is_object(value: object) -> TypeGuard[dict[str, object]]:
    """Whether a decoded JSON value is an object."""
    return isinstance(value, dict)


def is_array(value: object) -> TypeGuard[list[object]]:
    """Whether a decoded JSON value is an array."""
    return isinstance(value, list)
