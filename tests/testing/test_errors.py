"""Bad requests get a clear answer, in the shape of their version, whatever bytes they hold."""

from __future__ import annotations

import json
from typing import Any

import pytest

from factorialhr.testing import Sandbox
from factorialhr.testing.description import operations
from factorialhr.testing.dice import dice
from tests.support.openapi import VERSIONS
from tests.testing.calls import Called, call
from tests.testing.documents import faults_of_record

UNIFORM = "2027-01-01"


def _session(sandbox: Sandbox, **more: Any) -> dict[str, Any]:
    return {"name": "n", "training_id": str(sandbox.table("trainings/trainings").records[0]["id"]), **more}


def _refusals(sandbox: Sandbox, version: str) -> dict[int, Called]:
    sandbox.fail(path="tasks/tasks", status=503)
    asked = (
        call(sandbox, "POST", "trainings/sessions", content=b"{", version=version),
        call(sandbox, "GET", "trainings/sessions", version=version, key="wrong"),
        call(
            sandbox,
            "POST",
            "trainings/sessions",
            _session(sandbox),
            version=version,
            token=sandbox.add_token(read_only=True),
        ),
        call(sandbox, "GET", "trainings/sessions/404", version=version),
        call(sandbox, "POST", "trainings/sessions", {"name": "n"}, version=version),
        call(sandbox, "GET", "tasks/tasks", version=version),
    )
    return {one.status: one for one in asked}


def test_error_bodies_are_uniform_from_2027_on() -> None:
    found = _refusals(Sandbox(), UNIFORM)
    assert sorted(found) == [400, 401, 403, 404, 422, 503]
    codes = {status: one.json["errors"][0]["code"] for status, one in found.items()}
    assert codes == {
        400: "malformed_request",
        401: "unauthorized",
        403: "forbidden",
        404: "missing_resource",
        422: "validation_failed",
        503: "service_unreachable",
    }
    for one in found.values():
        assert faults_of_record(UNIFORM, "error_response", one.json) == []
    assert found[422].json["errors"][0]["field"] == "training_id"


@pytest.mark.parametrize("version", VERSIONS[:-1])
def test_error_bodies_before_2027_have_two_shapes(version: str) -> None:
    found = _refusals(Sandbox(), version)
    assert sorted(found) == [400, 401, 403, 404, 422, 503]
    assert found[422].json == {"errors": {"training_id": ["can't be blank"]}}
    for status in (400, 401, 403, 404, 503):
        (error,) = found[status].json["errors"]
        assert set(error) == {"error"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", 7),
        ("training_id", {}),
        ("training_id", ""),
        ("training_id", None),
        ("training_id", True),
        ("modality", "by telepathy"),
        ("modality", ["online"]),
        ("recurrent", "yes"),
        ("starts_at", "tomorrow"),
        ("due_date", "2026-13-01"),
        ("reminders", {}),
        ("reminders", [{"content": "no name"}]),
        ("reminders", [{"name": "n", "timeframe": "later"}]),
        ("reminders", ["text"]),
    ],
)
def test_wrong_types_are_422_and_name_the_field(field: str, value: Any) -> None:
    sandbox = Sandbox()
    before = len(sandbox.table("trainings/sessions"))
    refused = call(sandbox, "POST", "trainings/sessions", _session(sandbox, **{field: value}))
    assert (refused.status, list(refused.json["errors"])) == (422, [field])
    assert len(sandbox.table("trainings/sessions")) == before


def test_a_record_that_has_a_choice_takes_no_other_text() -> None:
    sandbox = Sandbox()
    key = str(sandbox.table("trainings/trainings").records[0]["id"])
    refused = call(sandbox, "POST", "trainings/trainings/update_status", {"id": key, "notify": False, "status": "gone"})
    assert (refused.status, refused.json) == (422, {"errors": {"status": ["is not included in the list"]}})


