"""The same work in both halves and in bare httpx, as turns that can be measured."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

import factorialhr
import factorialhr.sync
from benchmarks.server import Server

TOKEN = "benchmark"
HEADERS = {"Authorization": f"Bearer {TOKEN}", "Accept": "application/json"}
SESSIONS = "/api/2026-10-01/resources/trainings/sessions"
LIMIT = 100

Parse = Callable[[bytes], Any]


@dataclass(frozen=True, slots=True)
class Half:
    """One half of the package and of httpx; each turn is an ordinary call that waits for its end."""

    name: str
    get_by_id: Callable[[int], object]
    """So many calls, one after the other."""
    bare_get_by_id: Callable[[int], object]
    all: Callable[[], object]
    """The whole list, kept."""
    bare_all: Callable[[Parse], object]
    """The whole list in a loop over httpx, given what makes an object with ``data`` and ``meta`` of a body."""


@contextmanager
def blocking(server: Server) -> Iterator[Half]:
    """Open the blocking clients."""
    with (
        factorialhr.sync.ApiClient(server.url, auth=factorialhr.AccessTokenAuth(TOKEN)) as api,
        httpx.Client(headers=HEADERS) as client,
    ):
        endpoint = factorialhr.sync.SessionsEndpoint(api)

        def get_by_id(count: int) -> None:
            for _ in range(count):
                endpoint.get_by_id("4000000")

        def bare_get_by_id(count: int) -> None:
            for _ in range(count):
                client.get(f"{server.url}{SESSIONS}/4000000").raise_for_status().json()

        def bare_all(parse: Parse) -> list[object]:
            kept: list[object] = []
            params: dict[str, str | int] = {"limit": LIMIT}
            while True:
                page = parse(client.get(server.url + SESSIONS, params=params).raise_for_status().content)
                kept += page.data
                if not page.meta.has_next_page:
                    return kept
                params["after_id"] = page.meta.end_cursor

        yield Half("blocking", get_by_id, bare_get_by_id, lambda: endpoint.all(limit=LIMIT), bare_all)


@contextmanager
def asynchronous(server: Server) -> Iterator[Half]:
    """Open the async clients, on an event loop that lives as long."""
    with asyncio.Runner() as runner, ExitStack() as stack:
        api = factorialhr.ApiClient(server.url, auth=factorialhr.AccessTokenAuth(TOKEN))
        client = httpx.AsyncClient(headers=HEADERS)
        stack.callback(lambda: runner.run(api.aclose()))
        stack.callback(lambda: runner.run(client.aclose()))
        endpoint = factorialhr.SessionsEndpoint(api)

        async def get_by_id(count: int) -> None:
            for _ in range(count):
                await endpoint.get_by_id("4000000")

        async def bare_get_by_id(count: int) -> None:
            for _ in range(count):
                (await client.get(f"{server.url}{SESSIONS}/4000000")).raise_for_status().json()

        async def fetch_all() -> object:
            return await endpoint.all(limit=LIMIT)

        async def bare_all(parse: Parse) -> list[object]:
            kept: list[object] = []
            params: dict[str, str | int] = {"limit": LIMIT}
            while True:
                page = parse((await client.get(server.url + SESSIONS, params=params)).raise_for_status().content)
                kept += page.data
                if not page.meta.has_next_page:
                    return kept
                params["after_id"] = page.meta.end_cursor

        yield Half(
            "async",
            lambda count: runner.run(get_by_id(count)),
            lambda count: runner.run(bare_get_by_id(count)),
            lambda: runner.run(fetch_all()),
            lambda parse: runner.run(bare_all(parse)),
        )


HALVES = (blocking, asynchronous)


def calls_at_once(server: Server, count: int) -> None:
    """Send that many async calls at the same time from a cold client."""

    async def send() -> None:
        async with factorialhr.ApiClient(server.url, auth=factorialhr.AccessTokenAuth(TOKEN)) as api:
            endpoint = factorialhr.SessionsEndpoint(api)
            await asyncio.gather(*[endpoint.get_by_id(number) for number in range(1, count + 1)])

    asyncio.run(send())
