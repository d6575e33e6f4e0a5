"""Open enums, clock times, and records that show nothing of a person."""

from __future__ import annotations

import copy
import datetime as dt
import pickle
from typing import Any, ClassVar

import msgspec
import pytest

from factorialhr._core.records import ClockTime, DateOrTime, OpenEnum, Record, decode_kind, key_of


class Mood(OpenEnum):
    GOOD = "good"
    BAD = "bad"


class Person(Record, frozen=True, kw_only=True, gc=False):
    id: int | str
    name: str
    mood: Mood | None = None
    friends: list[Any] | None = None


class Nameless(Record, frozen=True, kw_only=True, gc=False):
    value: Any


class Placed(Record, frozen=True, kw_only=True, gc=False):
    _key: ClassVar[tuple[str, ...]] = ("id", "start_on")

    id: Any = None
    start_on: Any = None
    name: str = "x"


def unpickled(value: object) -> Any:
    return pickle.loads(pickle.dumps(value))  # noqa: S301


def test_a_known_value_is_its_member() -> None:
    assert Mood("good") is Mood.GOOD
    assert Mood.GOOD.is_known
    assert Mood.GOOD == "good"


def test_an_unknown_value_is_a_member_that_keeps_its_text() -> None:
    odd = Mood("odd")
    assert isinstance(odd, Mood)
    assert (odd, str(odd), odd.value, odd.name, f"{odd}") == ("odd",) * 5
    assert not odd.is_known
    assert odd == Mood("odd")
    assert odd != Mood.GOOD
    assert odd in ("odd", "even")


@pytest.mark.parametrize("text", ["good", "odd", "", "mro"])
def test_a_value_hashes_like_its_text(text: str) -> None:
    assert hash(Mood(text)) == hash(text)
    assert {Mood(text): 1}[text] == 1
    assert len({Mood(text), Mood(text), text}) == 1


def test_unknown_values_leave_the_enum_as_it_is() -> None:
    Mood("odd")
    assert [member.value for member in Mood] == ["good", "bad"]
    assert not Mood("odd").is_known


@pytest.mark.parametrize("text", ["good", "odd"])
def test_a_value_survives_copying(text: str) -> None:
    value = Mood(text)
    for other in (copy.copy(value), copy.deepcopy(value), unpickled(value)):
        assert type(other) is Mood
        assert other == value
        assert other.is_known is value.is_known


@pytest.mark.parametrize("value", [7, None, 1.5, [], True])
def test_a_value_that_is_no_text_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="is not a valid Mood"):
        Mood(value)


@pytest.mark.parametrize("text", ["good", "odd"])
def test_a_value_goes_through_json(text: str) -> None:
    encoded = msgspec.json.encode({"mood": Mood(text)})
    assert encoded == f'{{"mood":"{text}"}}'.encode()
    assert msgspec.json.decode(b'"%b"' % text.encode(), type=Mood) == Mood(text)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("09:30", (9, 30)),
        ("00:00", (0, 0)),
        ("23:59:59", (23, 59, 59)),
        ("09:30:15.250", (9, 30, 15, 250_000)),
        ("2000-01-01T09:30:00.000Z", (9, 30)),
        ("2026-03-01T09:30", (9, 30)),
        ("09:30Z", (9, 30)),
        ("9:30", (9, 30)),
        ("2000-01-01 09:30:00 UTC", (9, 30)),
    ],
)
def test_a_clock_time_is_read(text: str, time: tuple[int, ...]) -> None:
    found = ClockTime.parse(text)
    assert type(found) is dt.time
    assert isinstance(found, ClockTime)
    assert found == dt.time(*time)


@pytest.mark.parametrize("text", ["", "T", "soon", "24:00", "9:3", "09:60", "2026-03-01", "09:30 am"])
def test_what_is_no_clock_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        ClockTime.parse(text)


def test_a_clock_time_survives_copying() -> None:
    time = ClockTime(9, 30)
    for other in (copy.copy(time), unpickled(time)):
        assert type(other) is dt.time
        assert other == time == dt.time(9, 30)
    assert hash(time) == hash(dt.time(9, 30))


