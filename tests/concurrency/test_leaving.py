"""However a call leaves, it leaves nothing behind: no slot, no ticket, no socket, no lock."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import anyio
import httpx
import pytest

from factorialhr import (
    ApiClient,
    ApiKeyAuth,
    ApiTimeoutError,
    FactorialError,
    FileTokenStore,
    RefreshTokenAuthFile,
    Token,
)
from tests.concurrency.server import Server
from tests.support.counting import CountingLimiter, Sends, check_nothing_is_held
from tests.support.server import Server as SlowServer
from tests.support.server import drop_by_drop

LOOP_TURNS = range(21)
ROUNDS, CALLS_OF_A_ROUND = 50, 20
KINDS = ("slow", "half", "1")
ASYNCIO_ALONE = pytest.mark.parametrize("anyio_backend", ["asyncio"])


@asynccontextmanager
async def client(server: Server, **settings: Any) -> AsyncGenerator[ApiClient]:
    """A client of one slot, that must have closed all its connections at the end."""
    async with ApiClient(server.url, auth=ApiKeyAuth("key"), max_in_flight=1, timeout=20, **settings) as api:
        yield api
    await in_thread(lambda: server.wait_for(open_now=0))


async def in_thread(function: Callable[[], object]) -> None:
    await anyio.to_thread.run_sync(function)


async def check_the_next_works(api: ApiClient) -> None:
    with anyio.fail_after(10):
        assert (await api.trainings.sessions.get_by_id("2")).id == "2"


@ASYNCIO_ALONE
@pytest.mark.parametrize("blocks", [False, True], ids=["memory", "disk"])
@pytest.mark.parametrize("cancels", [1, 2, 3])
@pytest.mark.parametrize("is_warm", [False, True], ids=["cold", "warm"])
@pytest.mark.parametrize("kind", KINDS)
async def test_cancelled_at_every_turn_of_the_loop(
    kind: str, is_warm: bool, cancels: int, blocks: bool, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The deadliest places are within httpcore: between the making of a connection and its first byte."""
    sends = Sends(monkeypatch)
    for turns in LOOP_TURNS:
        limiter, before = CountingLimiter(blocks=blocks), sends.begun
        async with client(server, rate_limiter=limiter) as api:
            if is_warm:
                await check_the_next_works(api)
            task = asyncio.ensure_future(api.trainings.sessions.get_by_id(kind))
            for _ in range(turns):
                await asyncio.sleep(0)
            for _ in range(cancels):
                task.cancel()
                await asyncio.sleep(0)
            with contextlib.suppress(asyncio.CancelledError):
                await task
            assert task.cancelled() or kind == "1"
            await check_the_next_works(api)
            check_nothing_is_held(api)
            assert limiter.returned_twice == 0
            assert limiter.kept == sends.begun - before
            await in_thread(lambda: server.wait_for(open_now=1))


@ASYNCIO_ALONE
@pytest.mark.parametrize("cancels", [1, 2, 3])
async def test_cancelled_at_every_turn_of_a_refresh(cancels: int, tmp_path: Path) -> None:
    """The lock of the token is of use to other processes as soon as the task has ended."""

    async def respond(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.002)
        return httpx.Response(503 if request.url.path == "/oauth/token" else 401)

    store = FileTokenStore(tmp_path / "token")
    store.save(Token(access_token="a", refresh_token="r", expires_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC)))
    auth = RefreshTokenAuthFile(tmp_path / "token", client_id="id", client_secret="secret")
    async with ApiClient(auth=auth, transport=httpx.MockTransport(respond), max_in_flight=1, max_retries=0) as api:
        for turns in LOOP_TURNS:
            task = asyncio.ensure_future(api.trainings.sessions.get_by_id("1"))
            for _ in range(turns):
                await asyncio.sleep(0.0003)
            for _ in range(cancels):
                task.cancel()
                await asyncio.sleep(0)
            with contextlib.suppress(asyncio.CancelledError, FactorialError):
                await task
            check_nothing_is_held(api)
            release = store.try_lock()
            assert release is not None
            release()


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 ", b"HTTP/1.1 200 OK\r\nX-Slow: "], ids=["status line", "headers"])
async def test_a_head_that_comes_drop_by_drop_is_bounded_by_the_deadline(head: bytes) -> None:
    with SlowServer(drop_by_drop(head)) as server:
        async with ApiClient(server.url, auth=ApiKeyAuth("key"), max_in_flight=1, timeout=5, deadline=0.2) as api:
            with anyio.fail_after(3), pytest.raises(ApiTimeoutError):
                await api.trainings.sessions.get_by_id("1")
            check_nothing_is_held(api)
            assert server.closed.acquire(timeout=5), "the connection stayed open"


async def by_timeout(call: Awaitable[object], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        await call


async def by_wait_for(call: Awaitable[object], seconds: float) -> None:
    await asyncio.wait_for(call, seconds)


async def by_scope(call: Awaitable[object], seconds: float) -> None:
    with anyio.fail_after(seconds):
        await call


async def by_task(call: Awaitable[object], seconds: float) -> None:
    task = asyncio.ensure_future(call)
    await asyncio.sleep(seconds)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def by_task_twice(call: Awaitable[object], seconds: float) -> None:
    task = asyncio.ensure_future(call)
    await asyncio.sleep(seconds)
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


WAYS = {
    "asyncio.timeout": by_timeout,
    "asyncio.wait_for": by_wait_for,
    "task.cancel": by_task,
    "task.cancel twice": by_task_twice,
    "scope": by_scope,
}
CASES = [("asyncio", way) for way in WAYS] + [("trio", "scope")]


@pytest.mark.parametrize(("anyio_backend", "way"), CASES, indirect=["anyio_backend"])
@pytest.mark.parametrize("blocks", [False, True], ids=["memory", "disk"])
async def test_a_thousand_random_cancellations_leave_nothing(
    way: str, blocks: bool, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    limiter, sends, dice = CountingLimiter(blocks=blocks), Sends(monkeypatch), Random(7)  # noqa: S311
    ended = 0
    async with ApiClient(server.url, auth=ApiKeyAuth("key"), max_in_flight=4, rate_limiter=limiter) as api:

        async def call() -> None:
            nonlocal ended
            with contextlib.suppress(TimeoutError):
                await WAYS[way](api.trainings.sessions.get_by_id(dice.choice(KINDS)), dice.random() * 0.006)
            ended += 1

        for _ in range(ROUNDS):
            async with anyio.create_task_group() as group:
                for _ in range(CALLS_OF_A_ROUND):
                    group.start_soon(call)
        await in_thread(lambda: server.wait_for(held=0))
        assert ended == 1000
        check_nothing_is_held(api, limiter, sends)
        server.expect_together(4)
        with anyio.fail_after(10):
            async with anyio.create_task_group() as group:
                for _ in range(4):
                    group.start_soon(api.trainings.sessions.get_by_id, "together")
        check_nothing_is_held(api, limiter, sends)
        await in_thread(lambda: server.wait_for(open_now=4))
    await in_thread(lambda: server.wait_for(open_now=0))
