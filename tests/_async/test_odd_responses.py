"""Responses that no description has: nulls, odd bytes and spellings, errors with a success's status, empty bodies."""

from __future__ import annotations

import codecs
import datetime as dt
import pickle
import warnings
from typing import Any

import httpx
import msgspec
import pytest

from tests._async.clients import client
from tests.halves import factorialhr_async as sdk
from tests.support import answers
from tests.support.copies import printed
from tests.support.script import Script

MOMENT = dt.datetime(2026, 3, 4, 9, 5, tzinfo=dt.UTC)


def listed(*records: object) -> httpx.Response:
    return answers.json({"data": list(records), "meta": {"has_next_page": False}})


def page_with(value: bytes) -> bytes:
    """Three records, of which the second has this value for its name."""
    sent = [msgspec.json.encode(answers.session(id=one, name="n", due_date="2026-03-04")) for one in ("7", "8", "9")]
    sent[1] = sent[1].replace(b'"n"', value)
    return b'{"data":[%s],"meta":{"has_next_page":false}}' % b",".join(sent)


# -- nulls ----------------------------------------------------------------------------------------------


async def test_null_in_a_required_field_is_an_ordinary_response(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_: object) -> None:
        raise AssertionError("the page was decoded record by record")

    monkeypatch.setattr("factorialhr._core.salvage.Salvage.record", slow)
    script = Script(listed(answers.session(id=None, name=None, training_id=None, subsidized=None)))
    page = await client(script).trainings.sessions.get()
    assert page.data() == [sdk.Session(id=None, name=None, training_id=None, subsidized=None)]  # type: ignore[arg-type]
    assert page.issues == ()


@pytest.mark.parametrize("name", ["id", "name", "training_id", "subsidized"])
async def test_a_strict_client_refuses_null_in_a_required_field(name: str) -> None:
    page = listed(answers.session(), answers.session(**{name: None}))
    with pytest.raises(sdk.DecodeError, match=rf"at \$\.data\[1\]\.{name}$"):
        await client(Script(page), strict=True).trainings.sessions.get()
    with pytest.raises(sdk.DecodeError, match=rf"at \$\.{name}$"):
        await client(Script(answers.json(answers.session(**{name: None}))), strict=True).trainings.sessions.get_by_id(7)


async def test_a_strict_client_takes_null_in_an_optional_field() -> None:
    page = await client(Script(listed(answers.session(link=None))), strict=True).trainings.sessions.get()
    assert page.data()[0].link is None


# -- odd bytes ------------------------------------------------------------------------------------------

# What stands in the JSON, what the field holds, and what its type is called.
ODD_VALUES = {
    "NaN": (b"NaN", "nan", "number that is not finite"),
    "infinity": (b"-Infinity", "-inf", "number that is not finite"),
    "beyond all measure": (b"1e999", "inf", "number that is not finite"),
    "more digits than Python reads": (b"1" * 5000, "1" * 5000, "number"),
    "half a character": (b'"Yoga \\ud83d"', "Yoga \ud83d", "text that is not Unicode"),
    "no UTF-8": (b'"caf\xe9"', "caf\ufffd", "text that is not Unicode"),
    "a control character": (b'"a\tb"', "a\tb", None),
    "NaN inside": (b"[1,NaN]", "[1, nan]", "array"),
    "bytes inside": (b'{"a":"\xff"}', "{'a': '\ufffd'}", "object"),
}


@pytest.mark.filterwarnings("ignore::factorialhr.DecodeWarning")
@pytest.mark.parametrize(("sent", "kept", "found"), ODD_VALUES.values(), ids=ODD_VALUES)
async def test_an_odd_value_costs_its_field(sent: bytes, kept: str, found: str | None) -> None:
    body = page_with(sent)
    page = await client(Script(answers.raw(body))).trainings.sessions.get()
    before, odd, after = page.data()
    assert [type(record) for record in page] == [sdk.Session] * 3
    assert [record.id for record in page] == ["7", "8", "9"]
    assert str(odd.name) == kept
    assert {record.due_date for record in page} == {dt.date(2026, 3, 4)}
    assert (before.name, after.name) == ("n", "n")
    assert [(issue.field, issue.found, issue.record_id) for issue in page.issues] == (
        [("name", found, "8")] if found else []
    )
    assert str(page.raw_data[1]["name"]) == kept


