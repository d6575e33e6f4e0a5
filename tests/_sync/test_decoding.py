"""Answers become typed records; what disagrees with the description keeps its value, and nothing is lost."""

from __future__ import annotations

import datetime as dt
from typing import Any

import httpx
import msgspec
import pytest

from tests._sync.clients import client
from tests.halves import factorialhr_sync as sdk
from tests.support import answers
from tests.support.copies import printed
from tests.support.script import Script


def listed(*records: object) -> httpx.Response:
    return answers.json({"data": list(records), "meta": {"has_next_page": False}})


def test_a_record_is_typed() -> None:
    body = answers.session(
        id=7,
        starts_at="2026-03-01T09:00:00.000Z",
        due_date="2026-03-31",
        modality="online",
        session_attendance_ids=["1", 2],
        duration={"hours": 1},
    )
    record = client(Script(answers.json(body))).trainings.sessions.get_by_id(7)
    assert record == sdk.Session(
        id=7,
        name="First aid",
        training_id="1",
        subsidized=False,
        starts_at=dt.datetime(2026, 3, 1, 9, tzinfo=dt.UTC),
        due_date=dt.date(2026, 3, 31),
        modality=sdk.SessionModality.ONLINE,
        session_attendance_ids=["1", 2],
        duration={"hours": 1},
    )
    assert record.modality is sdk.SessionModality.ONLINE


@pytest.mark.parametrize("found", [7, "7", "36893488147419100", 36893488147419100, "18446744073709550", "7_2026-01-01"])
def test_an_id_stays_what_it_was(found: object) -> None:
    record = client(Script(answers.json(answers.session(id=found)))).trainings.sessions.get_by_id("7")
    assert record.id == found
    assert type(record.id) is type(found)


def test_an_optional_field_may_be_null_or_missing() -> None:
    body = answers.session(link=None, location=...)
    record = client(Script(answers.json(body))).trainings.sessions.get_by_id(7)
    assert record.link is None
    assert record.location is None


# What came for a field, what the record then holds, and what the JSON held.
DISAGREEMENTS = [
    ("name", ..., None, "missing"),
    ("name", 5, 5, "integer"),
    ("name", 5.5, 5.5, "number"),
    ("name", True, True, "boolean"),
    ("name", ["a"], ["a"], "array"),
    ("name", {"a": 1}, {"a": 1}, "object"),
    ("id", ..., None, "missing"),
    ("subsidized", "no", "no", "string"),
    ("subsidized", ..., None, "missing"),
    ("starts_at", "soon", "soon", "string"),
    ("starts_at", "", "", "string"),
    ("starts_at", "2026-02-30", "2026-02-30", "string"),
    ("due_date", "2026-03-31T09:30:00Z", "2026-03-31T09:30:00Z", "string"),
    ("starts_at", 1680013957, 1680013957, "integer"),
    ("due_date", "31/03/2026", "31/03/2026", "string"),
    ("modality", 3, 3, "integer"),
    ("session_attendance_ids", "1,2", "1,2", "string"),
    ("session_attendance_ids", [1, None], [1, None], "array"),
]


@pytest.mark.parametrize(("field", "sent", "kept", "found"), DISAGREEMENTS)
def test_a_field_that_disagrees_keeps_what_came(field: str, sent: object, kept: object, found: str) -> None:
    odd = answers.session(**{"id": "8", "link": "x", "modality": "online", "due_date": "2026-03-31", field: sent})
    script = Script(listed(answers.session(id="7"), odd, answers.session(id="9")))
    with pytest.warns(
        sdk.DecodeWarning, match=rf"GET trainings/sessions: Session\.{field}: .*found {found}( \(record 8\))?$"
    ) as caught:
        page = client(script).trainings.sessions.get()
    assert len(caught) == 1
    before, record, after = page.data()
    assert getattr(record, field) == kept
    assert type(getattr(record, field)) is type(kept)
    [issue] = page.issues
    assert (issue.model, issue.field, issue.found, issue.record_id) == ("Session", field, found, record.id)
    assert type(record) is sdk.Session
    # Everything else is typed as usual.
    assert (before.id, after.id) == ("7", "9")
    assert record.link == "x"
    others = {"modality": sdk.SessionModality.ONLINE, "due_date": dt.date(2026, 3, 31), field: kept}
    assert {name: getattr(record, name) for name in others} == others
    assert page.raw_data[1] == odd


