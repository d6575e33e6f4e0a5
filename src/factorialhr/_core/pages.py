"""When a walk over pages goes on, and when it ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from factorialhr._core.errors import ConfigurationError, DecodeError
from factorialhr._core.issues import DecodeIssue, IssueLog
from factorialhr._core.paging import LARGEST_LIMIT, SMALLEST_LIMIT
from factorialhr._core.query import Query
from factorialhr._core.records import Id
from factorialhr._core.responses import ListApiResponse, MetaApiResponse

T = TypeVar("T")

# With fewer pages than this behind the first, a walk is as fast.
FEWEST_NUMBERED_PAGES = 2
# More than this is no list, but a mistake in counting.
MOST_NUMBERED_PAGES = 100_000
# Fetching one more page at a time pays where an answer takes longer than the CPU work of a page or two.
SECONDS_WORTH_ONE = 0.003
# Pages of records that the credential may not see come empty; a server that never ends must end somewhere.
MOST_EMPTY_PAGES = 100


class Walk:
    """The state of one walk: the cursors that were seen, and the query of the next request."""

    def __init__(self, operation: str, query: Query, log: IssueLog) -> None:
        self._operation = operation
        self._log = log
        self.query = query
        for name in ("page", "before_id"):
            # A number would leave the walk without a cursor to go on from.
            if name in query.paging:
                raise ConfigurationError(
                    f"{operation}: {name!r} asks for one page, and this call fetches all of them: "
                    "use get() for one page, or after_id to start behind a cursor"
                )
        self._seen = {query.paging.get("after_id")}
        self._empty = 0
        self._ends: tuple[int, Id | None, Id | None] | None = None

    def goes_on(self, page: MetaApiResponse[Any]) -> bool:
        """Whether there is a next page; its cursor is put into ``query``.

        A list that announces more, but gives no new cursor to fetch it with, ends here; a warning and the
        page's ``issues`` say so, since what is missing must not go unnoticed.
        """
        self._notice_repetition(page)
        if not page.meta.has_next_page:
            return False
        cursor = page.meta.end_cursor
        if not isinstance(cursor, str) or not cursor:
            return self._stuck(page, "missing")
        if cursor in self._seen:
            return self._stuck(page, "a cursor seen before")
        self._count_empty(page)
        self._seen.add(cursor)
        self.query = self.query.with_paging(after_id=cursor)
        return True

    def _stuck(self, page: MetaApiResponse[Any], found: str) -> bool:
        self._announce(page, DecodeIssue("PaginationMeta", "end_cursor", "the next page's cursor", found))
        return False

    def _notice_repetition(self, page: MetaApiResponse[Any]) -> None:
        """A page that comes again behind a new cursor doubles its records, and hides those of another."""
        records = page.data()
        ends = (len(records), _id_of(records[0]), _id_of(records[-1])) if records else None
        if ends is not None and ends == self._ends and None not in ends:
            self._announce(page, DecodeIssue("PaginationMeta", "data", "another page", "the page before once more"))
        self._ends = ends

    def _announce(self, page: MetaApiResponse[Any], issue: DecodeIssue) -> None:
        page.issues += (issue,)
        self._log.announce(self._operation, issue)

    def _count_empty(self, page: MetaApiResponse[Any]) -> None:
        self._empty = 0 if len(page) else self._empty + 1
        if self._empty >= MOST_EMPTY_PAGES:
            raise DecodeError(
                f"{self._operation}: {self._empty} empty pages in a row, each announcing another one",
                operation=self._operation,
                path="$.meta.has_next_page",
                body=page.bodies[0],
            )


def numbered_pages(query: Query, first: MetaApiResponse[Any]) -> list[Query]:
    """The queries of the pages behind the first, where the list can be fetched by page numbers; else none.

    It can where the first page is full, says how many records there are, and was not asked for behind a
    cursor.
    """
    size, total = first.meta.limit, first.meta.total
    if query.paging.get("after_id"):
        return []
    # A bool is an int as well; and a size that may not be asked for cannot be kept to.
    if not first.meta.has_next_page or type(size) is not int or type(total) is not int:
        return []
    if not SMALLEST_LIMIT <= size <= LARGEST_LIMIT or len(first) != size:
        return []
    count = -(-total // size)
    if not FEWEST_NUMBERED_PAGES <= count - 1 <= MOST_NUMBERED_PAGES:
        return []
    return [query.with_paging(page=number, limit=size) for number in range(2, count + 1)]


def worth_in_flight(seconds: float, most: int) -> int:
    """How many pages to fetch at a time, from what the first one took.

    Each connection of the pool is looked at for each request: where answers come at once, many cost more
    CPU than they save in waiting.
    """
    return max(1, min(most, round(seconds / SECONDS_WORTH_ONE)))


def batches(numbered: Sequence[Query], most: int) -> Iterator[Sequence[Query]]:
    """Cut pages into runs to be fetched together: a list that turns out shorter than announced costs one run."""
    size = most * 4
    return (numbered[start : start + size] for start in range(0, len(numbered), size))


def knows_numbers(first: MetaApiResponse[Any], batch: Sequence[MetaApiResponse[Any]]) -> bool:
    """Whether a run of numbered pages is worth another one: none is empty, none is the first page once more."""
    return all(len(page) and _id_of(page.data()[0]) != _id_of(first.data()[0]) for page in batch)


def all_arrived(pages: Sequence[MetaApiResponse[Any]]) -> bool:
    """Whether pages fetched by number are the whole list: every record once, as many as announced.

    Records that were added or removed meanwhile shift from page to page; then the walk by cursor decides.
    """
    total = pages[0].meta.total
    ids = {_id_of(record) for page in pages for record in page}
    same = all(page.meta.total == total for page in pages) and not pages[-1].meta.has_next_page
    return same and None not in ids and len(ids) == sum(map(len, pages)) == total


def _id_of(record: object) -> Id | None:
    found: object = getattr(record, "id", None)
    return found if isinstance(found, int | str) else None


def joined(pages: Sequence[MetaApiResponse[T]]) -> ListApiResponse[T]:
    """One response of many pages."""
    records = [record for page in pages for record in page.data()]
    bodies = [body for page in pages for body in page.bodies]
    return ListApiResponse(records, bodies, tuple(dict.fromkeys(issue for page in pages for issue in page.issues)))
