"""An async client belongs to the event loop of its first call; elsewhere it says so, whatever is called."""

from __future__ import annotations

import asyncio
import gc
import itertools
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeAlias

import anyio
import pytest
import trio

from factorialhr import ApiClient, ApiKeyAuth, ConfigurationError
from tests.concurrency.server import RECORDS, Server
from tests.support.copies import printed

ELSEWHERE = "belongs to another event loop.*make one client for each loop"
Call: TypeAlias = Callable[[ApiClient, Server, Path], Awaitable[Any]]
Runner: TypeAlias = Callable[[Callable[[], Awaitable[Any]]], Any]


async def get(api: ApiClient, _server: Server, _folder: Path) -> Any:
    return (await api.trainings.sessions.get_by_id(7)).id


async def everything(api: ApiClient, _server: Server, _folder: Path) -> Any:
    return len(await api.trainings.sessions.all())


async def walk(api: ApiClient, _server: Server, _folder: Path) -> Any:
    return len([record async for record in api.trainings.sessions.iter()])


async def write(api: ApiClient, _server: Server, _folder: Path) -> Any:
    return (await api.trainings.sessions.create({"name": "x"})).id


async def download(api: ApiClient, server: Server, folder: Path) -> Any:
    return (await api.download(f"{server.url}/file/7", folder / "file")).name


CALLS: list[tuple[Call, Any]] = [(get, "7"), (everything, RECORDS), (walk, RECORDS), (download, "file")]
calls = pytest.mark.parametrize(("call", "result"), CALLS, ids=[call.__name__ for call, _ in CALLS])
# Loops that ended without closing the client, which is the mistake, leave its connections to the garbage collector.
abandoned = pytest.mark.filterwarnings("ignore::ResourceWarning")
runners = pytest.mark.parametrize("run", [asyncio.run, trio.run], ids=["asyncio", "trio"])


@pytest.fixture(autouse=True)
def _collect() -> Iterator[None]:
    yield
    gc.collect()


def run_with(runner: Any, function: Callable[[], Awaitable[Any]]) -> Any:
    return runner(function()) if runner is asyncio.run else runner(function)


def client(server: Server, **settings: Any) -> ApiClient:
    return ApiClient(server.url, auth=ApiKeyAuth("key"), timeout=20, **settings)


@runners
@calls
@abandoned
def test_every_call_in_a_second_loop_says_what_to_do(
    run: Any, call: Call, result: Any, server: Server, tmp_path: Path
) -> None:
    api = client(server)
    assert run_with(run, lambda: call(api, server, tmp_path)) == result
    sent = len(server.requests)
    for other, (second, _) in itertools.product((asyncio.run, trio.run), CALLS):
        with pytest.raises(ConfigurationError, match=ELSEWHERE) as caught:
            run_with(other, lambda second=second: second(api, server, tmp_path))  # type: ignore[misc]
        assert "loop is closed" not in printed(caught.value)
    assert len(server.requests) == sent


@runners
@abandoned
def test_a_block_in_a_second_loop_raises_what_says_what_to_do(run: Any, server: Server, tmp_path: Path) -> None:
    api = client(server)
    run_with(run, lambda: get(api, server, tmp_path))

    async def block() -> None:
        async with api:
            await get(api, server, tmp_path)

    with pytest.raises(ConfigurationError, match=ELSEWHERE) as caught:
        run_with(run, block)
    assert "loop is closed" not in printed(caught.value)


@runners
@abandoned
def test_closing_in_a_second_loop_does_not_fail_from_the_depths(run: Any, server: Server, tmp_path: Path) -> None:
    api = client(server)
    run_with(run, lambda: get(api, server, tmp_path))
    try:
        run_with(run, api.aclose)
    except ConfigurationError as error:
        assert "loop is closed" not in printed(error)  # noqa: PT017  # raising ours is as good as not raising


@runners
def test_a_client_made_outside_of_loops_is_at_home_where_it_is_used_first(
    run: Any, server: Server, tmp_path: Path
) -> None:
    api = client(server)

    async def main() -> list[Any]:
        async with api:
            return [await call(api, server, tmp_path) for call, _ in CALLS]

    assert run_with(run, main) == [result for _, result in CALLS]


@runners
def test_each_loop_with_a_client_of_its_own(run: Any, server: Server, tmp_path: Path) -> None:
    def thread(_: int) -> list[Any]:
        async def main() -> list[Any]:
            async with client(server) as api:
                return [await call(api, server, tmp_path) for call in (get, everything, walk)]

        return run_with(run, main)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(thread, range(16))) == [["7", RECORDS, RECORDS]] * 16


@runners
@calls
def test_a_loop_in_another_thread_says_what_to_do(
    run: Any, call: Call, result: Any, server: Server, tmp_path: Path
) -> None:
    """Its slot is taken by the loop at home meanwhile, so that waiting for one would be waiting forever."""
    api = client(server, max_in_flight=1)
    caught: list[BaseException] = []

    async def elsewhere() -> None:
        with anyio.fail_after(2):
            await call(api, server, tmp_path)

    def thread() -> None:
        server.wait_for(held=1)
        try:
            run_with(run, elsewhere)
        except BaseException as error:  # noqa: BLE001  # it is looked at below
            caught.append(error)
        finally:
            server.let_go.set()

    async def main() -> Any:
        async with api:
            await api.trainings.sessions.get_by_id("slow")
            return await call(api, server, tmp_path)

    other = threading.Thread(target=thread)
    other.start()
    assert run_with(run, main) == result
    other.join()
    assert [type(error) for error in caught] == [ConfigurationError], caught
    assert "belongs to another event loop" in str(caught[0])
