"""Writes change state, for every kind of operation that the API has."""

from __future__ import annotations

from typing import Any

import pytest

from factorialhr.testing import Sandbox
from factorialhr.testing.description import Field
from factorialhr.testing.values import MISMATCH
from factorialhr.testing.writing import _adapted
from tests.testing.calls import call


def _first(sandbox: Sandbox, path: str, number: int = 0) -> str:
    return str(sandbox.table(path).records[number]["id"])


def test_a_record_is_created_read_changed_and_deleted() -> None:
    sandbox = Sandbox()
    training = _first(sandbox, "trainings/trainings")
    made = call(sandbox, "POST", "trainings/sessions", {"name": "Rope work", "training_id": training})
    assert made.status == 201
    key = made.json["id"]
    assert made.json["name"] == "Rope work"
    assert call(sandbox, "GET", f"trainings/sessions/{key}").json == made.json
    changed = call(sandbox, "PUT", f"trainings/sessions/{key}", {"id": key, "name": "Ropes"})
    assert (changed.status, changed.json) == (200, {**made.json, "name": "Ropes"})
    assert sandbox.table("trainings/sessions").get(key) is not None
    deleted = call(sandbox, "DELETE", f"trainings/sessions/{key}")
    assert (deleted.status, deleted.json) == (200, changed.json)
    assert call(sandbox, "GET", f"trainings/sessions/{key}").status == 404
    assert sandbox.table("trainings/sessions").get(key) is None


def test_null_is_kept_and_what_is_left_out_stays() -> None:
    sandbox = Sandbox()
    key = _first(sandbox, "trainings/sessions")
    before = call(sandbox, "GET", f"trainings/sessions/{key}").json
    after = call(sandbox, "PUT", f"trainings/sessions/{key}", {"name": "x", "link": None}).json
    assert after == {**before, "name": "x", "link": None}


def test_timestamps_are_the_sandboxs_own() -> None:
    sandbox = Sandbox(clock=lambda: 1_790_000_000.25)
    who, kind = _first(sandbox, "employees/employees"), _first(sandbox, "timeoff/leave_types")
    body = {"employee_id": who, "leave_type_id": kind, "start_on": "2026-12-01", "finish_on": "2026-12-02"}
    made = call(sandbox, "POST", "timeoff/leaves", body).json
    assert made["created_at"] == made["updated_at"] == "2026-09-21T14:13:20.250Z"
    sandbox.advance(60)
    changed = call(sandbox, "PUT", f"timeoff/leaves/{made['id']}", {"description": "m"}).json
    assert (changed["created_at"], changed["updated_at"]) == (made["created_at"], "2026-09-21T14:14:20.250Z")


def test_a_write_in_one_version_shows_in_every_other() -> None:
    sandbox = Sandbox()
    training = int(_first(sandbox, "trainings/trainings"))
    made = call(
        sandbox, "POST", "trainings/sessions", {"name": "n", "training_id": training}, version="2026-01-01"
    ).json
    assert made["training_id"] == training
    seen = call(sandbox, "GET", f"trainings/sessions/{made['id']}").json
    assert (seen["id"], seen["training_id"]) == (str(made["id"]), str(training))


@pytest.mark.parametrize(
    ("action", "body", "expected"),
    [
        ("timeoff/leaves/approve", {}, {"approved": True}),
        ("timeoff/leaves/reject", {"reason": "no"}, {"approved": False, "reason": "no"}),
        ("performance/review_processes/start", {}, {"status": "active"}),
        ("performance/review_processes/stop", {}, {"status": "finished"}),
        ("performance/review_processes/toggle_archive", {}, {"archived": True}),
        ("performance/review_processes/update_deadline", {"ends_at": "2026-12-24T00:00:00Z"}, {"ends_at": "2026-12-24T00:00:00Z"}),
        ("performance/review_processes/schedule", {"starts_at": "2026-12-01T00:00:00Z"}, {"status": "scheduled", "starts_at": "2026-12-01T00:00:00Z"}),
        ("employees/employees/terminate", {"terminated_on": "2026-12-31"}, {"terminated_on": "2026-12-31"}),
        ("project_management/projects/close", {}, {"status": "closed"}),
        ("project_management/subprojects/rename", {"name": "Phase 2"}, {"name": "Phase 2"}),
        ("trainings/trainings/update_status", {"notify": False, "status": "draft"}, {"status": "draft"}),
        ("locations/work_areas/archive", {}, {}),
    ],
)  # fmt: skip
def test_actions_change_the_record_that_the_body_names(
    action: str, body: dict[str, Any], expected: dict[str, Any]
) -> None:
    sandbox = Sandbox()
    path = action.rpartition("/")[0]
    key = _first(sandbox, path)
    answer = call(sandbox, "POST", action, {"id": key, **body})
    assert answer.status == 200
    assert {name: answer.json[name] for name in expected} == expected
    assert call(sandbox, "GET", f"{path}/{key}").json == answer.json
    if action.endswith("/archive"):
        assert answer.json["archived_at"] is not None


