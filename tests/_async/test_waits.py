"""Whatever a call waits for, its deadline bounds the wait, and nothing that it took stays behind."""

from __future__ import annotations

import datetime as dt
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from factorialhr._system import twins
from tests._async.clients import client
from tests.halves import factorialhr_async as sdk
from tests.support import answers
from tests.support.counting import CountingLimiter, Sends, check_nothing_is_held
from tests.support.script import Script, always
from tests.support.server import Server, answer, drop_by_drop

DEADLINE = 0.2
SLACK = 0.5
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n"
ENDED = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
APP = {"client_id": "id", "client_secret": "secret"}


def silent(connection: socket.socket, _done: threading.Event) -> None:
    """Say nothing until the client has gone."""
    connection.settimeout(10)
    while connection.recv(1):
        """What it may still send is not looked at."""


def over(server: Server, limiter: CountingLimiter, **settings: Any) -> sdk.ApiClient:
    auth = settings.pop("auth", sdk.ApiKeyAuth("key"))
    return sdk.ApiClient(server.url, auth=auth, rate_limiter=limiter, deadline=DEADLINE, **settings)


async def create(api: sdk.ApiClient) -> object:
    return await api.trainings.sessions.create({"name": "x", "training_id": "1"})


async def read(api: sdk.ApiClient) -> object:
    return await api.trainings.sessions.get_by_id("7")


async def check_late(api: sdk.ApiClient, call: Any, *, maybe_received: bool) -> None:
    began_at = time.monotonic()
    with pytest.raises(sdk.ApiTimeoutError) as caught:
        await call(api)
    assert time.monotonic() - began_at < DEADLINE + SLACK
    assert caught.value.maybe_received is maybe_received


CALLS = pytest.mark.parametrize("call", [create, read])
PLACES = pytest.mark.parametrize("blocks", [False, True], ids=["memory", "disk"])


# -- the deadline bounds each kind of wait --------------------------------------------------------------


@CALLS
@PLACES
async def test_waiting_for_a_slot(call: Any, blocks: bool) -> None:
    limiter, holder = CountingLimiter(blocks=blocks), object()
    api = client(Script(), max_in_flight=1, deadline=DEADLINE, rate_limiter=limiter)
    assert await api._connections.slots.take(holder, None)
    await check_late(api, call, maybe_received=False)
    api._connections.slots.give_back(holder)
    check_nothing_is_held(api)
    assert limiter.kept == 0


@CALLS
@PLACES
async def test_waiting_for_the_rate(call: Any, blocks: bool) -> None:
    limiter = CountingLimiter(blocks=blocks, wait_seconds=1000.0)
    api = client(Script(), deadline=DEADLINE, rate_limiter=limiter)
    await check_late(api, call, maybe_received=False)
    check_nothing_is_held(api)
    assert limiter.kept == 0


@CALLS
@PLACES
async def test_waiting_for_a_limiter_that_is_busy(call: Any, blocks: bool) -> None:
    class Busy(CountingLimiter):
        def take(self, verb: str) -> Any:  # noqa: ARG002
            return None

    api = client(Script(), deadline=DEADLINE, rate_limiter=Busy(blocks=blocks))
    await check_late(api, call, maybe_received=False)
    check_nothing_is_held(api)


@CALLS
async def test_waiting_for_a_limiter_that_does_not_return(call: Any) -> None:
    entered, go_on = threading.Event(), threading.Event()

    class Stuck(CountingLimiter):
        def take(self, verb: str) -> Any:
            entered.set()
            assert go_on.wait(10)
            return super().take(verb)

    limiter = Stuck(blocks=True)
    api = client(Script(), deadline=DEADLINE, rate_limiter=limiter)
    await check_late(api, call, maybe_received=False)
    assert entered.is_set()
    assert limiter.tickets == []
    go_on.set()
    until(lambda: [ticket.given_back for ticket in limiter.tickets] == [1])
    check_nothing_is_held(api)


@CALLS
@PLACES
async def test_waiting_for_the_end_of_a_pause(call: Any, blocks: bool) -> None:
    class Paused(CountingLimiter):
        def paused_seconds(self) -> float:
            return 1000.0

    limiter = Paused(blocks=blocks)
    api = client(Script(), deadline=DEADLINE, rate_limiter=limiter)
    await check_late(api, call, maybe_received=False)
    check_nothing_is_held(api)
    assert limiter.kept == 0


