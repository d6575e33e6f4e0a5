"""Cancellation, wherever it strikes: no slot and no connection is lost, and the client goes on."""

# ruff: noqa: ASYNC240

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, TypeAlias

import anyio
import anyio.lowlevel
import httpx
import pytest

from factorialhr import ApiClient, ApiKeyAuth, FileRateLimiter
from factorialhr._system.part_files import PartFile
from factorialhr._system.twins import agather
from tests.concurrency.server import RECORDS, Server

MOST = 3
EVERYTHING = [str(number) for number in range(RECORDS)]


class Limiter:
    """Sends everybody to wait, in a thread or not."""

    def __init__(self, *, blocks: bool) -> None:
        self.blocks = blocks
        self.seconds = 1000.0
        self.taken = self.given_back = 0

    def take(self, verb: str) -> Place:  # noqa: ARG002
        self.taken += 1
        return Place(self)

    def paused_seconds(self) -> float:
        return 0.0

    def pause(self, seconds: float) -> None:
        """Nobody asks for it here."""


class Place:
    """A ticket of it."""

    def __init__(self, limiter: Limiter) -> None:
        self._limiter = limiter
        self.wait_seconds = limiter.seconds

    def give_back(self) -> None:
        self._limiter.given_back += 1


def client(server: Server, **settings: Any) -> ApiClient:
    return ApiClient(server.url, auth=ApiKeyAuth("key"), max_in_flight=MOST, timeout=20, **settings)


async def in_thread(function: Callable[[], object]) -> None:
    await anyio.to_thread.run_sync(function)


Case: TypeAlias = Callable[[ApiClient], Awaitable[object]]


async def one(api: ApiClient) -> object:
    return await api.trainings.sessions.get_by_id("slow")


async def half(api: ApiClient) -> object:
    return await api.trainings.sessions.get_by_id("half")


async def write(api: ApiClient) -> object:
    return await api.request("POST", "trainings/sessions/slow", data={})


async def everything(api: ApiClient) -> object:
    return await api.trainings.sessions.all()


async def pages(api: ApiClient) -> object:
    return [page async for page in api.trainings.sessions.pages()]


async def deadline(api: ApiClient) -> object:
    return await api.trainings.sessions.get_by_id("half", deadline=15)


CASES: list[tuple[Case, str | None, int]] = [
    (one, None, 5),
    (half, None, 5),
    (write, None, 5),
    (deadline, None, 5),
    (everything, "", 5),
    (everything, "4", 1),
    (everything, "3", 1),
    (pages, "3", 5),
]


@pytest.mark.parametrize(
    ("anyio_backend", "how"), [("asyncio", "scope"), ("trio", "scope"), ("asyncio", "task")], indirect=["anyio_backend"]
)
@pytest.mark.parametrize(("case", "slow_page", "tasks"), CASES, ids=[f"{c.__name__}-{page}-{n}" for c, page, n in CASES])  # fmt: skip
async def test_cancelled_in_the_middle(case: Case, slow_page: str | None, tasks: int, how: str, server: Server) -> None:
    """Some are in the middle then, and where there are more than slots, the others wait for one."""
    server.slow_page = slow_page
    async with client(server) as api:
        for _ in range(3):
            held = min(tasks, MOST)
            await (cancel_by_scope if how == "scope" else cancel_by_task)(case, api, tasks, held, server)
            await in_thread(lambda: server.wait_for(held=0))
        await check_nothing_is_lost(api, server)


async def cancel_by_scope(case: Case, api: ApiClient, tasks: int, held: int, server: Server) -> None:
    async with anyio.create_task_group() as group:
        for _ in range(tasks):
            group.start_soon(case, api)
        await until_held(server, held)
        group.cancel_scope.cancel()


async def cancel_by_task(case: Case, api: ApiClient, tasks: int, held: int, server: Server) -> None:
    running = [asyncio.ensure_future(case(api)) for _ in range(tasks)]
    await until_held(server, held)
    for task in running:
        task.cancel()
    results = await asyncio.gather(*running, return_exceptions=True)
    assert [type(result) for result in results] == [asyncio.CancelledError] * tasks


async def until_held(server: Server, held: int) -> None:
    await in_thread(lambda: server.wait_for(held=held))
    # Those that have no slot by now wait for one.
    await anyio.sleep(0.01)


async def check_nothing_is_lost(api: ApiClient, server: Server) -> None:
    """All slots can be used at once, and fifty more requests need no more connections than there are slots."""
    server.let_go.set()
    await in_thread(lambda: server.wait_for(held=0))
    server.forget()
    server.expect_together(MOST)

    async def get(name: str) -> str:
        return str((await api.trainings.sessions.get_by_id(name)).id)

    with anyio.fail_after(15):
        assert await agather(get, ["together"] * MOST, MOST) == ["together"] * MOST
        names = [str(number) for number in range(50)]
        assert await agather(get, names, 20) == names
        assert [record.id for record in await api.trainings.sessions.all()] == EVERYTHING
    assert server.connections <= MOST
    assert server.most_open <= MOST


