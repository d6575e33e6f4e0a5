"""The right to refresh, held by one call: given back in every case, even when nobody waits for a thread any more."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar

import httpx

from factorialhr._core.steps import Job, Send, Sleep, Slot, Steps
from factorialhr._system.locks import Release

T = TypeVar("T")


class Lease:
    """What one call has locked: the gate of this process, and the lock of the store."""

    __slots__ = ("_busy", "_ending", "_mutex", "_process", "_releases")

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._process = os.getpid()
        self._releases: list[Release] = []
        self._busy = 0
        self._ending = False

    @property
    def is_held(self) -> bool:
        """Whether there is something to give back."""
        return bool(self._releases)

    def add(self, release: Release) -> None:
        """Hold one more lock."""
        self._releases.append(release)

    def close(self) -> None:
        """Give everything back; where a thread is at work for this lease, when it is done.

        A call may lock again after it: once to refresh an old token, once more to replace a refused one.
        """
        if self._process != os.getpid():  # pragma: no cover  # no child is measured
            # A forked copy: the locks are the parent's, and a thread may have died with the mutex.
            return
        with self._mutex:
            self._ending = True
        self._give_back()

    @contextmanager
    def at_work(self) -> Generator[None]:
        """Keep what is locked until the work inside is done, whoever closes the lease meanwhile."""
        with self._mutex:
            self._busy += 1
        try:
            yield
        finally:
            with self._mutex:
                self._busy -= 1
            self._give_back()

    def _give_back(self) -> None:
        with self._mutex:
            if self._busy or not self._ending:
                return
            releases, self._releases, self._ending = self._releases, [], False
        # The store's lock before the gate: who comes through the gate is to find it open.
        with ExitStack() as stack:
            for release in releases:
                stack.callback(release)


class LeasedJob(Job):
    """Work done under a lease, which lasts at least as long as the work."""

    __slots__ = ("_lease",)

    def __init__(self, lease: Lease, work: Callable[[], object]) -> None:
        super().__init__(work)
        self._lease = lease

    def __call__(self) -> Any:
        """Do it; nothing where it was begun before."""
        with self._lease.at_work():
            return super().__call__()


class TokenCall:
    """The steps that calls about a token are made of: what is locked, and the place among the requests in flight."""

    def __init__(self) -> None:
        self._lease = Lease()
        self._has_place = True
        self._sending: httpx.Request | None = None

    def send(self, request: httpx.Request) -> Steps[httpx.Response]:
        """Send a request, on a place taken again where a sleep has given it back."""
        if not self._has_place:
            yield Slot()
            self._has_place = True
        self._sending = request
        response: httpx.Response = yield Send(request)
        return response

    def sleep(self, seconds: float) -> Steps[None]:
        """Wait; who waits for a lock must not keep a place from the one who holds it."""
        self._has_place = False
        yield Sleep(seconds)

    def do(self, work: Callable[[], T]) -> Steps[T]:
        """Do what may block, under the lease."""
        outcome: T = yield LeasedJob(self._lease, work)
        return outcome

    def hold(self, release: Release) -> None:
        """Hold one more lock."""
        self._lease.add(release)

    def give_back(self) -> None:
        """Give back what is locked; with the lock of a store in it, this is work for ``do``."""
        self._lease.close()

    def leftover(self) -> Job | None:
        """What is to be done when the call has left and its steps are closed: give back what is still locked."""
        return LeasedJob(self._lease, self._lease.close) if self._lease.is_held else None