def test_a_configuration_is_switched_inside_its_record() -> None:
    sandbox = Sandbox()
    key = _first(sandbox, "performance/review_processes")
    for enabled in (True, False):
        body = {"id": key, "enabled": enabled}
        answer = call(sandbox, "POST", "performance/review_processes/update_agreements_configuration", body)
        assert answer.json["agreements_configuration"]["enabled"] is enabled


def test_copies_are_new_records() -> None:
    sandbox = Sandbox()
    key = _first(sandbox, "tasks/tasks")
    before = len(sandbox.table("tasks/tasks"))
    copied = call(sandbox, "POST", "tasks/tasks/copy", {"id": key, "name": "Again"}).json
    assert (copied["id"] != key, copied["name"]) == (True, "Again")
    assert len(sandbox.table("tasks/tasks")) == before + 1


def test_bulk_creation_from_items_ids_and_pairs_of_ids() -> None:
    sandbox = Sandbox()
    one, two = (_first(sandbox, "employees/employees", number) for number in (0, 1))
    kind = _first(sandbox, "timeoff/leave_types")
    leave = {"leave_type_id": kind, "start_on": "2026-12-01", "finish_on": "2026-12-02"}
    leaves = call(
        sandbox,
        "POST",
        "timeoff/leaves/bulk_create",
        {"leaves": [{**leave, "employee_id": one}, {**leave, "employee_id": two}]},
        version="2027-01-01",
    )
    assert [made["employee_id"] for made in leaves.json] == [one, two]
    assert leaves.json[0]["employee_full_name"] == sandbox.table("employees/employees").records[0]["full_name"]

    project = _first(sandbox, "project_management/projects")
    workers = call(
        sandbox,
        "POST",
        "project_management/project_workers/bulk_create",
        {"employee_ids": [one, two], "project_id": project},
    )
    assert [(made["employee_id"], made["project_id"]) for made in workers.json] == [(one, project), (two, project)]

    other = _first(sandbox, "project_management/projects", 1)
    body = {"employee_ids": [one, two], "project_ids": [project, other]}
    assigned = call(sandbox, "POST", "project_management/project_workers/bulk_assign", body)
    assert {(made["employee_id"], made["project_id"]) for made in assigned.json} == {
        (e, p) for e in (one, two) for p in (project, other)
    }

    run, concepts = _first(sandbox, "compensations/payroll_runs"), ("11", "12")
    items = [{"payroll_concept_id": concept, "amount": 5} for concept in concepts]
    results = call(
        sandbox,
        "POST",
        "compensations/payroll_results/bulk_create",
        {"payroll_run_id": run, "results": [{"employee_id": one, "items": items}]},
    )
    assert [made["payroll_concept_id"] for made in results.json] == list(concepts)


def test_bulk_update_and_bulk_delete() -> None:
    sandbox = Sandbox()
    keys = [_first(sandbox, "trainings/trainings", number) for number in (0, 1)]
    changed = call(sandbox, "POST", "trainings/trainings/bulk_update_catalog", {"ids": keys, "catalog": True}).json
    assert [(one["id"], one["catalog"]) for one in changed] == [(key, True) for key in keys]
    leaves = [_first(sandbox, "timeoff/leaves", number) for number in (0, 1)]
    items = [{"id": key, "description": f"note {key}"} for key in leaves]
    changed = call(sandbox, "POST", "timeoff/leaves/bulk_update", {"leaves": items}, version="2027-01-01").json
    assert [one["description"] for one in changed] == [f"note {key}" for key in leaves]
    before = len(sandbox.table("timeoff/leaves"))
    gone = call(sandbox, "POST", "timeoff/leaves/bulk_delete", {"ids": [*leaves, "404"]})
    assert (gone.status, len(sandbox.table("timeoff/leaves"))) == (400, before)  # all or nothing
    gone = call(sandbox, "POST", "timeoff/leaves/bulk_delete", {"ids": leaves})
    assert ([one["id"] for one in gone.json], len(sandbox.table("timeoff/leaves"))) == (leaves, before - 2)


