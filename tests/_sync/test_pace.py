"""Deadlines, rate limits and events: a call ends in time, keeps to its pace, and tells what it did."""

from __future__ import annotations

import logging
from collections.abc import Generator
from typing import Any

import httpx
import pytest

from tests._sync.clients import client
from tests.halves import factorialhr_sync as sdk
from tests.support import answers
from tests.support.copies import printed
from tests.support.script import Script
from tests.support.server import Server, silence


class Place:
    """A ticket that counts how often it was given back."""

    def __init__(self, wait_seconds: float) -> None:
        self.wait_seconds = wait_seconds
        self.given_back = 0

    def give_back(self) -> None:
        self.given_back += 1


class Limiter:
    """A limiter that asks for fixed waits and keeps what it was asked."""

    def __init__(self, *waits: float, blocks: bool = False, pauses: tuple[float, ...] = ()) -> None:
        self.waits = list(waits)
        self.pauses = list(pauses)
        self.blocks = blocks
        self.taken: list[str] = []
        self.tickets: list[Place] = []
        self.paused: list[float] = []

    def take(self, verb: str) -> Place | None:
        self.taken.append(verb)
        self.tickets.append(Place(self.waits.pop(0) if self.waits else 0.0))
        return self.tickets[-1]

    def paused_seconds(self) -> float:
        return self.pauses.pop(0) if self.pauses else 0.0

    def pause(self, seconds: float) -> bool | None:
        self.paused.append(seconds)
        return None

    @property
    def given_back(self) -> list[int]:
        return [ticket.given_back for ticket in self.tickets]


@pytest.mark.parametrize("blocks", [False, True])
def test_every_request_asks_the_limiter(blocks: bool, waits: list[float]) -> None:
    limiter = Limiter(0.0, 3.0, 0.0, blocks=blocks)
    script = Script(answers.page("1"), answers.json(answers.session()), answers.json(answers.session()))
    api = client(script, rate_limiter=limiter)
    api.trainings.sessions.get()
    api.trainings.sessions.create({"name": "x"})
    api.trainings.sessions.delete(7)
    assert limiter.taken == ["GET", "POST", "DELETE"]
    assert waits == [3.0]
    assert limiter.given_back == [0, 0, 0]


@pytest.mark.parametrize("blocks", [False, True])
def test_a_refusal_pauses_everybody(blocks: bool, waits: list[float]) -> None:
    limiter = Limiter(blocks=blocks)
    script = Script(answers.json({}, 429, retry_after="7"), answers.json({}, 503, retry_after="2"), answers.page("1"))
    client(script, rate_limiter=limiter).trainings.sessions.get()
    assert limiter.paused == [7.0]
    assert waits == [7.0, 2.0]
    assert limiter.taken == ["GET"] * 3


@pytest.mark.parametrize(("options", "retry_after"), [({"max_retries": 0}, "7"), ({}, "120"), ({"deadline": 5}, "7")])
def test_a_refusal_that_is_not_retried_pauses_everybody_too(options: dict[str, Any], retry_after: str) -> None:
    limiter = Limiter()
    script = Script(answers.json({}, 429, retry_after=retry_after))
    with pytest.raises(sdk.RateLimitError) as caught:
        client(script, rate_limiter=limiter).trainings.sessions.get(**options)
    assert limiter.paused == [float(retry_after)] == [caught.value.retry_after_seconds]


def test_who_waited_for_a_place_waits_for_a_pause_as_well(waits: list[float]) -> None:
    limiter = Limiter(1.0, pauses=(4.0, 0.5))
    client(Script(answers.page("1")), rate_limiter=limiter).trainings.sessions.get()
    assert waits == [1.0, 4.0, 0.5]


def test_a_busy_limiter_is_asked_again(waits: list[float]) -> None:
    class Busy(Limiter):
        def take(self, verb: str) -> Place | None:
            return super().take(verb) if len(waits) > 2 else None

        def pause(self, seconds: float) -> bool | None:
            super().pause(seconds)
            return len(self.paused) > 1

    limiter = Busy()
    script = Script(answers.json({}, 429, retry_after="7"), answers.page("1"))
    client(script, rate_limiter=limiter).trainings.sessions.get()
    assert waits == [0.001, 0.002, 0.004, 0.001, 7.0]
    assert limiter.paused == [7.0, 7.0]


def test_a_limiter_that_stays_busy_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stopped(Limiter):
        def take(self, verb: str) -> Place | None:  # noqa: ARG002
            return None

    monkeypatch.setattr("factorialhr._core.call.LONGEST_BUSY_SECONDS", 0.0)
    script = Script()
    with pytest.raises(sdk.RateLimiterError, match="busy for 0 s; check whether a process that shares it was stopped"):
        client(script, rate_limiter=Stopped()).trainings.sessions.get()
    assert not script.requests


