"""Deadlines, rate limits and events: a call ends in time, keeps to its pace, and tells what it did."""

from __future__ import annotations

import logging
from collections.abc import Generator
from typing import Any

import httpx
import pytest

from tests._async.clients import client
from tests.halves import factorialhr_async as sdk
from tests.support import answers
from tests.support.copies import printed
from tests.support.script import Script
from tests.support.server import Server, silence


class Limiter:
    """A limiter that asks for fixed waits and keeps what it was asked."""

    def __init__(self, *waits: float, waits_for_disk: bool = False) -> None:
        self.waits = list(waits)
        self.waits_for_disk = waits_for_disk
        self.reserved: list[str] = []
        self.paused: list[float] = []

    def reserve(self, verb: str) -> float:
        self.reserved.append(verb)
        return self.waits.pop(0) if self.waits else 0.0

    def pause(self, seconds: float) -> None:
        self.paused.append(seconds)


@pytest.mark.parametrize("waits_for_disk", [False, True])
async def test_every_request_asks_the_limiter(waits_for_disk: bool, waits: list[float]) -> None:
    limiter = Limiter(0.0, 3.0, 0.0, waits_for_disk=waits_for_disk)
    script = Script(answers.page("1"), answers.json(answers.session()), answers.json(answers.session()))
    api = client(script, rate_limiter=limiter)
    await api.trainings.sessions.get()
    await api.trainings.sessions.create({"name": "x"})
    await api.trainings.sessions.delete(7)
    assert limiter.reserved == ["GET", "POST", "DELETE"]
    assert waits == [3.0]


@pytest.mark.parametrize("waits_for_disk", [False, True])
async def test_a_refusal_slows_all_calls_down(waits_for_disk: bool, waits: list[float]) -> None:
    limiter = Limiter(waits_for_disk=waits_for_disk)
    script = Script(answers.json({}, 429, retry_after="7"), answers.json({}, 503, retry_after="2"), answers.page("1"))
    await client(script, rate_limiter=limiter).trainings.sessions.get()
    assert limiter.paused == [7.0]
    assert waits == [7.0, 2.0]
    assert limiter.reserved == ["GET"] * 3


async def test_writes_keep_to_the_published_rate(waits: list[float]) -> None:
    script = Script(*[answers.json(answers.session()) for _ in range(30)])
    api = client(script)
    for _ in range(30):
        await api.trainings.sessions.create({"name": "x"})
    # A burst of 20, then 180 a minute.
    assert len(waits) == 10
    assert sum(waits) == pytest.approx(10 / 3)


async def test_reads_do_not_wait(waits: list[float]) -> None:
    script = Script(*[answers.page("1") for _ in range(100)])
    api = client(script)
    for _ in range(100):
        await api.trainings.sessions.get()
    assert not waits


