"""Whether a value out of JSON is a list or an object, in a way that type checkers follow."""

from __future__ import annotations

from typing import Any, TypeGuard


def is_list(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def is_object(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def as_list(value: Any) -> list[Any]:
    """A list as it is, nothing as no item, anything else as the only one."""
    if is_list(value):
        return value
    return [] if value is None else [value]
