"""Records and responses as dicts, JSON and text: whatever a field holds."""

from __future__ import annotations

import copy
import datetime as dt
import json
import math
import pickle
import types
from collections import deque
from typing import Any

import msgspec
import pytest

from factorialhr import ListApiResponse, MetaApiResponse, PaginationMeta, json_default
from factorialhr._core.records import ClockTime, DateOrTime, OpenEnum, Record


class Mood(OpenEnum):
    GOOD = "good"


class Address(Record, frozen=True, kw_only=True, gc=False):
    street: Any = None


class Visit(Record, frozen=True, kw_only=True, gc=False):
    id: Any
    from_: Any = msgspec.field(default=None, name="from")
    on: dt.date | None = None
    at: dt.datetime | None = None
    clock: ClockTime | None = None
    either: DateOrTime | None = None
    mood: Mood | None = None
    address: Address | None = None
    value: Any = None


class Renamed(Record, frozen=True, kw_only=True, gc=False, rename="camel"):
    first_name: str
    born_on: dt.date | msgspec.UnsetType = msgspec.UNSET


def nested(levels: int, innermost: object) -> Any:
    value = innermost
    for _ in range(levels):
        value = [value]
    return value


VISIT = Visit(
    id="7",
    from_="Madrid",
    on=dt.date(2026, 3, 1),
    at=dt.datetime(2026, 3, 1, 9, 30, tzinfo=dt.UTC),
    clock=dt.time(9, 30),  # type: ignore[arg-type]
    either=dt.date(2026, 3, 1),  # type: ignore[arg-type]
    mood=Mood.GOOD,
    address=Address(street={"no": [1]}),
)


def test_a_dict_has_the_names_of_the_api_and_python_values() -> None:
    found = VISIT.to_dict()
    assert found == {
        "id": "7",
        "from": "Madrid",
        "on": dt.date(2026, 3, 1),
        "at": dt.datetime(2026, 3, 1, 9, 30, tzinfo=dt.UTC),
        "clock": dt.time(9, 30),
        "either": dt.date(2026, 3, 1),
        "mood": "good",
        "address": {"street": {"no": [1]}},
        "value": None,
    }
    assert type(found["mood"]) is str
    assert found["address"]["street"] is not VISIT.address.street  # type: ignore[union-attr]


def test_json_has_dates_as_text() -> None:
    assert VISIT.to_json() == (
        '{"id":"7","from":"Madrid","on":"2026-03-01","at":"2026-03-01T09:30:00Z","clock":"09:30","either":"2026-03-01"'
        ',"mood":"good","address":{"street":{"no":[1]}},"value":null}'
    )


@pytest.mark.parametrize(
    ("time", "text"), [((9, 5), "09:05"), ((9, 5, 7), "09:05:07"), ((0, 0, 0, 5), "00:00:00.000005")]
)
def test_seconds_are_written_if_there_are_any(time: tuple[int, ...], text: str) -> None:
    assert json.loads(Visit(id=1, clock=dt.time(*time)).to_json())["clock"] == text  # type: ignore[arg-type]


# A value, what the dict has, what JSON has, and what is shown.
VALUES: list[tuple[Any, Any, Any, str]] = [
    (None, None, None, "None"),
    (True, True, True, "True"),
    (math.inf, math.inf, None, "inf"),
    ([1.5, -math.inf], [1.5, -math.inf], [1.5, None], "[1.5, -inf]"),
    ({"a": [math.inf]}, {"a": [math.inf]}, {"a": [None]}, "{'a': [inf]}"),
    (10**400, 10**400, 10**400, str(10**400)),
    (10**5000, 10**5000, None, "..."),
    ("\ud800x", "\ud800x", "\ufffdx", r"'\ud800x'"),
    ({"\udc00": 1}, {"\udc00": 1}, {"\ufffd": 1}, r"{'\udc00': 1}"),
    ("a\nb", "a\nb", "a\nb", r"'a\nb'"),
    (Mood("odd"), "odd", "odd", "'odd'"),
    ([Mood.GOOD], ["good"], ["good"], "['good']"),
    (Mood(Mood("odd")), "odd", "odd", "'odd'"),
    (Address(street="x"), {"street": "x"}, {"street": "x"}, "{'street': 'x'}"),
    ([dt.time(9)], [dt.time(9)], ["09:00"], "[datetime.time(9, 0)]"),
    (dt.date(2026, 3, 1), dt.date(2026, 3, 1), "2026-03-01", "2026-03-01"),
    (types.MappingProxyType({"a": 1}), {"a": 1}, {"a": 1}, "{'a': 1}"),
    (deque([1]), [1], [1], "[1]"),
    (b"x", b"x", "eA==", "b'x'"),
    (nested(400, 1), nested(400, 1), nested(400, 1), repr(nested(400, 1))),
    (nested(2000, 1), ..., None, "..."),
    ([nested(2000, math.nan)], ..., None, "..."),
]


