"""The proof that nothing lies unread between two pages that were fetched at different moments.

Every response is a *run*: records that stood side by side at one moment. A window across the border of two pages that
holds a record of each joins them there: what the window shows between the two is taken in. A record that was present
throughout lies before the joint, inside the window or after it, and each of these was read. This needs an order that
does not change and keys that tell records apart, and nothing else.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Final, NamedTuple

from factorialhr._core.lists.keys import Key
from factorialhr._core.paging import LARGEST_LIMIT

WIDTHS: Final = (20, 60, 80, 80, 80)
"""Records that a window shows at least, try after try."""


class Window(NamedTuple):
    """A part of a list to look at, as a page: its number and its size."""

    page: int
    limit: int

    @property
    def start(self) -> int:
        """The position of its first record."""
        return (self.page - 1) * self.limit


class Seen(NamedTuple):
    """What a window showed."""

    keys: Sequence[Key] | None
    """``None`` if its records cannot be told apart."""
    reaches_end: bool
    """Whether nothing stood behind its last record."""


class Part(NamedTuple):
    """A stretch of records of one window."""

    window: int
    """Which one, in the order they were asked for."""
    start: int
    stop: int


class Joint(NamedTuple):
    """Where two pages meet."""

    parts: tuple[Part, ...]
    """What windows showed between the two, in order."""
    left_until: int
    """Where the left page ends, as the last window saw it: how many of its records stood before the joint."""
    right_from: int
    """How many of the right page's first records lie before the joint."""
    proven: bool
    useful: bool
    """Whether any window held a record of either page: if none does, windows are not what this list answers with."""


def window_at(position: int, width: int) -> Window:
    """The smallest page of at least this width that holds the position well inside."""
    for limit in range(width, LARGEST_LIMIT + 1):
        if width // 3 <= position % limit <= limit - width // 3:
            return Window(position // limit + 1, limit)
    return Window(position // LARGEST_LIMIT + 1, LARGEST_LIMIT)


def seam(left: Sequence[Key], right: Sequence[Key], position: int, page_size: int) -> Generator[Window, Seen, Joint]:
    """Join two pages, window by window.

    A window that holds records of one page alone extends that page, and the next one looks further; one that holds
    none of either is moved to where the records may be now.

    Args:
        left: The keys of the left page.
        right: Those of the right page; none if the list ended before it.
        position: How many records stood before the right page when it was fetched.
        page_size: Records on a full page.
    """
    until = {key: index for index, key in enumerate(left, 1)}
    behind = {key: index for index, key in enumerate(right)}
    left_until, right_from = len(left), 0
    before: list[Part] = []
    after: list[Part] = []
    useful = False
    for number, width in enumerate(WIDTHS):
        window = window_at(max(0, position), width)
        seen = yield window
        keys = seen.keys
        if keys is None:
            break
        last = _last_of(keys, until)
        first = _first_of(keys, behind, last + 1)
        if last >= 0:
            useful = True
            left_until = until[keys[last]]
            rest_until = first if first is not None else len(keys)
            parts = (*before, Part(number, last + 1, rest_until), *after)
            if first is not None:
                return Joint(parts, left_until, max(0, behind[keys[first]]), proven=True, useful=True)
            if seen.reaches_end or (right and right[-1] in keys):
                # All that is left of the right page stands before the joint.
                return Joint(parts, left_until, len(right), proven=True, useful=True)
            before.append(Part(number, last + 1, len(keys)))
            until.update(dict.fromkeys(keys[last + 1 :], left_until))
            position = window.start + len(keys)
        elif first is not None:
            useful = True
            right_from = max(right_from, behind[keys[first]])
            after.insert(0, Part(number, 0, first))
            behind.update(dict.fromkeys(keys[:first], -1))
            position = window.start
        else:
            position += _shift(keys, left, number, page_size)
    return Joint((*before, *after), left_until, right_from, proven=False, useful=useful)


def _last_of(keys: Sequence[Key], known: dict[Key, int]) -> int:
    return next((index for index in range(len(keys) - 1, -1, -1) if keys[index] in known), -1)


def _first_of(keys: Sequence[Key], known: dict[Key, int], start: int) -> int | None:
    return next((index for index in range(start, len(keys)) if keys[index] in known), None)


def _shift(keys: Sequence[Key], left: Sequence[Key], number: int, page_size: int) -> int:
    """Where to look next after a window without a record of either page."""
    if not keys:
        return -page_size  # the list has become shorter
    if left and isinstance(keys[-1], int) and isinstance(left[-1], int):
        return page_size if keys[-1] < left[-1] else -page_size
    if left and isinstance(keys[-1], str) and isinstance(left[-1], str):
        # Ids are text from some version on, and grow as numbers do.
        return page_size if (len(keys[-1]), keys[-1]) < (len(left[-1]), left[-1]) else -page_size
    return page_size * (number + 1) * (1 if number % 2 else -1)
