"""From JSON to records, field by field where the wire disagrees."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pytest

from factorialhr import DecodeError, DecodeIssue, DecodeWarning, MetaApiResponse, PaginationMeta, SessionModality
from factorialhr._core.decoding import Answer, decode, decode_tolerantly, empty, salvage_record
from factorialhr._core.issues import IssueLog
from factorialhr._core.records import ClockTime, Id, Record


class Address(Record, frozen=True, kw_only=True, gc=False):
    street: str
    number: int | None = None


class Person(Record, frozen=True, kw_only=True, gc=False):
    id: Id
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


# A field, what came for it, what is kept, and how documented and found type are spelt.
DISAGREEMENTS = [
    ("id", None, None, "int | str", "null"),
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


@pytest.mark.parametrize(("field", "sent", "kept", "expected", "found"), DISAGREEMENTS)
def test_a_field_that_disagrees_keeps_what_came(
    field: str, sent: object, kept: object, expected: str, found: str
) -> None:
    item = {"id": 7, "born_on": "2000-01-31", "starts_at": "09:30", "address": {"street": "x"}, field: sent}
    issues: dict[DecodeIssue, None] = {}
    person = salvage_record(Person, item, issues)
    assert getattr(person, field) == kept
    [issue] = issues
    assert issue._replace(expected=issue.expected.replace(f"{__name__}.", "")) == ("Person", field, expected, found)
    expected = {
        "id": 7,
        "born_on": dt.date(2000, 1, 31),
        "starts_at": ClockTime(9, 30),
        "address": Address(street="x"),
        "score": 1.5,
        "tags": [],
        field: kept,
    }
    assert {name: getattr(person, name) for name in expected} == expected


def test_a_record_that_agrees_has_no_issues() -> None:
    issues: dict[DecodeIssue, None] = {}
    assert salvage_record(Person, {"id": "7", "new": 1}, issues) == Person(id="7")
    assert not issues


def test_a_required_field_that_is_missing_is_none() -> None:
    issues: dict[DecodeIssue, None] = {}
    assert salvage_record(Person, {"score": 2.5}, issues) == Person(id=None, score=2.5)  # type: ignore[arg-type]
    assert list(issues) == [DecodeIssue("Person", "id", "int | str", "missing")]


@pytest.mark.parametrize(("item", "found"), [(None, "null"), (7, "integer"), ("x", "string"), ([], "array")])
def test_what_is_no_object_is_kept(item: object, found: str) -> None:
    issues: dict[DecodeIssue, None] = {}
    assert salvage_record(Person, item, issues) == item
    assert list(issues) == [DecodeIssue("Person", "*", "object", found)]


def test_meta_that_is_no_object_is_empty() -> None:
    issues: dict[DecodeIssue, None] = {}
    assert salvage_record(PaginationMeta, [], issues) == PaginationMeta()
    assert len(issues) == 1


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
        ({}, "$"),
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