@pytest.mark.parametrize("blocks", [False, True])
@pytest.mark.parametrize("method", ["take", "paused_seconds"])
def test_a_limiter_that_raises_sends_nothing(method: str, blocks: bool) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("name-of-a-person")

    limiter, script = Limiter(blocks=blocks), Script()
    setattr(limiter, method, fail)
    with pytest.raises(sdk.RateLimiterError, match="the rate limiter raised ZeroDivisionError") as caught:
        client(script, rate_limiter=limiter).trainings.sessions.create({"name": "x"})
    assert "name-of-a-person" not in printed(caught.value)
    assert not script.requests
    assert limiter.given_back == ([] if method == "take" else [1])


def test_a_pause_that_cannot_be_told_costs_no_response(caplog: pytest.LogCaptureFixture) -> None:
    class Deaf(Limiter):
        def pause(self, seconds: float) -> bool | None:  # noqa: ARG002
            raise ZeroDivisionError

    script = Script(answers.json({}, 429, retry_after="7"), answers.page("1"))
    assert len(client(script, rate_limiter=Deaf()).trainings.sessions.get()) == 1
    assert "others that share the limit go on" in caplog.text


def test_the_place_of_a_request_that_never_left_is_given_back(waits: list[float]) -> None:
    limiter = Limiter()
    script = Script(httpx.ConnectError(""), httpx.ReadError(""))
    with pytest.raises(sdk.ApiConnectionError):
        client(script, rate_limiter=limiter).trainings.sessions.create({"name": "x"})
    assert limiter.given_back == [1, 0]
    assert len(waits) == 1


@pytest.mark.parametrize(
    ("limiter", "message"),
    [
        ("x", "rate_limiter must have take"),
        (sdk.TokenBucket, "not its class"),
        (type("Old", (), {"reserve": None, "pause": None})(), r"reserve.*implement take\(verb\)"),
    ],
)
def test_a_limiter_of_the_wrong_kind_is_refused(limiter: Any, message: str) -> None:
    with pytest.raises(sdk.ConfigurationError, match=message):
        client(Script(), rate_limiter=limiter)


def test_a_hook_of_the_wrong_kind_is_refused() -> None:
    hook: Any = "print"
    with pytest.raises(sdk.ConfigurationError, match="on_event must be a function that takes an event; got str"):
        client(Script(), on_event=hook)


def test_writes_keep_to_the_published_rate(waits: list[float]) -> None:
    script = Script(*[answers.json(answers.session()) for _ in range(202)])
    api = client(script)
    for _ in range(202):
        api.trainings.sessions.create({"name": "x"})
    # 200 at once, the next when the first is a minute old.
    assert waits == [pytest.approx(60, abs=0.1)]


def test_reads_do_not_wait(waits: list[float]) -> None:
    script = Script(*[answers.page("1") for _ in range(100)])
    api = client(script)
    for _ in range(100):
        api.trainings.sessions.get()
    assert not waits


