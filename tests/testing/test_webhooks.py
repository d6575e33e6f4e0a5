"""Webhooks arrive where they were ordered, with the challenge, and are tried again as documented."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest

from factorialhr.testing import Sandbox, SandboxError
from tests.testing.calls import Called, call
from tests.testing.documents import document, faults_of_record

HOOKS = "api_public/webhook_subscriptions"


class Receiver:
    """What the subscriber saw; it answers with the statuses that it was given, then with 200."""

    def __init__(self, *statuses: int | Exception) -> None:
        self.statuses = list(statuses)
        self.seen: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        answer = self.statuses.pop(0) if self.statuses else 200
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer)

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(request.content) for request in self.seen]


def _sandbox(receiver: Callable[[httpx.Request], httpx.Response], **settings: Any) -> Sandbox:
    return Sandbox(
        webhook_transport=httpx.MockTransport(receiver), **{"webhook_wait_seconds": lambda _: 0.0, **settings}
    )


def _subscribe(sandbox: Sandbox, event: str, **more: Any) -> Called:
    body = {
        "subscription_type": event,
        "target_url": "https://me.example.com/hook",
        "company_id": str(sandbox.company_id),
    }
    return call(sandbox, "POST", HOOKS, {**body, **more})


def _new_category(sandbox: Sandbox, **how: Any) -> Called:
    return call(sandbox, "POST", "trainings/categories", {"name": "New", "company_id": str(sandbox.company_id)}, **how)


def test_a_change_reaches_its_subscriber_with_the_challenge() -> None:
    receiver = Receiver()
    sandbox = _sandbox(receiver)
    subscribed = _subscribe(sandbox, "trainings/category/create", challenge="s3cret")
    assert (subscribed.status, subscribed.json["type"], subscribed.json["enabled"]) == (
        201,
        "trainings/category/create",
        True,
    )
    made = _new_category(sandbox).json
    call(sandbox, "DELETE", f"trainings/categories/{made['id']}")  # another event, nobody asked for it
    sandbox.wait_for_webhooks()
    (request,) = receiver.seen
    assert request.headers["x-factorial-wh-challenge"] == "s3cret"
    assert "x-factorial-author-id" not in request.headers  # a key belongs to nobody
    assert receiver.bodies == [made]  # the record itself, without an envelope
    (delivery,) = sandbox.deliveries
    assert (delivery.delivered, delivery.attempts, delivery.statuses) == (True, 1, (200,))
    assert "s3cret" not in repr(delivery)
    sandbox.close()


def test_ids_in_payloads_follow_the_version_of_the_subscription() -> None:
    receiver = Receiver()
    sandbox = _sandbox(receiver)
    for version in ("2026-04-01", "2026-10-01"):
        _subscribe(sandbox, "trainings/category/create", api_version=version)
    made = _new_category(sandbox).json
    sandbox.wait_for_webhooks()
    assert [body["id"] for body in receiver.bodies] == [int(made["id"]), made["id"]]
    sandbox.close()


def test_authors_are_named_where_the_credential_has_one() -> None:
    receiver = Receiver()
    sandbox = _sandbox(receiver)
    _subscribe(sandbox, "trainings/category/create")
    employee = sandbox.table("employees/employees").records[0]["id"]
    _new_category(sandbox, token=sandbox.add_token(employee_id=employee))
    _new_category(sandbox, token=sandbox.add_token(kind="company"))
    sandbox.wait_for_webhooks()
    authors = [(r.headers["x-factorial-author-id"], r.headers["x-factorial-author-type"]) for r in receiver.seen]
    assert authors == [(str(employee), "employee"), (str(sandbox.company_id), "company")]
    sandbox.close()


def test_failed_deliveries_are_tried_again_until_one_works() -> None:
    receiver = Receiver(500, httpx.ConnectError("refused"), 404, 204)
    waits: list[int] = []

    def wait(attempt: int) -> float:
        waits.append(attempt)
        return 0.0

    sandbox = _sandbox(receiver, webhook_wait_seconds=wait)
    _subscribe(sandbox, "trainings/category/create")
    _new_category(sandbox)
    sandbox.wait_for_webhooks()
    assert sandbox.deliveries[0].statuses == (500, "ConnectError", 404, 204)
    assert waits == [1, 2, 3]
    sandbox.close()


def test_after_twenty_attempts_the_subscription_is_disabled_until_it_is_enabled_again() -> None:
    receiver = Receiver(*[500] * 20)
    sandbox = _sandbox(receiver)
    hook = _subscribe(sandbox, "trainings/category/create").json
    _new_category(sandbox)
    sandbox.wait_for_webhooks()
    assert (len(receiver.seen), sandbox.deliveries[0].delivered) == (20, False)
    assert call(sandbox, "GET", f"{HOOKS}/{hook['id']}").json["enabled"] is False
    _new_category(sandbox)
    sandbox.wait_for_webhooks()
    assert len(receiver.seen) == 20
    assert call(sandbox, "PUT", f"{HOOKS}/{hook['id']}", {"id": hook["id"], "enabled": True}).json["enabled"] is True
    _new_category(sandbox)
    sandbox.wait_for_webhooks()
    assert len(receiver.seen) == 21
    sandbox.close()


def test_unsubscribing_and_refused_subscriptions() -> None:
    receiver = Receiver()
    sandbox = _sandbox(receiver)
    hook = _subscribe(sandbox, "trainings/category/create").json
    assert call(sandbox, "DELETE", f"{HOOKS}/{hook['id']}").status == 200
    _new_category(sandbox)
    sandbox.wait_for_webhooks()
    assert receiver.seen == []
    assert _subscribe(sandbox, "trainings/category/explode").status == 422
    assert _subscribe(sandbox, "nonsense").status == 422
    assert _subscribe(sandbox, "trainings/category/create", target_url="javascript:x").status == 422
    assert _subscribe(sandbox, "trainings/category/create", api_version="2031-01-01").status == 422
    assert call(sandbox, "PUT", f"{HOOKS}/404", {"enabled": True}).status == 404
    sandbox.close()


@pytest.mark.parametrize(
    ("event", "path", "body"),
    [
        ("attendance/shift/clock_in", "attendance/shifts/clock_in", {"employee_id": "employees/employees", "now": "2026-10-05T09:00:00Z"}),
        ("timeoff/leave/approve", "timeoff/leaves/approve", {"id": "timeoff/leaves"}),
        ("trainings/training/bulk_delete", "trainings/trainings/bulk_delete", {"ids": ["trainings/trainings"]}),
        ("performance/review_process/start", "performance/review_processes/start", {"id": "performance/review_processes"}),
        ("work_schedule/schedule/toggle_archive", "work_schedule/schedules/toggle_archive", {"id": "work_schedule/schedules"}),
        ("trainings/category/create", "trainings/categories", {"name": "n", "company_id": "1"}),
        ("teams/team/create", "teams/teams", {"name": "n", "company_id": "1"}),
        ("employees/employee/terminate", "employees/employees/terminate", {"id": "employees/employees", "terminated_on": "2026-12-31"}),
    ],
)  # fmt: skip
def test_actions_have_events_of_their_own(event: str, path: str, body: dict[str, Any]) -> None:
    receiver = Receiver()
    sandbox = _sandbox(receiver)

    def resolved(value: Any) -> Any:
        if isinstance(value, list):
            return [resolved(one) for one in value]
        return str(sandbox.table(value).records[0]["id"]) if "/" in value else value

    _subscribe(sandbox, event)
    answer = call(sandbox, "POST", path, {name: resolved(value) for name, value in body.items()})
    sandbox.wait_for_webhooks()
    assert receiver.bodies == (answer.json if isinstance(answer.json, list) else [answer.json])
    schema = document("2026-10-01")["webhooks"][event]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert faults_of_record("2026-10-01", schema["$ref"].rpartition("/")[2], receiver.bodies[0]) == []
    sandbox.close()


def test_over_a_real_connection() -> None:
    seen: list[bytes] = []

    class Subscriber(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200 if len(seen) > 1 else 503)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Subscriber)
    thread = threading.Thread(target=lambda: [server.handle_request() for _ in range(2)])
    thread.start()
    sandbox = Sandbox()
    _subscribe(sandbox, "trainings/category/create", target_url=f"http://127.0.0.1:{server.server_address[1]}/hook")
    made = _new_category(sandbox).json
    sandbox.wait_for_webhooks()
    thread.join()
    server.server_close()
    sandbox.close()
    assert [json.loads(body) for body in seen] == [made, made]
    assert sandbox.deliveries[0].statuses == (503, 200)


def test_waiting_has_an_end_and_closing_does_not_wait() -> None:
    sandbox = _sandbox(Receiver(*[500] * 20), webhook_wait_seconds=lambda _: 60.0)
    _subscribe(sandbox, "trainings/category/create")
    _new_category(sandbox)
    with pytest.raises(SandboxError, match="on their way"):
        sandbox.wait_for_webhooks(timeout_seconds=0.02)
    sandbox.close()
    assert sandbox.deliveries[0].delivered is False


def test_a_subscription_may_go_while_its_deliveries_still_fail() -> None:
    def wait(attempt: int) -> float:
        if attempt == 1:
            sandbox.table(HOOKS).clear()
        return 0.0

    sandbox = _sandbox(Receiver(*[500] * 20), webhook_wait_seconds=wait)
    _subscribe(sandbox, "trainings/category/create")
    _new_category(sandbox)
    sandbox.wait_for_webhooks()
    assert (len(sandbox.table(HOOKS)), sandbox.deliveries[0].attempts) == (0, 20)
    sandbox.close()
