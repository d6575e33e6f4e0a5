"""When a walk over pages goes on, and when it ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar, cast

from factorialhr._core.errors import ConfigurationError, DecodeError
from factorialhr._core.issues import DecodeIssue, IssueLog
from factorialhr._core.narrowing import is_mapping, readable_again
from factorialhr._core.options import PAGING, PageOptions
from factorialhr._core.records import Id
from factorialhr._core.responses import ListApiResponse, MetaApiResponse
from factorialhr._core.wire import LARGEST_LIMIT, SMALLEST_LIMIT, check_paging

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
    """The state of one walk: the cursors that were seen, and the options of the next request."""

    def __init__(self, operation: str, options: PageOptions, log: IssueLog) -> None:
        self._operation = operation
        self._log = log
        self.options = _with_paging_as_keywords(options)
        for name in ("page", "before_id"):
            # A null is as good as nothing, but a number would leave the walk without a cursor to go on from.
            if self.options.get(name) is not None:
                raise ConfigurationError(
                    f"{operation}: {name!r} asks for one page, and this call fetches all of them: "
                    "use get() for one page, or after_id to start behind a cursor"
                )
        check_paging("after_id", self.options.get("after_id"))
        self._seen = {self.options.get("after_id")}
        self._empty = 0
        self._ends: tuple[int, Id | None, Id | None] | None = None

    def goes_on(self, page: MetaApiResponse[Any]) -> bool:
        """Whether there is a next page; its cursor is put into ``options``.

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
        self.options["after_id"] = cursor
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


def _with_paging_as_keywords(options: PageOptions) -> PageOptions:
    """Take the names of paging out of ``params``: the walk sets them itself.

    Every page is asked for with the same options, so what can be read once is kept.
    """
    options = cast("PageOptions", {name: readable_again(value) for name, value in options.items()})
    params: object = options.get("params")
    if is_mapping(params):
        params = {name: readable_again(value) for name, value in params.items()}
        options = cast("PageOptions", {**options, "params": params})
    if not is_mapping(params) or not PAGING.keys() & params.keys():
        return {**options}
    twice = sorted(name for name in PAGING if name in params and options.get(name) is not None)
    if twice:
        raise ConfigurationError(f"{twice[0]!r} is given as a keyword and in 'params'; keep one")
    paging = {name: params[name] for name in PAGING if name in params}
    rest = {name: value for name, value in params.items() if name not in PAGING}
    return cast("PageOptions", {**options, **paging, "params": rest})


def numbered_pages(request: PageOptions, first: MetaApiResponse[Any]) -> list[PageOptions]:
    """The options of the pages behind the first, where the list can be fetched by page numbers; else none.

    It can where the first page is full, says how many records there are, and was not asked for behind a
    cursor.
    """
    size, total = first.meta.limit, first.meta.total
    if request.get("after_id"):
        return []
    # A bool is an int as well; and a size that may not be asked for cannot be kept to.
    if not first.meta.has_next_page or type(size) is not int or type(total) is not int:
        return []
    if not SMALLEST_LIMIT <= size <= LARGEST_LIMIT or len(first) != size:
        return []
    count = -(-total // size)
    if not FEWEST_NUMBERED_PAGES <= count - 1 <= MOST_NUMBERED_PAGES:
        return []
    return [{**request, "page": number, "limit": size} for number in range(2, count + 1)]


def worth_in_flight(seconds: float, most: int) -> int:
    """How many pages to fetch at a time, from what the first one took.

    Each connection of the pool is looked at for each request: where answers come at once, many cost more
    CPU than they save in waiting.
    """
    return max(1, min(most, round(seconds / SECONDS_WORTH_ONE)))


def batches(numbered: Sequence[PageOptions], most: int) -> Iterator[Sequence[PageOptions]]:
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