def test_records_named_by_what_they_belong_to() -> None:
    sandbox = Sandbox()
    setting = sandbox.table("finance/accounting_settings")
    entity = _first(sandbox, "companies/legal_entities")
    before = len(setting)
    once = call(
        sandbox, "POST", "finance/accounting_settings/upsert", {"legal_entity_id": entity, "external_id": "a"}
    ).json
    twice = call(
        sandbox, "POST", "finance/accounting_settings/upsert", {"legal_entity_id": entity, "external_id": "b"}
    ).json
    assert (once["id"], twice["external_id"]) == (twice["id"], "b")
    assert len(setting) == before
    dates = {"employee_ids": [_first(sandbox, "employees/employees")], "start_on": "2026-09-01", "end_on": "2026-09-30"}
    reviews = call(sandbox, "POST", "attendance/reviews/bulk_create", {**dates, "reviewed_by": "x"}).json
    assert [one["date"] for one in reviews] == ["2026-09-01"]
    assert call(sandbox, "POST", "attendance/reviews/bulk_destroy", dates).status == 200
    assert reviews[0]["id"] not in [str(one["id"]) for one in sandbox.table("attendance/reviews")]


def test_clocking_in_and_out() -> None:
    sandbox = Sandbox()
    who = _first(sandbox, "employees/employees")
    started = call(
        sandbox, "POST", "attendance/shifts/clock_in", {"employee_id": who, "now": "2026-10-05T22:30:00+02:00"}
    )
    assert (started.json["clock_in"], started.json["clock_out"], started.json["date"]) == ("22:30", None, "2026-10-05")
    again = call(sandbox, "POST", "attendance/shifts/clock_in", {"employee_id": who, "now": "2026-10-05T23:00:00Z"})
    assert again.status == 409
    ended = call(sandbox, "POST", "attendance/shifts/clock_out", {"employee_id": who, "now": "2026-10-06T06:45:00Z"})
    assert (ended.json["id"], ended.json["clock_out"], ended.json["minutes"]) == (started.json["id"], "06:45", 495)
    assert (
        call(sandbox, "POST", "attendance/shifts/clock_out", {"employee_id": who, "now": "2026-10-06T07:00:00Z"}).status
        == 409
    )
    for expected in (None, "08:00"):
        toggled = call(
            sandbox,
            "POST",
            "attendance/shifts/toggle_clock",
            {"employee_id": who, "clock_time": "2026-10-07T08:00:00Z"},
        )
        assert toggled.json["clock_out"] == expected


def test_a_membership_exists_once_and_teams_know_their_members() -> None:
    sandbox = Sandbox()
    team = call(sandbox, "POST", "teams/teams", {"name": "Night shift", "company_id": sandbox.company_id}).json
    who = _first(sandbox, "employees/employees")
    body = {"team_id": team["id"], "employee_id": who, "lead": True}
    made, reused = (call(sandbox, "POST", "teams/memberships", body) for _ in range(2))
    assert (made.status, reused.status, made.json["id"]) == (201, 201, reused.json["id"])
    assert call(sandbox, "GET", f"teams/teams/{team['id']}").json["employee_ids"] == [who]
    assert call(sandbox, "GET", f"teams/teams/{team['id']}").json["lead_ids"] == [who]
    assert call(sandbox, "DELETE", f"teams/memberships/{made.json['id']}").status == 200
    assert call(sandbox, "GET", f"teams/teams/{team['id']}").json["employee_ids"] == []


def test_inviting_to_a_session_makes_attendances() -> None:
    sandbox = Sandbox()
    training = _first(sandbox, "trainings/trainings")
    session = call(sandbox, "POST", "trainings/sessions", {"name": "n", "training_id": training}).json
    person = sandbox.table("employees/employees").records[0]
    body = {"session_id": session["id"], "employee_ids": [str(person["id"])], "notify": False}
    (membership,) = call(sandbox, "POST", "trainings/session_access_memberships/bulk_create", body).json
    assert (membership["access_id"], membership["first_name"]) == (str(person["access_id"]), person["first_name"])
    (attendance,) = call(
        sandbox, "GET", "trainings/session_attendances", session_access_membership_ids_list=[membership["id"]]
    ).json["data"]
    assert (attendance["status"], attendance["employee_id"]) == ("pending", str(person["id"]))
    assert call(sandbox, "GET", f"trainings/sessions/{session['id']}").json["session_attendance_ids"] == [
        attendance["id"]
    ]


