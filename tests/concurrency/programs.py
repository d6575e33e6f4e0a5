"""What the tests run in processes of their own: programs that fork, in an interpreter without other threads.

python -m tests.concurrency.programs <name> <half> <address>
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

import factorialhr
import factorialhr.sync
from tests.concurrency.server import WHO

CALLS = 20
MOST = 2
CHILDREN = 3


class Blocking:
    """Uses a blocking client from four threads at a time."""

    sdk: Any = factorialhr.sync
    transport: Any = httpx.HTTPTransport
    http_client: Any = httpx.Client

    def __init__(self, url: str, **settings: Any) -> None:
        self.api = self.sdk.ApiClient(url, auth=factorialhr.ApiKeyAuth("key"), max_in_flight=MOST, **settings)

    def use(self, who: str, calls: int = CALLS, name: str = "") -> None:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda number: self.call(who, name or f"{who}-{number}"), range(calls)))

    def call(self, who: str, name: str) -> None:
        assert self.api.trainings.sessions.get_by_id(name, headers={WHO: who}).id == name

    def start_afresh(self) -> None:
        """Nothing to do: threads have no loop."""

    def close(self, *others: Any) -> None:
        for one in (self.api, *others):
            one.close()


class Async:
    """Uses an async client from four tasks at a time, in a loop that goes on between two uses."""

    sdk: Any = factorialhr
    transport: Any = httpx.AsyncHTTPTransport
    http_client: Any = httpx.AsyncClient

    def __init__(self, url: str, **settings: Any) -> None:
        self.api = self.sdk.ApiClient(url, auth=factorialhr.ApiKeyAuth("key"), max_in_flight=MOST, **settings)
        self.runner = asyncio.Runner()
        self.of_the_parents: list[asyncio.Runner] = []

    def use(self, who: str, calls: int = CALLS, name: str = "") -> None:
        async def main() -> None:
            await asyncio.gather(*(self._call(who, name or f"{who}-{number}") for number in range(calls)))

        self.runner.run(main())

    async def _call(self, who: str, name: str) -> None:
        assert (await self.api.trainings.sessions.get_by_id(name, headers={WHO: who})).id == name

    def start_afresh(self) -> None:
        # The loop of the parent shares its selector with it: a child makes its own, as asyncio.run() does.
        self.of_the_parents.append(self.runner)
        self.runner = asyncio.Runner()

    def close(self, *others: Any) -> None:
        for one in (self.api, *others):
            self.runner.run(one.aclose())
        self.runner.close()


User = Blocking | Async
HALVES: dict[str, type[User]] = {"sync": Blocking, "async": Async}


def in_child(work: Callable[[], object]) -> int:
    """Fork; the child does the work and ends without cleaning up, as workers do."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:  # noqa: BLE001  # the parent looks at the exit code
            traceback.print_exc()
            os._exit(1)
        sys.stderr.flush()
        os._exit(0)
    return child


def wait_for(*children: int) -> None:
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * len(children)


def prefork(half: str, url: str, *, used: bool = False) -> None:
    """A master makes the client, its workers use it at the same time, and so does the master afterwards."""
    user = HALVES[half](url)
    if used:
        user.use("parent")

    def work(who: str) -> None:
        user.start_afresh()
        user.use(who)

    wait_for(*[in_child(lambda who=f"child-{number}": work(who)) for number in range(CHILDREN)])  # type: ignore[misc]
    user.use("parent")
    user.close()


def fork_in_use(half: str, url: str) -> None:
    prefork(half, url, used=True)


def close_in_child(half: str, url: str) -> None:
    """A child that closes its client closes nothing of its parent's."""
    user = HALVES[half](url)
    user.use("parent")

    def work() -> None:
        user.start_afresh()
        user.use("child-0")
        user.close()

    wait_for(in_child(work))
    user.use("parent")
    user.close()


def grandchild(half: str, url: str) -> None:
    """Children that fork again."""
    user = HALVES[half](url)
    user.use("parent")

    def work(depth: int) -> None:
        user.start_afresh()
        user.use(f"child-{depth}")
        if depth < 2:
            wait_for(in_child(lambda: work(depth + 1)))
        user.use(f"child-{depth}")

    wait_for(in_child(lambda: work(0)))
    user.use("parent")
    user.close()


def pool(half: str, url: str) -> None:
    """``multiprocessing`` with the method fork, and a client that is a global of the module."""
    shared.append(HALVES[half](url))
    shared[0].use("parent")
    with multiprocessing.get_context("fork").Pool(CHILDREN, initializer=_begin) as processes:
        processes.map(_work, range(CHILDREN), chunksize=1)
        processes.close()
        processes.join()
    shared[0].use("parent")
    shared[0].close()


shared: list[User] = []


def _begin() -> None:
    shared[0].start_afresh()


def _work(number: int) -> None:
    shared[0].use(f"child-{number}")


def busy(_half: str, url: str) -> None:
    """Threads of the parent hold all slots of the client when it forks."""
    # Python 3.12 warns of it, and gunicorn's threads do it all the same.
    warnings.filterwarnings("ignore", ".*multi-threaded", DeprecationWarning)
    user = Blocking(url)
    threads = [threading.Thread(target=user.call, args=("parent", "slow")) for _ in range(MOST)]
    for thread in threads:
        thread.start()
    with httpx.Client(base_url=url, headers={WHO: "watcher"}) as watcher:
        while watcher.get("/held/sessions/held").json()["name"] != str(MOST):
            time.sleep(0.005)
        wait_for(in_child(lambda: user.use("child-0")))
        assert all(thread.is_alive() for thread in threads)
        watcher.get("/let-go")
    for thread in threads:
        thread.join()
    user.use("parent")
    user.close()


def own_transport(half: str, url: str) -> None:
    """Connections that are the caller's stay the parent's."""
    kind = HALVES[half]
    for settings in ({"transport": kind.transport()}, {"http_client": (own := kind.http_client())}):
        user = kind(url, **settings)
        user.use("parent")

        def work(user: User = user) -> None:
            user.start_afresh()
            try:
                user.use("child-0")
            except factorialhr.ConfigurationError as error:
                message = str(error)
                refused = "made before a fork" in message and "make client and transport in the child" in message
            else:
                refused = False
            assert refused

        wait_for(in_child(work))
        user.use("parent")
        user.close(*([own] if "http_client" in settings else []))


PROGRAMS = {f.__name__: f for f in (prefork, fork_in_use, close_in_child, grandchild, pool, busy, own_transport)}

if __name__ == "__main__":
    PROGRAMS[sys.argv[1]](*sys.argv[2:])
