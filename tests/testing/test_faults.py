"""Trouble comes when it was ordered, as often as it was ordered, and the same every time."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from factorialhr.testing import Drift, Fault, Sandbox, http_date
from factorialhr.testing.transports import SandboxTransport
from tests.testing.calls import call

PATH = "trainings/sessions"
URL = f"https://sandbox.test/api/2026-10-01/resources/{PATH}"


def _statuses(sandbox: Sandbox, count: int) -> list[int]:
    return [call(sandbox, "GET", PATH).status for _ in range(count)]


def test_a_status_as_often_as_ordered_after_as_many_as_ordered() -> None:
    sandbox = Sandbox()
    fault = sandbox.fail("GET", "trainings/*", status=503, times=2, skip=1)
    assert _statuses(sandbox, 5) == [200, 503, 503, 200, 200]
    assert fault.hits == 2
    assert [request.faults for request in sandbox.requests] == [(), ("503",), ("503",), (), ()]


def test_rules_look_at_verb_and_path() -> None:
    sandbox = Sandbox()
    sandbox.fail("POST", "trainings/*", status=500)
    sandbox.fail("GET", "/oauth/*", status=502)
    assert _statuses(sandbox, 1) == [200]
    assert call(sandbox, "GET", "tasks/tasks").status == 200
    assert call(sandbox, "POST", PATH, {}).status == 500
    assert sandbox.handle("GET", "/oauth/authorize", "", {}, b"").status == 502
    sandbox.faults.clear()
    assert call(sandbox, "POST", PATH, {}).status == 422


def test_chance_is_repeated_by_the_seed() -> None:
    def run(seed: int) -> list[int]:
        sandbox = Sandbox(seed=seed)
        sandbox.fail(status=500, probability=0.5)
        return _statuses(sandbox, 40)

    assert run(1) == run(1) != run(2)
    assert set(run(1)) == {200, 500}


@pytest.mark.parametrize(
    ("retry_after", "header"),
    [(3, "3"), (0.5, "0.5"), ("soon", "soon"), (None, None), (http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT")],
)
def test_429_with_and_without_retry_after(retry_after: Any, header: str | None) -> None:
    sandbox = Sandbox()
    sandbox.fail(status=429, retry_after=retry_after)
    answer = call(sandbox, "GET", PATH)
    assert (answer.status, answer.headers.get("retry-after")) == (429, header)


def test_a_refused_write_is_not_done_unless_it_should_be() -> None:
    sandbox = Sandbox()
    body = {"name": "n", "training_id": sandbox.table("trainings/trainings").records[0]["id"]}
    before = len(sandbox.table(PATH))
    sandbox.fail("POST", status=502, times=1)
    assert (call(sandbox, "POST", PATH, body).status, len(sandbox.table(PATH))) == (502, before)
    sandbox.fail("POST", status=502, times=1, takes_effect=True)
    assert (call(sandbox, "POST", PATH, body).status, len(sandbox.table(PATH))) == (502, before + 1)


def test_html_instead_of_json() -> None:
    sandbox = Sandbox()
    sandbox.fail(status=502, body=b"<html>Bad gateway</html>")
    answer = sandbox.handle("GET", f"/api/2026-10-01/resources/{PATH}", "", {"x-api-key": sandbox.api_key}, b"")
    assert (answer.status, answer.headers["content-type"][:9], answer.body[:6]) == (502, "text/html", b"<html>")


def test_broken_connections_in_process() -> None:
    sandbox = Sandbox()
    with httpx.Client(transport=sandbox.transport, headers={"x-api-key": sandbox.api_key}) as client:
        sandbox.fail(damage="reset", times=1)
        with pytest.raises(httpx.ReadError):
            client.get(URL)
        sandbox.fail(damage="truncate", times=1)
        with pytest.raises(httpx.RemoteProtocolError):
            client.get(URL)
        assert client.get(URL).status_code == 200


async def test_broken_connections_in_process_async() -> None:
    sandbox = Sandbox()
    async with httpx.AsyncClient(transport=sandbox.async_transport, headers={"x-api-key": sandbox.api_key}) as client:
        sandbox.fail(damage="reset", times=1)
        with pytest.raises(httpx.ReadError):
            await client.get(URL)
        sandbox.fail(damage="truncate", times=1)
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(URL)
        sandbox.fail(delay_seconds=0.02, times=1)
        started = time.perf_counter()
        assert (await client.get(URL)).status_code == 200
        assert time.perf_counter() - started >= 0.02


def test_broken_connections_on_a_socket() -> None:
    with Sandbox() as sandbox, httpx.Client(base_url=sandbox.url, headers={"x-api-key": sandbox.api_key}) as client:
        path = f"/api/2026-10-01/resources/{PATH}"
        sandbox.fail(damage="reset", times=1)
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            client.get(path)
        sandbox.fail(damage="truncate", times=1)
        with pytest.raises(httpx.RemoteProtocolError):
            client.get(path)
        sandbox.fail(delay_seconds=0.02, times=1)
        started = time.perf_counter()
        assert client.get(path).status_code == 200
        assert time.perf_counter() - started >= 0.02
        sandbox.fail(delay_seconds=30, times=1)
        with pytest.raises(httpx.ReadTimeout):
            client.get(path, timeout=0.05)
    # Leaving the block did not wait for the 30 seconds.
    assert time.perf_counter() - started < 10


def test_delays_in_process() -> None:
    sandbox, slept = Sandbox(), list[float]()
    sandbox.fail(delay_seconds=5)
    sandbox.fail(delay_seconds=1)
    transport = SandboxTransport(sandbox.handle, slept.append)
    with httpx.Client(transport=transport, headers={"x-api-key": sandbox.api_key}) as client:
        assert client.get(URL).status_code == 200
    assert slept == [6]
    assert [fault.hits for fault in sandbox.faults] == [1, 1]


def test_drift_changes_records_and_repeats_itself() -> None:
    def run() -> list[dict[str, Any]]:
        sandbox = Sandbox()
        sandbox.drift("performance/*", unknown_enum_values=1.0, nulls=0.3, missing=0.2, new_fields=True)
        found: list[dict[str, Any]] = call(sandbox, "GET", "performance/review_evaluations").json["data"]
        assert call(sandbox, "GET", "employees/employees").json["data"][0]["first_name"] is not None
        sandbox.faults.clear()
        calm = call(sandbox, "GET", "performance/review_evaluations").json["data"]
        assert [one["id"] for one in calm] == [one["id"] for one in found]
        assert all("field_added_by_a_later_version" not in one for one in calm)
        return found

    records = run()
    assert records == run()
    assert all(one["field_added_by_a_later_version"] == {"seen": True} for one in records)
    assert {one.get("status") for one in records} <= {"added_by_a_later_version", None}
    assert any(value is None for one in records for value in one.values())
    assert len({frozenset(one) for one in records}) > 1


@pytest.mark.parametrize(
    "settings", [{"damage": "explode"}, {"status": 99}, {"probability": 1.5}, {"delay_seconds": -1}]
)
def test_orders_that_cannot_be_followed(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="is"):
        Fault(**settings)
    with pytest.raises(ValueError, match="share"):
        Drift(nulls=2.0)


def test_drift_of_one_kind_alone() -> None:
    sandbox = Sandbox()
    described = set(call(sandbox, "GET", "performance/review_evaluations").json["data"][0])
    sandbox.drift(unknown_enum_values=1.0)
    for record in call(sandbox, "GET", "performance/review_evaluations").json["data"]:
        assert set(record) == described
        assert record["evaluation_type"] == "added_by_a_later_version"