def test_an_employee_with_a_contract() -> None:
    sandbox = Sandbox()
    body = {
        "first_name": "Nina",
        "last_name": "Sol",
        "email": "nina@example.com",
        "company_id": sandbox.company_id,
        "salary_amount": 3_000_000,
        "contract_starts_on": "2026-11-01",
    }
    made = call(sandbox, "POST", "employees/employees/create_with_contract", body).json
    assert made["full_name"] == "Nina Sol"
    contract = sandbox.table("contracts/contract_versions").records[-1]
    assert (str(contract["employee_id"]), contract["starts_on"]) == (made["id"], "2026-11-01")


def test_uploads_are_kept_and_come_back() -> None:
    sandbox = Sandbox()
    boundary = "b0undary"
    fields = {"public": "true", "space": "company_public", "is_pending_assignment": "false", "request_esignature": "false",
              "author_id": str(sandbox.table("employees/employees").records[0]["access_id"]), "company_id": str(sandbox.company_id), "signee_ids[]": ""}  # fmt: skip
    fields["signee_ids[]"] = fields["author_id"]
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    content = b"\x00\xff not text \r\n\r\n"
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="../plan.pdf"\r\nContent-Type: application/pdf\r\n\r\n'
    body = "".join(parts).encode() + head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
    made = call(
        sandbox, "POST", "documents/documents", content=body, content_type=f"multipart/form-data; boundary={boundary}"
    )
    assert made.status == 201, made.json
    assert (made.json["filename"], made.json["file_size"], made.json["public"]) == ("../plan.pdf", len(content), True)
    assert made.json["signees"] is None
    assert sandbox.files[f"documents/documents/{made.json['id']}"].content == content
    (link,) = call(sandbox, "POST", "documents/download_urls/bulk_create", {"ids": [made.json["id"]]}).json
    assert link["url"].startswith("http://sandbox.test/files/")
    fetched = sandbox.handle(
        "GET", link["url"].removeprefix("http://sandbox.test"), "", {}, b""
    )  # without a credential
    assert (fetched.status, fetched.body, fetched.headers["content-type"]) == (200, content, "application/pdf")


def test_download_links_of_invented_documents_lead_to_a_file() -> None:
    sandbox = Sandbox()
    key = _first(sandbox, "documents/documents")
    (link,) = call(sandbox, "POST", "documents/download_urls/bulk_create", {"ids": [key]}).json
    assert sandbox.handle("GET", link["url"].removeprefix("http://sandbox.test"), "", {}, b"").body.startswith(b"%PDF")
    assert call(sandbox, "POST", "documents/download_urls/bulk_create", {"ids": []}).status == 422
    assert call(sandbox, "POST", "documents/download_urls/bulk_create", {"ids": [key] * 101}).status == 422
    assert call(sandbox, "POST", "documents/download_urls/bulk_create", {"ids": ["404"]}).status == 400
    assert sandbox.handle("GET", "/files/documents/documents/404", "", {}, b"").status == 404


def test_references_that_lead_nowhere_are_refused_before_anything_happens() -> None:
    sandbox = Sandbox()
    body = {"name": "n", "training_id": "404"}
    refused = call(sandbox, "POST", "trainings/sessions", body)
    assert refused.status == 400
    assert set(refused.json["errors"][0]) == {"error"}
    assert call(Sandbox(check_references=False), "POST", "trainings/sessions", body).status == 201
    assert call(Sandbox.empty(), "POST", "trainings/sessions", body).status == 201  # there is nothing to check against


def test_an_id_in_the_body_that_names_nothing_is_400_and_one_in_the_path_404() -> None:
    sandbox = Sandbox()
    assert call(sandbox, "POST", "timeoff/leaves/approve", {"id": "404"}).status == 400
    assert call(sandbox, "PUT", "timeoff/leaves/404", {"description": "x"}).status == 404
    assert call(sandbox, "DELETE", "timeoff/leaves/404").status == 404


