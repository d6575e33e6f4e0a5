"""The invented company: the same one every time, and no reference in it leads nowhere."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from factorialhr.testing import Sandbox, SandboxError
from factorialhr.testing._tables.index import COLLECTIONS
from factorialhr.testing.company import Company
from factorialhr.testing.description import DOMAINS
from factorialhr.testing.references import collection_of
from factorialhr.testing.stories import PERIODS
from tests.testing.calls import call


def _everything(sandbox: Sandbox, order: list[str]) -> dict[str, list[dict[str, Any]]]:
    return {path: sandbox.table(path).records for path in order}


def test_the_same_seed_gives_the_same_company_in_whatever_order_it_is_looked_at() -> None:
    paths = list(COLLECTIONS)
    one, two = _everything(Sandbox(), paths), _everything(Sandbox(), paths[::-1])
    assert one == two
    other = _everything(Sandbox(seed=8), paths)
    assert other["employees/employees"] != one["employees/employees"]


def test_its_size_is_as_ordered() -> None:
    sandbox = Sandbox.company(employees=50, seed=7)
    assert len(sandbox.table("employees/employees")) == 50
    assert len(sandbox.table("attendance/shifts")) == 250
    empty = Sandbox.empty()
    assert {path: len(empty.table(path)) for path in COLLECTIONS} == dict.fromkeys(COLLECTIONS, 0)


@pytest.mark.parametrize("employees", [1, 2, 25])
def test_every_reference_resolves(employees: int) -> None:
    sandbox = Sandbox(employees=employees)
    known = {path: {str(one["id"]) for one in sandbox.table(path)} for path in COLLECTIONS}
    known["accesses"] = {str(one["access_id"]) for one in sandbox.table("employees/employees")}
    known["company"] = {str(sandbox.company_id)}
    looked_at = 0

    def check(path: str, name: str, value: Any) -> None:
        nonlocal looked_at
        if isinstance(value, dict):
            for inner_name, inner in value.items():
                check(path, inner_name, inner)
        elif isinstance(value, list):
            for inner in value:
                check(path, name, inner)
        else:
            target = collection_of(name, path.partition("/")[0])
            if target is not None and value is not None:
                looked_at += 1
                assert str(value) in known[target], f"{path}.{name} -> {target}"

    for path in COLLECTIONS:
        for record in sandbox.table(path):
            for name, value in record.items():
                check(path, name, value)
    assert looked_at > 500


@pytest.mark.parametrize(
    ("domain", "name", "path"),
    [
        ("employees", "manager_id", "employees/employees"),
        ("trainings", "training_id", "trainings/trainings"),
        ("trainings", "author_id", "accesses"),
        ("trainings", "author_employee_id", "employees/employees"),
        ("performance", "process_id", "performance/review_processes"),
        ("processes", "process_id", "processes/processes"),
        ("project_management", "shift_id", None),
        ("contracts", "es_contract_type_id", "contracts/spanish_contract_types"),
        ("timeoff", "team_ids", "teams/teams"),
        ("payroll_employees", "tax_id", None),
        ("finance", "external_id", None),
        ("finance", "default_account_for_employees_id", None),
        ("teams", "name", None),
        ("teams", "company_id", "company"),
    ],
)
def test_which_list_a_field_points_into(domain: str, name: str, path: str | None) -> None:
    assert collection_of(name, domain) == path


def test_people_are_the_same_in_every_list() -> None:
    sandbox = Sandbox()
    people = {one["id"]: one for one in sandbox.table("employees/employees")}
    for leave in sandbox.table("timeoff/leaves"):
        assert leave["employee_full_name"] == people[leave["employee_id"]]["full_name"]
    for membership in sandbox.table("trainings/session_access_memberships"):
        assert membership["access_id"] == people[membership["employee_id"]]["access_id"]
    for team in sandbox.table("teams/teams"):
        members = {one["employee_id"] for one in sandbox.table("teams/memberships") if one["team_id"] == team["id"]}
        assert set(team["employee_ids"]) == members
    for timeline in sandbox.table("timeoff/policy_timelines"):
        assert timeline["id"] == timeline["employee_id"]
    assert {one["manager_id"] for one in people.values()} - {None} <= people.keys()


def test_periods_do_not_run_backwards() -> None:
    sandbox, looked_at = Sandbox(employees=25), 0
    for path in COLLECTIONS:
        for record in sandbox.table(path):
            for first, second in PERIODS:
                if isinstance(record.get(first), str) and isinstance(record.get(second), str):
                    looked_at += 1
                    assert record[first] <= record[second], (path, first)
    assert looked_at > 100


def test_records_have_every_field_and_most_of_them_filled() -> None:
    record = call(Sandbox(), "GET", "employees/employees").json["data"][1]
    assert len(record) == 54
    assert sum(value is not None for value in record.values()) >= 45


def test_its_day_can_be_chosen() -> None:
    sandbox = Sandbox(today=dt.date(2031, 5, 5))
    assert {one["date"][:4] for one in sandbox.table("attendance/shifts")} == {"2031"}


def test_lists_start_at_ids_of_their_own() -> None:
    company = Company(10, 7, dt.date(2026, 10, 1))
    paths = [*COLLECTIONS, "accesses", "company"]
    assert len({company.first_id(path) for path in paths}) == len(paths)


def test_no_domain_hides_behind_an_attribute_of_the_sandbox() -> None:
    assert {domain for domain in DOMAINS if domain in dir(object) or hasattr(Sandbox, domain)} == set()
    assert "trainings" in dir(Sandbox())


@pytest.mark.parametrize("settings", [{"employees": -1}, {"employees": 10_000}, {"oldest_version": "2020-01-01"}])
def test_settings_that_cannot_work(settings: dict[str, Any]) -> None:
    with pytest.raises(SandboxError, match="is"):
        Sandbox(**settings)
