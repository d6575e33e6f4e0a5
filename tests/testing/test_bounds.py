"""Filters that speak of time: every list that can be asked what changed since, and every range of dates."""

from __future__ import annotations

from typing import Any

import pytest

from factorialhr.testing import Sandbox
from factorialhr.testing._tables.index import VERSIONS
from factorialhr.testing.description import operations
from tests.testing.calls import call

SINCE = ("updated_at_gteq", "updated_after", "updated_from")
ASKED_FOR_CHANGES = {
    (operation.path, name): (version, operation.filters[name].type)
    for version in VERSIONS
    for operation in operations(version)
    if operation.verb == "GET" and operation.result == "page"
    for name in operation.filters
    if name in SINCE or (operation.path, name) == ("attendance/shifts", "updated_at")
}
INERT = {
    "contracts/contract_version_histories": ["current_on"],
    "finance/budget_options": ["effective_at"],
    "finance/cost_center_memberships": ["applying_on"],
    "timeoff/french_leave_day_counts": ["from", "to"],
}
"""No rule was found for these: their records have no such date, or more than one could be meant."""


def _ids(sandbox: Sandbox, path: str, version: str = "2026-10-01", **query: Any) -> list[int]:
    answer = call(sandbox, "GET", path, version=version, **query)
    assert (answer.status, sandbox.failures, sandbox.ignored_filters) == (200, [], [])
    assert sandbox.requests[-1].unsupported_filters == ()
    return [int(record["mark"] if "mark" in record else record["id"]) for record in answer.json["data"]]


def test_the_lists_that_can_be_asked_for_changes() -> None:
    assert len(ASKED_FOR_CHANGES) == 21
    by_moment = {path for (path, _), (_, kind) in ASKED_FOR_CHANGES.items() if kind != "date"}
    assert by_moment == {"contracts/contract_versions", "custom_fields/values"}


@pytest.mark.parametrize(("path", "name"), ASKED_FOR_CHANGES)
def test_what_changed_since_in_the_unit_of_the_description(path: str, name: str) -> None:
    version, kind = ASKED_FOR_CHANGES[path, name]
    sandbox = Sandbox.empty()
    moments = ("2026-04-30T23:59:59.999Z", "2026-05-01T08:00:00.000Z", "2026-05-01T14:00:00+02:00", None)
    for key, moment in enumerate(moments):
        sandbox.table(path).add(id=key + 1, updated_at=moment)

    assert _ids(sandbox, path, version, **{name: "2026-05-01"}) == [2, 3]
    to_the_moment = [2, 3] if kind == "date" else [3]
    assert _ids(sandbox, path, version, **{name: "2026-05-01T12:00:00Z"}) == to_the_moment
    sandbox.table(path).update(1, updated_at="2026-05-02T00:00:00Z")
    assert _ids(sandbox, path, version, **{name: "2026-05-02"}) == [1]


def test_moments_without_a_zone_and_what_is_none() -> None:
    sandbox = Sandbox.empty()
    versions = "contracts/contract_versions"
    sandbox.table(versions).add(id=1, updated_at="2026-05-01T12:00:00")
    sandbox.table(versions).add(id=2, updated_at="2026-05-01 or so")
    assert _ids(sandbox, versions, updated_at_gteq="2026-05-01T13:00:00+01:00") == [1, 2]
    assert _ids(sandbox, versions, updated_at_gteq="2026-05-01T12:00:01") == [2]
    assert _ids(sandbox, versions, updated_at_gteq="2026-05-01 or so") == [1, 2]
    assert _ids(sandbox, versions, updated_at_lteq="2026-05-01T12:00:00Z") == [1, 2]


def test_writes_count_as_changes_where_records_do_not_say_so() -> None:
    now = 1_790_000_000.0  # 2026-09-21
    sandbox = Sandbox(employees=3, clock=lambda: now)
    projects = sandbox.table("project_management/projects")
    for record in projects:
        projects.update(record["id"], updated_at="2026-01-01T00:00:00Z")
    path = "project_management/projects"
    assert _ids(sandbox, path, updated_after="2026-09-21") == []
    key = projects.records[0]["id"]
    assert call(sandbox, "PUT", f"{path}/{key}", {"name": "Renamed"}).status == 200
    assert _ids(sandbox, path, updated_after="2026-09-21") == [key]
    assert _ids(sandbox, path, updated_after="2026-09-22") == []
    made = call(sandbox, "POST", path, {"name": "New"})
    assert made.status in (200, 201)
    assert "updated_at" not in made.json
    assert _ids(sandbox, path, updated_after="2026-09-21") == [key, int(made.json["id"])]


