"""How one list is fetched: which pages, in which order, what joins them, and when it ends.

Pages come by their numbers, several at a time, or one behind the other by their cursors. A walk never trusts what it
can look up: a page that says neither that more follows nor that it is the last is followed up, and so is one that came
before.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeVar

from factorialhr._core.issues import DecodeIssue
from factorialhr._core.listing import Listing
from factorialhr._core.lists.keys import Key, decoded_cursor
from factorialhr._core.lists.report import Report
from factorialhr._core.lists.runs import REMEMBERED, Given, Run
from factorialhr._core.lists.seam import RIGHT, Joint, Part, Seen, Window, first_window, seam
from factorialhr._core.lists.steps import Fail, Fetch, Give, ListStep, ListSteps
from factorialhr._core.paging import LARGEST_LIMIT, SMALLEST_LIMIT
from factorialhr._core.query import Query
from factorialhr._core.responses import MetaApiResponse, assembled

T = TypeVar("T")
Asking = Generator[ListStep, Any, T]

FEWEST_FULL_PAGES: Final = 4
"""A shorter list is walked as fast page by page."""
MOST_EMPTY_PAGES: Final = 100
"""Pages of records that the credential may not see come empty; a server that never ends must end somewhere."""
MOST_REPEATED_PAGES: Final = 10
"""Pages in a row that bring nothing new: a list that has grown that much at its beginning is rarer than a loop."""
EAGER_BATCH: Final = 16
"""Times the concurrency: how many pages ``all()`` fetches at most before it joins them.