@CALLS
async def test_waiting_for_the_token_of_another_process(call: Any, tmp_path: Path) -> None:
    store, limiter = sdk.FileTokenStore(tmp_path / "token"), CountingLimiter()
    store.save(sdk.Token(access_token="a", refresh_token="r", expires_at=ENDED))
    release = store.try_lock()
    assert release is not None
    auth = sdk.RefreshTokenAuthFile(tmp_path / "token", **APP)
    api = sdk.ApiClient(auth=auth, transport=Script(), deadline=DEADLINE, rate_limiter=limiter)
    await check_late(api, call, maybe_received=False)
    release()
    check_nothing_is_held(api)
    assert limiter.kept == 0
    free = store.try_lock()
    assert free is not None
    free()


@CALLS
async def test_waiting_for_the_token_endpoint(call: Any, tmp_path: Path) -> None:
    store, limiter = sdk.FileTokenStore(tmp_path / "token"), CountingLimiter()
    store.save(sdk.Token(access_token="a", refresh_token="r", expires_at=ENDED))
    with Server(silent) as server:
        auth = sdk.RefreshTokenAuthFile(tmp_path / "token", base_url=server.url, **APP)
        async with over(server, limiter, auth=auth) as api:
            await check_late(api, call, maybe_received=False)
            check_nothing_is_held(api)
    assert limiter.kept == 0
    free = store.try_lock()
    assert free is not None
    free()


SLOW_ANSWERS = {
    "nothing": silent,
    "body": drop_by_drop(HEAD + b"\r\n"),
    "body of an error": drop_by_drop(HEAD.replace(b"200 OK", b"404 Not Found") + b"\r\n"),
}


