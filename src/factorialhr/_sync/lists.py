"""Lists, page after page: everything at once, or streamed."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Generic, Self, TypeVar, Unpack

from factorialhr._sync.caller import Caller
from factorialhr._core.deadline import Deadline
from factorialhr._core.outgoing import Operation
from factorialhr._core.pages import Walk, all_arrived, batches, joined, knows_numbers, numbered_pages, worth_in_flight
from factorialhr._core.query import Query
from factorialhr._core.responses import ListApiResponse, MetaApiResponse, page_of
from factorialhr._core.wire import path_of
from factorialhr._system import twins

T = TypeVar("T")


class ListCaller(Caller):
    """Sends the calls of a client, and those that a list takes."""

    def collect(
        self, path: tuple[object, ...], model: type[T], request: Mapping[str, Any], **operation: Unpack[Operation]
    ) -> ListApiResponse[T]:
        """Fetch all pages of a list into one response; the deadline bounds all of them together.

        If the list is long, says how many records it has and takes its time, the pages behind the first are
        fetched several at a time by their numbers, and then checked: as many records as announced, none twice. If
        the check fails, or the list does not allow it, the walk goes on from the first page by its cursor.
        """
        deadline = Deadline.of(request.get("deadline"), self.terms.settings.deadline)
        walk, fetch = self._begin(path, model, request, operation | {"deadline": deadline})
        started = time.monotonic()
        first = fetch(walk.query)
        most = worth_in_flight(time.monotonic() - started, self.connections.most)
        pages = [first]
        numbered = numbered_pages(walk.query, first)
        for batch in batches(numbered, most) if most > 1 else ():
            arrived = twins.gather(fetch, batch, most)
            pages += arrived
            if not knows_numbers(first, arrived):
                break
        if len(pages) > 1 and all_arrived(pages):
            return joined(pages)
        pages = [first]
        while walk.goes_on(pages[-1]):
            pages.append(fetch(walk.query))
        return joined(pages)

    def records(
        self, path: tuple[object, ...], model: type[T], request: Mapping[str, Any], **operation: Unpack[Operation]
    ) -> RecordWalk[T]:
        """Stream the records of all pages, holding one page at a time."""
        return RecordWalk(self.pages(path, model, request, **operation))

    def pages(
        self, path: tuple[object, ...], model: type[T], request: Mapping[str, Any], **operation: Unpack[Operation]
    ) -> PageWalk[T]:
        """Stream the pages of a list; each request is sent when its page is asked for."""
        walk, fetch = self._begin(path, model, request, operation)
        return PageWalk(fetch, walk)

    def _begin(
        self, path: tuple[object, ...], model: type[T], request: Mapping[str, Any], operation: Operation
    ) -> tuple[Walk, twins.Fetch[T]]:
        name = f"GET {path_of(path)}"
        query = Query.of(request, operation.get("filters"), self.terms.settings.api_version, name)

        fetch = partial(self.call, "GET", path, page_of(model), request, **operation)
        return Walk(name, query, self.terms.log), fetch


class PageWalk(Generic[T]):
    """The pages of a list; each is fetched when it is asked for.

    After an error the same page is asked for again, so a walk may go on where it broke.
    """

    def __init__(self, fetch: twins.Fetch[T], walk: Walk) -> None:
        self._fetch = fetch
        self._walk = walk
        self._done = False

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> MetaApiResponse[T]:
        if self._done:
            raise StopIteration
        page = self._fetch(self._walk.query)
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