async def test_a_wait_beyond_the_deadline_is_not_begun(waits: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("factorialhr._core.retry.random.uniform", lambda _low, high: high)
    script = Script(answers.json({}, 503))
    with pytest.raises(sdk.ServerError):
        await client(script, deadline=0.4).trainings.sessions.get()
    assert not waits


async def test_a_place_beyond_the_deadline_is_not_waited_for(waits: list[float]) -> None:
    script = Script()
    api = client(script, rate_limiter=Limiter(10.0))
    with pytest.raises(sdk.ApiTimeoutError, match=r"GET .*: not finished within the deadline of 5 s") as caught:
        await api.trainings.sessions.get(deadline=5)
    assert not caught.value.maybe_received
    assert not script.requests
    assert not waits


async def test_timeouts_fit_into_the_deadline() -> None:
    script = Script(answers.page("1"), answers.page("1"))
    api = client(script, timeout=50, deadline=20)
    await api.trainings.sessions.get()
    await api.trainings.sessions.get(timeout=5)
    first, second = (request.extensions["timeout"] for request in script.requests)
    assert all(19 < seconds <= 20 for seconds in first.values())
    assert set(second.values()) == {5.0}


async def test_a_deadline_ends_an_answer_that_does_not_come() -> None:
    with Server(silence) as server:
        async with sdk.ApiClient(server.url, auth=sdk.ApiKeyAuth("key"), deadline=0.05) as api:
            with pytest.raises(sdk.ApiTimeoutError) as caught:
                await api.trainings.sessions.create({"name": "x"})
    assert caught.value.maybe_received


@pytest.mark.parametrize("error", [TimeoutError("x"), sdk.ApiTimeoutError("x", request=httpx.Request("POST", "https://h"), maybe_received=False)])  # fmt: skip
async def test_a_timeout_of_a_credential_is_no_deadline(error: Exception) -> None:
    class SlowAuth(httpx.Auth):
        def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
            raise error
            yield request

    api = sdk.ApiClient(auth=SlowAuth(), transport=Script())
    with pytest.raises(TimeoutError) as caught:
        await api.trainings.sessions.get()
    assert "deadline" not in str(caught.value)


@pytest.mark.parametrize("option", [{"deadline": 0}, {"deadline": "x"}, {"deadline": float("inf")}])
async def test_a_deadline_that_cannot_work_is_refused(option: dict[str, Any]) -> None:
    with pytest.raises(sdk.ConfigurationError, match="deadline is a positive"):
        client(Script(), **option)
    with pytest.raises(sdk.ConfigurationError, match="deadline is a positive"):
        await client(Script()).trainings.sessions.get(**option)


@pytest.mark.parametrize("status", [503, 429])
async def test_a_write_is_repeated_when_the_caller_says_so(status: int) -> None:
    script = Script(answers.json({}, status), httpx.ReadError(""), answers.json(answers.session()))
    api = client(script)
    assert (await api.trainings.sessions.create({"name": "x"}, repeat_writes=True)).id == "7"
    assert len(script.requests) == 3


async def test_events_tell_what_a_call_did(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="factorialhr")
    events: list[Any] = []
    body = {"data": [answers.session(name=None)], "meta": {"has_next_page": False}}
    script = Script(answers.json({}, 503, retry_after="2"), httpx.ReadTimeout(""), answers.json(body))
    api = client(script, on_event=events.append, rate_limiter=Limiter(4.0), slow_call_seconds=1e-9)
    with pytest.warns(sdk.DecodeWarning):
        await api.trainings.sessions.get(search="name-of-a-person")
    operation = "GET trainings/sessions"
    waited, first, second, issue, slow = events
    assert waited == sdk.RateLimitEvent(operation, 4.0)
    assert first == sdk.RetryEvent(operation, 1, 2.0, "503")
    assert (second.operation, second.attempt, second.reason) == (operation, 2, "ReadTimeout")
    assert issue == sdk.DecodeIssueEvent(operation, sdk.DecodeIssue("Session", "name", "str", "null"))
    assert type(slow) is sdk.SlowCallEvent
    assert slow.seconds > 0
    assert len([record for record in caplog.records if record.name == "factorialhr"]) == 5
    assert "name-of-a-person" not in caplog.text


async def test_a_quick_call_is_no_event() -> None:
    events: list[object] = []
    await client(Script(answers.page("1")), on_event=events.append).trainings.sessions.get()
    assert not events


async def test_a_hook_that_fails_breaks_no_call(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: object) -> None:
        raise ZeroDivisionError("name-of-a-person")

    script = Script(answers.json({}, 503), answers.page("1"))
    found = await client(script, on_event=fail).trainings.sessions.get()
    assert len(found) == 1
    assert "the event hook raised ZeroDivisionError" in caplog.text
    assert "name-of-a-person" not in caplog.text


async def test_a_client_with_a_transport_of_its_own_ends_at_a_fork() -> None:
    script = Script()
    api = client(script)
    api.after_fork()
    with pytest.raises(sdk.ConfigurationError, match=r"made before a fork.*make client and transport in the child"):
        await api.trainings.sessions.get()
    assert not script.requests


async def test_a_client_opens_new_connections_after_a_fork() -> None:
    from tests.support.server import answer

    kept = answer(answers.session()).replace(b"Connection: close\r\n", b"")
    with Server(kept, kept) as server:
        async with sdk.ApiClient(server.url, auth=sdk.ApiKeyAuth("key")) as api:
            await api.trainings.sessions.get_by_id(7)
            before = api._own
            api.after_fork()
            await api.trainings.sessions.get_by_id(7)
            assert api._own is not before
            await before.aclose()
    assert len(server.heads) == 2


async def test_what_is_printed_of_a_deadline_is_no_secret() -> None:
    api = client(Script(), rate_limiter=Limiter(10.0))
    searched = "name-of-a-person"
    with pytest.raises(sdk.ApiTimeoutError) as caught:
        await api.trainings.sessions.get(search=searched, deadline=1)
    assert searched not in printed(caught.value)
    assert "x-api-key" not in caught.value.request.headers
