"""Lists of several queries: windows of days, batches of ids; and what has changed since a moment."""

from __future__ import annotations

import datetime as dt
from typing import Any

import httpx
import pytest

from factorialhr._core.errors import ApiTimeoutError, ConfigurationError, UnexpectedKeywordError
from factorialhr._core.listing import DateRange, Listing, Since
from tests.core.lists.server import Row, Server, fetch, take

DAY = dt.date(2026, 3, 1)
RANGE = DateRange("from_", "to")
DAYS = Listing(date_range=RANGE)
MOMENT = dt.datetime(2026, 3, 10, 1, 30, tzinfo=dt.timezone(dt.timedelta(hours=2)))


def day(number: int) -> dt.date:
    return DAY + dt.timedelta(number)


class Diary(Server):
    """Keeps a record for each day; some last for several."""

    def __init__(self, days: int, *, lasting: int = 1, most_days: int = 10**6) -> None:
        super().__init__([Row(number) for number in range(1, days + 1)])
        self.everything = list(self.rows)
        self.windows: list[tuple[str, str]] = []
        self._lasting = lasting
        self._most_days = most_days

    def answer(self, query: Any) -> Any:
        asked = dict(pair.split("=") for pair in query.text().split("&"))
        if "from" in asked:
            first, last = dt.date.fromisoformat(asked["from"]), dt.date.fromisoformat(asked["to"])
            if not self.windows or self.windows[-1] != (asked["from"], asked["to"]):
                self.windows.append((asked["from"], asked["to"]))
            if (last - first).days + 1 > self._most_days:
                raise ApiTimeoutError("too slow", request=httpx.Request("GET", "https://h"), maybe_received=True)
            self.rows = [
                row
                for row in self.everything
                if day(row.id - 1) <= last and day(row.id - 1 + self._lasting - 1) >= first
            ]
        return super().answer(query)


@pytest.mark.parametrize("window_days", [1, 7, 30, 100])
@pytest.mark.parametrize("lasting", [1, 3, 40])
def test_windows_of_days_bring_each_record_once(window_days: int, lasting: int) -> None:
    diary = Diary(50, lasting=lasting)
    found = fetch(diary, DAYS, from_=day(0), to=day(49), window_days=window_days, limit=5)
    assert sorted(found.rows) == diary.everything
    # Days may be changed: a record may go from one window to another.
    assert found.outcome == ("whole" if window_days >= 50 else "unproven")
    assert found.whole.report.issues == ()
    assert len(diary.windows) == -(-50 // window_days)
    assert (diary.windows[0][0], diary.windows[-1][1]) == (day(0).isoformat(), day(49).isoformat())


def test_windows_become_smaller_if_the_api_takes_too_long_and_larger_again() -> None:
    diary = Diary(40, most_days=5)
    found = fetch(diary, DAYS, from_=day(0), to=day(39), window_days=16)
    assert sorted(found.rows) == diary.everything
    lengths = [(dt.date.fromisoformat(b) - dt.date.fromisoformat(a)).days + 1 for a, b in diary.windows]
    assert lengths[:6] == [16, 8, 4, 8, 4, 8]


def test_a_day_that_takes_too_long_is_an_error() -> None:
    diary = Diary(3, most_days=0)
    with pytest.raises(ApiTimeoutError):
        fetch(diary, DAYS, from_=day(0), to=day(2), window_days=2)


def test_windows_share_a_day_that_the_api_may_leave_out() -> None:
    diary = Diary(10)
    listing = Listing(date_range=RANGE._replace(last_may_be_cut=True))
    found = fetch(diary, listing, from_=day(0), to=day(9), window_days=4)
    assert sorted(found.rows) == diary.everything
    firsts = [a for a, _ in diary.windows]
    assert firsts[1:] == [b for _, b in diary.windows][:-1]


@pytest.mark.parametrize("lasting", [1, 5])
@pytest.mark.parametrize("taken", [1, 9, 10, 11, 39])
def test_a_stream_in_windows_goes_on_at_its_place(taken: int, lasting: int) -> None:
    options: dict[str, Any] = {"from_": day(0), "to": day(39), "window_days": 10, "limit": 4}
    first = take(Diary(40, lasting=lasting), DAYS, taken, **options)
    assert len(first.rows) == taken
    rest = fetch(Diary(40, lasting=lasting), DAYS, eager=False, place=first.place, **options)
    assert sorted(first.rows + rest.rows) == Diary(40).everything


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"window_days": 7}, "'from_' to 'to': give both"),
        ({"window_days": 7, "from_": DAY}, "give both"),
        ({"window_days": 7, "from_": "March", "to": DAY}, "each a datetime.date"),
        ({"window_days": 7, "from_": MOMENT, "to": DAY}, "each a datetime.date"),
        ({"window_days": 7, "from_": day(1), "to": DAY}, "'to' is before 'from_'"),
        ({"window_days": 0, "from_": DAY, "to": DAY}, "'window_days' must be a whole number from 1 on; got 0"),
        ({"window_days": True, "from_": DAY, "to": DAY}, "'window_days' must be a whole number"),
        ({"window_days": "7", "from_": DAY, "to": DAY}, "'window_days' must be a whole number.*got str"),
    ],
)
def test_windows_that_cannot_be_are_refused(options: dict[str, Any], message: str) -> None:
    diary = Diary(3)
    with pytest.raises(ConfigurationError, match=message):
        fetch(diary, DAYS, **options)
    assert diary.requests == []


