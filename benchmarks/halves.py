"""The same work in both halves and in bare httpx, as turns that can be measured."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx

import factorialhr
import factorialhr.sync
from benchmarks.server import Server

TOKEN = "benchmark"
HEADERS = {"Authorization": f"Bearer {TOKEN}", "Accept": "application/json"}
SESSIONS = "/api/2026-10-01/resources/trainings/sessions"
LIMIT = 100
IN_FLIGHT = 16
"""Requests at a time, and connections: this package's default, and what httpx is given for a fair comparison."""
LIMITS = httpx.Limits(max_connections=IN_FLIGHT, max_keepalive_connections=IN_FLIGHT)
TIMEOUT_SECONDS = 60.0
MOST_THREADS = 32

Parse = Callable[[bytes], Any]


@dataclass(frozen=True, slots=True)
class Half:
    """One half of the package and of httpx; each turn is an ordinary call that waits for its end."""

    name: str
    workers: str
    """What makes its calls at the same time."""
    get_by_id: Callable[[int, int], object]
    """So many calls, by so many workers that share one client: each makes one call after the other."""
    bare_get_by_id: Callable[[int, int], object]
    all: Callable[[], object]
    """The whole list, kept."""
    bare_all: Callable[[Parse], object]
    """The whole list in a loop over httpx, given what makes an object with ``data`` and ``meta`` of a body."""
    iter: Callable[[], object]
    """The whole list, one record after the other, none of them kept."""
    bare_iter: Callable[[Parse], object]


@contextmanager
def blocking(server: Server) -> Iterator[Half]:
    """Open the blocking clients."""
    with (
        factorialhr.sync.ApiClient(server.url, auth=factorialhr.AccessTokenAuth(TOKEN)) as api,
        httpx.Client(headers=HEADERS, limits=LIMITS, timeout=TIMEOUT_SECONDS) as client,
        ThreadPoolExecutor(MOST_THREADS) as threads,
    ):
        endpoint = factorialhr.sync.SessionsEndpoint(api)

        def spread(work: Callable[[int], None], count: int, workers: int) -> None:
            if workers == 1:
                work(count)
                return
            for done in [threads.submit(work, count // workers) for _ in range(workers)]:
                done.result()

        def get_by_id(count: int) -> None:
            for _ in range(count):
                endpoint.get_by_id("4000000")

        def bare_get_by_id(count: int) -> None:
            for _ in range(count):
                client.get(f"{server.url}{SESSIONS}/4000000").raise_for_status().json()

        def bare_records(parse: Parse) -> Iterator[object]:
            params: dict[str, str | int] = {"limit": LIMIT}
            while True:
                page = parse(client.get(server.url + SESSIONS, params=params).raise_for_status().content)
                yield from page.data
                if not page.meta.has_next_page:
                    return
                params["after_id"] = page.meta.end_cursor

        def bare_all(parse: Parse) -> list[object]:
            kept: list[object] = []
            params: dict[str, str | int] = {"limit": LIMIT}
            while True:
                page = parse(client.get(server.url + SESSIONS, params=params).raise_for_status().content)
                kept += page.data
                if not page.meta.has_next_page:
                    return kept
                params["after_id"] = page.meta.end_cursor

        def iterate() -> None:
            for _ in endpoint.iter(limit=LIMIT):
                pass

        def bare_iterate(parse: Parse) -> None:
            for _ in bare_records(parse):
                pass

        yield Half(
            "blocking",
            "threads",
            partial(spread, get_by_id),
            partial(spread, bare_get_by_id),
            lambda: endpoint.all(limit=LIMIT),
            bare_all,
            iterate,
            bare_iterate,
        )


@contextmanager
def asynchronous(server: Server) -> Iterator[Half]:
    """Open the async clients, on an event loop that lives as long."""
    with asyncio.Runner() as runner, ExitStack() as stack:
        api = factorialhr.ApiClient(server.url, auth=factorialhr.AccessTokenAuth(TOKEN))
        client = httpx.AsyncClient(headers=HEADERS, limits=LIMITS, timeout=TIMEOUT_SECONDS)
        stack.callback(lambda: runner.run(api.aclose()))
        stack.callback(lambda: runner.run(client.aclose()))
        endpoint = factorialhr.SessionsEndpoint(api)

        async def spread(work: Callable[[int], Coroutine[Any, Any, None]], count: int, workers: int) -> None:
            if workers == 1:
                await work(count)
                return
            await asyncio.gather(*[work(count // workers) for _ in range(workers)])

        async def get_by_id(count: int) -> None:
            for _ in range(count):
                await endpoint.get_by_id("4000000")

        async def bare_get_by_id(count: int) -> None:
            for _ in range(count):
                (await client.get(f"{server.url}{SESSIONS}/4000000")).raise_for_status().json()

        async def fetch_all() -> object:
            return await endpoint.all(limit=LIMIT)

        async def bare_records(parse: Parse) -> AsyncIterator[object]:
            params: dict[str, str | int] = {"limit": LIMIT}
            while True:
                page = parse((await client.get(server.url + SESSIONS, params=params)).raise_for_status().content)
                for record in page.data:
                    yield record
                if not page.meta.has_next_page:
                    return
                params["after_id"] = page.meta.end_cursor

        async def bare_all(parse: Parse) -> list[object]:
            kept: list[object] = []
            params: dict[str, str | int] = {"limit": LIMIT}
            while True:
                page = parse((await client.get(server.url + SESSIONS, params=params)).raise_for_status().content)
                kept += page.data
                if not page.meta.has_next_page:
                    return kept
                params["after_id"] = page.meta.end_cursor

        async def iterate() -> None:
            async for _ in endpoint.iter(limit=LIMIT):
                pass

        async def bare_iterate(parse: Parse) -> None:
            async for _ in bare_records(parse):
                pass

        yield Half(
            "async",
            "tasks",
            lambda count, workers: runner.run(spread(get_by_id, count, workers)),
            lambda count, workers: runner.run(spread(bare_get_by_id, count, workers)),
            lambda: runner.run(fetch_all()),
            lambda parse: runner.run(bare_all(parse)),
            lambda: runner.run(iterate()),
            lambda parse: runner.run(bare_iterate(parse)),
        )


HALVES = (blocking, asynchronous)


def calls_at_once(server: Server, count: int) -> None:
    """Send that many async calls at the same time from a cold client."""

    async def send() -> None:
        async with factorialhr.ApiClient(server.url, auth=factorialhr.AccessTokenAuth(TOKEN)) as api:
            endpoint = factorialhr.SessionsEndpoint(api)
            await asyncio.gather(*[endpoint.get_by_id(number) for number in range(1, count + 1)])

    asyncio.run(send())