@pytest.mark.parametrize(("field", "sent", "kept", "found"), DISAGREEMENTS)
def test_one_record_that_disagrees_keeps_what_came(field: str, sent: object, kept: object, found: str) -> None:
    script = Script(answers.json(answers.session(**{field: sent})))
    with pytest.warns(
        sdk.DecodeWarning, match=rf"GET trainings/sessions/7: Session\.{field}: .*found {found}( \(record 7\))?$"
    ):
        record = client(script).trainings.sessions.get_by_id(7)
    assert getattr(record, field) == kept
    assert record.training_id == "1"


def test_an_issue_names_the_documented_type() -> None:
    script = Script(listed(answers.session(name=5, modality=3, due_date="x", starts_at=[], session_attendance_ids=1)))
    with pytest.warns(sdk.DecodeWarning):
        page = client(script).trainings.sessions.get()
    assert {issue.field: issue.expected for issue in page.issues} == {
        "name": "str",
        "modality": "SessionModality | None",
        "due_date": "date | None",
        "starts_at": "datetime | None",
        "session_attendance_ids": "Sequence[int | str] | None",
    }


@pytest.mark.parametrize("item", [None, 5, "text", ["a"], True])
def test_a_record_that_is_no_object_is_kept(item: object) -> None:
    script = Script(listed(answers.session(id="7"), item, answers.session(id="9", modality="online")))
    with pytest.warns(sdk.DecodeWarning, match=r"Session\.\*: expected object"):
        page = client(script).trainings.sessions.get()
    first, odd, last = page.data()
    assert (first.id, odd, last.id, last.modality) == ("7", item, "9", sdk.SessionModality.ONLINE)
    assert page.raw_data[1] == item


def test_an_issue_is_named_once_a_response_and_warned_of_once_a_client() -> None:
    def odd() -> httpx.Response:
        return listed(answers.session(name=5), answers.session(name=6, id="8"), answers.session(name=7, subsidized=1))

    api = client(Script(odd(), odd(), listed(answers.session(training_id=1.5))))
    with pytest.warns(sdk.DecodeWarning) as caught:
        first = api.trainings.sessions.get()
    second = api.trainings.sessions.get()  # a warning would be an error
    expected = [("name", "integer"), ("subsidized", "integer")]
    assert [(issue.field, issue.found) for issue in first.issues] == expected
    assert [(issue.field, issue.found) for issue in second.issues] == expected
    assert len(caught) == 2
    with pytest.warns(sdk.DecodeWarning, match="training_id"):
        api.trainings.sessions.get()
    with pytest.warns(sdk.DecodeWarning) as caught:
        client(Script(odd())).trainings.sessions.get()
    assert len(caught) == 2


def test_a_warning_holds_no_value() -> None:
    secret = "value-of-a-person"
    script = Script(listed(answers.session(name=[secret], modality={secret: secret}, due_date=secret)))
    with pytest.warns(sdk.DecodeWarning) as caught:
        page = client(script).trainings.sessions.get()
    assert secret not in "".join(str(warning.message) for warning in caught)
    assert secret not in repr(page.issues)


def test_an_unknown_enum_value_keeps_its_text() -> None:
    script = Script(listed(answers.session(modality="telepathic")))
    page = client(script).trainings.sessions.get()
    found = page.data()[0].modality
    assert found == "telepathic"
    assert isinstance(found, sdk.SessionModality)
    assert not found.is_known
    assert not page.issues


