"""Pages: how a list is cut into them, what is said of them, and what can be wrong with either."""

from __future__ import annotations

import base64
import binascii
import difflib
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, NamedTuple, Self, TypeAlias, get_args

from factorialhr.testing.answers import RefusedError
from factorialhr.testing.state import Place, Stored, in_order

DEFAULT_LIMIT = LARGEST_LIMIT = 100
PARAMETERS = frozenset({"limit", "after_id", "before_id", "page"})
META = ("limit", "total", "has_next_page", "has_previous_page", "start_cursor", "end_cursor", "paginateable")
LONGEST_CURSOR = 300
NOT_A_CURSOR = "The cursor is not one that this API gave out."

CursorKind: TypeAlias = Literal["positions", "ids"]
EndlessKind: TypeAlias = Literal["repeating", "empty"]
Unit: TypeAlias = Stored | list[Stored]
"""What a page is counted in."""


@dataclass(frozen=True)
class Paging:
    """How a list pages, and what is wrong with its pages.

    Attributes:
        cursors: What a cursor holds: ``positions`` in the list, which shift when a record before them goes, or
            ``ids``, behind which the page starts, even if that record is gone. ``None``: no page has one, and
            ``after_id`` is ignored.
        numbers: Whether ``page`` works; where it does not, it is ignored, and the first page comes again.
        paged: ``False`` sends everything at once, with a ``limit`` of null.
        counts: What ``limit`` and ``total`` count: ``records``, or a field such as ``employee_id``. A page then has
            all records of as many employees.
        page_size: Size of a page, whatever ``limit`` was asked for.
        extra: How many records more than ``meta.limit`` a page has; a negative number means fewer.
        page_before: The page before the one that was asked for comes once more.
        endless: What comes after the end, with ``has_next_page`` true: ``repeating`` starts over, ``empty`` sends
            pages without records, each with a new cursor.
        meta: Members of ``meta`` and what they hold instead; a function is given the right value:
            ``{"total": lambda total: total + 1}``.
        without_meta: Members of ``meta`` that are left out.
    """

    cursors: CursorKind | None = "positions"
    numbers: bool = True
    paged: bool = True
    counts: str = "records"
    page_size: int | None = None
    extra: int = 0
    page_before: bool = False
    endless: EndlessKind | None = None
    meta: Mapping[str, Any] = field(default_factory=dict[str, Any])
    without_meta: Sequence[str] = ()

    def __post_init__(self) -> None:
        if self.cursors not in (None, *get_args(CursorKind)):
            raise ValueError(f"cursors is 'positions', 'ids' or None; got {self.cursors!r}")
        if self.endless not in (None, *get_args(EndlessKind)):
            raise ValueError(f"endless is 'repeating', 'empty' or None; got {self.endless!r}")
        if self.page_size is not None and self.page_size < 1:
            raise ValueError(f"page_size is a number from 1 on; got {self.page_size!r}")
        if isinstance(self.without_meta, str):
            raise ValueError(f"without_meta is a list of names; got the text {self.without_meta!r}")
        for name in (*self.meta, *self.without_meta):
            if name not in META:
                close = difflib.get_close_matches(name, META, n=1)
                hint = f"did you mean {close[0]!r}?" if close else f"its members are {', '.join(META)}"
                raise ValueError(f"meta has no member {name!r}: {hint}")

    def under(self, other: Self) -> Self:
        """These settings, replaced by those that the other has of its own."""
        own = {one.name: getattr(other, one.name) for one in fields(other)}
        return replace(self, **{name: value for name, value in own.items() if value != getattr(PLAIN, name)})


PLAIN = Paging()
"""A list that pages by positions and by numbers."""
OF_LISTS: Mapping[str, Paging] = {
    "attendance/shifts": Paging(paged=False),
    "timeoff/allowance_stats": Paging(numbers=False, counts="employee_id"),
}
"""Lists that page in another way, as seen live or as their description says."""


class Page(NamedTuple):
    records: Sequence[Stored]
    meta: dict[str, Any]


def page_of(records: Sequence[Stored], asked: Mapping[str, str], paging: Paging) -> Page:
    """The page of a list that the parameters ask for.

    Args:
        records: What the filters keep, in the order of the list.
        asked: ``limit``, ``page``, ``after_id`` and ``before_id``, as far as they were sent.
        paging: How this list pages.
    """
    page = _Cut(records, asked, paging).page() if paging.paged else _everything(records)
    for name, value in paging.meta.items():
        page.meta[name] = value(page.meta.get(name)) if callable(value) else value
    for name in paging.without_meta:
        page.meta.pop(name, None)
    return page


def encode_cursor(content: object) -> str:
    return base64.b64encode(str(content).encode()).decode()


def _everything(records: Sequence[Stored]) -> Page:
    meta = {"limit": None, "total": len(records), "has_next_page": False, "has_previous_page": False}
    return Page(records, {**meta, "paginateable": False})


