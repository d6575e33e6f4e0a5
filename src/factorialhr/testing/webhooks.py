"""Webhooks: who is told of a change, and how often it is tried."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from factorialhr.testing._tables.index import VERSIONS
from factorialhr.testing.credentials import Credential
from factorialhr.testing.singular import singular
from factorialhr.testing.special_actions import SUBSCRIPTIONS

if TYPE_CHECKING:
    import httpx

    from factorialhr.testing.rendering import Renderer
    from factorialhr.testing.state import Collection, State, Stored
    from factorialhr.testing.writing import Change

MOST_ATTEMPTS = 20
"""After so many attempts the real API gives up and disables the subscription; it takes 48 hours for them."""
TIMEOUT_SECONDS = 10.0
EVERYTHING = Credential("api_key")
"""Payloads hold what the company sees, whoever made the change."""
CHALLENGE_HEADER = "x-factorial-wh-challenge"


def wait_seconds(attempt: int) -> float:
    """The default wait before another attempt: 48 hours are played in a few seconds."""
    return min(0.001 * 2.0**attempt, 0.5)


@dataclass
class Delivery:
    """One event on its way to one subscriber."""

    event: str
    subscription_id: str
    url: str
    headers: dict[str, str]
    body: bytes
    attempts: int = 0
    statuses: tuple[int | str, ...] = ()
    """What came back, attempt by attempt: a status, or the name of the failure."""
    delivered: bool = False

    def __repr__(self) -> str:
        # Neither the record nor the challenge.
        return f"<Delivery of {self.event} to subscription {self.subscription_id}: {self.attempts} attempts>"


def event_of(change: Change) -> str:
    """The event's name: domain, record in the singular, action."""
    domain, _, resource = change.collection.path.partition("/")
    return f"{domain}/{singular(resource)}/{change.action}"


class Postman:
    """Delivers on a thread of its own: the receiver may well be the program that is being tested."""

    def __init__(
        self,
        state: State,
        renderer: Renderer,
        lock: threading.RLock,
        *,
        transport: httpx.BaseTransport | None,
        wait: Callable[[int], float],
    ) -> None:
        self._state = state
        self._renderer = renderer
        self._lock = lock
        self._transport = transport
        self._wait = wait
        self._queue: queue.Queue[Delivery | None] = queue.Queue()
        self._thread: threading.Thread | None = None
        self._closed = threading.Event()
        self.deliveries: list[Delivery] = []

    def announce(self, changes: list[Change], credential: Credential) -> None:
        """Queue what subscribers want to know; the caller holds the lock."""
        subscriptions = self._state.collection(SUBSCRIPTIONS)
        if not len(subscriptions):
            return
        for change in changes:
            event = event_of(change)
            for subscription in subscriptions:
                if subscription.fields.get("type") == event and subscription.fields.get("enabled"):
                    self._post(self._delivery(event, subscription, change.collection, change.stored, credential))

    def _delivery(
        self, event: str, subscription: Stored, collection: Collection, stored: Stored, credential: Credential
    ) -> Delivery:
        # A payload version that is served no more comes in the oldest that is.
        version = max(str(subscription.fields["api_version"]), VERSIONS[0])
        headers = {"content-type": "application/json"}
        if subscription.fields.get("challenge"):
            headers[CHALLENGE_HEADER] = str(subscription.fields["challenge"])
        if credential.employee_id is not None:
            headers |= {"x-factorial-author-id": str(credential.employee_id), "x-factorial-author-type": "employee"}
        elif credential.kind == "company":
            headers |= {"x-factorial-author-id": str(self._state.company.id), "x-factorial-author-type": "company"}
        body = self._renderer.text(stored, collection, version, EVERYTHING)
        return Delivery(event, subscription.key, str(subscription.fields["target_url"]), headers, body)

    def _post(self, delivery: Delivery) -> None:
        self.deliveries.append(delivery)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="factorialhr-sandbox-webhooks", daemon=True)
            self._thread.start()
        self._queue.put(delivery)

    def wait_until_idle(self, timeout_seconds: float) -> bool:
        """Wait until nothing is queued; answers with whether that was reached in time."""
        ends = time.monotonic() + timeout_seconds
        with self._queue.all_tasks_done:
            while self._queue.unfinished_tasks:
                left = ends - time.monotonic()
                if left <= 0:
                    return False
                self._queue.all_tasks_done.wait(left)
        return True

    def close(self) -> None:
        self._closed.set()
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        import httpx

        with httpx.Client(transport=self._transport, timeout=TIMEOUT_SECONDS, trust_env=False) as client:
            while True:
                delivery = self._queue.get()
                try:
                    if delivery is None:
                        return
                    self._deliver(client, delivery)
                finally:
                    self._queue.task_done()

    def _deliver(self, client: httpx.Client, delivery: Delivery) -> None:
        import httpx

        for attempt in range(MOST_ATTEMPTS):
            if attempt and self._closed.wait(self._wait(attempt)):
                return
            delivery.attempts += 1
            try:
                response = client.post(delivery.url, content=delivery.body, headers=delivery.headers)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                delivery.statuses += (type(error).__name__,)
                continue
            delivery.statuses += (response.status_code,)
            if response.is_success:
                delivery.delivered = True
                return
        with self._lock:
            subscription = self._state.collection(SUBSCRIPTIONS).find(delivery.subscription_id)
            if subscription is not None:
                subscription.change({"enabled": False})