def test_unknown_fields_are_in_the_raw_data() -> None:
    body = answers.session(shoe_size=43)
    page = client(Script(listed(body))).trainings.sessions.get()
    assert not hasattr(page.data()[0], "shoe_size")
    assert page.raw_data == [body]
    assert not page.issues


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("09:30", dt.time(9, 30)),
        ("00:00", dt.time()),
        ("09:30:15", dt.time(9, 30, 15)),
        ("2000-01-01T09:30:00.000Z", dt.time(9, 30)),
        (None, None),
    ],
)
def test_clock_times_are_on_the_fast_path(
    text: str | None, time: dt.time | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*_: object) -> None:
        raise AssertionError("the page was decoded record by record")

    monkeypatch.setattr("factorialhr._core.salvage.Salvage.record", slow)
    page = client(Script(listed(answers.shift(clock_in=text, clock_out="17:45")))).attendance.shifts.get()
    assert page.data()[0].clock_in == time
    assert page.data()[0].clock_out == dt.time(17, 45)
    assert not page.issues


@pytest.mark.parametrize("text", ["soon", "25:00", "09:30 am", "T", "", 930])
def test_a_clock_time_of_another_form_keeps_what_came(text: object) -> None:
    script = Script(listed(answers.shift(clock_in=text, clock_out="17:45")))
    with pytest.warns(sdk.DecodeWarning, match=r"clock_in: expected ClockTime \| None"):
        page = client(script).attendance.shifts.get()
    assert page.data()[0].clock_in == text
    assert page.data()[0].clock_out == dt.time(17, 45)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"name": 5}, "$.name"),
        ({"name": ...}, "$"),
        ({"modality": 5}, "$.modality"),
        ({"session_attendance_ids": [1, None]}, "$.session_attendance_ids[1]"),
        ({"due_date": "value-of-a-person"}, "$.due_date"),
    ],
)
def test_strict_raises_where_an_answer_disagrees(changes: dict[str, Any], path: str) -> None:
    answer = answers.json(answers.session(**{"link": "value-of-a-person", **changes}))
    with pytest.raises(sdk.DecodeError) as caught:
        client(Script(answer), strict=True).trainings.sessions.get_by_id(7)
    error = caught.value
    assert str(error) == f"GET trainings/sessions/7: the response disagrees with the API's description at {path}"
    assert (error.operation, error.path, error.body) == ("GET trainings/sessions/7", path, answer.content)
    assert "value-of-a-person" not in printed(error)


def test_strict_names_the_record_of_a_page() -> None:
    answer = listed(answers.session(), answers.session(modality=7))
    with pytest.raises(sdk.DecodeError, match=r"at \$\.data\[1\]\.modality$"):
        client(Script(answer), strict=True).trainings.sessions.get()


def test_strict_takes_what_agrees() -> None:
    script = Script(listed(answers.session(modality="telepathic", shoe_size=43, link=None)))
    page = client(script, strict=True).trainings.sessions.get()
    assert page.data()[0].modality == "telepathic"


NOT_JSON = {
    "a page of HTML": (
        b"<html>value-of-a-person</html>",
        "text/html; charset=utf-8",
        r"\(text/html, \d+ bytes\).*proxy",
    ),
    "plain text": (b"value-of-a-person", "text/plain", r"not JSON \(text/plain, 17 bytes\)$"),
    "text without a type": (b"value-of-a-person", "", r"not JSON \(no content type, 17 bytes\)$"),
    "nothing": (b"", "application/json", "the response is empty$"),
    "blanks": (b" \r\n", "application/json", "the response is empty$"),
    "cut off": (b'{"id": "7", "name": "value-of-a-person', "application/json", "not JSON.*it looks cut off$"),
    "cut off behind a field that disagrees": (
        b'{"id": "7", "name": 5, "link": "value-of',
        "application/json",
        "not JSON",
    ),
    "two answers": (b'{"id": "7"}{"id": "8"}', "application/json", "not JSON"),
    "nesting without end": (b"[" * 100_000, "application/json", "not JSON"),
}


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("method", ["get", "all", "get_by_id"])
@pytest.mark.parametrize(("body", "content_type", "message"), NOT_JSON.values(), ids=NOT_JSON)
def test_an_answer_that_is_not_json(
    method: str, body: bytes, content_type: str, message: str, strict: bool
) -> None:
    api = client(Script(answers.raw(body, content_type=content_type)), strict=strict)
    arguments = (7,) if method == "get_by_id" else ()
    if strict:  # what disagrees in front of the break is as good a reason
        message += "|disagrees"
    with pytest.raises(sdk.DecodeError, match=message) as caught:
        getattr(api.trainings.sessions, method)(*arguments)
    operation = "GET trainings/sessions" + ("/7" if arguments else "")
    assert str(caught.value).startswith(f"{operation}: ")
    assert (caught.value.operation, caught.value.body) == (operation, body)
    assert "value-of" not in printed(caught.value)