def test_a_wait_beyond_the_deadline_is_not_begun(waits: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("factorialhr._core.retry.random.uniform", lambda _low, high: high)
    script = Script(answers.json({}, 503))
    with pytest.raises(sdk.ServerError):
        client(script, deadline=0.4).trainings.sessions.get()
    assert not waits


def test_a_place_beyond_the_deadline_is_not_waited_for(waits: list[float]) -> None:
    script, limiter = Script(), Limiter(10.0)
    api = client(script, rate_limiter=limiter)
    with pytest.raises(sdk.ApiTimeoutError, match=r"GET .*: not finished within the deadline of 5 s") as caught:
        api.trainings.sessions.get(deadline=5)
    assert not caught.value.maybe_received
    assert not script.requests
    assert not waits
    assert limiter.given_back == [1]


def test_timeouts_fit_into_the_deadline() -> None:
    script = Script(answers.page("1"), answers.page("1"))
    api = client(script, timeout=50, deadline=20)
    api.trainings.sessions.get()
    api.trainings.sessions.get(timeout=5)
    first, second = (request.extensions["timeout"] for request in script.requests)
    assert all(19 < seconds <= 20 for seconds in first.values())
    assert set(second.values()) == {5.0}


def test_a_deadline_ends_an_answer_that_does_not_come() -> None:
    with Server(silence) as server:
        with sdk.ApiClient(server.url, auth=sdk.ApiKeyAuth("key"), deadline=0.05) as api:
            with pytest.raises(sdk.ApiTimeoutError) as caught:
                api.trainings.sessions.create({"name": "x"})
    assert caught.value.maybe_received


@pytest.mark.parametrize("error", [TimeoutError("x"), sdk.ApiTimeoutError("x", request=httpx.Request("POST", "https://h"), maybe_received=False)])  # fmt: skip
def test_a_timeout_of_a_credential_is_no_deadline(error: Exception) -> None:
    class SlowAuth(httpx.Auth):
        def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
            raise error
            yield request

    api = sdk.ApiClient(auth=SlowAuth(), transport=Script())
    with pytest.raises(TimeoutError) as caught:
        api.trainings.sessions.get()
    assert "deadline" not in str(caught.value)


@pytest.mark.parametrize("option", [{"deadline": 0}, {"deadline": "x"}, {"deadline": float("inf")}])
def test_a_deadline_that_cannot_work_is_refused(option: dict[str, Any]) -> None:
    with pytest.raises(sdk.ConfigurationError, match="deadline is a positive"):
        client(Script(), **option)
    with pytest.raises(sdk.ConfigurationError, match="deadline is a positive"):
        client(Script()).trainings.sessions.get(**option)


@pytest.mark.parametrize("status", [503, 429])
def test_a_write_is_repeated_when_the_caller_says_so(status: int) -> None:
    script = Script(answers.json({}, status), httpx.ReadError(""), answers.json(answers.session()))
    api = client(script)
    assert (api.trainings.sessions.create({"name": "x"}, repeat_writes=True)).id == "7"
    assert len(script.requests) == 3


def test_events_tell_what_a_call_did(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="factorialhr")
    events: list[Any] = []
    body = {"data": [answers.session(name=5)], "meta": {"has_next_page": False}}
    script = Script(answers.json({}, 503, retry_after="2"), httpx.ReadTimeout(""), answers.json(body))
    api = client(script, on_event=events.append, rate_limiter=Limiter(4.0), slow_call_seconds=1e-9)
    with pytest.warns(sdk.DecodeWarning):
        api.trainings.sessions.get(search="name-of-a-person")
    operation = "GET trainings/sessions"
    waited, first, second, issue, slow = events
    assert waited == sdk.RateLimitEvent(operation, 4.0)
    assert first == sdk.RetryEvent(operation, 1, 2.0, "503")
    assert (second.operation, second.attempt, second.reason) == (operation, 2, "ReadTimeout")
    assert issue == sdk.DecodeIssueEvent(operation, sdk.DecodeIssue("Session", "name", "str", "integer", "7"))
    assert type(slow) is sdk.SlowCallEvent
    assert slow.seconds > 0
    assert len([record for record in caplog.records if record.name == "factorialhr"]) == 5
    assert "name-of-a-person" not in caplog.text


def test_a_quick_call_is_no_event() -> None:
    events: list[object] = []
    client(Script(answers.page("1")), on_event=events.append).trainings.sessions.get()
    assert not events


def test_a_hook_that_fails_breaks_no_call(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: object) -> None:
        raise ZeroDivisionError("name-of-a-person")

    script = Script(answers.json({}, 503), answers.page("1"))
    found = client(script, on_event=fail).trainings.sessions.get()
    assert len(found) == 1
    assert "the event hook raised ZeroDivisionError" in caplog.text
    assert "name-of-a-person" not in caplog.text


def test_a_client_with_a_transport_of_its_own_ends_at_a_fork() -> None:
    script = Script()
    api = client(script)
    api._connections.after_fork()
    with pytest.raises(sdk.ConfigurationError, match=r"made before a fork.*make client and transport in the child"):
        api.trainings.sessions.get()
    assert not script.requests


def test_a_client_opens_new_connections_after_a_fork() -> None:
    from tests.support.server import answer

    kept = answer(answers.session()).replace(b"Connection: close\r\n", b"")
    with Server(kept, kept) as server:
        with sdk.ApiClient(server.url, auth=sdk.ApiKeyAuth("key")) as api:
            api.trainings.sessions.get_by_id(7)
            before = api._connections._idle[0]
            api._connections.after_fork()
            api.trainings.sessions.get_by_id(7)
            assert api._connections._idle[0] is not before
            for transport in before.renew():
                transport.close()
    assert len(server.heads) == 2


def test_what_is_printed_of_a_deadline_is_no_secret() -> None:
    api = client(Script(), rate_limiter=Limiter(10.0))
    searched = "name-of-a-person"
    with pytest.raises(sdk.ApiTimeoutError) as caught:
        api.trainings.sessions.get(search=searched, deadline=1)
    assert searched not in printed(caught.value)
    assert "x-api-key" not in caught.value.request.headers