def test_bodies_that_spell_a_field_otherwise_than_the_record_does() -> None:
    sandbox = Sandbox()
    key = _first(sandbox, "performance/review_processes")
    teams = [_first(sandbox, "teams/teams")]
    body = {"id": key, "target_strategy": "by_teams", "arguments": teams}
    changed = call(sandbox, "POST", "performance/review_processes/update_target_strategy", body).json
    assert changed["target_strategy"] == {"strategy": "by_teams", "arguments": teams}
    evaluation = _first(sandbox, "performance/review_evaluations")
    reviewer = str(sandbox.table("employees/employees").records[3]["access_id"])
    body = {"id": evaluation, "new_reviewer_access_id": reviewer}
    assert (
        call(sandbox, "POST", "performance/review_evaluations/replace_reviewer", body).json["reviewer_access_id"]
        == reviewer
    )


def test_breaks_split_a_shift() -> None:
    sandbox = Sandbox()
    who = _first(sandbox, "employees/employees")
    path = "attendance/shifts"
    call(sandbox, "POST", f"{path}/clock_in", {"employee_id": who, "now": "2026-10-05T09:00:00Z"})
    pause = call(sandbox, "POST", f"{path}/break_start", {"employee_id": who, "now": "2026-10-05T12:00:00Z"}).json
    after = call(sandbox, "POST", f"{path}/break_end", {"employee_id": who, "now": "2026-10-05T12:30:00Z"}).json
    assert (pause["workable"], after["workable"], after["clock_in"]) == (False, True, "12:30")
    morning, pause = (sandbox.table(path).records[number] for number in (-3, -2))
    assert (morning["minutes"], pause["minutes"]) == (180, 30)


def test_the_clock_takes_any_text_for_now_and_any_shift_that_a_test_made() -> None:
    sandbox = Sandbox(clock=lambda: 1_790_000_000.0)
    who = _first(sandbox, "employees/employees")
    started = call(sandbox, "POST", "attendance/shifts/clock_in", {"employee_id": who, "now": "now"}).json
    assert (started["date"], started["clock_in"]) == ("2026-09-21", "14:13")
    sandbox.table("attendance/shifts").update(started["id"], clock_in="morning")
    ended = call(
        sandbox, "POST", "attendance/shifts/clock_out", {"employee_id": who, "now": "2026-09-21T17:00:00Z"}
    ).json
    assert (ended["clock_out"], ended["minutes"]) == ("17:00", 0)


def test_moving_a_membership() -> None:
    sandbox = Sandbox()
    key, team = _first(sandbox, "teams/memberships"), _first(sandbox, "teams/teams", 1)
    moved = call(sandbox, "POST", "teams/memberships/move", {"id": key, "destination_team_id": team})
    assert (moved.status, moved.json["team_id"]) == (200, team)
    assert moved.json["employee_id"] in call(sandbox, "GET", f"teams/teams/{team}").json["employee_ids"]
    assert call(sandbox, "POST", "teams/memberships/move", {"id": "404", "destination_team_id": team}).status == 400


def test_records_that_are_removed_by_an_action() -> None:
    sandbox = Sandbox()
    key = _first(sandbox, "project_management/projects")
    assert call(sandbox, "POST", "project_management/projects/soft_delete", {"id": key}).status == 200
    assert call(sandbox, "GET", f"project_management/projects/{key}").status == 404
    comments, old = "project_management/flexible_time_record_comments", "2026-04-01"
    record = sandbox.table(comments).records[0]["flexible_time_record_id"]
    for comment in sandbox.table(comments).records[1:]:
        sandbox.table(comments).remove(comment["id"])
    body = {"flexible_time_record_id": record}
    statuses = [
        call(sandbox, "POST", f"{comments}/delete_by_flexible_time_record", body, version=old).status for _ in range(2)
    ]
    assert statuses == [200, 404]


def test_an_action_on_what_is_not_there_yet_makes_it() -> None:
    sandbox = Sandbox()
    sandbox.table("finance/accounting_settings").clear()
    body = {"legal_entity_id": _first(sandbox, "companies/legal_entities"), "external_id": "a"}
    assert call(sandbox, "POST", "finance/accounting_settings/upsert", body).json["external_id"] == "a"
    assert len(sandbox.table("finance/accounting_settings")) == 1
    assert (
        call(
            sandbox,
            "POST",
            "attendance/reviews/bulk_destroy",
            {"employee_ids": [], "start_on": "2026-01-01", "end_on": "2026-01-02"},
        ).json
        == []
    )


