"""The paging of lists: its four names, and the values that the API would silently replace by its own."""

from __future__ import annotations

from typing import Final, TypedDict

from factorialhr._core.errors import ConfigurationError

SMALLEST_LIMIT: Final = 1
LARGEST_LIMIT: Final = 100
FIRST_PAGE: Final = 1


class Paging(TypedDict, total=False):
    """Which part of a list to fetch, and how much of it."""

    limit: int | None
    """Records on a page, 1 to 100; the API's own default is 100, and a few lists ignore it."""
    after_id: str | None
    """Cursor ``meta.end_cursor`` of the page before; not a record's id. A walk starts behind it."""
    before_id: str | None
    """Cursor ``meta.start_cursor`` of the page after; not a record's id. Not for walks."""
    page: int | None
    """Number of the page, from 1: the API's older way of paging. Not for walks."""


PAGING: Final = tuple(Paging.__annotations__)
_CURSORS: Final = {"after_id": "meta.end_cursor", "before_id": "meta.start_cursor"}


def check_paging(name: str, value: object, operation: str) -> None:
    """Refuse a page size, page number or cursor that the API would ignore or replace; ``None`` is let through.

    Raises:
        ConfigurationError: It cannot be what it is named.
    """
    if value is None:
        return
    if name in _CURSORS:
        if not isinstance(value, str):
            raise ConfigurationError(
                f"{operation}: {name!r} must be a cursor, the text in {_CURSORS[name]}; got {type(value).__name__}"
            )
        return
    number = int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() else value
    if not isinstance(number, int) or isinstance(number, bool):
        raise ConfigurationError(f"{operation}: {name!r} must be a whole number; got {type(value).__name__}")
    if name == "page" and number < FIRST_PAGE:
        raise ConfigurationError(f"{operation}: 'page' must be {FIRST_PAGE} or more; got {number}")
    if name == "limit" and not SMALLEST_LIMIT <= number <= LARGEST_LIMIT:
        raise ConfigurationError(
            f"{operation}: 'limit' must be from {SMALLEST_LIMIT} to {LARGEST_LIMIT}; got {number}. The API silently "
            "replaces other values; use all() or iter() for the whole list"
        )
