"""Whole lists of real endpoints against the sandbox: what is known of a list holds through the client."""

from __future__ import annotations

import datetime as dt
from random import Random
from typing import Any

import httpx
import pytest

from factorialhr._system.twins import sleep
from factorialhr.testing import Sandbox
from tests.halves import factorialhr_sync as sdk
from tests.support.script import Script

WALKS = ["all", "iter", "pages"]
NOW = dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC)
SESSIONS = "trainings/sessions"
KINDS: dict[str, dict[str, Any]] = {
    "id cursors": {"cursors": "ids"},
    "position cursors": {"cursors": "positions"},
    "no cursors": {"cursors": None},
    "id cursors without numbers": {"cursors": "ids", "numbers": False},
}


def client(sandbox: Sandbox, **settings: Any) -> sdk.ApiClient:
    return sdk.ApiClient(api_key=sandbox.api_key, transport=sandbox.transport, **settings)


def fetched(endpoint: Any, how: str, **request: Any) -> tuple[list[Any], Any]:
    """The records of a list, and what says whether they are all."""
    if how == "all":
        found = endpoint.all(**request)
        return list(found), found
    stream = getattr(endpoint, how)(**request)
    if how == "iter":
        return [record for record in stream], stream
    return [record for page in stream for record in page], stream


def sandbox_with_sessions(count: int, **paging: Any) -> Sandbox:
    sandbox = Sandbox.empty()
    for number in range(count):
        sandbox.table(SESSIONS).add(id=1000 + number * 3, training_id=1)
    if paging:
        sandbox.page(SESSIONS, **paging)
    return sandbox


def requests_to(sandbox: Sandbox, path: str) -> list[dict[str, list[str]]]:
    """What the requests to a list asked for."""
    return [request.params for request in sandbox.requests if request.path.endswith(path)]


@pytest.mark.parametrize("how", WALKS)
@pytest.mark.parametrize("concurrency", [1, 2, 8, 16])
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_list_that_changes_between_requests_is_whole(kind: dict[str, Any], concurrency: int, how: str) -> None:
    sandbox = sandbox_with_sessions(60, **kind)
    table = sandbox.table(SESSIONS)
    throughout = {str(one["id"]) for one in table}

    def change(dice: Random) -> None:
        if dice.random() < 0.3:
            gone = dice.choice([one["id"] for one in table])
            table.remove(gone)
            throughout.discard(str(gone))
            table.add(id=dice.randrange(900, 1200), training_id=1)

    sandbox.between(change, seed=concurrency)
    with client(sandbox) as api:
        found, said = fetched(api.trainings.sessions, how, limit=7, concurrency=concurrency)
    ids = [str(one.id) for one in found]
    assert len(ids) == len(set(ids))
    assert said.outcome == "whole"
    assert throughout <= set(ids)


@pytest.mark.parametrize("concurrency", [1, 8])
def test_records_that_share_an_id_are_told_apart_by_their_key(concurrency: int) -> None:
    sandbox = Sandbox.empty()
    table = sandbox.table("shift_management/shifts")
    for number in range(40):
        for hour in (8, 14):
            start = f"2026-03-01T{hour:02}:00:00Z"
            table.add(id=100 + number, start_at=start, end_at=start, employee_id=1, beside=True)
    with client(sandbox) as api:
        found, said = fetched(api.shift_management.shifts, "all", limit=7, concurrency=concurrency)
    assert len({(one.id, one.start_at) for one in found}) == len(found) == 80
    assert said.outcome == "whole"


@pytest.mark.parametrize("how", WALKS)
def test_positions_without_numbers_are_unproven(how: str) -> None:
    sandbox = Sandbox(employees=60)
    with client(sandbox) as api:
        found, said = fetched(api.timeoff.allowance_stats, how, limit=7)
    assert found
    assert said.outcome == "unproven"
    assert said.issues == ()


# -- days ---------------------------------------------------------------------------------------------------


def sandbox_with_shifts(days: int) -> Sandbox:
    sandbox = Sandbox.empty()
    employee = sandbox.table("employees/employees").add()
    for number in range(days):
        day = dt.date(2026, 1, 1) + dt.timedelta(number)
        sandbox.table("attendance/shifts").add(
            employee_id=employee["id"], date=day.isoformat(), reference_date=day.isoformat()
        )
    return sandbox


SPAN: dict[str, Any] = {"start_on": dt.date(2026, 1, 1), "end_on": dt.date(2026, 3, 31)}


