"""The few names with two meanings: the async half uses the first of each pair, the mirror the second."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, suppress
from queue import Empty, SimpleQueue
from time import sleep
from types import TracebackType
from typing import Any, Protocol, Self, TypeAlias, TypeVar

import httpx

from factorialhr._core.errors import ConfigurationError, FactorialError
from factorialhr._core.query import Query
from factorialhr._core.responses import MetaApiResponse
from factorialhr._core.steps import Finish, Job, OutOfTime
from factorialhr._system.slots import ASlots, Slots

__all__ = [
    "AHALF",
    "HALF",
    "AFetch",
    "ASender",
    "ASlots",
    "Fetch",
    "Sender",
    "Slots",
    "abound",
    "abound_body",
    "aclose_quietly",
    "ado",
    "agather",
    "ahome",
    "ais_at_home",
    "alock",
    "asettle",
    "asleep",
    "aturn",
    "bound",
    "bound_body",
    "close_quietly",
    "do",
    "gather",
    "home",
    "is_at_home",
    "lock",
    "settle",
    "sleep",
    "turn",
]

SHORTEST_TIMEOUT_SECONDS = 0.001

S = TypeVar("S")
T = TypeVar("T")

AHALF = "factorialhr"
HALF = "factorialhr.sync"
ASender: TypeAlias = Callable[[httpx.Request], Awaitable[httpx.Response]]
Sender: TypeAlias = Callable[[httpx.Request], httpx.Response]
AFetch: TypeAlias = Callable[[Query], Awaitable[MetaApiResponse[T]]]
Fetch: TypeAlias = Callable[[Query], MetaApiResponse[T]]


class Bound(Protocol):
    """A block that ends when the time is up."""

    @property
    def cancelled_caught(self) -> bool:
        """Whether the time was up before the block was done."""
        ...

    def __enter__(self) -> Any: ...

    def __exit__(
        self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None, /
    ) -> bool | None: ...


class _Unbounded:
    """Stands for a cancel scope that never cancels."""

    cancelled_caught = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        pass


_UNBOUNDED = _Unbounded()


# anyio is loaded with the first client, where httpcore loads it as well, and not by the import of this package.
def abound(seconds: float | None) -> Bound:
    """Leave the block when the time is up; ``cancelled_caught`` says whether it was."""
    if seconds is None:
        return _UNBOUNDED
    import anyio

    return anyio.move_on_after(seconds)


def bound(seconds: float | None) -> Bound:  # noqa: ARG001
    """Nothing can interrupt a thread: there the timeouts of each wait stand in for it."""
    return _UNBOUNDED


async def asleep(seconds: float) -> None:
    """Wait, and let others run."""
    import anyio

    await anyio.sleep(seconds)


async def ado(job: Job, seconds: float | None) -> Any:  # noqa: ARG001
    """Do a job in a worker thread, one that is not counted among the application's own.

    A job that may be left is left when the caller is cancelled; any other is waited for, and done even if
    asyncio's own cancellation breaks through.
    """
    import anyio
    from anyio.to_thread import run_sync

    outcome: Any = None
    try:
        with anyio.CancelScope(shield=not job.may_be_left):
            outcome = await run_sync(job, limiter=anyio.CapacityLimiter(1), abandon_on_cancel=job.may_be_left)
    except BaseException:
        if job.may_be_left:
            job.leave()
        else:
            # Shields do not stop asyncio's own cancellation: a thread that has begun goes on without us, and what
            # was not begun is done here. The error of the cancelled caller is the one to raise.
            with suppress(FactorialError):
                job()
        raise
    return outcome


def do(job: Job, seconds: float | None) -> Any:
    """Do a job in this thread; in another one if it may be left when the time is up."""
    if seconds is None or not job.may_be_left:
        return job()
    outcome: SimpleQueue[tuple[Any, BaseException | None]] = SimpleQueue()

    def work() -> None:
        try:
            outcome.put((job(), None))
        except BaseException as error:  # noqa: BLE001  # raised in the thread that waits
            outcome.put((None, error))

    threading.Thread(target=work, name="factorialhr-job", daemon=True).start()
    try:
        value, error = outcome.get(timeout=max(0.0, seconds))
    except BaseException as interruption:
        job.leave()
        if isinstance(interruption, Empty):
            raise OutOfTime from None
        raise
    if error is not None:
        raise error
    return value


async def aturn(flow: AsyncGenerator[httpx.Request, httpx.Response], response: httpx.Response | None) -> Any:
    """Let a credential's flow go on; ``None`` when it is done."""
    try:
        return await (anext(flow) if response is None else flow.asend(response))
    except StopAsyncIteration:
        return None


def turn(flow: Generator[httpx.Request, httpx.Response, None], response: httpx.Response | None) -> Any:
    """Let a credential's flow go on; ``None`` when it is done."""
    try:
        return next(flow) if response is None else flow.send(response)
    except StopIteration:
        return None