async def test_a_response_that_was_left_half_way_is_closed_whatever_cancels_the_call() -> None:
    """Our own connections see to it themselves; those of the caller's own transport need us for it."""
    begun, closed = anyio.Event(), list[str]()

    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            begun.set()
            await anyio.sleep_forever()
            yield b""

        async def aclose(self) -> None:
            await anyio.lowlevel.checkpoint()  # closing may wait, and who was cancelled waits for nothing
            closed.append("response")

    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=Endless()))
    async with (
        ApiClient(auth=ApiKeyAuth("key"), transport=transport) as api,
        anyio.create_task_group() as group,
    ):
        group.start_soon(one, api)
        await begun.wait()
        group.cancel_scope.cancel()
    assert closed == ["response"]


async def test_cancelled_while_waiting_for_a_slot(server: Server) -> None:
    async with client(server) as api, anyio.create_task_group() as holders:
        for _ in range(MOST):
            holders.start_soon(one, api)
        await until_held(server, MOST)
        for _ in range(3):
            async with anyio.create_task_group() as group:
                for number in range(10):
                    group.start_soon(api.trainings.sessions.get_by_id, number)
                await anyio.wait_all_tasks_blocked()
                group.cancel_scope.cancel()
        assert len(server.requests) == MOST
        await check_nothing_is_lost(api, server)


@pytest.mark.parametrize("blocks", [False, True])
async def test_cancelled_while_waiting_for_the_rate_limit(server: Server, blocks: bool) -> None:
    limiter = Limiter(blocks=blocks)
    async with client(server, rate_limiter=limiter) as api:
        with anyio.fail_after(10):
            async with anyio.create_task_group() as group:
                for number in range(10):
                    group.start_soon(api.trainings.sessions.delete, number)
                while limiter.taken < 10:  # noqa: ASYNC110  # it is asked in threads, which cannot set an event
                    await anyio.sleep(0.01)
                group.cancel_scope.cancel()
        assert server.requests == []
        assert limiter.given_back == 10
        limiter.seconds = 0.0
        await check_nothing_is_lost(api, server)


async def test_cancelled_while_a_thread_has_the_file_of_the_rate_limit(server: Server, tmp_path: Path) -> None:
    limiter = FileRateLimiter(tmp_path / "limit")
    async with client(server, rate_limiter=limiter) as api:
        for _ in range(10):
            async with anyio.create_task_group() as group:
                for number in range(8):
                    group.start_soon(api.trainings.sessions.get_by_id, number)
                await anyio.sleep(0.001)
                group.cancel_scope.cancel()
        await check_nothing_is_lost(api, server)


async def test_a_walk_that_was_cancelled_goes_on_where_it_was(server: Server) -> None:
    server.slow_page = "3"
    async with client(server) as api:
        walk, found = api.trainings.sessions.iter(), []
        with anyio.move_on_after(0.1) as scope:
            async for record in walk:
                found.append(record.id)
        assert scope.cancelled_caught
        assert found == EVERYTHING[:4]
        server.let_go.set()
        async for record in walk:
            found.append(record.id)
        assert found == EVERYTHING
        await check_nothing_is_lost(api, server)


async def test_a_download_that_was_cancelled_leaves_no_part(server: Server, tmp_path: Path) -> None:
    async with client(server) as api:
        for name in ("slow", "half"):
            with anyio.move_on_after(0.1) as scope:
                await api.download(f"{server.url}/{name}", tmp_path / "file")
            assert scope.cancelled_caught
            assert list(tmp_path.iterdir()) == []
        await check_nothing_is_lost(api, server)


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_download_that_asyncio_cancels_while_its_file_is_made_leaves_no_part(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Task.cancel() passes through the shields of anyio: the thread is left alone with what it makes.
    entered, go_on, left = threading.Event(), threading.Event(), threading.Event()
    opened = PartFile.begin

    def slowly(part: PartFile) -> None:
        entered.set()
        assert go_on.wait(20)
        opened(part)
        left.set()

    monkeypatch.setattr(PartFile, "begin", slowly)
    async with client(server) as api:
        task = asyncio.ensure_future(api.download(f"{server.url}/7", tmp_path / "file"))
        await in_thread(entered.wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        # Only now that the call has cleaned up behind itself is the file made: nobody else is there to remove it.
        assert not left.is_set()
        go_on.set()
        await in_thread(lambda: left.wait(20))
        gc.collect()
        assert list(tmp_path.iterdir()) == []