@pytest.mark.parametrize(("value", "kept", "written", "shown"), VALUES, ids=range(len(VALUES)))
def test_whatever_a_field_holds(value: Any, kept: Any, written: Any, shown: str) -> None:
    visit = Visit(id=1, value=value, on=dt.date(2026, 3, 1))
    found = visit.to_dict()
    assert found["value"] is value if kept is ... else found["value"] == kept
    assert found["on"] == dt.date(2026, 3, 1)
    text = visit.to_json()
    assert json.loads(text.encode()) == {**json.loads(Visit(id=1, on=dt.date(2026, 3, 1)).to_json()), "value": written}
    assert visit.show().splitlines()[-1] == f"  value: {shown}"
    assert MetaApiResponse([visit], (), PaginationMeta()).to_json() == f"[{text}]"


def test_what_json_has_no_word_for_is_the_callers_to_write() -> None:
    visit = Visit(id=1, value=1j)
    assert visit.to_dict()["value"] == 1j
    assert visit.show().endswith("value: 1j")
    with pytest.raises(TypeError, match="type complex is unsupported"):
        visit.to_json()


def test_a_record_of_the_callers_own() -> None:
    assert Renamed(first_name="Ada").to_dict() == {"firstName": "Ada"}
    assert Renamed(first_name="Ada", born_on=dt.date(1815, 12, 10)).to_json() == (
        '{"firstName":"Ada","bornOn":"1815-12-10"}'
    )


def test_a_record_is_shown_on_purpose() -> None:
    assert Visit(id=7, from_="Madrid").show().splitlines()[:3] == ["Visit", "  id: 7", "  from_: 'Madrid'"]
    assert len(VISIT.show().splitlines()) == 1 + len(Visit.__struct_fields__)
    assert "Madrid" not in repr(VISIT)


def test_records_in_the_json_of_others() -> None:
    content = {"visit": VISIT, "page": ListApiResponse([VISIT], ()), "on": dt.date(2026, 3, 1), "of": {dt.time(9)}}
    written = json.loads(VISIT.to_json())
    assert json.loads(json.dumps(content, default=json_default)) == {
        "visit": written,
        "page": [written],
        "on": "2026-03-01",
        "of": ["09:00"],
    }
    assert json.dumps(types.MappingProxyType({"a": 1}), default=json_default) == '{"a": 1}'
    with pytest.raises(TypeError, match="type complex is unsupported"):
        json.dumps([1j], default=json_default)


def test_msgspec_takes_records() -> None:
    found = msgspec.to_builtins(VISIT)
    assert (found["clock"], found["at"], found["mood"]) == ("09:30:00", "2026-03-01T09:30:00Z", "good")
    assert msgspec.json.decode(msgspec.json.encode(VISIT)) == found
    moved = msgspec.structs.replace(VISIT, from_="Paris")
    assert (moved.from_, moved.id) == ("Paris", "7")
    assert VISIT.__replace__(from_="Paris") == moved  # what copy.replace calls, from Python 3.13


def test_records_match_by_their_attributes() -> None:
    match VISIT:
        case Visit(id="7", mood=Mood.GOOD, from_=place):
            assert place == "Madrid"
        case _:
            pytest.fail("does not match")


# -- responses ----------------------------------------------------------------------------------------


def responses() -> list[ListApiResponse[Any]]:
    records = [Visit(id=1), "odd", {"plain": 1}, Visit(id=2)]
    return [ListApiResponse(records, ()), MetaApiResponse(records, (), PaginationMeta())]


both_kinds = pytest.mark.parametrize("response", responses(), ids=["list", "page"])


@both_kinds
def test_the_rows_of_a_response(response: ListApiResponse[Any]) -> None:
    assert response.to_dicts() == [Visit(id=1).to_dict(), {}, {"plain": 1}, Visit(id=2).to_dict()]
    assert json.loads(response.to_json()) == [json.loads(json.dumps(row)) for row in response.to_dicts()]


@both_kinds
def test_a_response_is_shown_on_purpose(response: ListApiResponse[Any]) -> None:
    paragraphs = [Visit(id=1).show(), "'odd'", "{'plain': 1}", Visit(id=2).show()]
    assert response.show().split("\n\n") == [repr(response), *paragraphs]


@both_kinds
def test_a_response_has_places(response: ListApiResponse[Any]) -> None:
    assert (response[0], response[-1], response[1:3]) == (Visit(id=1), Visit(id=2), ["odd", {"plain": 1}])
    assert list(reversed(response)) == response.data()[::-1]
    with pytest.raises(IndexError):
        response[4]


@both_kinds
@pytest.mark.parametrize("use", [lambda data: data[0], iter, len, bool, list, lambda data: 1 in data])
def test_data_says_that_it_is_a_method(response: ListApiResponse[Any], use: Any) -> None:
    with pytest.raises(TypeError, match=r"data is a method: write page\.data\(\)\[0\] or page\[0\]"):
        use(response.data)


@both_kinds
def test_data_is_a_method_like_any_other(response: ListApiResponse[Any]) -> None:
    method = response.data
    assert method() is response.data() is type(response).data(response)
    assert (method.__self__, method.__func__) == (response, type(response).data)
    assert type(response).data.__doc__ == ListApiResponse.data.__doc__ == "The records, always the same list."
    assert callable(method)


@both_kinds
@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])  # noqa: S301
def test_a_response_survives(response: ListApiResponse[Any], again: Any) -> None:
    twin = again(response)
    assert type(twin) is type(response)
    assert twin.data() == response.data()
    assert twin.to_dicts() == response.to_dicts()