@pytest.mark.parametrize("how", WALKS)
@pytest.mark.parametrize(("window_days", "requests"), [(None, 1), (7, 13), (90, 1)])
def test_a_list_that_ignores_paging_is_asked_for_in_windows(
    how: str, window_days: int | None, requests: int
) -> None:
    sandbox = sandbox_with_shifts(90)
    options = {} if window_days is None else {"window_days": window_days}
    with client(sandbox) as api:
        found, said = fetched(api.attendance.shifts, how, **SPAN, **options)
    assert len({one.id for one in found}) == len(found) == 90
    assert said.outcome == ("whole" if requests == 1 else "unproven")
    assert len(requests_to(sandbox, "attendance/shifts")) == requests


def test_a_list_that_ignores_paging_goes_on_at_its_place() -> None:
    sandbox = sandbox_with_shifts(90)
    with client(sandbox) as api:
        stream = api.attendance.shifts.iter(**SPAN, window_days=7)
        seen = [(next(stream)).id for _ in range(17)]
        place = stream.place
        rest = api.attendance.shifts.iter(**SPAN, window_days=7, place=place)
        seen += [one.id for one in rest]
    assert len(set(seen)) == len(seen) == 90


def test_a_list_that_takes_too_long_says_what_to_ask_for() -> None:
    script = Script(httpx.ReadTimeout("slow"))
    with sdk.ApiClient(api_key="key", transport=script, max_retries=0) as api:
        with pytest.raises(sdk.ApiTimeoutError, match=r"fewer days with 'start_on' and 'end_on', or.*window_days="):
            api.attendance.shifts.get()
    script = Script(httpx.ReadTimeout("slow"))
    with sdk.ApiClient(api_key="key", transport=script, max_retries=0) as api:
        with pytest.raises(sdk.ApiTimeoutError) as caught:
            api.trainings.sessions.get()
    assert "days" not in str(caught.value)


# -- changed since, many ids ------------------------------------------------------------------------------


def test_since_keeps_what_has_changed() -> None:
    sandbox = Sandbox.empty()
    table = sandbox.table("employees/employees")
    for number, day in enumerate(["2026-03-08", "2026-03-09", "2026-03-10", "2026-03-11"], 1):
        table.add(id=number, access_id=number, location_id=1, updated_at=f"{day}T08:00:00Z")
    with client(sandbox) as api:
        found = api.employees.employees.all(since=NOW)
        # The day of the moment and the one before are read again.
        assert [str(one.id) for one in found] == ["2", "3", "4"]
        with pytest.raises(sdk.UnexpectedKeywordError, match=r"takes no 'since'.+'from_' and 'to'"):
            api.timeoff.leaves.all(since=NOW)  # type: ignore[call-arg]  # what a caller without mypy writes


def test_more_ids_than_the_api_takes_are_cut_into_batches() -> None:
    sandbox = Sandbox(employees=60)
    ids = [one["id"] for one in sandbox.table("employees/employees")]
    with client(sandbox) as api:
        with pytest.raises(sdk.BadRequestError):
            api.timeoff.allowance_stats.get(employee_ids=ids)
        before = len(sandbox.requests)
        found = api.timeoff.allowance_stats.all(employee_ids=ids)
        every = api.timeoff.allowance_stats.all()
    assert sorted(str(one.id) for one in found) == sorted(str(one.id) for one in every)
    asked = [params.get("employee_ids[]") for params in requests_to(sandbox, "allowance_stats")[before:]]
    assert [len(values) for values in asked if values] == [25, 25, len(ids) - 50]


# -- several consumers ------------------------------------------------------------------------------------


def test_a_closed_stream_gives_nothing_more() -> None:
    sandbox = sandbox_with_sessions(30)
    with client(sandbox) as api:
        stream = api.trainings.sessions.iter(limit=5, concurrency=4)
        next(stream)
        stream.close()
        sleep(0)
        with pytest.raises(StopIteration):
            next(stream)
    assert stream.outcome is None


def test_a_record_that_moves_from_batch_to_batch_comes_once() -> None:
    sandbox = Sandbox.empty()
    table = sandbox.table(SESSIONS)
    table.add(id=1, training_id=1)

    def move(_dice: Random) -> None:
        table.update(1, training_id=2000)

    sandbox.between(move)
    with client(sandbox) as api:
        found = api.trainings.sessions.all(training_ids=range(1, 2001))
    assert [one.id for one in found] == ["1"]
    assert found.outcome == "unproven"
