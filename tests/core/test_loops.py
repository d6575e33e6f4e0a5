"""The asynchronous client belongs to one event loop; the blocking one to all threads."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import anyio
import httpx
import pytest
import trio

import factorialhr
import factorialhr.sync
from factorialhr._system import twins
from tests.support import answers


def transport() -> httpx.MockTransport:
    return httpx.MockTransport(lambda _: answers.json(answers.session()))


def test_a_client_that_is_moved_to_another_loop_says_so() -> None:
    api = factorialhr.ApiClient(auth=factorialhr.ApiKeyAuth("key"), transport=transport())

    async def call() -> object:
        await api.trainings.sessions.get_by_id(7)
        return (await api.trainings.sessions.get_by_id(7)).id

    assert asyncio.run(call()) == "7"
    with pytest.raises(
        factorialhr.ConfigurationError, match=r"belongs to another event loop.*make one client for each"
    ):
        asyncio.run(call())
    with pytest.raises(factorialhr.ConfigurationError, match="belongs to another event loop"):
        trio.run(call)


def test_a_blocking_client_serves_many_threads() -> None:
    together = threading.Barrier(8, timeout=10)

    def answer(_: httpx.Request) -> httpx.Response:
        together.wait()
        return answers.json(answers.session())

    api = factorialhr.sync.ApiClient(auth=factorialhr.ApiKeyAuth("key"), transport=httpx.MockTransport(answer))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: api.trainings.sessions.get_by_id(7).id, range(64)))
    assert found == ["7"] * 64


def test_a_call_that_is_cancelled_leaves_nothing_behind() -> None:
    waiting = 0

    async def answer(_: httpx.Request) -> httpx.Response:
        nonlocal waiting
        waiting += 1
        if waiting <= 3:
            await anyio.sleep_forever()
        return answers.json(answers.session())

    async def main() -> object:
        api = factorialhr.ApiClient(
            auth=factorialhr.ApiKeyAuth("key"), transport=httpx.MockTransport(answer), max_in_flight=1
        )
        for _ in range(3):
            with anyio.move_on_after(0.01) as scope:
                await api.trainings.sessions.get_by_id(7)
            assert scope.cancelled_caught
        return (await api.trainings.sessions.get_by_id(7)).id

    assert anyio.run(main, backend="asyncio") == "7"
    waiting = 0
    assert anyio.run(main, backend="trio") == "7"


def test_threads_gather_in_order_and_raise_the_first_error() -> None:
    assert twins.gather(lambda number: number * 2, [1, 2, 3], 2) == [2, 4, 6]
    assert twins.gather(lambda number: number, [], 2) == []
    with pytest.raises(ZeroDivisionError):
        twins.gather(lambda number: 1 // number, [1, 0, 2], 1)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_tasks_gather_in_order_and_raise_the_first_error(backend: str) -> None:
    async def divide(number: int) -> int:
        await anyio.lowlevel.checkpoint()
        return 6 // number

    async def main() -> None:
        assert await twins.agather(divide, [1, 2, 3], 2) == [6, 3, 2]
        assert await twins.agather(divide, [], 2) == []
        with pytest.raises(ZeroDivisionError):
            await twins.agather(divide, [1, 0, 2], 2)

    anyio.run(main, backend=backend)
