"""The right to refresh, held by one call: given back in every case, even when nobody waits for a thread any more."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import ExitStack

from factorialhr._system.locks import Release


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

    def begin(self, job: Job) -> bool:
        """Whether the caller is to do the job: nobody has begun it yet."""
        with self._mutex:
            if job.begun:
                return False
            job.begun = True
            self._busy += 1
            return True

    def end(self) -> None:
        """A job is done."""
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


class Job:
    """Work that may block, done at most once, in whichever thread is first."""

    __slots__ = ("_lease", "_work", "begun")

    def __init__(self, lease: Lease, work: Callable[[], object]) -> None:
        self._lease = lease
        self._work = work
        self.begun = False

    def __call__(self) -> object:
        """Do it; nothing where it was begun before."""
        if not self._lease.begin(self):
            return None
        try:
            return self._work()
        finally:
            self._lease.end()
