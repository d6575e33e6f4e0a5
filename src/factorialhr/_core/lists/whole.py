"""A whole list as its caller asked for it: of one query, of batches of ids, or of windows of days."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from factorialhr._core.errors import ApiTimeoutError, ConfigurationError
from factorialhr._core.issues import IssueLog
from factorialhr._core.listing import DateRange, Listing
from factorialhr._core.lists.asked import Days, Defaults, Filters, Windows, batches_of, read_asked, windows_of
from factorialhr._core.lists.incomplete import IncompleteListError
from factorialhr._core.lists.keys import Key, fingerprint, key_reader, keys_of, same_style_cursor
from factorialhr._core.lists.place import LAST_KEYS, Place, list_id
from factorialhr._core.lists.report import Report
from factorialhr._core.lists.seam import Window
from factorialhr._core.lists.steps import Fail, Fetch, Give, ListSteps
from factorialhr._core.lists.walk import Asking, Plan, Start, Walk
from factorialhr._core.narrowing import is_mapping
from factorialhr._core.paging import LARGEST_LIMIT
from factorialhr._core.query import OF_ONE_PAGE, Query
from factorialhr._core.responses import MetaApiResponse

SLOW_WINDOW_SECONDS: Final = 20.0
"""A window of days that takes longer is followed by one of half the days."""
FAST_WINDOW_SECONDS: Final = 5.0
"""One that takes less is followed by one of twice the days, up to what was asked for."""
SEARCHES: Final = 21
"""Pages in which a stored place is looked for: the list may have shifted by a thousand records either way."""
ONE_DAY: Final = dt.timedelta(days=1)


class ListTerms(NamedTuple):
    """What a client says of its lists."""

    api_version: str
    strict: bool
    defaults: Defaults
    log: IssueLog


class Known(NamedTuple):
    """The records of one list that another query of it may bring again."""

    before: set[Key]
    """Those that earlier queries brought."""
    now: set[Key]
    """Those of this one."""


class WholeList:
    """A whole list, without the waiting: what to fetch, what to give out, and where it is."""

    def __init__(
        self,
        operation: str,
        request: Mapping[str, Any],
        listing: Listing,
        filters: Mapping[str, str] | None,
        terms: ListTerms,
        *,
        eager: bool,
    ) -> None:
        """Read what is asked for.

        Raises:
            ConfigurationError: It cannot be had; nothing was sent.
        """
        self.report = Report(operation, terms.log, strict=terms.strict)
        self._operation = operation
        self._terms = terms
        self._listing = listing
        self._filters = filters
        self._asked = asked = read_asked(request, listing, terms.defaults, operation, eager=eager)
        self.concurrency = asked.concurrency
        self._key_of = key_reader(listing.key)
        self._whole = self._query(asked.filters)
        self._batches = batches_of(asked.filters, listing)
        self._windows = windows_of(asked, listing, operation)
        self._plan = Plan(
            listing,
            self._key_of,
            asked.concurrency,
            eager,
            reordered=any(self._is_given(name) for name in listing.reorders),
        )
        self._list_id = list_id(f"{terms.api_version} {operation}", self._whole.filters)
        self._check_place(asked.place)
        self._part: str | None = None
        self._walk: Walk | None = None
        self._last: Give | None = None
        self._tail: Sequence[object] = ()
        self._seconds = 0.0

    # -- steps ------------------------------------------------------------------------------------------

    def steps(self) -> ListSteps:
        """The requests of the list, and its pages."""
        place, first = self._asked.place, 0
        if place is not None and place.part is not None:
            first = int(place.part.partition(":")[0])
        if len(self._batches) > 1 and self._batches[0].get("ids") == self._batches[1].get("ids"):
            # A record may go from a batch that is still to come to one that was asked for, and be missed.
            self.report.unproven()
        known = Known(set(), set()) if len(self._batches) > 1 else None
        for index, filters in enumerate(self._batches[first:], first):
            here = place if index == first else None
            if self._windows is not None:
                yield from self._by_windows(index, filters, here, self._windows)
                continue
            self._part = f"{index}:" if known is not None else None
            query = self._whole if known is None else self._query(filters)
            yield from self._walk_through(query, here, known)
            if known is not None:
                known.before.update(known.now)
        self.report.finish()
        if self.report.outcome == "cut short" and self._terms.strict:
            yield Fail(IncompleteListError(self._operation, self.report.issues))

    def _is_given(self, name: str) -> bool:
        params = self._asked.filters.get("params")
        on_wire = (self._filters or {}).get(name)
        return self._asked.filters.get(name) is not None or (is_mapping(params) and params.get(on_wire) is not None)

    def _query(self, filters: Filters) -> Query:
        also = ["concurrency", "place"]
        also += ["since"] if self._listing.since is not None else []
        also += ["window_days"] if self._listing.date_range is not None else []
        query = Query.of(filters, self._filters, self._terms.api_version, self._operation, also=also)
        for name in OF_ONE_PAGE:
            if name in query.paging:
                raise ConfigurationError(
                    f"{self._operation}: {name!r} asks for one page, and this call fetches all of them: "
                    "use get() for one page, or place= to go on where an earlier stream was"
                )
        return query

    def _walk_through(
        self, query: Query, place: Place | None, known: Known | None = None, *, may_shrink: bool = False
    ) -> Asking[bool]:
        """Give out the pages of one query, without the records that are known; false if it takes too long."""
        self._walk, start = Walk(query, self._plan, self.report), None
        if place is not None:
            self._walk, start = yield from self._find(place, query)
        steps = self._walk.steps(start)
        answer: object = None
        while True:
            try:
                step = steps.send(answer)
            except StopIteration:
                return True
            answer = None
            if isinstance(step, Fetch):
                started = time.monotonic()
                answer = yield step
                self._seconds += time.monotonic() - started
            elif isinstance(step, Give):
                yield from self._give(step, known)
            elif may_shrink and isinstance(step.error, ApiTimeoutError):
                return False
            else:
                yield step

    def _give(self, step: Give, known: Known | None) -> ListSteps:
        page = step.page
        if known is not None:
            page = self._without_known(page, known)
        self._tail = [*self._tail, *(self._last.page.data() if self._last else ())][-LAST_KEYS:]
        self._last = step._replace(page=page)
        yield self._last

    def _without_known(self, page: MetaApiResponse[Any], known: Known) -> MetaApiResponse[Any]:
        keys = keys_of(page.data(), self._key_of)
        if keys is None:
            return page
        fresh = [index for index, key in enumerate(keys) if key not in known.before]
        known.now.update(keys)
        return page.picked(fresh)

    # -- windows of days --------------------------------------------------------------------------------

    def _by_windows(self, index: int, filters: Filters, place: Place | None, windows: Windows) -> ListSteps:
        """One window of days after the other, of as many days as the API takes well.

        A record that lies in several windows is in each of those next to each other: the keys of the window before
        are enough to give it out once.
        """
        names, whole, most = windows
        # If the API may leave out the last day, the next window begins on it; it must not be the first as well.
        shared = int(names.last_may_be_cut)
        fewest = 1 + shared
        days, before = max(most, fewest), set[Key]()
        first = whole.first
        if place is not None and place.part is not None:
            resumed = Days.read(place.part.partition(":")[2])
            first, days = resumed.first, (resumed.last - resumed.first).days + 1
            earlier = Days(whole.first, first - (1 - shared) * ONE_DAY)
            before = yield from self._given_before(place, resumed, earlier, filters, names)
        while True:
            window = Days(first, min(whole.last, first + (days - 1) * ONE_DAY))
            self._part, self._seconds = f"{index}:{window.text()}", 0.0
            known = Known(before, set())
            query = self._query({**filters, names.first: window.first, names.last: window.last})
            done = yield from self._walk_through(query, None, known, may_shrink=days > fewest)
            if not done:
                # What was given out before the time ran out is known.
                before, days = before | known.now, max(fewest, days // 2)
                continue
            if window.last >= whole.last:
                return
            # The days of a record may change: it may go from a window that is still to come to this one.
            self.report.unproven()
            before, first = known.now, window.last + (1 - shared) * ONE_DAY
            if self._seconds > SLOW_WINDOW_SECONDS:
                days = max(fewest, days // 2)
            elif self._seconds < FAST_WINDOW_SECONDS:
                days = min(max(most, fewest), days * 2)

    def _given_before(
        self, place: Place, window: Days, earlier: Days, filters: Filters, names: DateRange
    ) -> Asking[set[Key]]:
        """The keys of what was given out before a stored place, as far as the windows from there on can hold it."""
        keys = yield from self._keys_within(window, filters, names)
        given = _behind(place, keys)
        if not given:
            raise self._lost_place()
        known = set(keys[:given])
        if earlier.first <= earlier.last:
            length = window.last - window.first + ONE_DAY
            before = Days(max(earlier.first, window.first - length), earlier.last)
            known.update((yield from self._keys_within(before, filters, names)))
        return known

    def _keys_within(self, days: Days, filters: Filters, names: DateRange) -> Asking[list[Key]]:
        """The keys of a window, in order; nothing of it is given out."""
        found: list[Key] = []
        query = self._query({**filters, names.first: days.first, names.last: days.last})
        steps, answer = Walk(query, self._plan, self.report).steps(), None
        while True:
            try:
                step = steps.send(answer)
            except StopIteration:
                return found
            answer = None
            if isinstance(step, Give):
                found += keys_of(step.page.data(), self._key_of) or ()
            else:
                answer = yield step

    @property
    def total(self) -> int | None:
        """How many records the list has; ``None`` if it is asked for in parts: each says its own number alone."""
        in_parts = self._windows is not None or len(self._batches) > 1
        return None if in_parts else self.report.total

    # -- places -----------------------------------------------------------------------------------------

    def place(self, taken: int | None) -> str | None:
        """Where the stream is, as text.

        Args:
            taken: How many records of the last page were taken; ``None``: all.

        Returns:
            ``None`` before the first record, and for lists whose records cannot be told apart.
        """
        last, walk = self._last, self._walk
        if taken is None:
            taken = 0 if last is None else len(last.page)
        records = [] if last is None else [*self._tail, *last.page.data()[:taken]][-LAST_KEYS:]
        keys = keys_of(records, self._key_of)
        if last is None or walk is None or not keys:
            return None if self._asked.place is None else self._asked.place.text()
        cursor, is_exact = last.query.paging.get("after_id"), False
        if walk.has_id_cursors and taken and isinstance(keys[-1], int | str):
            cursor, is_exact = same_style_cursor(last.page.meta.end_cursor or cursor, str(keys[-1])), True
        return Place(
            list_id=self._list_id,
            limit=self._limit,
            before=last.before + taken,
            keys=tuple(map(fingerprint, keys)),
            cursor=cursor if isinstance(cursor, str) else None,
            is_exact=is_exact,
            part=self._part,
        ).text()

    @property
    def _limit(self) -> int | None:
        limit = self._whole.paging.get("limit")
        return None if limit is None else int(str(limit))

    def _check_place(self, place: Place | None) -> None:
        if place is None:
            return
        if place.list_id != self._list_id:
            raise ConfigurationError(
                f"{self._operation}: this 'place' is of another list, or of one with other filters "
                "or another API version; go on with those that it began with"
            )
        if place.limit != self._limit:
            kept = "without 'limit'" if place.limit is None else f"with limit={place.limit}"
            raise ConfigurationError(f"{self._operation}: this 'place' was taken {kept}; keep to that")
        if ("/" in (place.part or "")) != (self._windows is not None):
            raise ConfigurationError(
                f"{self._operation}: this 'place' was taken {'without' if self._windows else 'with'} "
                "'window_days'; keep to that"
            )

    def _find(self, place: Place, query: Query) -> Asking[tuple[Walk, Start | None]]:
        """Look for a stored place, and begin behind it.

        Raises:
            ConfigurationError: The records before it are gone.
        """
        if place.is_exact and (self.concurrency == 1 or not self._plan.has_proofs):
            return Walk(query.with_paging(after_id=place.cursor), self._plan, self.report, place.before), None
        walk = Walk(query, self._plan, self.report, place.before)
        if self._plan.has_proofs:
            for window in _around(place.before):
                (run,) = yield from walk.fetch([query.with_paging(page=window.page, limit=window.limit)])
                skipped = _behind(place, run.keys)
                if skipped:
                    return walk, Start(run, window.start + len(run.page), skipped, place.before, by_number=True)
        else:
            (run,) = yield from walk.fetch([query.with_paging(after_id=place.cursor)])
            skipped = _behind(place, run.keys)
            if skipped:
                return walk, Start(run, 0, skipped, place.before, by_number=False)
        raise self._lost_place()

    def _lost_place(self) -> ConfigurationError:
        return ConfigurationError(
            f"{self._operation}: the records before this 'place' are gone, so nobody knows where it was; "
            "begin anew without it"
        )


def _around(position: int) -> list[Window]:
    """Pages around a position, the nearest first."""
    middle = max(0, position - 1) // LARGEST_LIMIT + 1
    numbers = sorted(
        range(max(1, middle - SEARCHES // 2), middle + SEARCHES // 2 + 1), key=lambda number: abs(number - middle)
    )
    return [Window(number, LARGEST_LIMIT) for number in numbers]


def _behind(place: Place, keys: Sequence[Key] | None) -> int:
    """How many records of a page lie before a place; 0 if it is not there."""
    known = set(place.keys)
    return max((index for index, key in enumerate(keys or (), 1) if fingerprint(key) in known), default=0)
