"""Lists: paging with its caps and oddities, filters, versions, ids."""

from __future__ import annotations

from typing import Any

import pytest

from factorialhr.testing import Sandbox
from tests.testing.calls import call


def _walk(sandbox: Sandbox, path: str, limit: int) -> list[list[Any]]:
    pages: list[list[Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = call(sandbox, "GET", path, limit=limit, **cursor).json
        pages.append([record["id"] for record in page["data"]])
        if not page["meta"]["has_next_page"]:
            return pages
        cursor = {"after_id": page["meta"]["end_cursor"]}


def test_a_walk_by_cursor_sees_every_record_once() -> None:
    sandbox = Sandbox(employees=12)
    pages = _walk(sandbox, "employees/employees", 5)
    assert [len(page) for page in pages] == [5, 5, 2]
    assert [key for page in pages for key in page] == [str(one["id"]) for one in sandbox.table("employees/employees")]


def test_cursors_are_no_ids() -> None:
    sandbox = Sandbox()
    meta = call(sandbox, "GET", "employees/employees", limit=3).json["meta"]
    assert (meta["start_cursor"], meta["end_cursor"]) == ("MQ==", "Mw==")
    assert call(sandbox, "GET", "employees/employees", after_id="337610001").status == 400


def test_a_walk_backwards_ends_where_it_began() -> None:
    sandbox = Sandbox(employees=12)
    second = call(sandbox, "GET", "employees/employees", limit=5, after_id="NQ==").json
    first = call(sandbox, "GET", "employees/employees", limit=5, before_id=second["meta"]["start_cursor"]).json
    assert [one["id"] for one in first["data"]] == _walk(sandbox, "employees/employees", 5)[0]
    assert (first["meta"]["has_previous_page"], first["meta"]["has_next_page"]) == (False, True)


@pytest.mark.parametrize("limit", [None, 101, 5000, 0, -1, "many"])
def test_no_page_holds_more_than_a_hundred(limit: object) -> None:
    sandbox = Sandbox(employees=120)
    page = call(sandbox, "GET", "employees/employees", **({} if limit is None else {"limit": limit})).json
    assert (len(page["data"]), page["meta"]["limit"], page["meta"]["total"]) == (100, 100, 120)
    assert page["meta"]["has_next_page"] is True


def test_numbered_pages_still_work_and_only_the_first_has_cursors() -> None:
    sandbox = Sandbox(employees=12)
    pages = [call(sandbox, "GET", "employees/employees", limit=5, page=number).json for number in (1, 2, 3, 4)]
    assert [len(page["data"]) for page in pages] == [5, 5, 2, 0]
    assert ["end_cursor" in page["meta"] for page in pages] == [True, False, False, False]
    assert [page["meta"]["has_next_page"] for page in pages] == [True, True, False, False]


def test_shifts_ignore_paging() -> None:
    sandbox = Sandbox(employees=30)
    for paging in ({"limit": 5}, {"page": 3}, {"after_id": "NQ=="}):
        page = call(sandbox, "GET", "attendance/shifts", **paging).json
        assert len(page["data"]) == page["meta"]["total"] == 150
        assert (page["meta"]["limit"], page["meta"]["paginateable"]) == (None, False)


def test_pages_of_allowance_stats_count_employees() -> None:
    sandbox = Sandbox.empty()
    for employee in (1, 1, 1, 2, 3):
        sandbox.table("timeoff/allowance_stats").add(
            id=f"{employee}/{len(sandbox.table('timeoff/allowance_stats'))}", employee_id=employee
        )
    page = call(sandbox, "GET", "timeoff/allowance_stats", limit=2).json
    assert (len(page["data"]), page["meta"]["total"]) == (4, 3)  # more rows than the limit
    many = [("employee_ids_list", list(range(26)))]
    assert call(sandbox, "GET", "timeoff/allowance_stats", **dict(many)).status == 400


def test_equality_filters_keep_what_they_name() -> None:
    sandbox = Sandbox(employees=12)
    some = [str(one["id"]) for one in sandbox.table("employees/employees")][2:4]
    found = call(sandbox, "GET", "employees/employees", ids_list=some).json["data"]
    assert [one["id"] for one in found] == some
    shifts = call(sandbox, "GET", "attendance/shifts", employee_ids_list=some[:1]).json["data"]
    assert {one["employee_id"] for one in shifts} == set(some[:1])
    assert len(shifts) == 5
    training = str(sandbox.table("trainings/trainings").records[0]["id"])
    sessions = call(sandbox, "GET", "trainings/sessions", training_ids_list=[training]).json["data"]
    assert {one["training_id"] for one in sessions} == {training}


def test_filters_by_period_search_flag_and_list_field() -> None:
    sandbox = Sandbox.empty()
    leaves = sandbox.table("timeoff/leaves")
    for number, (start, finish) in enumerate(
        (("2026-01-01", "2026-01-05"), ("2026-02-01", "2026-02-05"), ("2026-03-01", None))
    ):
        leaves.add(id=number + 1, start_on=start, finish_on=finish)

    def ids(path: str, **query: Any) -> list[str]:
        return [one["id"] for one in call(sandbox, "GET", path, **query).json["data"]]

    assert ids("timeoff/leaves", **{"from": "2026-01-05", "to": "2026-02-01"}) == ["1", "2"]
    assert ids("timeoff/leaves", **{"from": "2026-02-06"}) == ["3"]
    sandbox.table("trainings/trainings").add(id=8, name="First Aid", status="draft")
    sandbox.table("trainings/trainings").add(id=9, name="Fire", status="active")
    assert ids("trainings/trainings", search="first") == ["8"]
    assert ids("trainings/trainings", status="active") == ["9"]
    employees = sandbox.table("employees/employees")
    employees.add(id=1, active=True, terminated_on=None, updated_at="2026-05-01T08:00:00.000Z")
    employees.add(id=2, active=False, manager_id=1, updated_at="2026-06-01T08:00:00.000Z")
    assert ids("employees/employees", only_active="true") == ["1"]
    assert ids("employees/employees", only_active="false") == ["1", "2"]  # "false has no effect"
    assert ids("employees/employees", only_managers="true") == ["1"]
    assert ids("employees/employees", updated_at_gteq="2026-05-02") == ["2"]


def test_unknown_filters_are_ignored_and_reported() -> None:
    sandbox = Sandbox(employees=12)
    page = call(sandbox, "GET", "employees/employees", employee_idz=1, only_active="true").json
    assert len(page["data"]) == 12
    assert sandbox.requests[-1].ignored_filters == ("employee_idz",)
    assert sandbox.ignored_filters == ["GET employees/employees: employee_idz"]


def test_described_filters_that_the_sandbox_does_not_act_on_are_named() -> None:
    sandbox = Sandbox()
    call(sandbox, "GET", "trainings/trainings", catalog="true", with_expired_memberships="true")
    assert sandbox.requests[-1].unsupported_filters == ("with_expired_memberships",)


def test_a_filter_of_another_version_is_unknown() -> None:
    sandbox = Sandbox()
    call(sandbox, "GET", "timeoff/leaves", version="2026-01-01", forced_finish_on="2026-01-01")
    assert sandbox.requests[-1].ignored_filters == ("forced_finish_on",)


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [
        ("payroll_employees/identifiers", "country", "es"),
        ("job_catalog/node_attributes", "node_uuid", "jobcatalog_treelevel-14"),
    ],
)
def test_the_filters_that_are_really_required(path: str, name: str, value: str) -> None:
    sandbox = Sandbox()
    refused = call(sandbox, "GET", path)
    assert (refused.status, refused.json) == (400, {"errors": [{"error": f"{name} is missing"}]})
    assert call(sandbox, "GET", path, **{name: value}).status == 200


def test_nodes_are_asked_for_by_one_of_three_filters() -> None:
    sandbox = Sandbox.empty()
    nodes = sandbox.table("job_catalog/tree_nodes")
    nodes.add(uuid="a", type="jobcatalog_treerole", ancestor_uuid="root")
    nodes.add(uuid="b", type="jobcatalog_treelevel", ancestor_uuid="a")
    level, below, named = {"node_type": "jobcatalog_treelevel"}, {"ancestor_uuids_list": ["a"]}, {"uuids_list": ["a"]}

    def found(**query: Any) -> list[str] | int:
        answer = call(sandbox, "GET", "job_catalog/tree_nodes", **query)
        return [one["uuid"] for one in answer.json["data"]] if answer.status == 200 else answer.status

    assert [found(**query) for query in (level, below, named)] == [["b"], ["b"], ["a"]]
    assert (found(**level, **below), found(**level, **named)) == (["b"], [])
    assert (
        found() == found(include_full_path="true") == found(**below, **named) == found(**level, **below, **named) == 400
    )


@pytest.mark.parametrize(
    ("version", "kind"), [("2026-01-01", int), ("2026-04-01", int), ("2026-07-01", str), ("2027-01-01", str)]
)
def test_ids_are_spelt_as_their_version_does(version: str, kind: type) -> None:
    sandbox = Sandbox(id_offset=18446744073709550)
    record = call(sandbox, "GET", "trainings/sessions", version=version).json["data"][0]
    assert {type(record["id"]), type(record["training_id"]), type(record["session_attendance_ids"][0])} == {kind}
    assert int(record["id"]) > 2**53
    assert call(sandbox, "GET", f"trainings/sessions/{record['id']}", version=version).json == record


@pytest.mark.parametrize("expired", ["2024-01-01", "2025-10-01", "2026-01-01", "2026-04-01"])
def test_expired_versions_are_served_as_the_oldest_that_lives(expired: str) -> None:
    sandbox = Sandbox(oldest_version="2026-07-01")
    record = call(sandbox, "GET", "employees/employees", version=expired).json["data"][0]
    assert isinstance(record["id"], str)
    assert "communications_email" in record  # came with 2026-07-01
    assert (sandbox.requests[-1].api_version, sandbox.requests[-1].served_version) == (expired, "2026-07-01")


@pytest.mark.parametrize("version", ["2026-02-01", "2031-01-01", "latest", "v1"])
def test_versions_that_never_were_are_not_found(version: str) -> None:
    assert call(Sandbox(), "GET", "employees/employees", version=version).status == 404


def test_operations_exist_only_in_their_versions() -> None:
    sandbox = Sandbox()
    assert call(sandbox, "GET", "compensations/cycles", version="2026-07-01").status == 404
    assert call(sandbox, "GET", "compensations/cycles", version="2026-10-01").status == 200
    assert call(sandbox, "PATCH", "employees/employees").status == 404
    assert call(sandbox, "GET", "trainings/memberships").status == 404
    assert call(sandbox, "GET", "nonsense/things").status == 404


def test_nested_records_get_the_fields_that_they_must_have() -> None:
    sandbox = Sandbox.empty()
    sandbox.table("timeoff/policy_timelines").add(id=1, items=[{"is_first_item": True}])
    (served,) = call(sandbox, "GET", "timeoff/policy_timelines").json["data"]
    (item,) = served["items"]
    assert item["is_first_item"] is True
    assert {"policy_assignment", "start_at"} < item.keys()


def _ids(sandbox: Sandbox, path: str, **query: Any) -> list[str]:
    return [one["id"] for one in call(sandbox, "GET", path, **query).json["data"]]


def test_filters_by_other_names_than_the_fields() -> None:
    sandbox = Sandbox.empty()
    sandbox.table("tasks/tasks").add(id=1, assignee_ids=[11, 12])
    sandbox.table("tasks/tasks").add(id=2, assignee_ids=[13])
    assert _ids(sandbox, "tasks/tasks", assignee_id="12") == ["1"]
    sandbox.table("ats/candidates").add(id=3, ats_job_posting_ids=[31, 32])
    sandbox.table("ats/candidates").add(id=4, ats_job_posting_ids=None)
    assert _ids(sandbox, "ats/candidates", job_posting_ids_list=[31]) == ["3"]
    sandbox.table("payroll/supplements").add(id=5, contracts_compensation_id=41)
    sandbox.table("payroll/supplements").add(id=6, contracts_compensation_id=None)
    assert _ids(sandbox, "payroll/supplements", compensation_id="41") == ["5"]
    assert _ids(sandbox, "payroll/supplements", compensation_id="null") == ["6"]
    sandbox.table("documents/documents").add(id=6, deleted_at="2026-01-01T00:00:00Z")
    sandbox.table("documents/documents").add(id=7, deleted_at=None)
    assert _ids(sandbox, "documents/documents", by_trash_bin="true") == ["6"]
    sandbox.table("employees/employees").add(id=8, full_name="Ada Weber")
    sandbox.table("employees/employees").add(id=9, full_name="Zoe Adam")
    assert _ids(sandbox, "employees/employees", name_starts_with="ada") == ["8"]
    sandbox.table("bookkeepers_management/incidences").add(id=12, legal_entity_id=5)
    sandbox.table("bookkeepers_management/incidences").add(id=13, legal_entity_id=6)
    assert _ids(sandbox, "bookkeepers_management/incidences", legal_entities_ids_list=[5]) == ["12"]
    sandbox.table("performance/review_evaluations").add(id=14, evaluation_type="self")
    sandbox.table("performance/review_evaluations").add(id=15, evaluation_type="peers")
    assert _ids(sandbox, "performance/review_evaluations", reviewer_strategies_list=["peers"]) == ["15"]
    sandbox.table("processes/processes").add(id="16", category="training")
    sandbox.table("processes/processes").add(id="17", category="custom")
    assert _ids(sandbox, "processes/processes", categories_list=["custom"]) == ["17"]


def test_filters_by_team() -> None:
    sandbox = Sandbox.empty()
    sandbox.table("teams/memberships").add(employee_id=1, team_id=9)
    sandbox.table("teams/memberships").add(employee_id=2, team_id=8)
    for employee in (1, 2):
        sandbox.table("trainings/training_memberships").add(id=19 + employee, employee_id=employee)
    assert _ids(sandbox, "trainings/training_memberships", team_id="9") == ["20"]


def test_filters_by_bounds() -> None:
    sandbox = Sandbox.empty()
    for number, moment in enumerate(("2026-01-01T10:00:00Z", "2026-02-01T10:00:00Z", "2026-03-01T10:00:00Z")):
        sandbox.table("contracts/contract_versions").add(id=number + 1, updated_at=moment)
        sandbox.table("trainings/sessions").add(id=number + 1, starts_at=moment)
    versions = "contracts/contract_versions"
    assert _ids(sandbox, versions, updated_at_gteq="2026-02-01", updated_at_lteq="2026-02-28") == ["2"]
    assert _ids(sandbox, "trainings/sessions", start_after="2026-02-01", start_before="2026-02-28") == ["2"]
    assert _ids(sandbox, "trainings/sessions", starts_at_list=["2026-03-01T10:00:00Z"]) == ["3"]


def test_periods_of_expenses_need_both_ends() -> None:
    sandbox = Sandbox.empty()
    for number, day in enumerate(("2026-01-01", "2026-02-01")):
        sandbox.table("expenses/expensables").add(id=number + 1, effective_on=day)
    assert _ids(sandbox, "expenses/expensables", **{"from": "2026-01-15"}) == ["1", "2"]
    assert _ids(sandbox, "expenses/expensables", **{"from": "2026-01-15", "to": "2026-02-15"}) == ["2"]


def test_values_are_sent_as_their_type_where_they_can_be() -> None:
    sandbox = Sandbox.empty()
    sandbox.table("trainings/session_attendances").add(completed_duration=2.5)
    assert call(sandbox, "GET", "trainings/session_attendances").json["data"][0]["completed_duration"] == 2.5
    sandbox.table("attendance/shifts").add(
        clock_in="2026-10-05T09:30:00Z", date="2026-10-05T00:00:00Z", minutes=5.0, observations=True
    )
    (shift,) = call(sandbox, "GET", "attendance/shifts").json["data"]
    assert (shift["clock_in"], shift["date"], shift["minutes"], shift["observations"]) == (
        "09:30",
        "2026-10-05",
        5,
        True,
    )
    sandbox.table("attendance/edit_timesheet_requests").add(clock_in="2026-10-05T09:30:00Z")
    assert call(sandbox, "GET", "attendance/edit_timesheet_requests").json["data"][0]["clock_in"] == "09:30"