def test_the_hook_reads_clock_times_and_refuses_the_rest() -> None:
    assert decode_kind(ClockTime, "09:30") == dt.time(9, 30)
    assert decode_kind(ClockTime, ClockTime(9)) == dt.time(9)
    for kind, value in ((ClockTime, 930), (complex, "1")):
        with pytest.raises(TypeError, match=f"expected {kind.__name__}"):
            decode_kind(kind, value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-03-01", dt.date(2026, 3, 1)),
        ("2026-03-01T09:30:00.000Z", dt.datetime(2026, 3, 1, 9, 30, tzinfo=dt.UTC)),
    ],
)
def test_a_date_or_a_timestamp_is_read(text: str, value: dt.date) -> None:
    found = decode_kind(DateOrTime, text)
    assert (type(found), found) == (type(value), value)
    assert isinstance(found, DateOrTime)


@pytest.mark.parametrize("text", ["", "soon", "2026-03-01T09:30:00", "2026-13-01"])
def test_what_is_neither_date_nor_timestamp_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        DateOrTime.parse(text)


def test_the_kinds_make_plain_values() -> None:
    assert type(DateOrTime(2026, 3, 1)) is dt.date
    assert msgspec.json.encode([ClockTime(9, 30), DateOrTime(2026, 3, 1)]) == b'["09:30:00","2026-03-01"]'


def test_a_record_shows_its_type_and_id() -> None:
    person = Person(id=7, name="secret", friends=[Person(id="8_a", name="secret")])
    assert repr(person) == str(person) == f"{person}" == "Person(id=7)"
    assert repr([person.friends]) == "[[Person(id='8_a')]]"
    assert person.__rich_repr__() == [("id", 7)]


def test_a_record_without_an_id_shows_none() -> None:
    assert repr(Nameless(value="secret")) == "Nameless(id=None)"
    assert Nameless(value="secret").__rich_repr__() == [("id", None)]


def test_a_record_is_a_value() -> None:
    person = Person(id=7, name="x", mood=Mood("odd"))
    assert person == Person(id=7, name="x", mood=Mood("odd"))
    assert person != Person(id=7, name="y", mood=Mood("odd"))
    assert hash(person) == hash(Person(id=7, name="x", mood=Mood("odd")))
    for other in (copy.copy(person), copy.deepcopy(person), unpickled(person)):
        assert other == person
    with pytest.raises(AttributeError):
        person.name = "y"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("model", "key"),
    [(Person, ("id",)), (Placed, ("id", "start_on")), (Nameless, ()), (Record, ()), (dict, ())],
)
def test_what_identifies_a_record(model: type, key: tuple[str, ...]) -> None:
    assert key_of(model) == key


ODD_VALUES = [None, 7, "7", 1e400, ["x"], {"a": [1]}, dt.date(2026, 3, 1), dt.time(9, 30), Mood("odd"), "\ud800", set()]


@pytest.mark.parametrize("value", ODD_VALUES, ids=repr)
def test_a_record_hashes_whatever_it_holds(value: Any) -> None:
    for one, twin in (
        (Person(id=7, name=value, friends=[value]), Person(id=7, name=value, friends=[value])),
        (Person(id=value, name="x"), Person(id=value, name="x")),
        (Placed(id=value, start_on=value), Placed(id=value, start_on=value)),
        (Nameless(value=value), Nameless(value=value)),
    ):
        assert one == twin
        assert hash(one) == hash(twin)
        assert len({one, twin}) == 1


@pytest.mark.parametrize(("value", "equal"), [({1}, frozenset({1})), (bytearray(b"x"), b"x"), (1, True), (0.0, 0)])
def test_what_is_equal_hashes_alike(value: Any, equal: Any) -> None:
    for model in (Placed, Nameless):
        field = "id" if model is Placed else "value"
        assert model(**{field: value}) == model(**{field: equal})
        assert hash(model(**{field: value})) == hash(model(**{field: equal}))


def test_a_record_that_changed_is_another_element_of_a_set() -> None:
    before, after = Person(id=7, name="x"), Person(id=7, name="y")
    assert hash(before) == hash(after)
    assert len({before, after, Person(id=7, name="x")}) == 2


def test_records_of_two_models_differ() -> None:
    assert Placed(id=7) != Person(id=7, name="x")
    assert hash(Placed(id=None, start_on=None)) != hash(Person(id=None, name="x"))


def test_records_without_a_key_are_spread_by_what_they_hold() -> None:
    assert len({hash(Nameless(value=number)) for number in range(100)}) == 100
