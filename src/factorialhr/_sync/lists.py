"""Lists, page after page: everything at once, or streamed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Generic, Self, TypeVar, Unpack

from factorialhr._sync.caller import Caller
from factorialhr._core.deadline import Deadline
from factorialhr._core.issues import DecodeIssue
from factorialhr._core.listing import PLAIN
from factorialhr._core.lists.asked import Defaults
from factorialhr._core.lists.incomplete import IncompleteListError
from factorialhr._core.lists.steps import Fetch, Give
from factorialhr._core.lists.whole import ListTerms, WholeList
from factorialhr._core.outgoing import Operation
from factorialhr._core.responses import ListApiResponse, MetaApiResponse, Outcome, joined, page_of
from factorialhr._core.uncopied import Uncopied
from factorialhr._core.wire import path_of
from factorialhr._system import twins

T = TypeVar("T")


class ListCaller(Caller):
    """Sends the calls of a client, and those that a list takes."""

    def collect(
        self, path: tuple[object, ...], model: type[T], request: Mapping[str, Any], **operation: Unpack[Operation]
    ) -> ListApiResponse[T]:
        """Fetch all pages of a list into one response; the deadline bounds all of them together."""
        deadline = Deadline.of(request.get("deadline"), self.terms.settings.deadline)
        stream = self._stream(path, model, request, operation | {"deadline": deadline}, eager=True)
        pages: list[MetaApiResponse[T]] = []
        try:
            while (page := stream.advance()) is not None:
                pages.append(page)
        except IncompleteListError as error:
            error.response = joined(pages, stream.issues, stream.outcome)
            raise
        return joined(pages, stream.issues, stream.outcome)

    def records(
        self, path: tuple[object, ...], model: type[T], request: Mapping[str, Any], **operation: Unpack[Operation]
    ) -> RecordStream[T]:
        """Stream the records of all pages, holding a few pages at a time."""
        return RecordStream(self.pages(path, model, request, **operation))

    def pages(
        self, path: tuple[object, ...], model: type[T], request: Mapping[str, Any], **operation: Unpack[Operation]
    ) -> PageStream[T]:
        """Stream the pages of a list."""
        return self._stream(path, model, request, operation, eager=False)

    def _stream(
        self,
        path: tuple[object, ...],
        model: type[T],
        request: Mapping[str, Any],
        operation: Operation,
        *,
        eager: bool,
    ) -> PageStream[T]:
        listing = operation.get("listing", PLAIN)
        settings = self.terms.settings
        defaults = Defaults(settings.concurrency, self.connections.most)
        terms = ListTerms(settings.api_version, settings.strict, defaults, self.terms.log)
        whole = WholeList(f"GET {path_of(path)}", request, listing, operation.get("filters"), terms, eager=eager)
        fetch = partial(self.call, "GET", path, page_of(model), request, **operation)
        return PageStream(whole, fetch)


class ListStream(Uncopied, Generic[T]):
    """What a stream of a list says of the list, whether it gives pages or records."""

    _instead = "pass its place on, and begin another with place="

    def __init__(self, whole: WholeList) -> None:
        self._whole = whole

    @property
    def outcome(self) -> Outcome | None:
        """Whether the list arrived whole: ``"whole"``, ``"unproven"`` or ``"cut short"``; ``None`` before its end."""
        return self._whole.report.outcome

    @property
    def issues(self) -> tuple[DecodeIssue, ...]:
        """Where responses disagreed with the API's description so far, or with each other."""
        return self._whole.report.issues

    @property
    def total(self) -> int | None:
        """How many records the list has, as the API last said.

        ``None`` if it does not say, or if the list is read in parts: in batches of ids or windows of days.
        """
        return self._whole.total


class PageStream(ListStream[T]):
    """The pages of a list, each fetched once it is asked for, or together with its neighbors.

    After an error the same pages are asked for again, so a stream may go on where it broke. Several consumers may
    pull from one stream: each page goes to one of them.
    """

    def __init__(self, whole: WholeList, fetch: twins.Fetch[T]) -> None:
        super().__init__(whole)
        self._fetch = fetch
        self._steps = whole.steps()
        self.turn = twins.lock()
        self._due: Fetch | None = None
        self._done = False

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> MetaApiResponse[T]:
        with self.turn:
            page = self.advance()
        if page is None:
            raise StopIteration
        return page

    @property
    def place(self) -> str | None:
        """Where the stream is, behind the last page: pass it as ``place=`` to a later stream of the same list."""
        return self._whole.place(None)

    def close(self) -> None:
        """End the stream: nothing more is fetched."""
        self._done = True

    def advance(self) -> MetaApiResponse[T] | None:
        """The next page, for one consumer at a time; ``None`` at the end."""
        arrived: object = None
        while not self._done:
            if self._due is None:
                try:
                    step = self._steps.send(arrived)
                except StopIteration:
                    self._done = True
                    break
                if isinstance(step, Give):
                    return step.page
                if not isinstance(step, Fetch):
                    raise step.error
                self._due = step
            queries = self._due.queries
            try:
                if len(queries) == 1:
                    arrived = [self._fetch(queries[0])]
                else:
                    arrived = twins.gather(self._fetch, queries, self._whole.concurrency)
            except Exception as error:  # noqa: BLE001  # the list says what becomes of it
                arrived = error
            self._due = None
        return None


class RecordStream(ListStream[T]):
    """The records of a list, a few pages of them held at a time.

    Several consumers may pull from one stream: each record goes to one of them.
    """

    def __init__(self, pages: PageStream[T]) -> None:
        super().__init__(pages._whole)
        self._pages = pages
        self._records: Iterator[T] = iter(())
        self._taken = 0

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T:
        for record in self._records:
            self._taken += 1
            return record
        with self._pages.turn:
            while True:
                # Another consumer may have fetched a page meanwhile.
                for record in self._records:
                    self._taken += 1
                    return record
                page = self._pages.advance()
                if page is None:
                    raise StopIteration
                self._taken, self._records = 0, iter(page.data())

    @property
    def place(self) -> str | None:
        """Where the stream is, behind the last record: pass it as ``place=`` to a later stream of the same list."""
        return self._whole.place(self._taken)

    def close(self) -> None:
        """End the stream: nothing more is fetched, and no more records come."""
        self._records = iter(())
        self._pages.close()