@pytest.mark.filterwarnings("ignore::factorialhr.DecodeWarning")
@pytest.mark.parametrize(("sent", "kept", "found"), ODD_VALUES.values(), ids=ODD_VALUES)
async def test_an_odd_value_costs_the_field_of_one_record(sent: bytes, kept: str, found: str | None) -> None:  # noqa: ARG001
    body = msgspec.json.encode(answers.session(name="n", due_date="2026-03-04")).replace(b'"n"', sent)
    api = client(Script(*[answers.raw(body)] * 3))
    for record in (await api.trainings.sessions.get_by_id(7), await api.trainings.sessions.update(7, {"name": "n"})):
        assert type(record) is sdk.Session
        assert (record.id, str(record.name), record.due_date) == ("7", kept, dt.date(2026, 3, 4))
    plain = await api.request("GET", "trainings/sessions/7", dict[str, Any])
    assert str(plain["name"]) == kept


@pytest.mark.parametrize("sent", [value for value, _, _ in ODD_VALUES.values()], ids=ODD_VALUES)
async def test_an_odd_value_in_a_field_of_tomorrow_costs_nothing(sent: bytes) -> None:
    body = page_with(b'"n","tomorrow":' + sent)
    page = await client(Script(answers.raw(body)), strict=True).trainings.sessions.get()
    assert [record.name for record in page] == ["n"] * 3
    assert page.issues == ()
    assert "tomorrow" in page.raw_data[1]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
async def test_a_byte_order_mark_costs_nothing(encoding: str) -> None:
    body = page_with(b'"n"').decode().encode(encoding)
    record = msgspec.json.encode(answers.session()).decode().encode(encoding)
    api = client(Script(answers.raw(body), answers.raw(record), answers.raw(record, 404)), strict=True)
    page = await api.trainings.sessions.get()
    assert [record.id for record in page] == [raw["id"] for raw in page.raw_data] == ["7", "8", "9"]
    assert page.bodies == (body,)
    assert (await api.trainings.sessions.get_by_id(7)).name == "First aid"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"data":[{"id":"7","na', "it looks cut off"),
        (b'{"data":[{"id":"7","name":tru', "it looks cut off"),
        (b'{"data":[', "it looks cut off"),
        (b'{"data":[{"id":"7",}],"meta":{}}', "it is malformed at character"),
        (b'{"data":[]} {}', "it is malformed at character"),
        (b'{"data":' + b"[" * 100_000, "it is nested too deeply"),
    ],
)
async def test_what_is_no_json_says_why(body: bytes, reason: str) -> None:
    with pytest.raises(sdk.DecodeError, match=rf"is not JSON \(application/json, [\d,]+ bytes\); {reason}") as caught:
        await client(Script(answers.raw(body))).trainings.sessions.get()
    assert caught.value.body == body
    assert caught.value.__context__ is None


# -- spellings ------------------------------------------------------------------------------------------

# A field, what came for it, what it holds, and what it was found to be if that is not only another spelling.
SPELLINGS = [
    ("starts_at", "2026-03-04", dt.datetime(2026, 3, 4, tzinfo=dt.UTC), "date"),
    ("starts_at", "2026-03-04 09:05", MOMENT, "timestamp without time zone"),
    ("starts_at", "2026-03-04T09:05:00Z", MOMENT, None),
    ("starts_at", "2026-03-04 09:05:00Z", MOMENT, None),
    ("starts_at", "2026-03-04 09:05:00 UTC", MOMENT, None),
    ("starts_at", "2026-03-04 09:05 UTC", MOMENT, None),
    ("starts_at", "2026-03-04T10:05:00+01", MOMENT, None),
    ("starts_at", "2026-03-04 10:05:00 +0100", MOMENT, None),
    ("starts_at", "2026-03-04 09:05:00.000 UTC", MOMENT, None),
    ("due_date", "2026-03-04T00:00:00.000Z", dt.date(2026, 3, 4), None),
    ("due_date", "2026-03-04 00:00:00 UTC", dt.date(2026, 3, 4), None),
    ("due_date", "2026-03-04T00:00:00+02:00", dt.date(2026, 3, 4), None),
]


