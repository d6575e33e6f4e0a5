"""The few names with two meanings: the async half uses the first of each pair, the mirror the second."""

from __future__ import annotations

import contextvars
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from threading import BoundedSemaphore as Semaphore
from time import sleep
from typing import TYPE_CHECKING, TypeAlias, TypeVar, TypeVarTuple

import httpx

from factorialhr._core.errors import ConfigurationError
from factorialhr._core.options import PageOptions
from factorialhr._core.responses import MetaApiResponse

if TYPE_CHECKING:
    import anyio

__all__ = [
    "AFetch",
    "ASemaphore",
    "ASender",
    "Fetch",
    "Semaphore",
    "Sender",
    "adeadline",
    "agather",
    "ahome",
    "ain_thread",
    "ais_at_home",
    "asleep",
    "deadline",
    "gather",
    "home",
    "in_thread",
    "is_at_home",
    "sleep",
]

S = TypeVar("S")
T = TypeVar("T")
Arguments = TypeVarTuple("Arguments")

ASender: TypeAlias = Callable[[httpx.Request], Awaitable[httpx.Response]]
Sender: TypeAlias = Callable[[httpx.Request], httpx.Response]
AFetch: TypeAlias = Callable[[PageOptions], Awaitable[MetaApiResponse[T]]]
Fetch: TypeAlias = Callable[[PageOptions], MetaApiResponse[T]]


# anyio is loaded with the first client, where httpcore loads it as well, and not by the import of this package.
def ASemaphore(value: int) -> anyio.Semaphore:  # noqa: N802  # stands beside a class
    """Bound how many run at once; whoever need not wait goes on without a turn of the event loop."""
    import anyio

    return anyio.Semaphore(value, fast_acquire=True)


async def asleep(seconds: float) -> None:
    """Wait, and let others run."""
    import anyio

    await anyio.sleep(seconds)


async def ain_thread(function: Callable[[*Arguments], T], *arguments: *Arguments) -> T:
    """Call what waits for a disk, in another thread."""
    from anyio.to_thread import run_sync

    return await run_sync(function, *arguments)


def in_thread(function: Callable[[*Arguments], T], *arguments: *Arguments) -> T:
    """Call what waits for a disk: at once, for the thread is the caller's own."""
    return function(*arguments)


def adeadline(seconds: float | None) -> AbstractContextManager[object]:
    """Raise ``TimeoutError`` when the time is up."""
    if seconds is None:
        return nullcontext()
    import anyio

    return anyio.fail_after(seconds)


def deadline(seconds: float | None) -> AbstractContextManager[object]:  # noqa: ARG001
    """Nothing can interrupt a thread: there the timeouts of the socket stand in for a deadline."""
    return nullcontext()


def ahome(before: object, operation: str) -> object:
    """The event loop that runs this call, which must be the one of the calls before.

    Raises:
        ConfigurationError: It is another one: connections cannot move.
    """
    from anyio.lowlevel import current_token

    token = current_token()
    loop: object = getattr(token, "native_token", token)
    if before is not None and before is not loop:
        raise ConfigurationError(
            f"{operation}: this client belongs to another event loop, where its connections are; "
            "make one client for each loop, inside the function that asyncio.run() is given"
        )
    return loop


def ais_at_home(before: object) -> bool:
    """Whether connections made before are this event loop's: those of another one died with it."""
    from anyio.lowlevel import current_token

    token = current_token()
    return before is None or before is getattr(token, "native_token", token)


def is_at_home(before: object) -> bool:  # noqa: ARG001
    """Threads have no loop: a client may be closed everywhere."""
    return True


def home(before: object, operation: str) -> object:  # noqa: ARG001
    """Threads have no loop: a call is at home everywhere."""
    return before


async def agather(function: Callable[[S], Awaitable[T]], items: Sequence[S], most: int) -> list[T]:
    """Call for all items, some at a time; answers in order. The first error ends the others and is raised."""
    import anyio

    results: dict[int, T] = {}
    failures: list[Exception] = []
    queue = iter(enumerate(items))

    async def work() -> None:
        for index, item in queue:
            try:
                results[index] = await function(item)
            except Exception as error:  # noqa: BLE001  # raised below, outside the group that would wrap it
                failures.append(error)
                group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        for _ in range(min(most, len(items))):
            group.start_soon(work)
    if failures:
        raise failures[0]
    return [results[index] for index in range(len(items))]


def gather(function: Callable[[S], T], items: Sequence[S], most: int) -> list[T]:
    """Call for all items in threads, some at a time; answers in order. The first error is raised."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max(1, min(most, len(items))), thread_name_prefix="factorialhr") as pool:
        futures = [pool.submit(contextvars.copy_context().run, function, item) for item in items]
        try:
            return [future.result() for future in futures]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
