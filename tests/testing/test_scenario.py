"""One scenario, three callers: plain httpx after the published behaviour, and both halves of this package.

The plain caller knows nothing of this package. What it reads, writes and is refused must be the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import httpx
import pytest

import factorialhr
import factorialhr.sync
from factorialhr.testing import Sandbox

EMPLOYEES = 110  # more than a page
Seen = dict[str, Any]


pytestmark = pytest.mark.usefixtures("without_proxies")


@pytest.fixture(params=["in process", "on a socket"])
def place(request: pytest.FixtureRequest) -> Iterator[tuple[Sandbox, str, bool]]:
    """A sandbox, the base URL, and whether a socket is to be used."""
    sandbox = Sandbox(employees=EMPLOYEES, clock=lambda: 1_790_000_000.0)
    if request.param == "in process":
        yield sandbox, "https://api.factorialhr.com", False
    else:
        with sandbox:
            yield sandbox, sandbox.url, True


class Plain:
    """A client as someone writes it who has read the API's documentation and nothing else."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def call(self, verb: str, path: str, **how: Any) -> Any:
        answer = self._client.request(verb, f"/api/2026-10-01/resources/{path}", **how)
        answer.raise_for_status()
        return answer.json()

    def everything(self, path: str, **filters: Any) -> list[dict[str, Any]]:
        records: list[dict[str, Any]] = []
        seen: set[str] = set()
        params: dict[str, Any] = dict(filters)
        while True:
            page = self.call("GET", path, params=params)
            records += page["data"]
            cursor = page["meta"].get("end_cursor")
            if not page["meta"].get("has_next_page") or not cursor or cursor in seen:
                return records
            seen.add(cursor)
            params["after_id"] = cursor


def _by_plain_httpx(client: httpx.Client) -> Seen:
    plain = Plain(client)
    people = plain.everything("employees/employees", **{"only_active": "true"})
    training = plain.everything("trainings/trainings")[0]
    sessions = plain.everything("trainings/sessions", **{"training_ids[]": [training["id"]]})
    made = plain.call("POST", "trainings/sessions", json={"name": "Ropes", "training_id": training["id"]})
    changed = plain.call("PUT", f"trainings/sessions/{made['id']}", json={"name": "Ropes 2"})
    body = {"session_id": made["id"], "employee_ids": [people[0]["id"]], "notify": False}
    invited = plain.call("POST", "trainings/session_access_memberships/bulk_create", json=body)
    shifts = plain.everything("attendance/shifts", **{"employee_ids[]": [people[0]["id"], people[1]["id"]]})
    leave = plain.call("POST", "timeoff/leaves/approve", json={"id": plain.everything("timeoff/leaves")[0]["id"]})
    gone = plain.call("DELETE", f"trainings/sessions/{made['id']}")
    statuses: list[int] = []
    for verb, path, sent in (
        ("GET", f"trainings/sessions/{made['id']}", None),
        ("POST", "trainings/sessions", {"name": "n"}),
        ("POST", "trainings/sessions", {"name": "n", "training_id": "404"}),
    ):
        with pytest.raises(httpx.HTTPStatusError) as caught:
            plain.call(verb, path, json=sent)
        statuses.append(caught.value.response.status_code)
    return {
        "people": [(one["id"], one["full_name"]) for one in people],
        "sessions": [(one["id"], one["name"], one["session_attendance_ids"]) for one in sessions],
        "written": [made["name"], changed["name"], gone["id"] == made["id"]],
        "invited": [(one["employee_id"], one["session_id"]) for one in invited],
        "shifts": [(one["employee_id"], one["clock_in"], one["minutes"]) for one in shifts],
        "leave": (leave["id"], leave["approved"]),
        "statuses": statuses,
    }


def _by_the_blocking_half(api: factorialhr.sync.ApiClient) -> Seen:
    people = api.employees.employees.all(only_active=True).data()
    training = api.trainings.trainings.all().data()[0]
    sessions = api.trainings.sessions.all(training_ids=[training.id]).data()
    made = api.trainings.sessions.create({"name": "Ropes", "training_id": training.id})
    changed = api.trainings.sessions.update(made.id, {"name": "Ropes 2"})
    body = {"session_id": made.id, "employee_ids": [people[0].id], "notify": False}
    invited = api.trainings.session_access_memberships.bulk_create(body)
    shifts = api.attendance.shifts.all(employee_ids=[people[0].id, people[1].id]).data()
    leave = api.timeoff.leaves.approve({"id": api.timeoff.leaves.all().data()[0].id})
    gone = api.trainings.sessions.delete(made.id)
    statuses: list[int] = []
    for refused in (
        lambda: api.trainings.sessions.get_by_id(made.id),
        lambda: api.trainings.sessions.create({"name": "n"}),
        lambda: api.trainings.sessions.create({"name": "n", "training_id": "404"}),
    ):
        with pytest.raises(httpx.HTTPStatusError) as caught:
            refused()
        statuses.append(caught.value.response.status_code)
    return _seen(people, sessions, (made, changed, gone), invited, shifts, leave, statuses)


