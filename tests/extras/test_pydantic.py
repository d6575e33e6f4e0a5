"""Records in pydantic's models and FastAPI's views."""

from __future__ import annotations

import datetime as dt
import json
import re
import subprocess
import sys
from typing import Any, Literal

import anyio
import httpx
import msgspec
import pytest
from fastapi import Body, FastAPI
from pydantic import BaseModel, TypeAdapter, ValidationError

from factorialhr import AttendanceShift, ClockTime, Record, Session, SessionModality

SESSION = Session(
    id="7",
    name="Day 1",
    training_id=1,
    subsidized=False,
    starts_at=dt.datetime(2026, 3, 1, 9, tzinfo=dt.UTC),
    due_date=dt.date(2026, 3, 1),
    modality=SessionModality("telepathic"),
)
SHIFT = AttendanceShift(**{**dict.fromkeys(AttendanceShift.__struct_fields__), "id": 1, "clock_in": dt.time(9, 30)})
ODD = Session(id=1, name=float("nan"), training_id=["\ud800"], subsidized=dt.time(9))  # type: ignore[arg-type]


class Course(BaseModel):
    session: Session
    next: Session | None = None
    shifts: list[AttendanceShift] = []


class Room(Record, frozen=True, kw_only=True, gc=False):
    name: str
    shared: Room | None = None
    rooms: list[Room] = msgspec.field(default_factory=list)
    size: Literal["big", "small"] | None = None
    enum: str | None = None


app = FastAPI()


@app.get("/session")
def session() -> Session:
    return SESSION


@app.get("/sessions")
def sessions() -> list[Session]:
    return [SESSION, ODD]


@app.post("/session")
def keep(data: Session = Body()) -> Session:  # noqa: B008  # as FastAPI's own documents have it
    return data


class Web:
    """The application without a server."""

    def get(self, path: str) -> httpx.Response:
        return anyio.run(self._send, "GET", path, None)

    def post(self, path: str, json: object) -> httpx.Response:
        return anyio.run(self._send, "POST", path, json)

    async def _send(self, verb: str, path: str, content: object) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://web") as client:
            return await client.request(verb, path, json=content)


@pytest.fixture(scope="module")
def web() -> Web:
    return Web()


def test_a_view_returns_records(web: Web) -> None:
    assert web.get("/session").json() == json.loads(SESSION.to_json())
    assert web.get("/sessions").json() == [json.loads(SESSION.to_json()), json.loads(ODD.to_json())]


def test_a_view_takes_a_record(web: Web) -> None:
    content = json.loads(SESSION.to_json())
    assert web.post("/session", json=content).json() == content
    hidden = {**content, "name": None}
    assert web.post("/session", json=hidden).json() == hidden


@pytest.mark.parametrize("content", [{"id": "7"}, [], {"id": 1, "name": 7, "training_id": 1, "subsidized": True}, "x"])
def test_what_is_no_record_is_refused(content: Any, web: Web) -> None:
    response = web.post("/session", json=content)
    assert (response.status_code, response.json()["detail"][0]["type"]) == (422, "value_error")


def test_what_is_nested_too_deeply_is_refused() -> None:
    content: dict[str, Any] = {"name": "1"}
    for _ in range(5000):
        content = {"name": "1", "shared": content}
    with pytest.raises(ValidationError, match="nested too deeply"):
        TypeAdapter(Room).validate_python(content)


def test_the_documentation_of_a_view_has_the_model_once(web: Web) -> None:
    described = web.get("/openapi.json").json()
    reference = {"$ref": "#/components/schemas/Session"}
    content = described["paths"]["/session"]["get"]["responses"]["200"]["content"]
    assert content["application/json"]["schema"] == reference
    assert described["paths"]["/session"]["post"]["requestBody"]["content"]["application/json"]["schema"] == reference
    properties = described["components"]["schemas"]["Session"]["properties"]
    assert properties["name"] == {"anyOf": [{"type": "string"}, {"type": "null"}]}
    open_enum = {"title": "SessionModality", "type": "string", "examples": ["inperson", "mixed", "online"]}
    assert properties["modality"] == {"anyOf": [open_enum, {"type": "null"}]}


@pytest.mark.parametrize("record", [SESSION, SHIFT, ODD], ids=["session", "shift", "odd"])
def test_what_pydantic_writes_is_what_the_record_writes(record: Record) -> None:
    adapter = TypeAdapter(type(record))
    assert json.loads(adapter.dump_json(record)) == adapter.dump_python(record, mode="json")
    assert adapter.dump_python(record, mode="json") == json.loads(record.to_json())
    assert str(adapter.dump_python(record)) == str(record.to_dict())  # NaN equals nothing
    assert adapter.validate_python(record) is record


def test_records_are_fields() -> None:
    course = Course(session=SESSION.to_dict(), next=SESSION, shifts=[SHIFT])  # type: ignore[arg-type]
    assert (course.session, course.next, course.shifts) == (SESSION, SESSION, [SHIFT])
    assert course.model_dump() == {"session": SESSION.to_dict(), "next": SESSION.to_dict(), "shifts": [SHIFT.to_dict()]}
    assert Course.model_validate_json(course.model_dump_json()) == course
    assert Course.model_json_schema()["properties"]["session"] == {"$ref": "#/$defs/Session"}
    assert Course.model_construct(session="unchecked").model_dump()["session"] == "unchecked"
    with pytest.raises(ValidationError, match="Expected `str \\| null`, got `int`"):
        Course(session={**SESSION.to_dict(), "name": 7})  # type: ignore[arg-type]


def test_a_record_of_the_callers_own_that_holds_itself() -> None:
    adapter = TypeAdapter(Room)
    properties = adapter.json_schema()["properties"]
    assert sorted(properties["shared"]["anyOf"], key=str) == [{"title": "Room"}, {"type": "null"}]
    assert {"enum": ["big", "small"]} in properties["size"]["anyOf"]
    assert {"type": "string"} in properties["enum"]["anyOf"]
    room = Room(name="1", rooms=[Room(name="2")])
    assert adapter.validate_json(adapter.dump_json(room)) == room


def test_a_clock_time_is_described_as_it_is_written() -> None:
    described = TypeAdapter(AttendanceShift).json_schema()["properties"]["clock_in"]["anyOf"][0]
    assert described["type"] == "string"
    for time in (dt.time(9, 30), dt.time(9, 30, 15), dt.time(9, 30, 0, 250_000)):
        written = json.loads(msgspec.structs.replace(SHIFT, clock_in=time).to_json())["clock_in"]
        assert re.match(described["pattern"], written)
        assert ClockTime.parse(written) == time


def test_the_package_needs_no_pydantic() -> None:
    program = (
        "import sys, factorialhr.sync as sdk; sdk.Session, sdk.ApiClient; assert 'pydantic_core' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