@pytest.mark.parametrize(
    ("method", "content", "message"),
    [
        ("get_by_id", [answers.session()], "expected one record, found array"),
        ("get_by_id", "value-of-a-person", "expected one record, found string"),
        ("get_by_id", 7, "expected one record, found integer"),
        ("get_by_id", None, "expected one record, found null"),
        ("get", answers.sessions("1"), "expected an object with an array 'data', found array"),
        ("get", answers.session(), "expected an object with an array 'data', found an object with 4 keys"),
        ("get", {"data": answers.session()}, "found an object with 1 keys"),
        ("get", {"data": None, "meta": {}}, "found an object with 2 keys"),
        ("get", True, "found boolean"),
        ("all", 1.5, "found number"),
        ("bulk_create", "value-of-a-person", "expected an array, found string"),
    ],
)
def test_an_answer_of_the_wrong_shape(method: str, content: object, message: str) -> None:
    answer = answers.raw(msgspec.json.encode(content))
    api = client(Script(answer))
    call, *arguments = {
        "get": [api.trainings.sessions.get],
        "all": [api.trainings.sessions.all],
        "get_by_id": [api.trainings.sessions.get_by_id, 7],
        "bulk_create": [api.trainings.session_access_memberships.bulk_create, {"session_id": "7"}],
    }[method]
    with pytest.raises(sdk.DecodeError, match=message) as caught:
        call(*arguments)
    assert caught.value.path == "$"
    assert caught.value.body == answer.content
    assert "value-of" not in printed(caught.value)


MEMBERSHIP = {"id": "1", "access_id": "2", "session_id": "7"}


def test_an_array_is_a_list_of_records() -> None:
    script = Script(answers.json([MEMBERSHIP, {**MEMBERSHIP, "id": "3"}], 201))
    found = client(script).trainings.session_access_memberships.bulk_create({"session_id": "7"})
    assert [type(record) for record in found] == [sdk.SessionAccessMembership] * 2
    assert [record.id for record in found] == ["1", "3"]


def test_an_array_keeps_what_disagrees() -> None:
    script = Script(answers.json([MEMBERSHIP, {**MEMBERSHIP, "access_id": 1.5}, None], 201))
    with pytest.warns(sdk.DecodeWarning) as caught:
        found = client(script).trainings.session_access_memberships.bulk_create({"session_id": "7"})
    assert len(caught) == 2
    assert found[1].access_id == 1.5
    assert found[1].session_id == "7"
    assert found[2] is None


def test_a_bare_record_where_an_array_is_documented_is_its_only_item() -> None:
    script = Script(answers.json(MEMBERSHIP, 201))
    found = client(script).trainings.session_access_memberships.bulk_create({"session_id": "7"})
    assert [record.id for record in found] == ["1"]


def test_a_deleted_record_comes_back() -> None:
    deleted = client(Script(answers.json(answers.session()))).trainings.sessions.delete(7)
    assert deleted.name == "First aid"


def test_a_deletion_without_content_is_a_record_of_which_nothing_is_known() -> None:
    deleted = client(Script(httpx.Response(204))).trainings.sessions.delete(7)
    assert type(deleted) is sdk.Session
    assert deleted.id is None
    assert deleted.name is None