@CALLS
@pytest.mark.parametrize("step", SLOW_ANSWERS.values(), ids=SLOW_ANSWERS)
async def test_waiting_for_a_response(call: Any, step: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    limiter, sends = CountingLimiter(), Sends(monkeypatch)
    with Server(step) as server:
        async with over(server, limiter, timeout=5) as api:
            await check_late(api, call, maybe_received=True)
            check_nothing_is_held(api, limiter, sends)
            assert server.closed.acquire(timeout=5), "the connection stayed open"


async def test_waiting_for_a_retry_that_would_come_too_late(waits: list[float]) -> None:
    limiter = CountingLimiter()
    script = Script(answers.json({}, 503, retry_after="5"))
    with pytest.raises(sdk.ServerError):
        await read(client(script, deadline=DEADLINE, rate_limiter=limiter))
    assert waits == []
    assert limiter.kept == 1


async def test_all_pages_of_a_list_share_one_deadline() -> None:
    def slowly(_request: httpx.Request) -> httpx.Response:
        time.sleep(DEADLINE / 4)
        return answers.page_before(f"c{len(script.requests)}", str(len(script.requests)))

    script = Script(*[slowly] * 50)
    api = client(script, deadline=DEADLINE)
    began_at = time.monotonic()
    with pytest.raises(sdk.ApiTimeoutError):
        await api.trainings.sessions.all()
    assert time.monotonic() - began_at < DEADLINE + SLACK
    assert len(script.requests) < 6
    check_nothing_is_held(api)


@pytest.mark.parametrize("step", SLOW_ANSWERS.values(), ids=SLOW_ANSWERS)
async def test_waiting_for_a_download(step: Any, tmp_path: Path) -> None:
    with Server(step) as server:
        async with over(server, CountingLimiter(), timeout=5) as api:
            began_at = time.monotonic()
            with pytest.raises(sdk.ApiTimeoutError):
                await api.download(f"{server.url}/file", tmp_path / "file")
            assert time.monotonic() - began_at < DEADLINE + SLACK
            assert api._download_connections.slots.taken == 0
            assert server.closed.acquire(timeout=5), "the connection stayed open"
    assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240


def until(holds: Callable[[], bool]) -> None:
    """Wait for what another thread is about to do."""
    end = time.monotonic() + 5
    while not holds() and time.monotonic() < end:
        time.sleep(0.005)
    assert holds()


# -- a call that gave up has taken nothing from the others -----------------------------------------------


@PLACES
async def test_a_thousand_writes_that_gave_up_leave_the_rate_as_it_was(blocks: bool, tmp_path: Path) -> None:
    limiter = sdk.FileRateLimiter(tmp_path / "rate", 20) if blocks else sdk.TokenBucket(20, clock=time.monotonic)
    script = Script(*always(lambda: answers.json(answers.session(), 201), 20))
    api = client(script, rate_limiter=limiter, deadline=DEADLINE)
    gave_up = 0
    for _ in range(120 if blocks else 1000):
        try:
            await create(api)
        except sdk.ApiTimeoutError:
            gave_up += 1
    assert len(script.requests) == 20
    assert gave_up == (100 if blocks else 980)
    ticket = limiter.take("POST")
    assert ticket is not None
    assert 0 < ticket.wait_seconds <= 61
    check_nothing_is_held(api)


# -- 429 -------------------------------------------------------------------------------------------------

REFUSALS = {
    "no retries": ({"max_retries": 0}, "7", 1, 7.0),
    "last attempt": ({"max_retries": 1}, "7", 2, 7.0),
    "longer than any retry waits": ({"max_retries": 2}, "120", 1, 120.0),
    "longer than any pause": ({"max_retries": 2}, "86400", 1, 3600.0),
    "later than the deadline": ({"deadline": 3}, "7", 1, 7.0),
}


@CALLS
@PLACES
@pytest.mark.parametrize(("options", "retry_after", "requests", "pause"), REFUSALS.values(), ids=REFUSALS)
async def test_the_last_refusal_pauses_all_who_share_the_limit(
    call: Any,
    blocks: bool,
    options: Any,
    retry_after: str,
    requests: int,
    pause: float,
    tmp_path: Path,
    waits: list[float],
) -> None:
    def clock() -> float:
        return 1000.0 + sum(waits)

    limiter = sdk.FileRateLimiter(tmp_path / "rate", clock=clock) if blocks else sdk.TokenBucket(clock=clock)
    script = Script(*always(lambda: answers.json({}, 429, retry_after=retry_after), requests))
    api = client(script, rate_limiter=limiter, **options)
    with pytest.raises(sdk.RateLimitError) as caught:
        await call(api)
    assert caught.value.retry_after_seconds == float(retry_after)
    assert len(script.requests) == requests
    assert limiter.paused_seconds() == pause
    check_nothing_is_held(api)


@CALLS
async def test_no_request_is_sent_into_a_pause(call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those in flight when the refusal comes cannot be called back; of the others, none may go."""
    begun, refused_until, into_the_pause = 0, 0.0, 0
    in_flight = threading.Semaphore(4)

    def respond(request: httpx.Request) -> httpx.Response:
        nonlocal begun, refused_until, into_the_pause
        now = time.monotonic()
        with in_flight:
            begun += 1
            into_the_pause += refused_until > 0 and refused_until - PAUSE + 0.1 < now < refused_until
            if not refused_until:
                refused_until = now + PAUSE
            time.sleep(0.005)
            if time.monotonic() < refused_until:
                return answers.json({}, 429, retry_after=str(PAUSE))
            return answers.json(answers.session(), 200 if request.method == "GET" else 201)

    monkeypatch.setattr(twins, "asleep", REAL_ASLEEP)
    monkeypatch.setattr(twins, "sleep", REAL_SLEEP)
    limiter = sdk.TokenBucket(1000, clock=time.monotonic)
    api = client(httpx.MockTransport(respond), max_in_flight=4, rate_limiter=limiter)

    async def one(_: int) -> object:
        return await call(api)

    results = await twins.agather(one, range(40), 40)
    assert len(results) == 40
    assert into_the_pause == 0
    assert begun <= 44
    check_nothing_is_held(api)


PAUSE = 1
REAL_ASLEEP, REAL_SLEEP = twins.asleep, twins.sleep


# -- what callers bring along ----------------------------------------------------------------------------


@CALLS
async def test_an_event_hook_that_raises_costs_no_response_and_no_slot(
    call: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_event: object) -> None:
        raise ZeroDivisionError

    limiter = CountingLimiter(wait_seconds=1.0)
    script = Script(answers.json({}, 429, retry_after="1"), answers.json(answers.session(), 201))
    api = client(script, rate_limiter=limiter, max_in_flight=1, on_event=fail)
    assert (await call(api)).id == "7"
    assert "the event hook raised ZeroDivisionError" in caplog.text
    check_nothing_is_held(api)


@PLACES
@CALLS
@pytest.mark.parametrize("method", ["take", "paused_seconds", "pause"])
@pytest.mark.parametrize("error", [ZeroDivisionError, OSError, httpx.ReadTimeout("x"), TimeoutError])
async def test_a_limiter_that_raises_holds_nothing(call: Any, blocks: bool, method: str, error: Any) -> None:
    def fail(*_: object) -> None:
        raise error

    limiter = CountingLimiter(blocks=blocks)
    setattr(limiter, method, fail)
    script = Script(*always(lambda: answers.json({}, 429), 1 if method == "pause" else 0))
    api = client(script, rate_limiter=limiter, max_in_flight=1, max_retries=0)
    expected = sdk.RateLimitError if method == "pause" else sdk.RateLimiterError
    with pytest.raises(expected):
        await call(api)
    check_nothing_is_held(api)
    assert limiter.kept == (method == "pause")


def raising_client(transport: httpx.MockTransport, *, reads_first: bool) -> Any:
    async def raise_for_status(response: httpx.Response) -> None:
        if reads_first:
            await response.aread()
        response.raise_for_status()

    return httpx.AsyncClient(transport=transport, event_hooks={"response": [raise_for_status]})


BODY = b'{"errors": [{"code": "missing_resource", "message": "It is gone."}]}'


@pytest.mark.parametrize("reads_first", [False, True])
@pytest.mark.parametrize(("status", "error"), [(404, sdk.NotFoundError), (429, sdk.RateLimitError)])  # fmt: skip
async def test_a_hook_that_raises_for_status_changes_no_error(status: int, error: Any, reads_first: bool) -> None:
    unread = httpx.Response(status, stream=httpx.ByteStream(BODY), headers={"content-type": "application/json"})
    async with raising_client(Script(unread), reads_first=reads_first) as http_client:
        api = sdk.ApiClient(auth=sdk.ApiKeyAuth("key"), http_client=http_client, max_retries=0, max_in_flight=1)
        with pytest.raises(error) as caught:
            await read(api)
        assert caught.value.body == (BODY if reads_first else b"")
        check_nothing_is_held(api)


@pytest.mark.parametrize("reads_first", [False, True])
async def test_a_hook_that_raises_for_status_keeps_the_retries(reads_first: bool) -> None:
    script = Script(answers.json({}, 503), answers.json({}, 429, retry_after="1"), answers.json(answers.session()))
    async with raising_client(script, reads_first=reads_first) as http_client:
        api = sdk.ApiClient(auth=sdk.ApiKeyAuth("key"), http_client=http_client, max_in_flight=1)
        assert (await read(api)).id == "7"
        check_nothing_is_held(api)
    assert len(script.requests) == 3


async def test_a_hook_that_raises_anything_else_is_the_callers_own_error() -> None:
    async def fail(_response: httpx.Response) -> None:
        raise ZeroDivisionError

    async with httpx.AsyncClient(transport=Script(answers.page("7")), event_hooks={"response": [fail]}) as http_client:
        limiter = CountingLimiter()
        api = sdk.ApiClient(auth=sdk.ApiKeyAuth("key"), http_client=http_client, max_in_flight=1, rate_limiter=limiter)
        with pytest.raises(ZeroDivisionError):
            await read(api)
        check_nothing_is_held(api)
        assert limiter.kept == 1  # it was sent


async def test_the_server_is_used_again_after_a_call_that_was_late() -> None:
    with Server(silent, answer(answers.session())) as server:
        async with over(server, CountingLimiter(), max_in_flight=1) as api:
            await check_late(api, read, maybe_received=True)
            record: Any = await api.trainings.sessions.get_by_id("7", deadline=5)
            assert record.id == "7"
            check_nothing_is_held(api)