def test_a_changed_name_shows_in_the_full_name() -> None:
    sandbox = Sandbox()
    person = sandbox.table("employees/employees").records[0]
    changed = call(sandbox, "PUT", f"employees/employees/{person['id']}", {"first_name": "Zora"}).json
    assert changed["full_name"] == f"Zora {person['last_name']}"


def test_a_session_that_is_not_there_invites_nobody() -> None:
    body = {"session_id": "404", "employee_ids": ["1"], "notify": False}
    assert (
        call(Sandbox(check_references=False), "POST", "trainings/session_access_memberships/bulk_create", body).status
        == 400
    )


def test_new_ids_avoid_those_that_a_test_chose() -> None:
    sandbox = Sandbox.empty()
    first = sandbox.table("teams/teams").add()["id"]
    sandbox.table("teams/teams").add(id=first + 1)
    made = call(sandbox, "POST", "teams/teams", {"name": "n", "company_id": "1"}).json
    assert made["id"] == str(first + 2)


FORMS = [
    (b"name=n&ids=1&ids[]=2", 400),
    (b"name[a]=1&name[b]=2&name=3", 422),
    (b"name=n&name[a]=1", 400),
    (b"name[a]=1", 422),
    (b"&".join(b"a%d=1" % number for number in range(10_001)), 400),
    (b"name=Ropes&subsidized=true&training_id=%d", 201),
]


@pytest.mark.parametrize(("content", "status"), FORMS, ids=range(len(FORMS)))
def test_forms(content: bytes, status: int) -> None:
    sandbox = Sandbox()
    if b"%d" in content:
        content %= sandbox.table("trainings/trainings").records[0]["id"]
    answer = call(
        sandbox, "POST", "trainings/sessions", content=content, content_type="application/x-www-form-urlencoded"
    )
    assert answer.status == status
    if status == 201:
        assert (answer.json["name"], answer.json["subsidized"]) == ("Ropes", True)


def test_numbers_objects_and_nameless_parts_of_a_multipart_form() -> None:
    sandbox = Sandbox()
    boundary = "b0undary"
    fields = [
        ("company_id", str(sandbox.company_id)),
        ("document_type", "invoice"),
        ("total_amount_cents", "1250"),
        ("line_items[][description]", "Rope"),
        ("line_items[][quantity]", "2.5"),
        ("line_items[][unit_price_cents]", "500"),
        ("line_items[][description]", "Hook"),
        ("line_items[][quantity]", "many"),
        ("line_items[][unit_price_cents]", "x"),
    ]
    parts = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields
    )
    parts += f"--{boundary}\r\nContent-Disposition: form-data\r\n\r\nnameless\r\n"
    parts += (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="i.pdf"\r\n\r\nx\r\n--{boundary}--\r\n'
    )
    kind = f"multipart/form-data; boundary={boundary}"
    refused = call(sandbox, "POST", "finance/financial_documents", content=parts.encode(), content_type=kind)
    assert (refused.status, list(refused.json["errors"])) == (422, ["line_items"])
    parts = parts.replace("many", "1").replace("\r\n\r\nx\r\n", "\r\n\r\n700\r\n")
    made = call(sandbox, "POST", "finance/financial_documents", content=parts.encode(), content_type=kind)
    assert (made.status, made.json["total_amount_cents"]) == (201, 1250)


def test_a_person_who_is_not_there_has_no_name_to_repeat() -> None:
    sandbox = Sandbox(check_references=False)
    kind = _first(sandbox, "timeoff/leave_types")
    body = {"employee_id": "404", "leave_type_id": kind, "start_on": "2026-12-01", "finish_on": "2026-12-02"}
    made = call(sandbox, "POST", "timeoff/leaves", body).json
    assert (made["employee_id"], made["employee_full_name"]) == ("404", None)


def test_a_text_for_an_object_is_not_kept_unless_it_is_one_of_its_choices() -> None:
    field = Field("f", {"object": {"a": {"type": {"enum": ["x"]}}, "b": {"type": "string"}}}, required=False)
    assert _adapted("x", field, {"b": "y"}) == {"a": "x", "b": "y"}
    assert _adapted("z", field, {}) is MISMATCH
