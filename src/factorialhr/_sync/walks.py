"""Walks over a list, as iterators: nothing is held between two steps, so a loop may be left at any time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, Self, TypeVar

from factorialhr._core.pages import Walk
from factorialhr._core.responses import MetaApiResponse
from factorialhr._system.twins import Fetch

T = TypeVar("T")


class PageWalk(Generic[T]):
    """The pages of a list; each is fetched when it is asked for.

    After an error the same page is asked for again, so a walk may go on where it broke.
    """

    def __init__(self, fetch: Fetch[T], walk: Walk) -> None:
        self._fetch = fetch
        self._walk = walk
        self._done = False

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> MetaApiResponse[T]:
        if self._done:
            raise StopIteration
        page = self._fetch(self._walk.options)
        self._done = not self._walk.goes_on(page)
        return page

    def close(self) -> None:
        """End the walk: nothing more is fetched."""
        self._done = True


class RecordWalk(Generic[T]):
    """The records of a list, one page of them held at a time."""

    def __init__(self, pages: PageWalk[T]) -> None:
        self._pages = pages
        self._records: Iterator[T] = iter(())

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T:
        while True:
            for record in self._records:
                return record
            self._records = iter(self._pages.__next__())

    def close(self) -> None:
        """End the walk: nothing more is fetched, and no more records come."""
        self._records = iter(())
        self._pages.close()
