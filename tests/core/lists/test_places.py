"""Places: a stream that was left goes on where it was, in another process too, whatever the list has done meanwhile."""

from __future__ import annotations

import base64
import random

import pytest

from factorialhr._core.errors import ConfigurationError
from factorialhr._core.listing import Listing
from tests.core.lists.server import Row, Server, fetch, take
from tests.core.lists.test_proof import KINDS, ChangingList, Kind
from tests.support import campaign

ROWS = [Row(number) for number in range(11, 71)]
PLAIN = Listing()
RESUMABLE = {name: kind for name, kind in KINDS.items() if kind.numbers or kind.cursors == "ids"}
RUNS = campaign.size(200, sample=40)


@pytest.mark.fuzz
@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("kind", RESUMABLE.values(), ids=RESUMABLE)
def test_a_stream_goes_on_at_its_place(kind: Kind, concurrency: int) -> None:
    for seed in range(RUNS):
        dice = random.Random(seed)  # noqa: S311
        changing = ChangingList(kind, dice, 0.1 if seed % 2 else 0)
        server = Server(changing.rows, cursors=kind.cursors, numbers=kind.numbers, change=changing.change)
        seen: list[Row] = []
        place = None
        while True:
            some = take(server, kind.listing, dice.randint(1, 25), limit=5, concurrency=concurrency, place=place)
            seen += some.rows
            if some.outcome is not None:
                break
            place = some.place
            assert place is not None
        assert len(seen) == len(set(seen))
        assert some.outcome != "whole" or not changing.throughout - set(seen)


def test_a_place_is_text_that_shows_no_filter_and_no_key() -> None:
    place = take(Server(ROWS, cursors="positions"), PLAIN, 3, ids=[123456], limit=5).place
    assert place is not None
    assert place.isascii()
    assert not set(place) & set(" /+=\n")
    decoded = base64.urlsafe_b64decode(place + "=" * (-len(place) % 4))
    assert b"123456" not in decoded
    assert b"13" not in decoded.partition(b"]")[0].partition(b"[")[2].partition(b"[")[2]


def test_there_is_no_place_before_the_first_record() -> None:
    assert take(Server(ROWS), PLAIN, 0).place is None


def test_a_stream_that_has_given_nothing_is_where_it_began() -> None:
    place = take(Server(ROWS), PLAIN, 7, limit=5).place
    assert take(Server(ROWS), PLAIN, 0, limit=5, place=place).place == place


def test_a_place_at_the_end_brings_what_is_new() -> None:
    rows = list(ROWS)
    place = take(Server(rows), PLAIN, len(rows), limit=5).place
    assert fetch(Server(rows), PLAIN, eager=False, limit=5, place=place).rows == []
    rows.append(Row(99))
    assert fetch(Server(rows), PLAIN, eager=False, limit=5, place=place).rows == [Row(99)]


@pytest.mark.parametrize("cursors", ["ids", "positions"])
@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_place_is_found_though_its_record_is_gone(cursors: str, concurrency: int) -> None:
    rows = list(ROWS)
    place = take(Server(rows, cursors=cursors), PLAIN, 20, limit=5).place
    del rows[18:20], rows[:5]
    found = fetch(Server(rows, cursors=cursors), PLAIN, eager=False, limit=5, place=place, concurrency=concurrency)
    assert found.rows == ROWS[20:]


def test_a_place_that_nobody_can_find_is_an_error() -> None:
    rows = list(ROWS)
    place = take(Server(rows, cursors="positions"), PLAIN, 20, limit=5).place
    del rows[:20]
    with pytest.raises(ConfigurationError, match="records before this 'place' are gone"):
        fetch(Server(rows, cursors="positions"), PLAIN, eager=False, limit=5, place=place)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"limit": 10}, "was taken with limit=5"),
        ({}, "was taken with limit=5"),
        ({"limit": 5, "ids": [1]}, "of another list, or of one with other filters"),
        ({"limit": 5, "after_id": "MQ=="}, "'place' and 'after_id' both say where to begin"),
        ({"limit": 5, "window_days": 3}, "takes no 'window_days'"),
    ],
)
def test_a_place_of_another_list_is_refused(options: dict[str, object], message: str) -> None:
    place = take(Server(ROWS), PLAIN, 7, limit=5).place
    server = Server(ROWS)
    with pytest.raises(ConfigurationError, match=message):
        fetch(server, PLAIN, place=place, **options)
    assert server.requests == []


@pytest.mark.parametrize("place", ["", "x", "MTIz", 7, b"x", "ä", "e30", "W10"])
def test_what_is_no_place_is_refused(place: object) -> None:
    server = Server(ROWS)
    with pytest.raises(ConfigurationError, match="'place' must be what the attribute 'place'"):
        fetch(server, PLAIN, place=place)
    assert server.requests == []
