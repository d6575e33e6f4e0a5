"""The blocking client belongs to all threads of its process."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from factorialhr.sync import ApiClient, ApiKeyAuth, TokenBucket
from tests.concurrency.server import RECORDS, Server
from tests.pace.taking import take_when_free

MOST = 4
EVERYTHING = [str(number) for number in range(RECORDS)]


@pytest.fixture(autouse=True)
def _threads_that_take_turns_all_the_time() -> Iterator[None]:
    """A lock that is missing shows where threads change in the middle of what it guards, which is rare otherwise."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def client(server: Server, **settings: Any) -> ApiClient:
    return ApiClient(server.url, auth=ApiKeyAuth("key"), **{"max_in_flight": MOST, "timeout": 20, **settings})


def test_thirty_two_threads_get_their_own_answers_on_a_bounded_pool(server: Server) -> None:
    begin = threading.Barrier(32, timeout=20)

    def work(number: int) -> list[bool]:
        begin.wait()
        found = [api.trainings.sessions.get_by_id(f"{number}-{turn}").id == f"{number}-{turn}" for turn in range(12)]
        found.append([record.id for record in api.trainings.sessions.all()] == EVERYTHING)
        found.append([record.id for record in api.trainings.sessions.iter()] == EVERYTHING)
        return found

    with client(server) as api, ThreadPoolExecutor(32) as pool:
        assert all(all(found) for found in pool.map(work, range(32)))
    by_number = 1 + 5 + 4  # with the page behind the last, and a window at each border
    assert len(server.requests) == 32 * (12 + by_number + 5)
    assert server.connections <= MOST
    assert server.most_open <= MOST
    server.wait_for(open_now=0)


def test_threads_use_all_slots_at_once(server: Server) -> None:
    server.expect_together(MOST)
    with client(server) as api, ThreadPoolExecutor(32) as pool:
        found = list(pool.map(lambda _: api.trainings.sessions.get_by_id("together").id, range(MOST * 4)))
    assert found == ["together"] * (MOST * 4)
    assert server.connections == MOST


def test_threads_share_the_rate_limit() -> None:
    limiter = TokenBucket(80, clock=lambda: 0.0)
    with ThreadPoolExecutor(32) as pool:
        waits = sorted(pool.map(lambda _: take_when_free(limiter).wait_seconds, range(320)))
    assert waits == [number * 60.0 for number in range(4) for _ in range(80)]


class Interrupt(BaseException):
    """Stands for KeyboardInterrupt, and for the SystemExit of a worker that is told to end."""


def interrupted(call: Callable[[], object], server: Server) -> Interrupt:
    """Run the call until the server holds it, and break in with a signal."""

    def break_in() -> None:
        server.wait_for(held=1)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)

    def handler(*_: object) -> None:
        raise Interrupt

    before = signal.signal(signal.SIGUSR1, handler)
    thread = threading.Thread(target=break_in)
    thread.start()
    try:
        with pytest.raises(Interrupt) as caught:
            call()
    finally:
        thread.join()
        signal.signal(signal.SIGUSR1, before)
    return caught.value


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="this system has no such signals")
@pytest.mark.parametrize("where", ["slow", "half", "page"])
def test_an_interrupted_call_leaves_no_slot_and_no_connection(server: Server, where: str) -> None:
    kept: list[Interrupt] = []  # with their tracebacks: nothing is given back only because nobody knows it any more
    with client(server, max_in_flight=2) as api:
        walk = api.trainings.sessions.iter()
        for _ in range(3):
            if where == "page":
                server.slow_page = "3"
                walk = api.trainings.sessions.iter()
                kept.append(interrupted(lambda walk=walk: list(walk), server))  # type: ignore[misc]
            else:
                kept.append(interrupted(lambda: api.trainings.sessions.get_by_id(where), server))
            server.wait_for(held=0)
        server.let_go.set()
        if where == "page":
            assert [record.id for record in walk] == EVERYTHING[4:]
        server.wait_for(held=0)
        server.forget()
        server.expect_together(2)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: api.trainings.sessions.get_by_id("together"), range(2)))
            found = list(pool.map(lambda number: api.trainings.sessions.get_by_id(number).id, range(50)))
    assert found == [str(number) for number in range(50)]
    assert server.connections <= 2
    assert server.most_open <= 2
