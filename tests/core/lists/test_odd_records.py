"""Records that cannot be told apart, orders that are not the usual one, and responses of odd kinds."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

import pytest

from factorialhr._core.errors import ConfigurationError
from factorialhr._core.listing import DateRange, Listing
from factorialhr._core.lists.keys import decoded_cursor, fingerprint, key_reader, keys_of, same_style_cursor
from tests.core.lists.server import Row, Server, fetch, take


class Loose(NamedTuple):
    """A record whose key may be anything."""

    id: Any
    day: Any = 0


@pytest.mark.parametrize(
    ("fields", "records", "keys"),
    [
        (("id",), [Loose(1), Loose("2")], [1, "2"]),
        (("id", "day"), [Loose(1, 1), Loose(1, None)], [(1, 1), (1, None)]),
        ((), [Loose(1)], None),
        (("id",), [Loose(1), Loose(1)], None),
        (("id",), [Loose(1), Loose(None)], None),
        (("id", "day"), [Loose(None, None)], None),
        (("id",), [Loose([1])], None),
        (("id",), [{"id": 1}], None),
        (("id",), [], []),
    ],
)
def test_the_keys_of_records(fields: tuple[str, ...], records: list[object], keys: object) -> None:
    assert keys_of(records, key_reader(fields)) == keys


def test_a_fingerprint_stands_for_a_key_and_does_not_show_it() -> None:
    assert fingerprint(("123", "2026-03-01")) == fingerprint(("123", "2026-03-01"))
    assert fingerprint("123") != fingerprint(123)
    assert "123" not in fingerprint("123456789")
    assert fingerprint("\ud800")


@pytest.mark.parametrize(
    ("cursor", "said"),
    [
        ("MTAw", "100"),
        ("MjE=", "21"),
        ("100", "100"),
        ("1000", "1000"),
        ("c1", "c1"),
        ("", None),
        (None, None),
        (17, None),
        ("/w==", "/w=="),
        ("ä", "ä"),
    ],
)
def test_what_a_cursor_says(cursor: object, said: str | None) -> None:
    assert decoded_cursor(cursor) == said


def test_cursors_are_spelt_as_the_api_spells_them() -> None:
    assert same_style_cursor("MTAw", "21") == "MjE="
    assert same_style_cursor("100", "21") == "21"


ROWS = [Row(number) for number in range(11, 71)]
WITHOUT_KEY = Listing(key=())


@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_list_without_keys_is_read_page_by_page_and_unproven(concurrency: int) -> None:
    server = Server(ROWS)
    found = fetch(server, WITHOUT_KEY, limit=5, concurrency=concurrency)
    assert (found.rows, found.outcome) == (ROWS, "unproven")
    assert not any("page" in request for request in server.requests)


def test_a_list_without_keys_has_no_place() -> None:
    assert take(Server(ROWS), WITHOUT_KEY, 7, limit=5).place is None


def test_a_list_without_keys_is_read_in_windows_too() -> None:
    listing = WITHOUT_KEY._replace(date_range=DateRange("from_", "to"))
    day = dt.date(2026, 3, 1)
    found = fetch(Server(ROWS), listing, from_=day, to=day + dt.timedelta(9), window_days=5)
    # Nothing tells whether both windows have the same records.
    assert (found.rows, found.outcome) == (ROWS * 2, "unproven")


@pytest.mark.parametrize("given", [{"ids": [1]}, {"params": {"ids[]": [1]}}], ids=["keyword", "params"])
def test_a_list_in_another_order_is_read_page_by_page_and_unproven(given: dict[str, Any]) -> None:
    server = Server(ROWS)
    found = fetch(server, Listing(reorders=("ids",)), limit=5, concurrency=8, **given)
    assert (found.rows, found.outcome) == (ROWS, "unproven")
    assert not any("page" in request for request in server.requests)


@pytest.mark.parametrize("numbers", [True, False])
def test_a_list_by_positions_goes_on_at_its_place_by_number_or_by_the_cursor_of_its_page(numbers: bool) -> None:
    listing = Listing(paging="numbers" if numbers else "cursor")
    place = take(Server(ROWS, cursors="positions", numbers=numbers), listing, 23, limit=5).place
    server = Server(ROWS, cursors="positions", numbers=numbers)
    assert fetch(server, listing, eager=False, limit=5, place=place).rows == ROWS[23:]
    assert ("page" in server.requests[0]) == numbers


def test_a_place_in_windows_that_nobody_can_find_is_an_error() -> None:
    listing = Listing(date_range=DateRange("from_", "to"))
    days: dict[str, Any] = {"from_": "2026-03-01", "to": "2026-03-10", "window_days": 20}
    place = take(Server(ROWS[:10]), listing, 5, **days).place
    with pytest.raises(ConfigurationError, match="records before this 'place' are gone"):
        fetch(Server(ROWS[20:]), listing, eager=False, place=place, **days)
    with pytest.raises(ConfigurationError, match="taken with 'window_days'"):
        fetch(Server(ROWS), listing, place=place, from_="2026-03-01", to="2026-03-10")


def test_numbers_that_are_ignored_are_noticed_where_a_stream_goes_on() -> None:
    place = take(Server(ROWS, cursors="positions"), Listing(), 23, limit=5).place
    found = fetch(Server(ROWS, cursors="positions", numbers=False), Listing(), eager=False, limit=5, place=place)
    assert found.outcome != "whole"
    assert not set(found.rows) & set(ROWS[:23])


@pytest.mark.parametrize("concurrency", [1, 8])
def test_records_behind_a_first_page_without_any_are_unproven(concurrency: int) -> None:
    """Records that the credential may not see are left out of their page, and nothing joins an empty one."""

    class Hidden(Server):
        def answer(self, query: Any) -> Any:
            page = super().answer(query)
            seen = [row for row in page.data() if row.id > 20]
            return type(page)(seen, page.bodies, page.meta)

    found = fetch(Hidden(ROWS, cursors="positions"), Listing(), limit=5, concurrency=concurrency)
    assert found.rows == ROWS[10:]
    assert found.outcome == "unproven"
