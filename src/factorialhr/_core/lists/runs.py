"""Responses of a list as runs of records, and what of them was given out already."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, Final

from factorialhr._core.lists.keys import Key, keys_of
from factorialhr._core.query import Query
from factorialhr._core.responses import MetaApiResponse

REMEMBERED: Final = 500
"""Records that a page may reach back over: a list would have to shift by so many between two requests to go unnoticed."""


class Run:
    """One response of a list: records that stood side by side at one moment."""

    def __init__(self, query: Query, page: MetaApiResponse[Any], key_of: Callable[[object], Key] | None) -> None:
        self.query = query
        self.page = page
        self._key_of = key_of

    @cached_property
    def keys(self) -> list[Key] | None:
        """The keys of its records; ``None`` if they cannot be told apart."""
        return keys_of(self.page.data(), self._key_of)

    @property
    def last_id(self) -> str | None:
        """The id of the last record, as cursors have it."""
        found: object = getattr(self.page.data()[-1], "id", None) if len(self.page) else None
        return str(found) if isinstance(found, int | str) else None

    def is_same_as(self, other: Run) -> bool:
        """Whether both hold the same records: a page that came twice."""
        if not len(self.page) or len(self.page) != len(other.page):
            return False
        if self.keys is None or other.keys is None:
            return self.page.bodies == other.page.bodies
        return self.keys == other.keys

    def shares_with(self, other: Run) -> bool:
        """Whether any record is in both."""
        if self.keys is None or other.keys is None:
            return self.is_same_as(other)
        return not set(other.keys).isdisjoint(self.keys)

    def is_much_like(self, other: Run) -> bool:
        """Whether most records of this page are in the other one too: the same page, at another moment."""
        if self.keys is None or other.keys is None:
            return self.is_same_as(other)
        return len(set(other.keys).intersection(self.keys)) * 2 > len(self.keys)


class Given:
    """The records that were given out last, for none may be given out twice."""

    def __init__(self) -> None:
        self._recent: dict[Key, None] = {}
        self._ahead: set[Key] = set()

    def __bool__(self) -> bool:
        return bool(self._recent)

    def add(self, keys: Sequence[Key]) -> None:
        """Remember records in the order in which they were given out."""
        self._recent.update(dict.fromkeys(keys))
        for key in list(self._recent)[: len(self._recent) - REMEMBERED]:
            del self._recent[key]

    def add_ahead(self, keys: Sequence[Key]) -> None:
        """Remember records that were given out and stand behind what comes next: however late they come again."""
        self._ahead.update(keys)

    def fresh(self, keys: Sequence[Key], start: int, stop: int) -> Sequence[int]:
        """The indexes of a stretch whose records were not given out."""
        if self._recent.keys().isdisjoint(keys) and self._ahead.isdisjoint(keys):
            return range(start, stop)
        return [
            index for index in range(start, stop) if keys[index] not in self._recent and keys[index] not in self._ahead
        ]