class _Cut:
    """One page on its way out of a list."""

    def __init__(self, records: Sequence[Stored], asked: Mapping[str, str], paging: Paging) -> None:
        self._asked = asked
        self._paging = paging
        self._units: Sequence[Unit] = records if paging.counts == "records" else _grouped(records, paging.counts)
        self._limit = paging.page_size or _limit(asked)
        self._size = max(1, self._limit + paging.extra)

    def page(self) -> Page:
        number = self._number()
        first, last = self._window(number)
        if self._paging.page_before and first > 0:
            first, last = max(0, first - self._size), first
        total = len(self._units)
        meta: dict[str, Any] = {
            "limit": self._limit,
            "total": total,
            "has_next_page": self._paging.endless is not None or last < total,
            "has_previous_page": first > 0,
            **self._cursors(first, last, number),
            "paginateable": True,
        }
        served = self._served(first, last)
        return Page([stored for unit in served for stored in ([unit] if isinstance(unit, Stored) else unit)], meta)

    def _number(self) -> int | None:
        """The number that counts for this list, from one on."""
        if "page" not in self._asked or not self._paging.numbers:
            return None
        return max(1, _whole(self._asked["page"]) or 1)

    def _window(self, number: int | None) -> tuple[int, int]:
        """Where the page starts, and where it ends, counted from zero; an endless list has places behind its end."""
        total, size = len(self._units), self._size
        if number is not None:
            first = (number - 1) * size
        elif self._paging.cursors is not None and self._asked.get("after_id"):
            first = self._behind(self._asked["after_id"])
        elif self._paging.cursors is not None and self._asked.get("before_id"):
            last = max(0, min(self._before(self._asked["before_id"]), total))
            return max(0, last - size), last
        else:
            first = 0
        if self._paging.endless == "repeating" or (self._paging.endless == "empty" and first >= total):
            return first, first + size
        first = min(first, total)
        return first, min(first + size, total)

    def _served(self, first: int, last: int) -> Sequence[Unit]:
        if self._paging.endless == "repeating" and self._units:
            return [self._units[place % len(self._units)] for place in range(first, last)]
        return self._units[first:last]

    # -- cursors ------------------------------------------------------------------------------------

    def _cursors(self, first: int, last: int, number: int | None) -> dict[str, str | None]:
        """Those of the page; of numbered pages only the first carries them."""
        if self._paging.cursors is None or (number or 1) > 1:
            return {}
        if last <= first:
            return {"start_cursor": None, "end_cursor": None}
        if self._paging.cursors == "positions":
            return {"start_cursor": encode_cursor(first + 1), "end_cursor": encode_cursor(last)}
        served = self._served(first, last)
        if not served:  # a page behind the end of an endless list
            cursor = encode_cursor(_next(_content(self._asked["after_id"]) if self._asked.get("after_id") else "0"))
            return {"start_cursor": cursor, "end_cursor": cursor}
        return {"start_cursor": encode_cursor(self._key(served[0])), "end_cursor": encode_cursor(self._key(served[-1]))}

    def _behind(self, cursor: str) -> int:
        if self._paging.cursors == "positions":
            return _position(cursor)
        return bisect_right(self._units, in_order(_content(cursor)), key=self._place)

    def _before(self, cursor: str) -> int:
        if self._paging.cursors == "positions":
            return _position(cursor) - 1
        return bisect_left(self._units, in_order(_content(cursor)), key=self._place)

    def _place(self, unit: Unit) -> Place:
        return in_order(self._key(unit))

    def _key(self, unit: Unit) -> str:
        return unit.key if isinstance(unit, Stored) else str(unit[0].fields.get(self._paging.counts))


def _grouped(records: Sequence[Stored], name: str) -> list[Unit]:
    """The records of each employee, or of what else is counted, in the order of its ids."""
    groups: dict[str, list[Stored]] = {}
    for stored in records:
        groups.setdefault(str(stored.fields.get(name)), []).append(stored)
    return [groups[key] for key in sorted(groups, key=in_order)]


def _limit(asked: Mapping[str, str]) -> int:
    """The page size: 100 where it is left out, too large, or no number."""
    number = _whole(asked.get("limit"))
    return number if number is not None and 1 <= number <= LARGEST_LIMIT else DEFAULT_LIMIT


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdecimal() and len(text) < 19 else None


def _content(cursor: str) -> str:
    """What is in a cursor."""
    try:
        content = base64.b64decode(cursor, validate=True).decode() if len(cursor) <= LONGEST_CURSOR else ""
    except (binascii.Error, UnicodeDecodeError, ValueError):
        content = ""
    if not content:
        raise RefusedError(400, NOT_A_CURSOR)
    return content


def _position(cursor: str) -> int:
    """The position in the list that a cursor stands for; such a cursor is no id, despite ``after_id``."""
    position = _whole(_content(cursor))
    if position is None:
        raise RefusedError(400, NOT_A_CURSOR)
    return position


def _next(key: str) -> str:
    """A key behind another one."""
    return str(int(key) + 1) if key.isascii() and key.isdecimal() else f"{key}~"