async def _by_the_async_half(api: factorialhr.ApiClient) -> Seen:
    people = (await api.employees.employees.all(only_active=True)).data()
    training = (await api.trainings.trainings.all()).data()[0]
    sessions = (await api.trainings.sessions.all(training_ids=[training.id])).data()
    made = await api.trainings.sessions.create({"name": "Ropes", "training_id": training.id})
    changed = await api.trainings.sessions.update(made.id, {"name": "Ropes 2"})
    body = {"session_id": made.id, "employee_ids": [people[0].id], "notify": False}
    invited = await api.trainings.session_access_memberships.bulk_create(body)
    shifts = (await api.attendance.shifts.all(employee_ids=[people[0].id, people[1].id])).data()
    leave = await api.timeoff.leaves.approve({"id": (await api.timeoff.leaves.all()).data()[0].id})
    gone = await api.trainings.sessions.delete(made.id)
    statuses: list[int] = []
    for refused in (
        lambda: api.trainings.sessions.get_by_id(made.id),
        lambda: api.trainings.sessions.create({"name": "n"}),
        lambda: api.trainings.sessions.create({"name": "n", "training_id": "404"}),
    ):
        with pytest.raises(httpx.HTTPStatusError) as caught:
            await refused()
        statuses.append(caught.value.response.status_code)
    return _seen(people, sessions, (made, changed, gone), invited, shifts, leave, statuses)


def _seen(people: Any, sessions: Any, written: Any, invited: Any, shifts: Any, leave: Any, statuses: list[int]) -> Seen:
    made, changed, gone = written
    return {
        "people": [(one.id, one.full_name) for one in people],
        "sessions": [(one.id, one.name, list(one.session_attendance_ids)) for one in sessions],
        "written": [made.name, changed.name, gone.id == made.id],
        "invited": [(one.employee_id, one.session_id) for one in invited],
        "shifts": [(one.employee_id, _clock(one.clock_in), one.minutes) for one in shifts],
        "leave": (leave.id, leave.approved),
        "statuses": statuses,
    }


def _clock(value: Any) -> str:
    return value if isinstance(value, str) else value.strftime("%H:%M")


@cache
def _expected() -> Seen:
    """What plain httpx sees of a fresh company of the same seed."""
    sandbox = Sandbox(employees=EMPLOYEES)
    headers = {"x-api-key": sandbox.api_key}
    with httpx.Client(transport=sandbox.transport, base_url="https://api.factorialhr.com", headers=headers) as client:
        return _by_plain_httpx(client)


def test_the_scenario_is_about_something() -> None:
    seen = _expected()
    assert len(seen["people"]) == EMPLOYEES
    assert seen["statuses"] == [404, 422, 400]
    assert (len(seen["sessions"]), len(seen["invited"]), len(seen["shifts"])) == (2, 1, 10)
    assert (seen["written"], seen["leave"][1]) == (["Ropes", "Ropes 2", True], True)


def test_plain_httpx(place: tuple[Sandbox, str, bool]) -> None:
    sandbox, url, on_a_socket = place
    transport = None if on_a_socket else sandbox.transport
    with httpx.Client(
        transport=transport, base_url=url, headers={"x-api-key": sandbox.api_key}, trust_env=False
    ) as client:
        assert _by_plain_httpx(client) == _expected()
    assert sandbox.ignored_filters == []
    assert sandbox.failures == []


def test_the_blocking_half(place: tuple[Sandbox, str, bool]) -> None:
    sandbox, url, on_a_socket = place
    auth = factorialhr.ApiKeyAuth(sandbox.api_key)
    transport = None if on_a_socket else sandbox.transport
    with factorialhr.sync.ApiClient(url, auth=auth, transport=transport) as api:
        assert _by_the_blocking_half(api) == _expected()
    assert sandbox.ignored_filters == []


async def test_the_async_half(place: tuple[Sandbox, str, bool]) -> None:
    sandbox, url, on_a_socket = place
    auth = factorialhr.AccessTokenAuth(sandbox.access_token)
    transport = None if on_a_socket else sandbox.async_transport
    async with factorialhr.ApiClient(url, auth=auth, transport=transport) as api:
        assert await _by_the_async_half(api) == _expected()
    assert sandbox.ignored_filters == []