EVENTS = ("date", "date")
RANGES: list[tuple[str, str, str, str, str]] = [
    ("attendance/edit_timesheet_requests", "start_on", "end_on", *EVENTS),
    ("attendance/estimated_times", "start_on", "end_on", *EVENTS),
    ("attendance/overtime_requests", "start_on", "end_on", *EVENTS),
    ("attendance/reviews", "start_on", "end_on", *EVENTS),
    ("attendance/shifts", "start_on", "end_on", "reference_date", "reference_date"),
    ("attendance/worked_times", "start_on", "end_on", *EVENTS),
    ("banking/card_payments", "from", "to", "created_at", "created_at"),
    ("banking/transactions", "from", "to", "booking_date", "booking_date"),
    ("compensations/payroll_runs", "from", "to", "starts_on", "ends_on"),
    ("contracts/contract_version_histories", "changes_gteq", "changes_lteq", "changed_at", "changed_at"),
    ("contracts/contract_versions", "updated_at_gteq", "updated_at_lteq", "updated_at", "updated_at"),
    ("employee_updates/summaries", "starts_on", "ends_on", "starts_on", "starts_on"),
    ("expenses/expensables", "from", "to", "effective_on", "effective_on"),
    ("expenses/expenses", "from", "to", "effective_on", "effective_on"),
    ("expenses/mileages", "from", "to", "effective_on", "effective_on"),
    ("holidays/company_holidays", "start_at", "end_at", *EVENTS),
    ("payroll/supplements", "from", "to", "effective_on", "effective_on"),
    ("posts/posts", "from", "until", "created_at", "created_at"),
    ("project_management/expense_records", "start_date", "end_date", "effective_on", "effective_on"),
    ("project_management/exportable_expenses", "start_date", "end_date", *EVENTS),
    ("project_management/flexible_time_records", "starts_on", "ends_on", *EVENTS),
    ("project_management/planned_records", "start_date", "end_date", "start_date", "end_date"),
    ("shift_management/shifts", "start_at", "end_at", "start_at", "end_at"),
    ("timeoff/leaves", "from", "to", "start_on", "finish_on"),
    ("trainings/sessions", "start_after", "start_before", "starts_at", "starts_at"),
]
ENDS_BEFORE_ITS_LAST_DAY = {"expenses/expenses", "expenses/mileages"}


def _filled(path: str, start: str, end: str) -> Sandbox:
    sandbox = Sandbox.empty()
    days = (("01", "09"), ("05", "10"), ("10", "20"), ("20", "25"), ("21", "26"))
    for key, (first, last) in enumerate(days):
        # Of an event only the day counts on which it is.
        day = {start: f"2026-05-{first}", end: f"2026-05-{last}"} if start != end else {start: f"2026-05-{last}"}
        at = {name: f"{value}T12:00:00Z" if name.endswith("_at") else value for name, value in day.items()}
        sandbox.table(path).add(id=key + 1, extra_fields={"mark": key + 1}, **at)  # not every record shows its id
    return sandbox


@pytest.mark.parametrize(("path", "lower", "upper", "start", "end"), RANGES, ids=[one[0] for one in RANGES])
def test_ranges_of_dates(path: str, lower: str, upper: str, start: str, end: str) -> None:
    sandbox = _filled(path, start, end)
    version = "2026-04-01" if "flexible" in path else "2026-10-01"
    last_is_in = [] if path in ENDS_BEFORE_ITS_LAST_DAY else [4 if start != end else 3]
    both = _ids(sandbox, path, version, **{lower: "2026-05-10", upper: "2026-05-20"})
    assert both == ([2, 3, *last_is_in] if start != end else [2, *last_is_in])
    if path.startswith("expenses/"):
        assert _ids(sandbox, path, version, **{lower: "2026-05-10"}) == [1, 2, 3, 4, 5]
        assert _ids(sandbox, path, version, **{upper: "2026-05-10"}) == [1, 2, 3, 4, 5]
        return
    only_that_day = path in ("attendance/edit_timesheet_requests", "attendance/overtime_requests")
    assert _ids(sandbox, path, version, **{lower: "2026-05-10"}) == ([2] if only_that_day else [2, 3, 4, 5])
    up_to = [1, 2] if start == end else [1, 2, 3]
    assert _ids(sandbox, path, version, **{upper: "2026-05-10"}) == up_to


