"""What is repeated, how often, and how long it is waited for; a write that may have arrived is never sent twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from tests._sync.clients import client
from tests.halves import factorialhr_sync as sdk
from tests.support import answers
from tests.support.script import Script, always

CALLS: dict[str, Callable[..., Any]] = {
    "GET": lambda api, **options: api.trainings.sessions.get_by_id(7, **options),
    "POST": lambda api, **options: api.trainings.sessions.create({"name": "x"}, **options),
    "PUT": lambda api, **options: api.trainings.sessions.update(7, {"name": "x"}, **options),
    "DELETE": lambda api, **options: api.trainings.sessions.delete(7, **options),
}
EVERY = set(CALLS)
READS = {"GET"}
NONE: set[str] = set()
FAILURES: dict[str, tuple[Callable[[], httpx.Response | Exception], set[str]]] = {
    **{
        f"{status}": (lambda status=status: answers.json({}, status), READS)
        for status in (408, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529, 530)
    },
    **{
        f"{status}": (lambda status=status: answers.json({}, status), NONE)
        for status in (400, 401, 402, 403, 404, 409, 410, 422, 428, 501, 505, 599, 302)
    },
    "429": (lambda: answers.json({}, 429), EVERY),
    "not connected": (lambda: httpx.ConnectError(""), EVERY),
    "not connected in time": (lambda: httpx.ConnectTimeout(""), EVERY),
    "refused by a proxy": (lambda: httpx.ProxyError("503 Service Unavailable"), EVERY),
    "no credentials for a proxy": (lambda: httpx.ProxyError("407 Proxy Authentication Required"), NONE),
    "no room in the pool": (lambda: httpx.PoolTimeout(""), EVERY),
    "no answer in time": (lambda: httpx.ReadTimeout(""), READS),
    "not sent in time": (lambda: httpx.WriteTimeout(""), READS),
    "broken off while reading": (lambda: httpx.ReadError(""), READS),
    "broken off while writing": (lambda: httpx.WriteError(""), READS),
    "garbage": (lambda: httpx.RemoteProtocolError(""), READS),
    "not JSON": (lambda: answers.raw(b"<html>", 200), NONE),
}


@pytest.mark.parametrize("verb", CALLS)
@pytest.mark.parametrize(("failure", "repeated"), FAILURES.values(), ids=FAILURES)
def test_only_what_is_safe_is_repeated(
    verb: str, failure: Callable[[], httpx.Response | Exception], repeated: set[str], waits: list[float]
) -> None:
    times = 3 if verb in repeated else 1
    script = Script(*always(failure, times))
    with pytest.raises(sdk.FactorialError):
        CALLS[verb](client(script))
    assert [request.method for request in script.requests] == [verb] * times
    assert len(waits) == times - 1
    assert all(0 <= seconds <= 1 for seconds in waits)


@pytest.mark.parametrize("verb", CALLS)
def test_a_repeat_that_succeeds_is_a_success(verb: str) -> None:
    script = Script(answers.json({}, 429), httpx.ConnectError(""), answers.json(answers.session()))
    record = CALLS[verb](client(script))
    assert record.id == "7"
    assert len({request.url for request in script.requests}) == 1
    assert len({request.content for request in script.requests}) == 1
    assert [request.headers["x-api-key"] for request in script.requests] == ["credential-of-the-tests"] * 3


@pytest.mark.parametrize(
    ("of_client", "of_call", "times"),
    [
        ({}, {}, 3),
        ({"max_retries": 0}, {}, 1),
        ({"max_retries": 5}, {}, 6),
        ({"max_retries": 5}, {"max_retries": 0}, 1),
        ({"max_retries": 0}, {"max_retries": 4}, 5),
    ],
)
def test_the_number_of_repeats_is_the_calls_before_it_is_the_clients(
    of_client: dict[str, int], of_call: dict[str, int], times: int
) -> None:
    script = Script(*always(lambda: answers.json({}, 503), times))
    with pytest.raises(sdk.ServerError):
        client(script, **of_client).trainings.sessions.get(**of_call)
    assert len(script.requests) == times


def test_the_last_failure_is_the_one_that_is_raised() -> None:
    script = Script(answers.json({}, 503), httpx.ReadTimeout(""), answers.json({}, 404))
    with pytest.raises(sdk.NotFoundError):
        client(script).trainings.sessions.get()


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("header", "wait"), [("7", 7.0), ("0", 0.0), ("0.25", 0.25), ("60", 60.0), ("-3", 0.0), (" 2 ", 2.0)]
)
def test_the_api_is_obeyed_when_it_says_how_long_to_wait(
    status: int, header: str, wait: float, waits: list[float]
) -> None:
    script = Script(answers.json({}, status, retry_after=header), answers.page("1"))
    client(script).trainings.sessions.get()
    assert waits == [wait]


def test_a_date_to_wait_for_is_obeyed(waits: list[float]) -> None:
    moment = format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=30), usegmt=True)
    script = Script(answers.json({}, 429, retry_after=moment), answers.page("1"))
    client(script).trainings.sessions.get()
    assert waits == [pytest.approx(29, abs=2)]


def test_a_date_that_has_passed_is_no_wait(waits: list[float]) -> None:
    script = Script(answers.json({}, 429, retry_after="Wed, 21 Oct 2015 07:28:00 GMT"), answers.page("1"))
    client(script).trainings.sessions.get()
    assert waits == [0.0]


@pytest.mark.parametrize("header", ["61", "86400", "3e8"])
def test_a_wait_that_is_too_long_is_an_error_with_the_number(header: str, waits: list[float]) -> None:
    script = Script(answers.json({}, 429, retry_after=header))
    with pytest.raises(sdk.RateLimitError) as caught:
        client(script).trainings.sessions.get()
    assert caught.value.retry_after_seconds is not None
    assert caught.value.retry_after_seconds > 60
    assert not waits


@pytest.mark.parametrize(
    "header", ["soon", "", "nan", "inf", "1e400", "1800000000", "1, 2", "Wed, 99 Oct 2015 07:28:00 GMT"]
)
def test_a_wait_that_cannot_be_read_is_as_good_as_none(header: str, waits: list[float]) -> None:
    script = Script(answers.json({}, 429, retry_after=header), answers.page("1"))
    client(script).trainings.sessions.get()
    assert len(waits) == 1
    assert 0 <= waits[0] <= 0.5


def test_waits_grow_up_to_a_bound(waits: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("factorialhr._core.retry.random.uniform", lambda _low, high: high)
    script = Script(*always(lambda: answers.json({}, 503), 10))
    with pytest.raises(sdk.ServerError):
        client(script, max_retries=9).trainings.sessions.get()
    assert waits == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_a_client_that_is_closed_while_a_call_waits_sends_nothing_more() -> None:
    closing = []

    def failing(_: httpx.Request) -> httpx.Response:
        api._connections._is_closed = True
        closing.append(True)
        return answers.json({}, 503)

    script = Script(failing)
    api = client(script)
    with pytest.raises(sdk.ClientClosedError):
        api.trainings.sessions.get()
    assert closing == [True]


def test_a_call_gives_its_place_back_however_it_ends() -> None:
    steps = [httpx.ConnectError(""), ZeroDivisionError(), answers.json({}, 500), answers.raw(b"x"), answers.page("1")]
    api = client(Script(*(steps[:4] * 5), steps[4]), max_retries=0)
    for _ in range(20):
        with pytest.raises((sdk.FactorialError, ZeroDivisionError)):
            api.trainings.sessions.get()
    assert len(api.trainings.sessions.get()) == 1
