"""What only the async half can do: be cancelled in the middle, move between loops, starve of threads."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import httpx
import pytest
from anyio import from_thread, to_thread

from factorialhr import ApiClient
from factorialhr._auth.flows import RefreshTokenAuth
from factorialhr._auth.oauth import Token, TokenRefreshError
from factorialhr._auth.stores import FileTokenStore, MemoryTokenStore, SqliteTokenStore, TokenStoreError
from tests.oauth.server import APP, START, TokenServer, access, refresh

STORES: dict[str, Callable[[Path], Any]] = {
    "file": FileTokenStore,
    "sqlite": SqliteTokenStore,
    "memory": lambda _: MemoryTokenStore(),
}


class Waiting(httpx.AsyncBaseTransport):
    """Lets something happen before and after each request reaches the server."""

    def __init__(self, tokens: TokenServer) -> None:
        self.tokens = tokens
        self.before: Callable[[httpx.Request], Awaitable[None]] = nothing
        self.after: Callable[[httpx.Request], Awaitable[None]] = nothing

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await self.before(request)
        response = self.tokens.answer(request)
        await self.after(request)
        return response


async def nothing(_: httpx.Request) -> None:
    """Go on."""


class SlowStore(MemoryTokenStore):
    """Stands still in one of its methods until it is let go."""

    def __init__(self, where: str) -> None:
        super().__init__()
        self.where = where
        self.entered = threading.Event()
        self.let_go = threading.Event()

    def _pass(self, where: str) -> None:
        if self.where == where and not self.let_go.is_set():
            self.entered.set()
            assert self.let_go.wait(20)

    def load(self) -> Token | None:
        self._pass("load")
        return super().load()

    def save(self, token: Token) -> None:
        self._pass("save")
        super().save(token)

    def try_lock(self) -> Any:
        release = super().try_lock()
        if release is None:
            return None
        self._pass("try_lock")

        def slowly() -> None:
            self._pass("release")
            release()

        return slowly


def ended(store: Any) -> RefreshTokenAuth:
    return RefreshTokenAuth(access(0), refresh(0), store=store, expires_at=START, **APP)


async def read(auth: RefreshTokenAuth, transport: httpx.AsyncBaseTransport) -> None:
    async with ApiClient(auth=auth, transport=transport) as api:
        await api.request("GET", "trainings/sessions/7")


@pytest.fixture
def tokens() -> TokenServer:
    return TokenServer()


@pytest.mark.parametrize("kind", STORES)
async def test_cancelled_while_the_token_request_is_under_way(tokens: TokenServer, kind: str, tmp_path: Path) -> None:
    store = STORES[kind](tmp_path / "tokens")
    auth, transport = ended(store), Waiting(tokens)
    with anyio.CancelScope() as scope:

        async def cancel(_: httpx.Request) -> None:
            scope.cancel()
            await anyio.sleep_forever()

        transport.before = cancel
        await read(auth, transport)
    assert scope.cancelled_caught
    assert (tokens.refreshes, store.load()) == (0, None)
    release = store.try_lock()
    assert release is not None
    release()
    transport.before = nothing
    await read(auth, transport)
    assert tokens.api_requests == [("GET", access(1), 200)]


async def test_cancelled_after_the_pair_was_bought_and_before_it_was_read_costs_the_pair(tokens: TokenServer) -> None:
    """What docs/safety.md says of it: no lock is left, but only the server knows the new pair, and the old one is used up."""
    store = MemoryTokenStore()
    auth, transport = ended(store), Waiting(tokens)
    with anyio.CancelScope() as scope:

        async def cancel(_: httpx.Request) -> None:
            scope.cancel()
            await anyio.lowlevel.checkpoint()

        transport.after = cancel
        await read(auth, transport)
    assert scope.cancelled_caught
    assert (tokens.refreshes, store.load()) == (1, None)
    release = store.try_lock()
    assert release is not None
    release()
    transport.after = nothing
    with pytest.raises(TokenRefreshError, match="authorise again"):
        await read(auth, transport)


@pytest.mark.parametrize("kind", STORES)
async def test_cancelled_when_the_answer_has_arrived_keeps_the_new_pair(
    tokens: TokenServer, kind: str, tmp_path: Path
) -> None:
    store = STORES[kind](tmp_path / "tokens")
    auth = ended(store)
    flow = auth.async_auth_flow(httpx.Request("GET", "https://api.factorialhr.com/api/x"))
    token_request = await anext(flow)
    with anyio.CancelScope() as scope:
        scope.cancel()
        await flow.asend(tokens.answer(token_request))
        await flow.aclose()
        await anyio.lowlevel.checkpoint()
    stored = store.load()
    assert scope.cancelled_caught
    assert stored is not None
    assert stored.refresh_token == refresh(1)
    release = store.try_lock()
    assert release is not None
    release()
    await read(auth, Waiting(tokens))
    assert (tokens.refreshes, tokens.mistakes) == (1, 0)


@pytest.mark.parametrize("where", ["load", "try_lock", "save", "release"])
async def test_cancelled_while_a_thread_is_in_the_store(tokens: TokenServer, where: str) -> None:
    store = SlowStore(where)
    auth, transport = ended(store), Waiting(tokens)
    async with anyio.create_task_group() as group:
        group.start_soon(read, auth, transport)
        assert await to_thread.run_sync(store.entered.wait, 20)
        group.cancel_scope.cancel()
        store.let_go.set()
    await check_nothing_is_left(store, auth, tokens)


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("where", ["load", "try_lock", "save", "release"])
async def test_cancelled_by_asyncio_itself_while_a_thread_is_in_the_store(
    tokens: TokenServer, where: str, times: int
) -> None:
    # Task.cancel() passes through the shields of anyio: the thread has to clean up behind us.
    store = SlowStore(where)
    auth = ended(store)
    task = asyncio.ensure_future(read(auth, Waiting(tokens)))
    assert await to_thread.run_sync(store.entered.wait, 20)
    for _ in range(times):
        task.cancel()
        await asyncio.sleep(0)
    store.let_go.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    await check_nothing_is_left(store, auth, tokens)


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_cancelled_by_asyncio_itself_before_the_thread_has_begun(tokens: TokenServer) -> None:
    store = MemoryTokenStore()
    auth = ended(store)
    flow = auth.async_auth_flow(httpx.Request("GET", "https://api.factorialhr.com/api/x"))
    response = tokens.answer(await anext(flow))

    async def go_on() -> None:
        task.cancel()
        try:
            await flow.asend(response)
        finally:
            await flow.aclose()

    task = asyncio.ensure_future(go_on())
    with pytest.raises(asyncio.CancelledError):
        await task
    await check_nothing_is_left(store, auth, tokens)
    assert tokens.refreshes == 1


async def check_nothing_is_left(store: MemoryTokenStore, auth: RefreshTokenAuth, tokens: TokenServer) -> None:
    """No lock, no pair that got lost: the next call goes through, and no refresh token was used twice."""
    with anyio.fail_after(10):
        await read(auth, Waiting(tokens))
        # The thread that was left alone may still be giving it back.
        while (release := store.try_lock()) is None:  # noqa: ASYNC110  # a thread sets no event of the loop
            await anyio.sleep(0.001)
    release()
    assert (tokens.refreshes, tokens.mistakes) == (1, 0)
    stored = store.load()
    assert stored is not None
    assert stored.refresh_token == refresh(1)


async def test_who_waits_for_another_refresh_can_be_cancelled(tokens: TokenServer) -> None:
    store = MemoryTokenStore()
    auth, transport = ended(store), Waiting(tokens)
    arrived, go_on = anyio.Event(), anyio.Event()

    async def hold(request: httpx.Request) -> None:
        if request.url.path == "/oauth/token":
            arrived.set()
            await go_on.wait()

    transport.before = hold
    async with anyio.create_task_group() as group:
        group.start_soon(read, auth, transport)
        await arrived.wait()
        with anyio.move_on_after(0.02) as scope:
            await read(auth, transport)
        assert scope.cancelled_caught
        go_on.set()
    assert tokens.api_requests == [("GET", access(1), 200)]


async def test_when_the_one_who_refreshes_is_cancelled_another_takes_over(tokens: TokenServer) -> None:
    auth, transport = ended(MemoryTokenStore()), Waiting(tokens)
    arrived = anyio.Event()

    async def hold_the_first(request: httpx.Request) -> None:
        if request.url.path == "/oauth/token" and not arrived.is_set():
            arrived.set()
            await anyio.sleep_forever()

    transport.before = hold_the_first
    first = anyio.CancelScope()

    async def one_that_is_cancelled() -> None:
        with first:
            await read(auth, transport)

    async with anyio.create_task_group() as group:
        group.start_soon(one_that_is_cancelled)
        await arrived.wait()
        for _ in range(5):
            group.start_soon(read, auth, transport)
        await anyio.wait_all_tasks_blocked()
        first.cancel()
    assert (tokens.refreshes, tokens.mistakes) == (1, 0)
    assert tokens.api_requests == [("GET", access(1), 200)] * 5


async def test_an_answer_that_comes_in_pieces_is_read_to_its_end_in_spite_of_a_cancellation(
    tokens: TokenServer,
) -> None:
    auth = ended(store := MemoryTokenStore())
    flow = auth.async_auth_flow(httpx.Request("GET", "https://api.factorialhr.com/api/x"))
    whole = tokens.answer(await anext(flow)).content

    async def pieces() -> Any:
        yield whole[:20]
        await anyio.lowlevel.checkpoint()
        yield whole[20:]

    with anyio.CancelScope() as scope:
        scope.cancel()
        await flow.asend(httpx.Response(200, content=pieces()))
        await flow.aclose()
    stored = store.load()
    assert stored is not None
    assert stored.refresh_token == refresh(1)


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_threads_that_are_all_taken_do_not_keep_it_from_refreshing(tokens: TokenServer) -> None:
    to_thread.current_default_thread_limiter().total_tokens = 1
    auth, transport = ended(MemoryTokenStore()), Waiting(tokens)
    with anyio.fail_after(10):
        await to_thread.run_sync(from_thread.run, read, auth, transport)
    assert tokens.api_requests == [("GET", access(1), 200)]


def test_one_auth_serves_loops_one_after_the_other_and_threads_beside_them(tokens: TokenServer) -> None:
    auth = ended(MemoryTokenStore())
    for backend in ("asyncio", "trio", "asyncio"):
        anyio.run(read, auth, Waiting(tokens), backend=backend)
    threads = [
        threading.Thread(target=anyio.run, args=(read, auth, Waiting(tokens)), kwargs={"backend": backend})
        for backend in ("asyncio", "trio") * 4
    ]
    auth._refresher._held = None
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (tokens.refreshes, tokens.mistakes) == (1, 0)
    assert tokens.api_requests == [("GET", access(1), 200)] * 11


async def test_the_loop_is_never_blocked_by_the_store(tokens: TokenServer) -> None:
    loop_thread = threading.get_ident()
    seen: set[int] = set()

    class Watched(MemoryTokenStore):
        def load(self) -> Token | None:
            seen.add(threading.get_ident())
            return super().load()

        def save(self, token: Token) -> None:
            seen.add(threading.get_ident())
            super().save(token)

        def try_lock(self) -> Any:
            seen.add(threading.get_ident())
            release = super().try_lock()
            assert release is not None

            def watched() -> None:
                seen.add(threading.get_ident())
                release()

            return watched

    await read(ended(Watched()), Waiting(tokens))
    assert seen
    assert loop_thread not in seen


async def test_a_lock_is_given_back_in_a_thread_after_a_failure_too(tokens: TokenServer) -> None:
    loop_thread = threading.get_ident()
    released: list[int] = []

    class Full(MemoryTokenStore):
        def save(self, token: Token) -> None:  # noqa: ARG002
            raise TokenStoreError("full")

        def try_lock(self) -> Any:
            release = super().try_lock()
            return release and (lambda: (released.append(threading.get_ident()), release()))

    with pytest.raises(TokenStoreError):
        await read(ended(Full()), Waiting(tokens))
    assert len(released) == 1
    assert loop_thread not in released
