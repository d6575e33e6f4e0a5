"""A server of one list, as plain functions: the policy of lists is tried on it without a transport."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable
from typing import Any, NamedTuple
from unittest.mock import Mock
from urllib.parse import parse_qsl

from factorialhr._core.errors import FactorialError
from factorialhr._core.issues import IssueLog
from factorialhr._core.listing import Listing
from factorialhr._core.lists.asked import Defaults
from factorialhr._core.lists.steps import Fail, Fetch
from factorialhr._core.lists.whole import ListTerms, WholeList
from factorialhr._core.query import Query
from factorialhr._core.responses import MetaApiResponse, PaginationMeta


class Row(NamedTuple):
    """A record: ``id`` and ``day`` together are unique, and ``id`` alone is in some lists."""

    id: int
    day: int = 0


class Server:
    """Serves a list that a function may change before each request."""

    def __init__(
        self,
        rows: list[Row],
        *,
        cursors: str | None = "ids",
        numbers: bool = True,
        keeps_ids: bool = False,
        change: Callable[[list[Row]], object] = id,
    ) -> None:
        """Serve rows.

        Args:
            rows: The list, in its order.
            cursors: ``"ids"``, ``"positions"`` or none.
            numbers: Whether ``page`` is heeded.
            keeps_ids: Whether ``ids[]`` keeps some of the records.
            change: Called with the rows before each request.
        """
        self.rows = rows
        self._keeps_ids = keeps_ids
        self._pairs: list[list[tuple[str, str]]] = []
        self.cursors = cursors
        self.numbers = numbers
        self.change = change
        self.requests: list[dict[str, str]] = []

    def answer(self, query: Query) -> MetaApiResponse[Row]:
        """The page that a query asks for."""
        self.change(self.rows)
        self._pairs.append(parse_qsl(query.text()))
        asked = dict(self._pairs[-1])
        self.requests.append(asked)
        limit = min(int(asked.get("limit", 100)), 100)
        wanted = {value for name, value in self._pairs[-1] if name == "ids[]"}
        rows = [row for row in self.rows if str(row.id) in wanted] if self._keeps_ids else self.rows
        start = self._start(asked, limit, rows)
        page = rows[start : start + limit]
        end = start + len(page)
        return MetaApiResponse(
            page,
            [repr(page).encode()],
            PaginationMeta(
                limit=limit,
                total=len(rows),
                has_next_page=end < len(rows),
                end_cursor=self._cursor(page, end),
            ),
        )

    def all_values(self, name: str) -> list[list[str]]:
        """The values of a filter, request by request."""
        return [[value for one, value in pairs if one == name] for pairs in self._pairs]

    def _start(self, asked: dict[str, str], limit: int, rows: list[Row]) -> int:
        if "after_id" in asked and self.cursors is not None:
            said = int(base64.b64decode(asked["after_id"]))
            if self.cursors == "positions":
                return said
            return next((index for index, row in enumerate(rows) if row.id > said), len(rows))
        return (int(asked.get("page", 1)) - 1) * limit if self.numbers else 0

    def _cursor(self, page: list[Row], end: int) -> str | None:
        if self.cursors is None or not page:
            return None
        said = end if self.cursors == "positions" else page[-1].id
        return base64.b64encode(str(said).encode()).decode()


class Fetched(NamedTuple):
    """What came of a list."""

    rows: list[Row]
    whole: WholeList
    place: str | None

    @property
    def outcome(self) -> str | None:
        """``None`` if it was left before its end."""
        return self.whole.report.outcome


def fetch(server: Server, listing: Listing, *, eager: bool = True, **request: Any) -> Fetched:
    """Carry out the steps of a list to its end."""
    return _carry_out(server, listing, None, eager=eager, request=request)


def take(server: Server, listing: Listing, count: int, **request: Any) -> Fetched:
    """Carry out the steps of a list until so many records were given out, and leave it there."""
    return _carry_out(server, listing, count, eager=False, request=request)


def _carry_out(server: Server, listing: Listing, most: int | None, *, eager: bool, request: dict[str, Any]) -> Fetched:
    """Send one request after the other, those of a step in an order that the server's seed does not know."""
    terms = ListTerms("2026-10-01", strict=False, defaults=Defaults(None, 16), log=IssueLog(Mock()))
    filters = {"ids": "ids[]", "from_": "from", "to": "to"}
    whole = WholeList("GET lists/rows", request, listing, filters, terms, eager=eager)
    rows: list[Row] = []
    steps, arrived = whole.steps(), None
    shuffled = random.Random(len(server.rows))  # noqa: S311
    while most is None or len(rows) < most:
        try:
            step = steps.send(arrived)
        except StopIteration:
            break
        arrived = None
        if isinstance(step, Fetch):
            arrived = _answers(server, step, shuffled)
        elif isinstance(step, Fail):
            raise step.error
        else:
            taken = step.page.data() if most is None else step.page.data()[: most - len(rows)]
            rows += taken
            place = whole.place(len(taken))
    return Fetched(rows, whole, place if rows else whole.place(0))


def _answers(server: Server, step: Fetch, shuffled: random.Random) -> list[MetaApiResponse[Row]] | Exception:
    order = list(range(len(step.queries)))
    shuffled.shuffle(order)
    try:
        pages = {index: server.answer(step.queries[index]) for index in order}
    except FactorialError as error:
        return error
    return [pages[index] for index in range(len(pages))]
