"""The arithmetic of the window: as values, against every order of events."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factorialhr import ConfigurationError, RateLimiterError
from factorialhr._pace.window import FARTHEST_SECONDS, Limit, Window, pause_of
from tests.fuzz.profile import bounded

MINUTE = 60.0


def too_many(moments: Sequence[float], writes: int, seconds: float) -> list[tuple[float, float]]:
    """Where one write more than the limit is in less than a period."""
    ordered = sorted(moments)
    return [pair for pair in zip(ordered, ordered[writes:], strict=False) if pair[1] < pair[0] + seconds]


class Office:
    """A limiter's window, and what became of its tickets: every write that is not returned is sent when planned."""

    def __init__(self, writes: int, now: float) -> None:
        self.limit = Limit(writes, MINUTE)
        self.now = now
        self.window = Window()
        self.places: list[float] = []
        self.sent: list[float] = []

    def turn(self, seconds: float) -> None:
        self.now += seconds

    def take(self) -> float:
        self.window, moment = self.window.current(self.limit, self.now).take(self.limit, self.now)
        assert moment >= self.now
        self.places.append(moment)
        return moment

    def give_back(self, index: int) -> None:
        """Return any place, be it of a write that is late: it was not sent."""
        if self.places:
            moment = self.places.pop(index % len(self.places))
            self.window = self.window.without([moment]).current(self.limit, self.now)
            self.check_place_is_used_again(moment)

    def send(self) -> None:
        """Send what is due; it can never be returned afterwards."""
        self.sent += [moment for moment in self.places if moment <= self.now]
        self.places = [moment for moment in self.places if moment > self.now]

    def check_place_is_used_again(self, moment: float) -> None:
        if moment >= self.now:
            assert self.window.take(self.limit, self.now)[1] <= moment

    def check_nothing_earlier_was_possible(self) -> None:
        """Compare with every moment at which a place could begin."""
        planned = self.window.current(self.limit, self.now).planned
        candidates = {self.now, *planned, *(moment + MINUTE for moment in planned)}
        possible = [
            moment
            for moment in candidates
            if moment >= self.now and not too_many([*planned, moment], self.limit.writes, MINUTE)
        ]
        assert self.window.current(self.limit, self.now).take(self.limit, self.now)[1] == min(possible)


EVENTS = st.one_of(
    st.tuples(st.just("take"), st.just(0)),
    st.tuples(st.just("give_back"), st.integers(0, 50)),
    st.tuples(st.just("turn"), st.floats(0, 100)),
    st.tuples(st.just("turn"), st.sampled_from([0.1, 30.0, MINUTE, 61.0])),
    st.tuples(st.just("send"), st.just(0)),
)


@given(writes=st.integers(1, 5), now=st.floats(0, 1e9), events=st.lists(EVENTS, min_size=30, max_size=80))
@bounded(300)
def test_no_minute_holds_more_than_the_limit_whatever_happens(
    writes: int, now: float, events: list[tuple[str, Any]]
) -> None:
    office = Office(writes, now)
    for name, argument in events:
        office.check_nothing_earlier_was_possible()
        if name == "take":
            office.take()
        elif name == "give_back":
            office.give_back(argument)
        elif name == "turn":
            office.turn(argument)
        else:
            office.send()
        planned = office.window.planned
        assert all(before <= after for before, after in pairwise(planned))
        waiting = [moment for moment in office.places if moment > office.now]
        assert len(office.window.current(office.limit, office.now).planned) <= writes + len(waiting)
    assert too_many([*office.sent, *office.places], writes, MINUTE) == []


def planned_by(limit: Limit, calls: int, now: float = 0.0) -> Window:
    window = Window()
    for _ in range(calls):
        window, _moment = window.take(limit, now)
    return window


@pytest.mark.parametrize(
    ("returned", "expected"),
    [([], 180.0), ([60.0], 60.0), ([60.0, 120.0], 60.0), ([0.0], 180.0), ([0.0, 60.0], 10.0), ([7.0], 180.0)],
)
def test_a_returned_place_is_the_next_one(returned: list[float], expected: float) -> None:
    limit = Limit(1, MINUTE)
    window = planned_by(limit, 3)
    assert window.planned == (0.0, 60.0, 120.0)
    assert window.without(returned).take(limit, 10.0)[1] == expected