async def asettle(owed: Iterable[Job | Finish], spoiled: Iterable[Any]) -> None:
    """Carry out what a call that has left still owes, whatever cancels it meanwhile."""
    import anyio

    interruption: BaseException | None = None
    for step in owed:
        try:
            with anyio.CancelScope(shield=True), suppress(FactorialError):
                await (ado(step, None) if isinstance(step, Job) else step.flow.aclose())
        except BaseException as error:  # noqa: BLE001  # raised when everything is done
            interruption = error
    await aclose_quietly(*spoiled)
    if interruption is not None:
        raise interruption


def settle(owed: Iterable[Job | Finish], spoiled: Iterable[Any]) -> None:
    """Carry out what a call that has left still owes."""
    for step in owed:
        with suppress(FactorialError):
            if isinstance(step, Job):
                step()
            else:
                step.flow.close()
    close_quietly(*spoiled)


async def aclose_quietly(*things: Any) -> None:
    """Close what was left half-way; nothing that goes wrong with it matters any more."""
    if not things:
        return
    import anyio

    with anyio.CancelScope(shield=True):
        for thing in things:
            with suppress(Exception):
                await thing.aclose()


def close_quietly(*things: Any) -> None:
    """Close what was left half-way; nothing that goes wrong with it matters any more."""
    for thing in things:
        with suppress(Exception):
            thing.close()


def abound_body(response: httpx.Response, seconds: float | None) -> None:
    """The body is bounded from outside, with everything else."""


def bound_body(response: httpx.Response, seconds: float | None) -> None:
    """Bound the reading of a body: no single read may take longer than what is left, nor all of them together."""
    if seconds is None:
        return
    # httpcore looks at it again when the body begins. A call with a deadline has timeouts of its own.
    timeouts = response.request.extensions["timeout"]
    left = max(seconds, SHORTEST_TIMEOUT_SECONDS)
    timeouts["read"] = left if timeouts["read"] is None else min(timeouts["read"], left)
    if isinstance(response.stream, httpx.SyncByteStream):
        response.stream = _ClockedStream(response.stream, time.monotonic() + seconds)


class _ClockedStream(httpx.SyncByteStream):
    """A body of which no more is read when the time is up."""

    def __init__(self, stream: httpx.SyncByteStream, ends_at: float) -> None:
        self._stream = stream
        self._ends_at = ends_at

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._stream:
            if time.monotonic() > self._ends_at:
                raise OutOfTime
            yield chunk

    def close(self) -> None:
        self._stream.close()


def ahome(before: object, operation: str) -> object:
    """The event loop that runs this call, which must be the one of the calls before.

    Raises:
        ConfigurationError: It is another one: connections cannot move.
    """
    loop = _running_loop()
    if before is not None and before is not loop:
        raise ConfigurationError(
            f"{operation}: this client belongs to another event loop, where its connections are; "
            "make one client for each loop, inside the function that asyncio.run() is given"
        )
    return loop


def ais_at_home(before: object) -> bool:
    """Whether connections made before are this event loop's: those of another one died with it."""
    return before is None or before is _running_loop()


def _running_loop() -> object:
    """What tells one event loop from another, asyncio's or any other."""
    import asyncio

    try:
        # Each call asks, and anyio takes thirty times as long to say the same.
        return asyncio.get_running_loop()
    except RuntimeError:  # another library's loop
        from anyio.lowlevel import current_token

        token = current_token()
        return getattr(token, "native_token", token)


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
    """Call for all items in this thread and others, some at a time; answers in order.

    The first error is raised once those that are under way have ended; no other is begun.
    """
    results: dict[int, T] = {}
    failures: list[BaseException] = []
    queue = iter(enumerate(items))
    taking = threading.Lock()

    def work() -> None:
        while not failures:
            with taking:
                due = next(queue, None)
            if due is None:
                return
            try:
                results[due[0]] = function(due[1])
            except BaseException as error:  # noqa: BLE001  # raised below, in the thread that waits
                failures.append(error)

    helpers: list[threading.Thread] = []
    try:
        for number in range(1, min(most, len(items))):
            context = contextvars.copy_context()
            helper = threading.Thread(target=context.run, args=(work,), name=f"factorialhr-list-{number}", daemon=True)
            helper.start()
            helpers.append(helper)
        contextvars.copy_context().run(work)
        for helper in helpers:
            helper.join()
    except BaseException as error:  # an interrupt while waiting, or no more threads to be had
        failures.append(error)
        for helper in helpers:
            helper.join()
        raise
    if failures:
        # An interrupt came to this thread, whatever else went wrong meanwhile.
        raise next((error for error in failures if not isinstance(error, Exception)), failures[0])
    return [results[index] for index in range(len(items))]


def alock() -> AbstractAsyncContextManager[object]:
    """A lock between tasks."""
    import anyio

    # Nobody has to be let in between if nobody waits.
    return anyio.Lock(fast_acquire=True)


def lock() -> AbstractContextManager[object]:
    """A lock between threads."""
    return threading.Lock()