def test_windows_of_a_list_without_a_range_are_refused() -> None:
    with pytest.raises(UnexpectedKeywordError, match="takes no 'window_days', for it has no range of days"):
        fetch(Diary(3), Listing(), window_days=7)


# -- batches --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("most", "batches"), [(25, 5), (None, 1), (1, 101)])
def test_many_values_are_spread_over_requests(most: int | None, batches: int) -> None:
    server = Server([])
    found = fetch(server, Listing(batches={"ids": most}), ids=[*range(1000, 1101), 1000])
    assert len(server.all_values("ids[]")) == batches
    assert [value for values in server.all_values("ids[]") for value in values][:101] == [
        str(n) for n in range(1000, 1101)
    ]
    assert found.whole.report.outcome == "whole"


def test_values_that_no_url_holds_are_spread_over_requests() -> None:
    server = Server([])
    fetch(server, Listing(batches={"ids": None}), ids=(10**18 + n for n in range(1000)))
    values = server.all_values("ids[]")
    assert sum(map(len, values)) == 1000
    assert all(len("".join(one)) < 4000 for one in values)


def test_a_stream_in_batches_goes_on_at_its_place() -> None:
    server = Server([Row(n) for n in range(1, 101)], keeps_ids=True)
    listing, options = Listing(batches={"ids": 10}), {"ids": list(range(1, 101)), "limit": 4}
    first = take(server, listing, 33, **options)
    rest = fetch(server, listing, eager=False, place=first.place, **options)
    assert first.rows + rest.rows == [Row(n) for n in range(1, 101)]


# -- since ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fact", "sent"),
    [
        (Since("from_", "moment"), "2026-03-09T23:30:00+00:00"),
        # The day of it, in whichever time zone the API counts, and the day before are read again.
        (Since("from_", "day"), "2026-03-08"),
        (Since("from_", "day", day_excluded=True), "2026-03-07"),
    ],
)
def test_since_is_sent_in_the_unit_of_the_list(fact: Since, sent: str) -> None:
    server = Server([])
    fetch(server, Listing(since=fact), since=MOMENT)
    assert server.requests == [{"from": sent}]


@pytest.mark.parametrize("since", [DAY, dt.datetime(2026, 3, 1), "2026-03-01", 1.0])
def test_a_since_that_is_no_moment_is_refused(since: object) -> None:
    with pytest.raises(ConfigurationError, match="'since' must be a datetime with a time zone"):
        fetch(Server([]), Listing(since=Since("from_", "day")), since=since)


def test_since_and_its_own_filter_are_not_given_together() -> None:
    with pytest.raises(ConfigurationError, match="'since' is sent as 'from_', which is given as well"):
        fetch(Server([]), Listing(since=Since("from_", "day")), since=MOMENT, from_=DAY)


@pytest.mark.parametrize(
    ("listing", "instead"),
    [(Listing(), "fetch the whole list and compare"), (DAYS, "with 'from_' and 'to', and compare")],
)
def test_a_list_that_cannot_say_what_has_changed_says_what_to_do_instead(listing: Listing, instead: str) -> None:
    with pytest.raises(UnexpectedKeywordError, match=f"takes no 'since'.*{instead}"):
        fetch(Server([]), listing, since=MOMENT)