def test_one_of_two_places_of_the_same_moment_is_returned() -> None:
    window = planned_by(Limit(2, MINUTE), 4)
    assert window.planned == (0.0, 0.0, 60.0, 60.0)
    assert window.without([60.0]).planned == (0.0, 0.0, 60.0)
    assert window.without([60.0, 0.0, 60.0, 60.0]).planned == (0.0,)


def test_entries_end_with_their_period() -> None:
    limit = Limit(2, MINUTE)
    window = Window((0.0, 5.0))
    assert window.current(limit, 59.9) == window
    assert window.current(limit, 60.0).planned == (5.0,)
    assert window.current(limit, 65.0).planned == ()


@pytest.mark.parametrize(
    ("writes_per_minute", "writes", "seconds"),
    [(200, 200, 60), (1, 1, 60), (1.9, 1, 60), (2.5, 2, 60), (0.5, 1, 120), (0.1, 1, 600), (5e-324, 1, 366 * 86_400)],
)
def test_the_limit_of_a_number(writes_per_minute: float, writes: int, seconds: float) -> None:
    assert Limit.per_minute(writes_per_minute, MINUTE) == (writes, pytest.approx(seconds))


@pytest.mark.parametrize("number", [0, -1, True, math.nan, math.inf, -math.inf, "200", None])
def test_a_rate_that_cannot_be_is_refused(number: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"^writes_per_minute must be a number above 0; got "):
        Limit.per_minute(number, MINUTE)


@pytest.mark.parametrize(
    "window",
    [
        Window((2.0, 1.0)),
        Window((math.nan,)),
        Window((1.0, math.nan, 2.0)),
        Window((-math.inf, 1.0)),
        Window((1.0,), math.nan),
        Window((1.0,), math.inf),
    ],
)
def test_what_no_limiter_planned_is_an_empty_window(window: Window) -> None:
    assert window.sound() == Window()


def test_a_sound_window_is_itself() -> None:
    window = Window((1.0, 1.0, 2.0), 7.0)
    assert window.sound() is window


def test_a_window_of_the_far_future_is_empty_and_its_pause_stays() -> None:
    limit = Limit(2, MINUTE)
    far = Window((0.0, FARTHEST_SECONDS + 0.1), 30.0)
    assert far.current(limit, 0.0) == Window((), 30.0)
    near = Window((0.0, FARTHEST_SECONDS), 30.0)
    assert near.current(limit, 0.0) == near


def test_a_wait_of_more_than_an_hour_is_an_error() -> None:
    limit = Limit(1, MINUTE)
    window = planned_by(limit, 61)
    assert window.planned[-1] == 3600.0
    with pytest.raises(RateLimiterError, match="no place within 3600 s, so nothing was sent: too many writes"):
        window.take(limit, 0.0)
    assert window.take(limit, 60.0)[1] == 3660.0


@pytest.mark.parametrize(
    ("seconds", "lasts"),
    [(30, 30), (0, 0), (-5, 0), (3600, 3600), (10.0**9, 3600), (math.inf, 3600), (-math.inf, 0), (math.nan, 3600)],
)
def test_a_pause_ends_after_an_hour_at_most(seconds: float, lasts: float) -> None:
    assert pause_of(seconds) == lasts
    assert Window().pause(100.0, seconds).paused_seconds(100.0) == lasts


def test_the_longer_of_two_pauses_counts() -> None:
    window = Window((5.0,)).pause(100.0, 30)
    assert window == Window((5.0,), 130.0)
    assert window.pause(110.0, 5).paused_until == 130.0
    assert window.pause(110.0, 25).paused_until == 135.0
    assert [window.paused_seconds(now) for now in (100.0, 129.0, 130.0, 131.0)] == [30.0, 1.0, 0.0, 0.0]


def test_a_pause_after_the_clock_was_set_back() -> None:
    window = Window().pause(100_000.0, 3600)
    assert window.paused_seconds(99_990.0) == 3600.0
    assert window.paused_seconds(10_000.0) == 0.0
    assert window.pause(10_000.0, 5).paused_seconds(10_000.0) == 5.0


def test_a_write_is_planned_for_the_end_of_a_pause() -> None:
    limit = Limit(2, 60.0)
    window = Window().pause(100.0, 30)
    window, first = window.take(limit, 100.0)
    window, second = window.take(limit, 110.0)
    _, third = window.take(limit, 110.0)
    assert (first, second, third) == (130.0, 130.0, 190.0)