def test_ranges_that_hold_a_whole_period() -> None:
    sandbox = _filled("bookkeepers_management/incidences", "starts_on", "ends_on")
    query = {"starts_on": "2026-05-05", "ends_on": "2026-05-20"}
    assert _ids(sandbox, "bookkeepers_management/incidences", **query) == [2, 3]


def test_moments_of_planned_shifts_ignore_their_time_of_day() -> None:
    sandbox = _filled("shift_management/shifts", "start_at", "end_at")
    query = {"start_at": "2026-05-10T23:00:00Z", "end_at": "2026-05-20T01:00:00Z"}
    assert _ids(sandbox, "shift_management/shifts", **query) == [2, 3, 4]


def test_moments_of_sessions_do_not() -> None:
    sandbox = _filled("trainings/sessions", "starts_at", "starts_at")
    query = {"start_after": "2026-05-10T13:00:00Z", "start_before": "2026-05-25T12:00:00Z"}
    assert _ids(sandbox, "trainings/sessions", **query) == [3, 4]


def test_single_days_and_single_bounds() -> None:
    sandbox = Sandbox.empty()
    memberships, versions = "finance/cost_center_memberships", "contracts/contract_versions"
    for key, (start, end) in enumerate((("2026-01-01", "2026-05-01"), ("2026-05-01", None), ("2026-06-01", None))):
        sandbox.table(memberships).add(id=key + 1, start_date=start, end_date=end)
        sandbox.table(versions).add(id=key + 1, effective_on=start)
        sandbox.table("integrations/sync_runs").add(id=key + 1, started_at=f"{start}T12:00:00Z")
        sandbox.table("project_management/time_records").add(id=key + 1, date=start)
    assert _ids(sandbox, memberships, active_on="2026-05-01") == [1, 2]
    assert _ids(sandbox, memberships, active_on="2026-05-02") == [2]
    assert _ids(sandbox, versions, date="2026-05-01") == [1, 2]
    assert _ids(sandbox, "integrations/sync_runs", created_at_gteq="2026-05-01T12:00:01Z") == [3]
    assert _ids(sandbox, "project_management/time_records", year=2026, month=5) == [2]
    assert _ids(sandbox, "project_management/time_records", year=2025) == []


def test_no_filter_by_time_is_forgotten() -> None:
    known = {(path, name) for path, lower, upper, *_ in RANGES for name in (lower, upper)} | set(ASKED_FOR_CHANGES)
    known |= {(path, name) for path, names in INERT.items() for name in names}
    others = {
        f"{operation.path} {name}"
        for version in VERSIONS
        for operation in operations(version)
        if operation.verb == "GET" and operation.result == "page"
        for name, field in operation.filters.items()
        if str(field.type) in ("date", "date-time") and (operation.path, name) not in known
    }
    assert others == {
        # Above.
        "bookkeepers_management/incidences ends_on",
        "bookkeepers_management/incidences starts_on",
        "contracts/contract_versions date",
        "finance/cost_center_memberships active_on",
        "integrations/sync_runs created_at_gteq",
        # One day or moment, compared with the field of the same name.
        "attendance/reviews reviewed_at",
        "contracts/contracts starts_on",
        "tasks/tasks due_on",
        # A day for which something is worked out; it keeps all records.
        "finance/cost_centers include_actives_on_date",
        "timeoff/allowance_stats reference_date",
        "timeoff/leave_types reference_date",
        "timeoff/leaves forced_finish_on",
        "timeoff/policy_timelines reference_date",
    }


@pytest.mark.parametrize("path", INERT)
def test_those_without_a_rule_are_named(path: str) -> None:
    sandbox = Sandbox()
    for name in INERT[path]:
        call(sandbox, "GET", path, **{name: "2026-05-01"})
        assert sandbox.requests[-1].unsupported_filters == (name,)