def test_an_array_without_content_is_empty() -> None:
    script = Script(httpx.Response(204))
    assert client(script).trainings.session_access_memberships.bulk_destroy({"session_id": "7"}) == []


@pytest.mark.parametrize("status", [200, 201, 202, 203])
def test_any_success_is_a_success(status: int) -> None:
    script = Script(answers.json(answers.session(), status))
    assert (client(script).trainings.sessions.create({"name": "First aid"})).id == "7"


class Card(msgspec.Struct, rename="camel"):
    """A record of a caller's own."""

    id: str
    holder_name: str
    pin: int | None = None


CARD = {"id": "1", "holderName": "A"}


@pytest.mark.parametrize(
    ("result", "content", "expected"),
    [
        (Card, CARD, Card("1", "A")),
        (list[Card], [CARD], [Card("1", "A")]),
        (list[Card], CARD, [Card("1", "A")]),
        (dict[str, Any], CARD, CARD),
        (dict, CARD, CARD),
        (list, [CARD, 1], [CARD, 1]),
        (list[dict[str, Any]], [CARD], [CARD]),
        (Any, [1], [1]),
        (sdk.SessionModality, "online", sdk.SessionModality.ONLINE),
    ],
)
def test_a_request_is_decoded_into_what_the_caller_names(result: Any, content: object, expected: object) -> None:
    assert client(Script(answers.json(content))).request("GET", "cards/cards", result) == expected


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (dict[str, Any], {}),
        (dict, {}),
        (list, []),
        (list[dict[str, Any]], []),
        (list[Card], []),
        (Card, Card(None, None)),
    ],
)
def test_a_request_without_content_is_an_empty_result(result: Any, expected: object) -> None:
    assert client(Script(httpx.Response(204))).request("DELETE", "cards/cards/1", result) == expected


def test_a_request_may_be_a_page() -> None:
    page = client(Script(listed(CARD, CARD))).request("GET", "cards/cards", sdk.MetaApiResponse[Card])
    assert page.data() == [Card("1", "A"), Card("1", "A")]
    assert page.meta.has_next_page is False
    plain = client(Script(listed(CARD))).request("GET", "cards/cards", sdk.MetaApiResponse[dict[str, Any]])
    assert plain.data() == [CARD]


def test_a_record_of_the_callers_own_keeps_what_disagrees() -> None:
    script = Script(answers.json({"holderName": 5, "pin": 7}))
    with pytest.warns(sdk.DecodeWarning) as caught:
        card = client(script).request("GET", "cards/cards/1", Card)
    assert card == Card(None, 5, 7)
    assert len(caught) == 2


@pytest.mark.parametrize(
    ("result", "content", "message"),
    [
        (dict[str, Any], [CARD], r"disagrees with the API's description at \$$"),
        (dict[str, int], CARD, r"disagrees .* at \$\[\.\.\.\]$"),
        (list[dict[str, Any]], "text", "expected an array, found string"),
        (list[dict[str, Any]], CARD, "expected an array, found an object with 2 keys"),
        (list[dict[str, int]], [CARD], "^GET cards/cards: the response disagrees"),
        (sdk.MetaApiResponse[dict[str, int]], {"data": [CARD]}, r"at \$\.data\[0\]\[\.\.\.\]$"),
        (int, "x", r"disagrees .* at \$$"),
    ],
)
def test_a_plain_result_that_disagrees_is_an_error(result: Any, content: object, message: str) -> None:
    with pytest.raises(sdk.DecodeError, match=message):
        client(Script(answers.json(content))).request("GET", "cards/cards", result)


def test_raw_data_survives_bytes_that_are_no_text() -> None:
    # Fields that the SDK does not know are skipped unread, so the page decodes.
    body = b'{"data":[{"id":"7","name":"n","training_id":"1","subsidized":false,"new":"\xff"}]}'
    page = client(Script(answers.raw(body))).trainings.sessions.get()
    assert page.data()[0].name == "n"
    assert page.bodies == (body,)