@pytest.mark.filterwarnings("ignore::factorialhr.DecodeWarning")
@pytest.mark.parametrize(("field", "sent", "value", "found"), SPELLINGS)
async def test_a_documented_spelling_is_typed(field: str, sent: str, value: object, found: str | None) -> None:
    api = client(
        Script(
            listed(answers.session(), answers.session(**{field: sent})), answers.json(answers.session(**{field: sent}))
        )
    )
    page = await api.trainings.sessions.get()
    for record in (page.data()[1], await api.trainings.sessions.get_by_id(7)):
        assert getattr(record, field) == value
        assert type(getattr(record, field)) is type(value)
    assert [(issue.field, issue.found) for issue in page.issues] == ([(field, found)] if found else [])


@pytest.mark.parametrize(("field", "sent", "value", "found"), SPELLINGS)
async def test_a_strict_client_takes_spellings_that_lose_nothing(
    field: str, sent: str, value: object, found: str | None
) -> None:
    api = client(Script(listed(answers.session(**{field: sent}))), strict=True)
    if found:
        with pytest.raises(sdk.DecodeError, match=rf"at \$\.data\[0\]\.{field}$"):
            await api.trainings.sessions.get()
    else:
        assert getattr((await api.trainings.sessions.get()).data()[0], field) == value


@pytest.mark.parametrize(
    "sent", ["9:05", "09:05:00", "2000-01-01T09:05:00.000Z", "2026-03-04 09:05", "2000-01-01 09:05:00 UTC"]
)
async def test_a_clock_time_is_a_time_of_day(sent: str) -> None:
    page = await client(Script(listed(answers.shift(clock_in=sent))), strict=True).attendance.shifts.get()
    found = page.data()[0].clock_in
    assert found == dt.time(9, 5)
    assert type(found) is dt.time


# -- the same record, whichever way it took -------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::factorialhr.DecodeWarning")
async def test_a_record_is_the_same_whichever_way_it_took() -> None:
    record = answers.session(id="8", due_date="2026-03-04", modality="online", link="x")
    api = client(Script(listed(answers.session(name=5), record, record), listed(record)))
    slow, [fast] = (await api.trainings.sessions.get()).data(), (await api.trainings.sessions.get()).data()
    for one in slow[1:]:
        assert type(one) is type(fast) is sdk.Session
        assert one == fast
        assert hash(one) == hash(fast)
        assert pickle.loads(pickle.dumps(one)) == fast  # noqa: S301
    odd = slow[0]
    assert pickle.loads(pickle.dumps(odd)) == odd == sdk.Session(**{**answers.session(), "name": 5})  # noqa: S301


# -- warnings -------------------------------------------------------------------------------------------


