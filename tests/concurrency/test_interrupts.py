"""Ctrl-C in the blocking half: whatever a call was waiting for, it gives back what it had."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from factorialhr import sync
from tests.concurrency.server import Server
from tests.support.counting import CountingLimiter, Sends, check_nothing_is_held


@pytest.fixture(autouse=True)
def ctrl_c_interrupts() -> Iterator[None]:
    """A shell starts what runs in the background with Ctrl-C ignored; then nothing here would be interrupted."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def client(server: Server, **settings: Any) -> sync.ApiClient:
    return sync.ApiClient(server.url, auth=sync.ApiKeyAuth("key"), max_in_flight=1, timeout=20, **settings)


class InterruptedLimiter(CountingLimiter):
    """Ctrl-C strikes while it is asked something."""

    def __init__(self, method: str, *, blocks: bool) -> None:
        super().__init__(blocks=blocks)
        self.interrupts = True
        self._method = method

    def _strike(self, method: str) -> None:
        if self.interrupts and method == self._method:
            self.interrupts = False
            raise KeyboardInterrupt

    def take(self, verb: str) -> Any:
        self._strike("take")
        return super().take(verb)

    def paused_seconds(self) -> float:
        self._strike("paused_seconds")
        return super().paused_seconds()


@pytest.mark.parametrize("blocks", [False, True], ids=["memory", "disk"])
@pytest.mark.parametrize("method", ["take", "paused_seconds"])
@pytest.mark.parametrize("deadline", [None, 10.0])
def test_interrupted_within_the_limiter(
    method: str, blocks: bool, deadline: float | None, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    limiter, sends = InterruptedLimiter(method, blocks=blocks), Sends(monkeypatch)
    with client(server, rate_limiter=limiter, deadline=deadline) as api:
        with pytest.raises(KeyboardInterrupt):
            api.trainings.sessions.get_by_id("1")
        check_nothing_is_held(api, limiter, sends)
        assert api.trainings.sessions.get_by_id("2").id == "2"
        check_nothing_is_held(api, limiter, sends)


def wait_until(condition: Callable[[], object]) -> None:
    """Return once the condition holds; a test that waits for what never comes fails."""
    ends_at = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < ends_at, "waited 10 seconds in vain"
        time.sleep(0.01)


def interrupt_main_thread(when: Callable[[], object]) -> threading.Thread:
    """Send the main thread a Ctrl-C once ``when`` has returned."""

    def strike() -> None:
        when()
        time.sleep(0.05)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    thread = threading.Thread(target=strike)
    thread.start()
    return thread


@pytest.mark.parametrize("kind", ["slow", "half"])
@pytest.mark.parametrize("deadline", [None, 10.0])
def test_interrupted_while_the_response_is_awaited(
    kind: str, deadline: float | None, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    limiter, sends = CountingLimiter(), Sends(monkeypatch)
    with client(server, rate_limiter=limiter, deadline=deadline) as api:
        thread = interrupt_main_thread(lambda: server.wait_for(held=1))
        with pytest.raises(KeyboardInterrupt):
            api.trainings.sessions.get_by_id(kind)
        thread.join()
        check_nothing_is_held(api, limiter, sends)
        server.wait_for(held=0)
        assert api.trainings.sessions.get_by_id("2").id == "2"
        server.wait_for(open_now=1)
    server.wait_for(open_now=0)


@pytest.mark.parametrize("deadline", [None, 10.0])
def test_interrupted_in_the_line_for_a_slot(deadline: float | None, server: Server) -> None:
    with client(server, deadline=deadline) as api:
        holder = object()
        assert api._connections.slots.take(holder, None)
        thread = interrupt_main_thread(lambda: wait_until(lambda: api._connections.slots.waiting))
        with pytest.raises(KeyboardInterrupt):
            api.trainings.sessions.get_by_id("1")
        thread.join()
        api._connections.slots.give_back(holder)
        check_nothing_is_held(api)
        assert api.trainings.sessions.get_by_id("2").id == "2"


def test_interrupted_while_waiting_for_the_rate(server: Server) -> None:
    limiter = CountingLimiter(wait_seconds=60.0)
    with client(server, rate_limiter=limiter) as api:
        thread = interrupt_main_thread(lambda: wait_until(lambda: limiter.tickets))
        with pytest.raises(KeyboardInterrupt):
            api.trainings.sessions.get_by_id("1")
        thread.join()
        check_nothing_is_held(api)
        assert limiter.kept == 0
        assert server.requests == []


def test_interrupted_while_a_token_is_fetched(tmp_path: Path) -> None:
    def interrupt(_request: httpx.Request) -> httpx.Response:
        raise KeyboardInterrupt

    store = sync.FileTokenStore(tmp_path / "token")
    store.save(sync.Token(access_token="a", refresh_token="r", expires_at=None))
    auth = sync.RefreshTokenAuthFile(tmp_path / "token", client_id="id", client_secret="secret")
    limiter = CountingLimiter()
    answers = iter([httpx.Response(401)])

    def respond(request: httpx.Request) -> httpx.Response:
        return interrupt(request) if request.url.path == "/oauth/token" else next(answers)

    with sync.ApiClient(auth=auth, transport=httpx.MockTransport(respond), rate_limiter=limiter) as api:
        with pytest.raises(KeyboardInterrupt):
            api.trainings.sessions.get_by_id("1")
        check_nothing_is_held(api)
        release = store.try_lock()
        assert release is not None
        release()
