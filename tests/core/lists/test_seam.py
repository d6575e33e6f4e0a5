"""Two pages and the windows that join them, by hand: which records come of it, and whether it is a proof."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from factorialhr._core.lists.runs import REMEMBERED, Given
from factorialhr._core.lists.seam import RIGHT, Joint, Seen, Window, seam, window_at


def joined(
    left: Sequence[int], right: Sequence[int], *windows: Sequence[int], end: bool = False
) -> tuple[Joint, list[int]]:
    """The joint of two pages, and the records that come behind the left one."""
    proof = seam(left, right, len(left), 5)
    sources = dict(enumerate(windows)) | {RIGHT: right}
    asked = iter(windows)
    next(proof)
    try:
        while True:
            proof.send(Seen(list(next(asked)), end, ignores_limit=False))
    except StopIteration as done:
        joint: Joint = done.value
    return joint, [key for part in joint.parts for key in sources[part.source][part.start : part.stop]]


@pytest.mark.parametrize(
    ("left", "right", "windows", "behind"),
    [
        ([1, 2, 3], [4, 5, 6], [[2, 3, 4, 5]], [4, 5, 6]),
        # 4 has slipped from the right page to the left one.
        ([1, 2, 3], [5, 6, 7], [[2, 3, 4, 5]], [4, 5, 6, 7]),
        # The last of the left page are gone.
        ([1, 2, 3], [5, 6, 7], [[1, 4, 5]], [4, 5, 6, 7]),
        # The first of the right page are gone.
        ([1, 2, 3], [4, 5, 6], [[2, 3, 6]], [6]),
        # Records were put in before, and the right page begins with those of the left one.
        ([1, 2, 3], [2, 3, 4], [[1, 2, 3, 4]], [4]),
        # So many that all of it was there.
        ([1, 2, 3, 4], [2, 3], [[1, 2, 3, 4, 5]], [5]),
        # One window shows the end of the left page, the next one the beginning of the right one.
        ([1, 2, 3], [8, 9], [[2, 3, 4, 5], [5, 6, 7, 8]], [4, 5, 6, 7, 8, 9]),
        ([1, 2, 3], [8, 9], [[6, 7, 8], [2, 3, 4, 5, 6]], [4, 5, 6, 7, 8, 9]),
        # One shows neither.
        ([1, 2, 3], [4, 5], [[21, 22], [3, 4]], [4, 5]),
    ],
)
def test_a_window_that_shows_both_pages_joins_them(
    left: list[int], right: list[int], windows: list[list[int]], behind: list[int]
) -> None:
    joint, found = joined(left, right, *windows)
    assert (found, joint.proven, joint.useful) == (behind, True, True)


def test_the_end_of_a_list_is_shown_by_a_window_behind_which_there_is_nothing() -> None:
    joint, found = joined([1, 2, 3], [], [2, 3, 4], end=True)
    assert (found, joint.proven) == ([4], True)
    joint, found = joined([1, 2, 3], [7, 8], [2, 3, 4], end=True)
    assert (found, joint.proven) == ([4], True)


@pytest.mark.parametrize(
    ("windows", "behind", "useful"),
    [
        ([[21], [22], [23], [24], [25]], [8, 9], False),
        ([[2, 3, 4], [3, 4, 5], [4, 5, 6], [21], [22]], [4, 5, 6, 8, 9], True),
        ([[7, 8], [6, 7], [21], [22], [23]], [6, 7, 8, 9], True),
    ],
)
def test_windows_that_show_no_two_pages_prove_nothing_and_lose_nothing(
    windows: list[list[int]], behind: list[int], useful: bool
) -> None:
    joint, found = joined([1, 2, 3], [8, 9], *windows)
    assert (found, joint.proven, joint.useful) == (behind, False, useful)


def test_the_same_window_is_not_read_for_ever() -> None:
    proof = seam([1, 2, 3], [4, 5], 0, 5)
    windows = [next(proof)]
    for _ in range(10):
        try:
            windows.append(proof.send(Seen([], reaches_end=True)))
        except StopIteration:
            break
    assert len(windows) <= 3


def test_no_window_lies_before_the_list() -> None:
    proof = seam([1, 2, 3], [4, 5], 3, 5)
    windows, shows = [next(proof)], iter([[], [71], [72, *range(80, 200)], [73], [74]])
    for keys in shows:
        try:
            windows.append(proof.send(Seen(keys, reaches_end=False, ignores_limit=len(keys) > 100)))
        except StopIteration:
            break
    assert all(window.page >= 1 for window in windows)


def test_records_that_cannot_be_told_apart_join_nothing() -> None:
    proof = seam([1, 2], [3, 4], 2, 2)
    next(proof)
    with pytest.raises(StopIteration) as ended:
        proof.send(Seen(None, reaches_end=False))
    assert not ended.value.value.proven


def test_a_joint_says_how_much_of_the_left_page_stands_before_it() -> None:
    # 3 may be behind the window: it was given out, and may come again much later.
    assert joined([1, 2, 3], [10, 11], [2, 10])[0].left_until == 2


@pytest.mark.parametrize("position", range(300))
def test_a_window_holds_its_position_well_inside(position: int) -> None:
    window = window_at(position, 20)
    assert 20 <= window.limit <= 100
    assert position < 6 or window.start + 6 <= position <= window.start + window.limit - 6
    assert window == Window(window.start // window.limit + 1, window.limit)


def test_nothing_is_given_out_twice_however_late_it_comes_again() -> None:
    given = Given()
    given.add([1, 2, 3])
    given.add_ahead([3])
    given.add(range(1000, 1000 + REMEMBERED))
    assert list(given.fresh([1, 2, 3, 4], 0, 4)) == [0, 1, 3]
    assert list(given.fresh([1005, 5], 0, 2)) == [1]
