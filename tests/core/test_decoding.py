"""From JSON to records, field by field where the wire disagrees."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pytest

from factorialhr import DecodeError, DecodeIssue, DecodeWarning, MetaApiResponse, PaginationMeta, SessionModality
from factorialhr._core.decoding import Answer, decode, decode_tolerantly, empty
from factorialhr._core.issues import IssueLog, spelled
from factorialhr._core.records import ClockTime, Id, Record, Visible
from factorialhr._core.salvage import BYTES, VALUES, Salvage


class Address(Record, frozen=True, kw_only=True, gc=False):
    street: str
    number: int | None = None


class Person(Record, frozen=True, kw_only=True, gc=False):
    id: Visible[Id]
    born_on: dt.date | None = None
    starts_at: ClockTime | None = None
    address: Address | None = None
    addresses: Sequence[Address] | None = None
    extra: Mapping[str, Any] | str | None = None
    modality: SessionModality | None = None
    score: float = 1.5
    tags: list[str] = msgspec.field(default_factory=list)


def answered(content: object, *, strict: bool = False) -> Answer:
    body = content if isinstance(content, bytes) else msgspec.json.encode(content)
    return Answer("GET a/b", body, "application/json", strict, IssueLog(lambda _operation, _issue: None))


def salvaged(item: object, model: type[Any] = Person, *, from_bytes: bool = True) -> tuple[Any, list[DecodeIssue]]:
    salvage = Salvage(BYTES if from_bytes else VALUES)
    record = salvage.record(model, msgspec.Raw(msgspec.json.encode(item)) if from_bytes else item, "$")
    return record, list(salvage.issues)


either_source = pytest.mark.parametrize("from_bytes", [True, False])

# A field, what came for it, what is kept, and how documented and found type are spelt.
DISAGREEMENTS = [
    ("id", 1.5, 1.5, "int | str", "number"),
    ("born_on", "soon", "soon", "date | None", "string"),
    ("starts_at", 930, 930, "ClockTime | None", "integer"),
    ("starts_at", "late", "late", "ClockTime | None", "string"),
    ("address", {"number": 1}, {"number": 1}, "Address | None", "object"),
    ("address", [], [], "Address | None", "array"),
    ("addresses", [{"street": 7}], [{"street": 7}], "Sequence[Address] | None", "array"),
    ("extra", 7, 7, "Mapping[str, Any] | str | None", "integer"),
    ("modality", True, True, "SessionModality | None", "boolean"),
    ("score", "1.5", "1.5", "float", "string"),
    ("tags", {}, {}, "list[str]", "object"),
]


@either_source
@pytest.mark.parametrize(("field", "sent", "kept", "expected", "found"), DISAGREEMENTS)
def test_a_field_that_disagrees_keeps_what_came(
    field: str, sent: object, kept: object, expected: str, found: str, from_bytes: bool
) -> None:
    item = {"id": 7, "born_on": "2000-01-31", "starts_at": "09:30", "address": {"street": "x"}, field: sent}
    person, [issue] = salvaged(item, from_bytes=from_bytes)
    assert type(person) is Person
    assert issue == ("Person", field, expected, found, None if field == "id" else 7)
    expectations = {
        "id": 7,
        "born_on": dt.date(2000, 1, 31),
        "starts_at": dt.time(9, 30),
        "address": Address(street="x"),
        "score": 1.5,
        "tags": [],
        field: kept,
    }
    assert {name: getattr(person, name) for name in expectations} == expectations


@either_source
def test_a_record_that_agrees_has_no_issues(from_bytes: bool) -> None:
    assert salvaged({"id": "7", "new": 1}, from_bytes=from_bytes) == (Person(id="7"), [])


@either_source
def test_a_required_field_that_is_missing_is_none(from_bytes: bool) -> None:
    person, issues = salvaged({"score": 2.5}, from_bytes=from_bytes)
    assert person == Person(id=None, score=2.5)  # type: ignore[arg-type]
    assert issues == [DecodeIssue("Person", "id", "int | str", "missing")]


@either_source
@pytest.mark.parametrize(("item", "found"), [(None, "null"), (7, "integer"), ("x", "string"), ([], "array")])
def test_what_is_no_object_is_kept(item: object, found: str, from_bytes: bool) -> None:
    assert salvaged(item, from_bytes=from_bytes) == (item, [DecodeIssue("Person", "*", "object", found)])


@either_source
def test_a_record_is_typed_as_itself_after_any_other(from_bytes: bool) -> None:
    odd = {"id": 1, "score": "x"}
    items = [{"id": 0}, odd, {"id": 2}, odd | {"tags": 1}, 7, odd, {"id": 5, "starts_at": 1}, {"score": 2}]
    salvage = Salvage(BYTES if from_bytes else VALUES)
    sent = [msgspec.Raw(msgspec.json.encode(item)) if from_bytes else item for item in items]
    found = salvage.records(Person, sent, "$.data")
    assert found == [salvaged(item)[0] for item in items]
    assert salvage.first_place == "$.data[1].score"


@either_source
def test_fields_that_disagree_at_random_are_read_one_by_one(from_bytes: bool) -> None:
    names = ["id", "born_on", "starts_at", "address", "addresses", "extra", "modality", "score", "tags"]
    salvage = Salvage(BYTES if from_bytes else VALUES)
    for count in range(len(names) + 1):
        item = {"id": 7, "score": 2.5} | dict.fromkeys(names[:count], True)
        sent = msgspec.Raw(msgspec.json.encode(item)) if from_bytes else item
        person = salvage.record(Person, sent, "$")
        assert person == Person(**{"tags": [], **item})
    assert {issue.field for issue in salvage.issues} == set(names)


class Card(msgspec.Struct, rename="kebab", forbid_unknown_fields=True):
    holder_name: str
    pin: int | None
    tags: list[str] = msgspec.field(default_factory=list)


@either_source
@pytest.mark.parametrize(
    ("item", "card", "fields"),
    [
        ({"holder-name": "x", "pin": 1, "new": 2}, Card("x", 1), []),
        ({"holder-name": 5, "pin": 1}, Card(5, 1), ["holder_name"]),  # type: ignore[arg-type]
        ({"pin": "x", "tags": 5}, Card(None, "x", 5), ["holder_name", "pin", "tags"]),  # type: ignore[arg-type]
    ],
)
def test_a_model_of_a_callers_own_keeps_its_rules(
    item: object, card: Card, fields: list[str], from_bytes: bool
) -> None:
    found, issues = salvaged(item, Card, from_bytes=from_bytes)
    assert found == card
    assert [issue.field for issue in issues] == fields


def test_null_in_a_callers_own_model_is_what_its_type_says() -> None:
    assert decode(Card, answered({"holder-name": "x", "pin": None}, strict=True)) == Card("x", None)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Visible[Id], "int | str"),
        (Visible[dt.date], "date"),
        (Visible[list[Id]], "list[int | str]"),
        (dt.datetime | None, "datetime | None"),
        (Mapping[str, Any] | None, "Mapping[str, Any] | None"),
        ("Later", "Later"),
    ],
)
def test_a_type_is_spelt_as_documented(kind: object, text: str) -> None:
    assert spelled(kind) == text


def test_meta_that_is_no_object_is_empty() -> None:
    page = decode(MetaApiResponse[Person], answered({"data": [{"id": 7}], "meta": []}))
    assert page.meta == PaginationMeta()
    assert [issue.model for issue in page.issues] == ["PaginationMeta"]


def test_one_object_is_decoded_with_its_issues() -> None:
    person, issues = decode_tolerantly(Person, {"id": 7, "score": "x"})
    assert person.score == "x"
    assert [issue.field for issue in issues] == ["score"]
    assert decode_tolerantly(Person, {"id": 7}) == (Person(id=7), ())


def test_types_are_decoded_once_and_for_all() -> None:
    assert decode(Person, answered({"id": 7})) == Person(id=7)
    assert decode(list[Person], answered([{"id": 7}])) == [Person(id=7)]
    page = decode(MetaApiResponse[Person], answered({"data": [{"id": 7}], "meta": {"total": 1}}))
    assert page.data() == [Person(id=7)]
    assert page.meta == PaginationMeta(total=1)


@pytest.mark.parametrize(
    ("result", "value"),
    [
        (Person, Person(id=None)),  # type: ignore[arg-type]
        (list[Person], []),
        (list, []),
        (dict, {}),
        (dict[str, Any], {}),
        (int, None),
    ],
)
def test_no_content_is_empty(result: Any, value: object) -> None:
    assert empty(result) == value


def test_no_content_is_an_empty_page() -> None:
    page = empty(MetaApiResponse[Person])
    assert (page.data(), page.meta, page.raw_data, page.issues) == ([], PaginationMeta(), [], ())


@pytest.mark.parametrize("strict", [True, False])
def test_an_error_has_no_history_that_could_tell(strict: bool) -> None:
    for body in (b"secret", b"", b'{"id": ', b'["secret"]'):
        with pytest.raises(DecodeError) as caught:
            decode(Person, answered(body, strict=strict))
        assert caught.value.__context__ is None
        assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "path"),
    [
        ({"id": 7, "address": {"street": 7}}, "$.address.street"),
        ({"id": 7, "addresses": [{"street": "x"}, {"street": 7}]}, "$.addresses[1].street"),
        ({"id": 7, "starts_at": "late"}, "$.starts_at"),
        ({"score": 1}, "$"),
        ({"id": None}, "$.id"),
        (7, "$"),
    ],
)
def test_strict_names_the_place(content: object, path: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode(Person, answered(content, strict=True))
    assert caught.value.path == path


def test_issues_are_told_once() -> None:
    told = []
    log = IssueLog(lambda operation, issue: told.append((operation, issue.field)))
    issues = [DecodeIssue("A", "x", "str", "null"), DecodeIssue("A", "y", "str", "null")]
    with pytest.warns(DecodeWarning) as caught:
        log.report("GET a", issues)
    assert [str(warning.message) for warning in caught] == [
        "GET a: A.x: expected str, found null",
        "GET a: A.y: expected str, found null",
    ]
    log.report("GET b", issues)
    assert told == [("GET a", "x"), ("GET a", "y")]
