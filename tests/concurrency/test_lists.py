"""Lists that several consumers read, that change while they are read, and that break: what docs/safety.md says."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Literal

import pytest

import factorialhr
from factorialhr import sync
from factorialhr.testing import Sandbox

CONSUMERS = 8
CONCURRENCIES = pytest.mark.parametrize("concurrency", [1, 8])
HALVES = pytest.mark.parametrize("half", ["async", "blocking"])


def sandbox_of(count: int) -> Sandbox:
    """A sandbox with a list of sessions, whose ids are no positions."""
    sandbox = Sandbox.empty()
    for number in range(1001, 1001 + count):
        sandbox.trainings.sessions.add(id=number, name="session", training_id=1)
    return sandbox


def blocking(sandbox: Sandbox) -> sync.ApiClient:
    return sync.ApiClient(api_key=sandbox.api_key, transport=sandbox.transport, max_retries=0)


def asynchronous(sandbox: Sandbox) -> factorialhr.ApiClient:
    return factorialhr.ApiClient(api_key=sandbox.api_key, transport=sandbox.async_transport, max_retries=0)


@CONCURRENCIES
def test_threads_that_share_a_stream_get_each_record_once(concurrency: int) -> None:
    with blocking(sandbox_of(500)) as api, ThreadPoolExecutor(CONSUMERS) as pool:
        stream = api.trainings.sessions.iter(limit=10, concurrency=concurrency)
        shares = pool.map(lambda _: [session.id for session in stream], range(CONSUMERS))
        found = [one for share in shares for one in share]
    assert sorted(found) == [str(number) for number in range(1001, 1501)]
    assert stream.outcome == "whole"


@CONCURRENCIES
def test_tasks_that_share_a_stream_get_each_record_once(concurrency: int) -> None:
    async def run() -> tuple[list[list[object]], object]:
        async with asynchronous(sandbox_of(500)) as api:
            stream = api.trainings.sessions.iter(limit=10, concurrency=concurrency)

            async def share() -> list[object]:
                found: list[object] = []
                async for session in stream:
                    found.append(session.id)
                    await asyncio.sleep(0)
                return found

            return await asyncio.gather(*(share() for _ in range(CONSUMERS))), stream.outcome

    shares, outcome = asyncio.run(run())
    assert sorted(str(one) for share in shares for one in share) == [str(number) for number in range(1001, 1501)]
    assert min(map(len, shares)) > 1
    assert outcome == "whole"


def fetch_all(sandbox: Sandbox, half: str, concurrency: int) -> tuple[list[object], object]:
    """The ids of a list and its outcome."""

    async def run() -> factorialhr.ListApiResponse[factorialhr.Session]:
        async with asynchronous(sandbox) as api:
            return await api.trainings.sessions.all(limit=5, concurrency=concurrency)

    if half == "async":
        response = asyncio.run(run())
    else:
        with blocking(sandbox) as api:
            response = api.trainings.sessions.all(limit=5, concurrency=concurrency)
    return [session.id for session in response], response.outcome


def changes_of(sandbox: Sandbox) -> tuple[Callable[[Random], object], set[str]]:
    """A function that takes a record out or puts one at the end, and the ids that were there throughout."""
    table = sandbox.trainings.sessions
    throughout = {str(number) for number in range(1001, 1061)}
    there = list(range(1001, 1061))

    def change(random: Random) -> None:
        if random.random() < 0.6 and there:
            gone = there.pop(random.randrange(len(there)))
            table.remove(gone)
            throughout.discard(str(gone))
        else:
            there.append(there[-1] + 1000)
            table.add(id=there[-1], name="session", training_id=1)

    return change, throughout


@HALVES
@CONCURRENCIES
@pytest.mark.parametrize("cursors", ["ids", "positions", None])
def test_a_list_that_changes_is_whole(half: str, concurrency: int, cursors: Literal["ids", "positions"] | None) -> None:
    for seed in range(3):
        sandbox = sandbox_of(60)
        sandbox.page("trainings/sessions", cursors=cursors)
        change, throughout = changes_of(sandbox)
        sandbox.between(change, seed=seed)
        found, outcome = fetch_all(sandbox, half, concurrency)
        assert (outcome, throughout - set(found)) == ("whole", set())
        assert Counter(found).most_common(1)[0][1] == 1


@HALVES
@CONCURRENCIES
def test_a_stream_that_broke_goes_on_where_it_was(half: str, concurrency: int) -> None:
    sandbox = sandbox_of(60)
    sandbox.fail("GET", "trainings/sessions", status=503, probability=0.3)
    found: list[object] = []

    async def run() -> int:
        broken = 0
        async with asynchronous(sandbox) as api:
            stream = api.trainings.sessions.iter(limit=5, concurrency=concurrency)
            while stream.outcome is None:
                try:
                    async for session in stream:
                        found.append(session.id)
                except factorialhr.ServerError:
                    broken += 1
        return broken

    def run_blocking() -> int:
        broken = 0
        with blocking(sandbox) as api:
            stream = api.trainings.sessions.iter(limit=5, concurrency=concurrency)
            while stream.outcome is None:
                try:
                    found.extend(session.id for session in stream)
                except factorialhr.ServerError:
                    broken += 1
        return broken

    assert (asyncio.run(run()) if half == "async" else run_blocking()) > 0
    assert found == [str(number) for number in range(1001, 1061)]


@HALVES
@CONCURRENCIES
def test_another_client_goes_on_from_a_stored_place(half: str, concurrency: int) -> None:
    sandbox = sandbox_of(60)

    def start() -> tuple[list[object], str | None]:
        with blocking(sandbox) as api:
            stream = api.trainings.sessions.iter(limit=5, concurrency=concurrency)
            return [next(stream).id for _ in range(23)], stream.place

    async def rest(place: str) -> list[object]:
        async with asynchronous(sandbox) as api:
            stream = api.trainings.sessions.iter(limit=5, concurrency=concurrency, place=place)
            return [session.id async for session in stream]

    def rest_blocking(place: str) -> list[object]:
        with blocking(sandbox) as api:
            return [
                session.id for session in api.trainings.sessions.iter(limit=5, concurrency=concurrency, place=place)
            ]

    found, place = start()
    assert isinstance(place, str)
    for gone in (1001, 1012, 1023):  # the last one is the record at the place
        sandbox.trainings.sessions.remove(gone)
    found += asyncio.run(rest(place)) if half == "async" else rest_blocking(place)
    assert found == [str(number) for number in range(1001, 1061)]