async def test_warnings_never_decide_the_outcome() -> None:
    odd = answers.session(name=5)
    api = client(Script(listed(odd), listed(odd), answers.json(odd, 201)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pages = [await api.trainings.sessions.get() for _ in range(2)]
        created = await client(Script(answers.json(odd, 201))).trainings.sessions.create(
            {"name": "x", "training_id": "1"}
        )
    assert [page.data()[0].name for page in pages] == [5, 5]
    assert [page.issues for page in pages] == [pages[0].issues] * 2
    assert created.name == 5  # type: ignore[comparison-overlap]


# -- a success that is none, and one without a body -----------------------------------------------------

ERRORS: dict[str, dict[str, object]] = {
    "a list of errors": {"errors": [{"code": "missing_resource", "message": "value-of-a-person"}]},
    "no errors, but no record": {"errors": None},
    "a message": {"message": "value-of-a-person"},
    "an error of OAuth": {"error": "invalid_request", "error_description": "value-of-a-person"},
    "nothing": {},
}


@pytest.mark.parametrize("status", [200, 201, 202])
@pytest.mark.parametrize("body", ERRORS.values(), ids=ERRORS)
@pytest.mark.parametrize("method", ["get_by_id", "create", "update", "delete"])
async def test_an_error_with_the_status_of_a_success_is_raised(
    method: str, body: dict[str, object], status: int
) -> None:
    response = answers.json(body, status)
    sessions = client(Script(response)).trainings.sessions
    given: dict[str, Any] = {
        "get_by_id": (7,),
        "create": ({"name": "x", "training_id": "1"},),
        "update": (7, {"name": "x"}),
        "delete": (7,),
    }
    with pytest.raises(
        sdk.UnexpectedBodyError, match=rf"trainings/sessions(/7)?: {status} .*the body is that of"
    ) as caught:
        await getattr(sessions, method)(*given[method])
    error = caught.value
    assert isinstance(error, sdk.ApiStatusError)
    assert (error.status_code, error.body) == (status, response.content)
    assert error.maybe_received == (method != "get_by_id")
    assert [one.code for one in error.errors if one.code] == [
        code for code in ("missing_resource", "invalid_request") if code.encode() in response.content
    ]
    assert "value-of" not in printed(error)
    assert pickle.loads(pickle.dumps(error)).maybe_received == error.maybe_received  # noqa: S301


@pytest.mark.parametrize("body", [one for one in ERRORS.values() if one])
@pytest.mark.parametrize("method", ["get", "all"])
async def test_an_error_in_place_of_a_list_is_raised(method: str, body: dict[str, object]) -> None:
    with pytest.raises(sdk.UnexpectedBodyError):
        await getattr(client(Script(answers.json(body))).trainings.sessions, method)()


async def test_an_error_in_place_of_an_array_is_raised() -> None:
    memberships = client(Script(answers.json({"errors": ["x"]}))).trainings.session_access_memberships
    with pytest.raises(sdk.UnexpectedBodyError):
        await memberships.bulk_create({"session_id": "7"})


@pytest.mark.filterwarnings("ignore::factorialhr.DecodeWarning")
async def test_a_record_may_have_what_errors_have() -> None:
    found = await client(Script(answers.json(answers.session(errors=[], message="x")))).trainings.sessions.get_by_id(7)
    assert found.id == "7"
    without_id = answers.session(id=..., name="x")
    assert (await client(Script(answers.json(without_id))).trainings.sessions.get_by_id(7)).name == "x"


async def test_a_record_in_an_envelope_is_the_record() -> None:
    api = client(
        Script(*[answers.json({"data": answers.session()})] * 2, answers.json({"data": [MEMBERSHIP]})), strict=True
    )
    assert (await api.trainings.sessions.get_by_id(7)).id == "7"
    assert (await api.trainings.sessions.update(7, {"name": "x"})).id == "7"
    [membership] = await api.trainings.session_access_memberships.bulk_create({"session_id": "7"})
    assert membership.id == "1"


MEMBERSHIP = {"id": "1", "access_id": "2", "session_id": "7"}


class Settings(msgspec.Struct):
    """A model of a caller's own without a field that must be there."""

    color: str | None = None


async def test_what_identifies_nothing_is_looked_at_again() -> None:
    api = client(
        Script(
            answers.json({"errors": ["x"]}),
            answers.json({}),
            answers.json({"data": {"color": "red"}}),
            answers.json({"color": None}),
        )
    )
    for _ in range(2):
        with pytest.raises(sdk.UnexpectedBodyError):
            await api.request("GET", "settings/settings/1", Settings)
    assert await api.request("GET", "settings/settings/1", Settings) == Settings("red")
    assert await api.request("GET", "settings/settings/1", Settings) == Settings()


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("status", [200, 201, 202, 205])
@pytest.mark.parametrize("body", [b"", b" \r\n", b"null", codecs.BOM_UTF8])
async def test_a_write_without_a_body_has_succeeded(body: bytes, status: int, strict: bool) -> None:
    api = client(Script(*[answers.raw(body, status)] * 3), strict=strict)
    with pytest.warns(
        sdk.DecodeWarning, match=r"DELETE trainings/sessions/7: Session\.\*: expected object, found nothing$"
    ):
        deleted = await api.trainings.sessions.delete(7)
    assert type(deleted) is sdk.Session
    assert deleted.id is None
    assert (await api.trainings.sessions.update(7, {"name": "x"})).name is None
    with pytest.warns(sdk.DecodeWarning, match=r"SessionAccessMembership\.\*"):
        assert await api.trainings.session_access_memberships.bulk_create({"session_id": "7"}) == []


@pytest.mark.parametrize("body", [b"", b"null"])
async def test_a_read_without_a_body_is_an_error(body: bytes) -> None:
    with pytest.raises(sdk.DecodeError, match=r"the response is empty$|found null$"):
        await client(Script(answers.raw(body))).trainings.sessions.get_by_id(7)
