"""Records as a test sees them: added, looked at, changed, loaded from a seed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from factorialhr.testing import Sandbox, SandboxError
from tests.testing.calls import call


def test_exact_cases_can_be_added_and_are_complete() -> None:
    sandbox = Sandbox()
    added = sandbox.trainings.sessions.add(name="First aid", starts_at="2026-11-02T09:00:00Z", link=None)
    served = call(sandbox, "GET", f"trainings/sessions/{added['id']}").json
    assert (served["name"], served["starts_at"], served["link"]) == ("First aid", "2026-11-02T09:00:00Z", None)
    assert served["training_id"] in {str(one["id"]) for one in sandbox.trainings.trainings}
    assert len(served) == 18
    assert sandbox.trainings.sessions.add(id=9, name="x")["id"] == 9
    assert sandbox.trainings.sessions.get("9") == sandbox.trainings.sessions.get(9)


def test_records_are_copies_and_update_changes_the_real_ones() -> None:
    sandbox = Sandbox()
    sessions = sandbox.trainings.sessions
    key = sessions.records[0]["id"]
    before = call(sandbox, "GET", f"trainings/sessions/{key}").json
    kept = sessions.get(key)
    for look in (
        lambda: sessions.records[0],
        lambda: sessions.get(key),
        lambda: sessions.update(key),
        lambda: sessions.add(**(kept or {})),
    ):
        record = look()
        assert record is not None
        record["name"] = "not this"
        record["session_attendance_ids"].clear()
        assert sessions.get(key) == kept
    assert call(sandbox, "GET", f"trainings/sessions/{key}").json == before
    sessions.update(key, name="this")
    assert call(sandbox, "GET", f"trainings/sessions/{key}").json["name"] == "this"
    sessions.remove(key)
    sessions.remove(key)
    assert call(sandbox, "GET", f"trainings/sessions/{key}").status == 404
    sessions.clear()
    assert (len(sessions), list(sessions), repr(sessions)) == (0, [], "<trainings/sessions: 0 records>")
    with pytest.raises(SandboxError, match="no record with id"):
        sessions.update(key, name="gone")


def test_strange_values_are_served_as_they_are() -> None:
    sandbox = Sandbox.empty()
    sandbox.performance.agreements.add(
        id=1,
        status="seen_in_2030",
        locked=None,
        process_id=[7],
        conclusions="none",
        extra_fields={"mood": {"score": 3}},
    )
    (served,) = call(sandbox, "GET", "performance/agreements").json["data"]
    assert (served["status"], served["locked"], served["mood"]) == ("seen_in_2030", None, {"score": 3})
    assert (served["process_id"], served["conclusions"]) == ([7], "none")


def test_misspelt_names_are_mistakes_of_the_test() -> None:
    sandbox = Sandbox()
    with pytest.raises(TypeError, match="did you mean 'name'"):
        sandbox.trainings.sessions.add(nane="x")
    with pytest.raises(TypeError, match="extra_fields"):
        sandbox.trainings.sessions.update(1, zzzzzzzzz="x")
    with pytest.raises(AttributeError, match="did you mean 'sessions'"):
        _ = sandbox.trainings.sesions
    with pytest.raises(AttributeError, match="no domain"):
        _ = sandbox.trainngs
    assert "sessions" in dir(sandbox.trainings)
    assert "sessions" in repr(sandbox.trainings)


SEED: dict[str, Any] = {
    "trainings/trainings": [{"id": 1, "name": "Ropes"}],
    "trainings/sessions": [{"id": 2, "training_id": 1, "name": "Monday"}],
}


def test_a_seed_replaces_lists(tmp_path: Path) -> None:
    path = tmp_path / "seed.json"
    path.write_text(json.dumps(SEED))
    for seed in (SEED, path, str(path)):
        sandbox = Sandbox()
        sandbox.load(seed)
        assert [one["name"] for one in call(sandbox, "GET", "trainings/sessions").json["data"]] == ["Monday"]
        assert len(sandbox.employees.employees) == 12


@pytest.mark.parametrize(
    ("seed", "message"),
    [
        ({"trainings/sessions": [{"training_id": 404}]}, r"not there: trainings/sessions\[0\].training_id$"),
        ({"trainings/sessions": [{"training_id": n} for n in range(9)]}, "and 4 more"),
        ({"trainings/categories": [{"company_id": 5}]}, "categories\\[0\\].company_id"),
        ({"trainings/seminars": []}, "trainings/seminars"),
        ({"trainings/sessions": {}}, "not a list of objects"),
        ({"trainings/sessions": [7]}, "not a list of objects"),
        ({"trainings/sessions": [{"nane": "x"}]}, "did you mean 'name'"),
    ],
)
def test_seeds_that_contradict_themselves(seed: Any, message: str) -> None:
    with pytest.raises(SandboxError, match=message):
        Sandbox().load(seed)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b'{"a":' * 3000])
def test_seed_files_that_cannot_be_read(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "seed.json"
    path.write_bytes(content)
    with pytest.raises(SandboxError, match="cannot be read"):
        Sandbox().load(path)
    with pytest.raises(SandboxError, match="cannot be read"):
        Sandbox().load(tmp_path / "missing.json")


def test_requests_are_recorded_without_showing_them() -> None:
    sandbox = Sandbox()
    call(sandbox, "PUT", "trainings/sessions/9", {"name": "secret"}, employee="1")
    (request,) = sandbox.requests
    assert (request.method, request.path, request.status) == (
        "PUT",
        "/api/2026-10-01/resources/trainings/sessions/9",
        404,
    )
    assert (request.operation, request.json(), request.params) == (
        "PUT trainings/sessions/{id}",
        {"name": "secret"},
        {"employee": ["1"]},
    )
    assert request.headers["x-api-key"] == sandbox.api_key
    assert repr(request) == "<PUT /api/2026-10-01/resources/trainings/sessions/9 -> 404>"
    sandbox.forget_requests()
    assert sandbox.requests == []
    assert repr(sandbox) == "<Sandbox in process>"