BODIES = [
    b"[]",
    b"7",
    b"null",
    b'"text"',
    b"{",
    b"{}}",
    b"\xff\xfe",
    b"\x00",
    b"NaN",
    b'{"name": NaN}',
    b'{"name": "\\ud800"}',
    b'{"a":' * 5000 + b"1" + b"}" * 5000,
    b'{"name": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    b'{"training_id": ' + b"9" * 5000 + b"}",
    b'{"name": 1e999}',
    b'{"name": "n", "name": "m"}',
    b'{"": "", "name[]": 1, "training_id": {"$ne": null}}',
]


@pytest.mark.parametrize("content", BODIES, ids=range(len(BODIES)))
@pytest.mark.parametrize(
    "path", ["trainings/sessions", "timeoff/leaves/bulk_update", "documents/documents", "attendance/shifts/clock_in"]
)
def test_any_body_gets_an_answer(content: bytes, path: str) -> None:
    sandbox = Sandbox()
    for content_type in (
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=b",
        "multipart/form-data",
        "é\r\nx: y",
        "",
    ):
        answer = call(sandbox, "POST", path, content=content, content_type=content_type, version=UNIFORM)
        assert answer.status in (400, 422)
        assert faults_of_record(UNIFORM, "error_response", answer.json) == []
    assert sandbox.failures == []


WORDS: list[Any] = [
    None,
    True,
    0,
    -1,
    2**62,
    1.5,
    "",
    "x",
    "2026-10-05",
    "404",
    [],
    [[]],
    [{}],
    {},
    {"id": {}},
    ["a", 1],
    [{"id": 1}],
]


@pytest.mark.parametrize("seed", range(6))
def test_any_json_in_any_field_gets_an_answer(seed: int) -> None:

    random, sandbox = dice(seed), Sandbox(employees=3)
    asked = 0
    for operation in operations(UNIFORM):
        if operation.verb == "GET":
            continue
        first = next(iter(sandbox.table(operation.collection)), {"id": 1})["id"]
        body = {name.removesuffix("[]"): random.choice(WORDS) for name in operation.body}
        if random.random() < 0.7:
            body |= {name: str(first) for name in body if name == "id"} | {
                name: [first] for name in body if name == "ids"
            }
        content = json.dumps(body).encode()
        answer = call(
            sandbox, operation.verb, operation.path.replace("{id}", str(first)), content=content, version=UNIFORM
        )
        assert answer.status in (200, 201, 400, 404, 409, 422), (operation.path, body, sandbox.failures)
        asked += 1
    assert asked == 307
    assert sandbox.failures == []


@pytest.mark.parametrize(
    "query",
    [
        "%",
        "a=%ff%00",
        "ids[]",
        "&&&=&",
        "limit=%F0",
        "ids[][]=1&[]=2",
        "a" * 20_000,
        "page=" + "9" * 400,
        "after_id=%%%",
    ],
)
def test_any_query_gets_an_answer(query: str) -> None:
    sandbox = Sandbox()
    for path in ("employees/employees", "attendance/shifts", "timeoff/leaves"):
        answer = sandbox.handle("GET", f"/api/2026-10-01/resources/{path}", query, {"x-api-key": sandbox.api_key}, b"")
        assert answer.status in (200, 400)
    assert sandbox.failures == []


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "//",
        "/api",
        "/api/2026-10-01/resources/",
        "/api/2026-10-01/resources/a",
        "/api/%00/resources/a/b",
        "/api/2026-10-01/resources/trainings/sessions/1/2/3",
        "/api/2026-10-01/resources/trainings/{id}",
        "/api/2026-10-01/resources/trainings/sessions/%2F",
        "/oauth/other",
        "/files/",
        "/files/../../etc/passwd",
    ],
)
def test_any_path_gets_an_answer(path: str) -> None:
    sandbox = Sandbox()
    assert sandbox.handle("GET", path, "", {"x-api-key": sandbox.api_key}, b"").status == 404
    assert sandbox.failures == []


def test_a_mistake_of_the_sandbox_shows_no_traceback_to_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("a secret of the machine")

    monkeypatch.setattr("factorialhr.testing.engine.read_query", fail)
    sandbox = Sandbox()
    answer = call(sandbox, "GET", "trainings/sessions")
    assert answer.status == 500
    assert "secret" not in json.dumps(answer.json)
    assert "ZeroDivisionError" in sandbox.failures[0]