The last requests of a batch leave the others idle, so the fewer batches, the better. The windows of borders are read
together with their pages, so a list changes no more between them.
"""
STREAM_BATCH: Final = 8
"""Pages that a stream fetches at most before it joins them: it holds them, and a loop that is left early has not read
them."""


class Plan(NamedTuple):
    """How a list is to be fetched."""

    listing: Listing
    key_of: Callable[[object], Key] | None
    concurrency: int
    eager: bool
    """Whether all of it is wanted, as fast as possible, rather than little at first."""
    reordered: bool = False
    """Whether a filter changes the order."""

    def batch_sizes(self) -> Iterator[int]:
        """How many pages to fetch before they are joined, time after time."""
        if self.eager:
            size, growth, most = self.concurrency, 4, self.concurrency * EAGER_BATCH
        else:
            size, growth, most = 1, 2, STREAM_BATCH if self.concurrency > 1 else 1
        while True:
            yield size
            size = min(size * growth, most)

    @property
    def has_proofs(self) -> bool:
        """Whether windows can join the pages: they can be had by number, in an order that lasts, and have keys."""
        takes_numbers = self.listing.paging == "numbers" and self.listing.counts == "records"
        return takes_numbers and not self.reordered and self.key_of is not None


class Start(NamedTuple):
    """Where a walk begins, if not at the beginning: behind records that an earlier one has given out."""

    run: Run
    """The response that holds them."""
    position: int
    """How many records stand before the first one behind it."""
    skipped: int
    """How many of its records were given out by the earlier one."""
    before: int
    """How many records were given out in all."""
    by_number: bool
    """Whether pages follow by their numbers."""


class Border(NamedTuple):
    """Where two pages meet that were fetched at different moments."""

    left: Run
    right: Run
    position: int
    """How many records stood before the right one."""


class Walk:
    """One list on its way, from its first request to its last."""

    def __init__(self, query: Query, plan: Plan, report: Report, before: int | None = None) -> None:
        """Plan a walk; ``before`` is how many records an earlier one has given out."""
        self._query = query
        self._plan = plan
        self._report = report
        self._given = Given()
        # Pages whose keys nobody has had to read so far.
        self._unread: deque[Run] = deque(maxlen=1)
        self._cursors = {query.paging.get("after_id")}
        self._idle = 0
        self._has_begun_again = False
        # The list's first page; nobody knows it where another stream has begun.
        self._first: Run | None = None
        self._size = self._size_of(None)
        # Behind a cursor, nobody knows how many records stand before it.
        self._can_prove = plan.has_proofs and (before is not None or not query.paging.get("after_id"))
        self.before = before or 0
        """How many records were given out."""
        self.has_id_cursors = False
        """Whether the last cursor was the id of a record, and cannot have been its position."""
        # What the next cursor would be if cursors were positions: how many records stood before it when it was made.
        began = decoded_cursor(query.paging.get("after_id"))
        self._position = 0 if began is None else int(began) if began.isdecimal() else None

    def steps(self, start: Start | None = None) -> ListSteps:
        """The requests of the walk, and the pages it gives out."""
        if start is None:
            (first,) = yield from self.fetch([self._query])
            self._first, self._size = first, self._size_of(first)
            self._unread = deque([first], max(1, REMEMBERED // self._size))
            self._position = None if self._position is None else self._position + len(first.page)
            # Where pages are of another size than they say, nobody knows what their numbers stand for.
            said = first.page.meta.limit
            self._can_prove = self._can_prove and said is not None and said == self._size >= len(first.page)
            yield from self._give(first.page, first)
            if self._can_go_by_number(first) and (yield from self._by_number(first, self.before)):
                return
        else:
            first, self._position = start.run, None
            self.before = start.before
            for begin in range(start.skipped, len(first.page), self._size):
                yield from self._give(first.page.picked(range(begin, min(begin + self._size, len(first.page)))), first)
            if start.by_number:
                yield from self._by_number(first, start.position)
                return
        yield from self._by_cursor(first)

    # -- by number --------------------------------------------------------------------------------------

    def _can_go_by_number(self, first: Run) -> bool:
        meta = first.page.meta
        return (
            self._plan.concurrency > 1
            and self._can_prove
            and first.keys is not None
            # A bool is an int as well.
            and type(meta.limit) is int
            and type(meta.total) is int
            and len(first.page) == meta.limit
            and meta.total >= meta.limit * FEWEST_FULL_PAGES
        )

    def _by_number(self, left: Run, position: int) -> Asking[bool]:
        """Fetch pages by number, batch after batch; false if the list turns out not to know them."""
        size, number = self._size, position // self._size + 1
        begun = False
        for batch in self._plan.batch_sizes():
            last = max(number, min(number + batch - 1, self._announced(size)))
            runs, early = yield from self._fetch_batch(number, last, position)
            if not begun and number > 1 and self._first is not None and runs[0].is_much_like(self._first):
                return False
            begun = True
            ends = not self._goes_on(runs[-1], last, size)
            borders, position = _borders(left, runs, position, number, size)
            before = borders[-1].right if borders else left
            if ends and not len(runs[-1].page) and not _is_last(before, size):
                borders.append(Border(before, runs[-1], position))
            joints = yield from self._joints(borders, size, early)
            for border, joint in zip(borders, joints, strict=True):
                yield from self._give_joined(border.left, border.right, joint)
                if self._has_begun_again:
                    break
            left = before
            self._idle += sum(not len(run.page) for run in runs)
            if self._is_stuck(empty=not len(runs[-1].page)) or ends:
                return True
            number = last + 1
            # One batch is in memory at a time.
            del runs, early, borders, joints
        raise AssertionError  # pragma: no cover  # batches never end

    def _fetch_batch(self, number: int, last: int, position: int) -> Asking[tuple[Sequence[Run], Mapping[Window, Run]]]:
        """Fetch pages by number, and with them the first window of each border.

        What joins two pages is that a window shows a record of each, so it may as well be read together with them.
        Behind all records that were announced there is no border to look at.
        """
        size = self._size
        announced = (self._report.total or 0) if self._can_prove else 0
        starts = [start for start in range((number - 1) * size, last * size, size) if start < announced]
        windows = [first_window(max(position, start)) for start in starts]
        pages = [self._numbered(n, size) for n in range(number, last + 1)]
        arrived = yield from self.fetch(_alternating(pages, [self._numbered(*window) for window in windows]))
        runs, seen = _parted(arrived, len(windows))
        return runs, dict(zip(windows, seen, strict=True))

    def _announced(self, size: int) -> int:
        """The number of the last page, as far as the last response knows."""
        return -(-(self._report.total or 0) // size)

    def _goes_on(self, last: Run, number: int, size: int) -> bool:
        page = last.page
        if len(page) >= size:
            return True
        if number < self._announced(size):
            return page.meta.has_next_page is not False
        # Behind all that were announced, an empty page is the end, whatever it says.
        return page.meta.has_next_page is True and len(page) > 0

    def _numbered(self, number: int, size: int) -> Query:
        return self._query.with_paging(page=number, limit=size, after_id=None)

    # -- by cursor --------------------------------------------------------------------------------------

    def _by_cursor(self, left: Run) -> Asking[None]:
        """Fetch page after page, each by the cursor of the one before."""
        filled = left
        while True:
            right = yield from self._following(left, filled)
            if right is None:
                return
            if self._speaks_of_ids(filled, right):
                # Windows at earlier borders may have shown some of it.
                yield from self._give_joined(filled, right, _whole_page(filled, right, proven=True))
            elif len(filled.page) and (len(right.page) or right.page.meta.has_next_page is not True):
                (joint,) = yield from self._joints([Border(filled, right, self.before)], self._size)
                yield from self._give_joined(filled, right, joint)
            else:
                if len(right.page):
                    # Before it are pages without records: they cannot be joined.
                    self._report.unproven()
                yield from self._give(right.page, right)
            if self._is_stuck(empty=not len(right.page)):
                return
            left = right
            filled = right if len(right.page) else filled

    def _following(self, left: Run, filled: Run) -> Asking[Run | None]:
        """The page behind another one; ``None`` if nothing follows, or all that does was given out."""
        flag, found = left.page.meta.has_next_page, "missing"
        if flag is not True and not self._may_go_on(left, flag):
            return None
        cursor = self._new_cursor(left)
        if cursor is None and not self._can_prove:
            # It may have been left out by mistake.
            before = left
            (left,) = yield from self.fetch([left.query])
            cursor = self._new_cursor(left)
            if not left.is_same_as(before):
                self._report.unproven()
            if left.page.meta.has_next_page is False and not self._may_go_on(left, flag=False):
                return None
        if cursor is not None:
            self._cursors.add(cursor)
            query = self._query.with_paging(after_id=cursor)
            for _ in range(2):
                (right,) = yield from self.fetch([query])
                if not right.is_same_as(filled):
                    return right
            found = "the page before once more"
        elif left.page.meta.end_cursor:
            found = "a cursor seen before"
        if not self._can_prove or not (yield from self._by_number(filled, self.before)):
            self._report.cut_short(DecodeIssue("PaginationMeta", "end_cursor", "the next page's cursor", found))
        return None

    def _new_cursor(self, run: Run) -> str | None:
        cursor = run.page.meta.end_cursor
        return cursor if isinstance(cursor, str) and cursor and cursor not in self._cursors else None

    def _may_go_on(self, left: Run, flag: object) -> bool:
        """Whether a page that does not say so may have others behind it; one that says no is asked if it is full."""
        is_full, has_more = len(left.page) >= self._size, (self._report.total or 0) > self.before
        return (is_full and has_more) if flag is False else (is_full or has_more)

    def _size_of(self, first: Run | None) -> int:
        """Records on a full page: what the API says, what was asked for, or what it takes then."""
        for size in (first and first.page.meta.limit, self._query.paging.get("limit")):
            if type(size) is int and SMALLEST_LIMIT <= size <= LARGEST_LIMIT:
                return size
        return LARGEST_LIMIT

    def _speaks_of_ids(self, left: Run, right: Run) -> bool:
        """Whether a cursor was the id of the record before it: then nothing can lie between the two pages.

        It may have been a position instead, and look the same. Then every id up to it was there; and if that holds
        for the next page as well, nothing was skipped either.
        """
        said, position = decoded_cursor(right.query.paging.get("after_id")), self._position
        self._position = None if position is None else position + len(right.page)
        if self._plan.listing.key != ("id",) or self._plan.reordered or said is None or said != left.last_id:
            self.has_id_cursors = False
            return False
        if not _ascends(left.last_id, right.last_id):
            # Ids that go back may be those of a list that has begun again.
            self.has_id_cursors = False
            return False
        if position is not None and said != str(position):
            self.has_id_cursors = True
            return True
        return right.last_id is not None and decoded_cursor(right.page.meta.end_cursor) == right.last_id

    # -- both -------------------------------------------------------------------------------------------

    def fetch(self, queries: Sequence[Query]) -> Asking[list[Run]]:
        """Fetch pages; if it fails, fail, and fetch them again when asked to go on."""
        while True:
            arrived = yield Fetch(queries)
            if not isinstance(arrived, Exception):
                break
            yield Fail(arrived)
        runs = [Run(query, page, self._plan.key_of) for query, page in zip(queries, arrived, strict=True)]
        for run in runs:
            self._note(run.page)
        return runs

    def _note(self, page: MetaApiResponse[Any]) -> None:
        self._report.note(page.issues)
        total = page.meta.total
        if type(total) is int and self._plan.listing.counts == "records":
            self._report.total = total

    def _joints(
        self, borders: Sequence[Border], size: int, early: Mapping[Window, Run] | None = None
    ) -> Asking[list[tuple[Joint, list[Run]]]]:
        """Join pages, all borders at the same time: their joints, each with the windows it was found in.

        Windows that were read together with the pages count where they join them; elsewhere they are read again.
        """
        found = [_whole_page(left, right, proven=False) for left, right, _ in borders]
        asked: dict[int, tuple[Generator[Window, Seen, Joint], Window]] = {}
        for index, (left, right, position) in enumerate(borders):
            if self._can_prove and left.keys and right.keys is not None:
                proof = seam(left.keys, right.keys, position, size)
                window = next(proof)
                run = early.get(window) if early else None
                if run is None or not _shows_both(run, left.keys, right.keys):
                    asked[index] = proof, window
                    continue
                try:
                    asked[index] = proof, proof.send(_seen(run, window))
                except StopIteration as end:
                    found[index] = end.value, [run]
                else:  # the order is odd: look again from the beginning
                    proof = seam(left.keys, right.keys, position, size)
                    asked[index] = proof, next(proof)
        while asked:
            windows = yield from self.fetch([self._numbered(*window) for _, window in asked.values()])
            for (index, (proof, window)), run in zip(list(asked.items()), windows, strict=True):
                found[index][1].append(run)
                try:
                    asked[index] = proof, proof.send(_seen(run, window))
                except StopIteration as end:
                    found[index] = end.value, found[index][1]
                    del asked[index]
                    # Five windows for nothing, at every border, would tell nothing new.
                    self._can_prove = self._can_prove and end.value.useful
        return found

    def _give_joined(self, left: Run, right: Run, found: tuple[Joint, list[Run]]) -> ListSteps:
        """Give out what comes behind a page, once it is joined."""
        joint, windows = found
        # So far behind the first page, the records of a list that has begun again would pass for new ones.
        first = self._first
        self._has_begun_again = first is not None and self.before > REMEMBERED and right.shares_with(first)
        if self._has_begun_again:
            return
        if not joint.proven:
            self._report.unproven(_why_unproven(joint) if windows else None)
        if joint.proven and not windows and not self._given:
            self._unread.append(right)
            yield from self._give(right.page, right)
            return
        while self._unread:
            self._given.add(self._unread.popleft().keys or ())
        if left.keys is not None:
            self._given.add(left.keys)
            self._given.add_ahead(left.keys[joint.left_until :])
        pieces: list[tuple[Run, Sequence[int]]] = []
        for part in joint.parts:
            run = right if part.source == RIGHT else windows[part.source]
            fresh: Sequence[int] = range(part.start, part.stop)
            if run.keys is not None:
                fresh = self._given.fresh(run.keys, part.start, part.stop)
                self._given.add([run.keys[index] for index in fresh])
            if fresh:
                pieces.append((run, fresh))
        page = _assembled(right, pieces)
        if len(page):
            yield from self._give(page, right)
        else:
            self._idle += 1

    def _give(self, page: MetaApiResponse[Any], run: Run) -> ListSteps:
        before, self.before = self.before, self.before + len(page)
        self._idle = 0 if len(page) else self._idle + 1
        yield Give(page, before, run.query)

    def _is_stuck(self, *, empty: bool) -> bool:
        """Whether nothing new has come for so long that nothing new will."""
        if self._has_begun_again:
            found = "the first page once more"
        elif self._idle >= (MOST_EMPTY_PAGES if empty else MOST_REPEATED_PAGES):
            found = f"{self._idle} pages without a new one"
        else:
            return False
        self._report.cut_short(DecodeIssue("PaginationMeta", "data", "other records", found))
        return True


def _ascends(left: str | None, right: str | None) -> bool:
    """Whether the ids of a page end behind those of the page before; where they are no numbers, nobody knows."""
    if left is None or right is None or not (left.isdecimal() and right.isdecimal()):
        return True
    return int(left) < int(right)


def _borders(left: Run, runs: Sequence[Run], position: int, number: int, size: int) -> tuple[list[Border], int]:
    """The borders between pages that hold something, the first of them of a number, and where the last page ends."""
    found: list[Border] = []
    for start, run in zip(itertools.count((number - 1) * size, size), runs, strict=False):
        if len(run.page):
            found.append(Border(left, run, max(position, start)))
            left, position = run, start + size
    return found, position


def _is_last(run: Run, size: int) -> bool:
    """Whether a page said that nothing stood behind it."""
    return run.page.meta.has_next_page is False or (run.page.meta.has_next_page is not True and len(run.page) < size)


def _seen(run: Run, window: Window) -> Seen:
    count = len(run.page)
    return Seen(run.keys, run.page.meta.has_next_page is not True and count < window.limit, count > window.limit)


def _why_unproven(joint: Joint) -> DecodeIssue:
    if joint.ignores_limit:
        return DecodeIssue("PaginationMeta", "limit", "pages of the size that was asked for", "another size")
    return DecodeIssue("PaginationMeta", "data", "a window that joins two pages", "none")


def _whole_page(left: Run, right: Run, *, proven: bool) -> tuple[Joint, list[Run]]:
    """A page behind another one, all of it, without a window."""
    return Joint((Part(RIGHT, 0, len(right.page)),), len(left.page), proven, useful=False), []


def _shows_both(window: Run, left: Sequence[Key], right: Sequence[Key]) -> bool:
    keys = window.keys
    return keys is not None and not set(keys).isdisjoint(left) and not set(keys).isdisjoint(right)


def _alternating(pages: Sequence[Query], windows: Sequence[Query]) -> Sequence[Query]:
    """Pages, and the windows of the first ones, each behind its page."""
    pairs = [query for pair in zip(pages, windows, strict=False) for query in pair]
    return [*pairs, *pages[len(windows) :]]


def _parted(arrived: Sequence[Run], windows: int) -> tuple[Sequence[Run], Sequence[Run]]:
    """Pages and windows, which came as ``_alternating`` has put them."""
    return [*arrived[: 2 * windows : 2], *arrived[2 * windows :]], arrived[1 : 2 * windows : 2]


def _assembled(right: Run, pieces: Sequence[tuple[Run, Sequence[int]]]) -> MetaApiResponse[Any]:
    """One page of stretches of several."""
    if len(pieces) == 1 and pieces[0][0] is right and len(pieces[0][1]) == len(right.page):
        return right.page
    return assembled([run.page.picked(indexes) for run, indexes in pieces], right.page.meta)
