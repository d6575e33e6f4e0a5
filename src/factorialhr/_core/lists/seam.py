"""The proof that nothing lies unread between two pages that were fetched at different moments.

Every response is a *run*: records that stood side by side at one moment. A window across the border of two pages that
holds a record of each joins them there: what the window shows between the two is taken in. A record that was present
throughout lies before the joint, inside the window or after it, and each of these was read. This needs an order that
does not change and keys that tell records apart, and nothing else.
"""

from __future__ import annotations

import itertools
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from factorialhr._core.lists.keys import Key
from factorialhr._core.paging import LARGEST_LIMIT

WIDTHS: Final = (20, 60, 80, 80, 80)
"""Records that a window shows at least, try after try."""
RIGHT: Final = -1


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
    ignores_limit: bool = False
    """Whether it holds more than was asked for: then pages have one size, and none can lie across a border."""


class Part(NamedTuple):
    """A stretch of records of one response."""

    source: int
    """The window, in the order they were asked for; ``RIGHT`` for the right page."""
    start: int
    stop: int


class Joint(NamedTuple):
    """Where two pages meet."""

    parts: tuple[Part, ...]
    """What comes behind the left page, in order: stretches of windows, then of the right page."""
    left_until: int
    """How many records of the left page stand before the joint."""
    proven: bool
    useful: bool
    """Whether any window held a record of either page: if none does, this list does not answer with windows."""
    ignores_limit: bool = False
    """Whether a window held more than was asked for."""


def window_at(position: int, width: int) -> Window:
    """The smallest page of at least this width that holds the position well inside."""
    for limit in range(width, LARGEST_LIMIT + 1):
        if width // 3 <= position % limit <= limit - width // 3:
            return Window(position // limit + 1, limit)
    return Window(position // LARGEST_LIMIT + 1, LARGEST_LIMIT)


def first_window(position: int) -> Window:
    """Where a seam looks first."""
    return window_at(max(0, position), WIDTHS[0])


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
    left_index = {key: index for index, key in enumerate(left, 1)}
    left_until, useful = len(left), False
    before: list[Part] = []
    behind = [Part(RIGHT, 0, len(right))]
    runs: dict[int, Sequence[Key]] = {RIGHT: right}
    places = _places(behind, runs)
    again: list[Window] | None = None
    shown: dict[Window, Sequence[Key]] = {}
    for number, width in enumerate(WIDTHS):
        if again == []:
            break
        position = max(0, position)
        window = again.pop(0) if again else window_at(position, width)
        seen = yield window
        keys = seen.keys
        if keys is None or keys == shown.get(window):
            break  # it has shown that before
        shown[window] = keys
        if seen.ignores_limit and again is None:
            # The two pages once more prove nothing, but show what has moved from one to the other.
            again = [Window(max(1, position // page_size), page_size), Window(position // page_size + 1, page_size)]
            position = again[0].start
        last = next((index for index in range(len(keys) - 1, -1, -1) if keys[index] in left_index), None)
        start = 0 if last is None else last + 1
        first = next((index for index in range(start, len(keys)) if keys[index] in places), None)
        useful = useful or last is not None or first is not None
        if last is not None:
            left_until = left_index[keys[last]]
            if first is not None:
                between = (*before, Part(number, start, first), *_from(behind, *places[keys[first]]))
                return Joint(between, left_until, proven=True, useful=True)
            before.append(Part(number, start, len(keys)))
            if seen.reaches_end or (right and right[-1] in keys):
                # What is left of the right page stands before the joint.
                return Joint(tuple(before), left_until, proven=True, useful=True)
            left_index.update(dict.fromkeys(keys[start:], left_until))
            position = window.start + len(keys)
        elif first is not None:
            behind = [Part(number, 0, first), *_from(behind, *places[keys[first]])]
            runs[number] = keys
            places = _places(behind, runs)
            position = window.start
        else:
            position += _shift(keys, left, number, page_size)
    return Joint((*before, *behind), left_until, proven=False, useful=useful, ignores_limit=again is not None)


def _places(parts: Sequence[Part], runs: Mapping[int, Sequence[Key]]) -> dict[Key, tuple[int, int]]:
    """Where each record of some parts stands: its source, and its index there."""
    return {runs[part.source][index]: (part.source, index) for part in parts for index in range(part.start, part.stop)}


def _from(parts: Sequence[Part], source: int, start: int) -> Iterator[Part]:
    """The parts from a record of one of them on; what stands before it was seen to be gone, or was read before."""
    following = itertools.dropwhile(lambda part: part.source != source, parts)
    first = next(following)
    yield first._replace(start=start)
    yield from following


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
