"""Locks that are taken without waiting, and that neither a fork nor the death of a process leaves locked.

Taking one answers with the function that gives it back, in any thread, or with ``None`` where somebody
else holds it: who wants to wait tries again, and can be cancelled between two tries.
"""

from __future__ import annotations

import errno
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from factorialhr._system.forks import renew_in_children

if sys.platform == "win32":  # pragma: no cover
    import msvcrt
else:
    import fcntl

Release: TypeAlias = Callable[[], None]

# A link that somebody planted would have another file made, or locked.
NO_LINKS = getattr(os, "O_NOFOLLOW", 0)
HELD_ELSEWHERE = {errno.EAGAIN, errno.EACCES, errno.EDEADLK}


class ProcessLock:
    """A lock between the threads and tasks of one process; a forked child finds it open."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        renew_in_children(self)

    def try_lock(self) -> Release | None:
        """Take the lock; answers with what gives it back, or ``None`` where it is held."""
        lock = self._lock
        return lock.release if lock.acquire(blocking=False) else None

    def after_fork(self) -> None:
        """Forget the holder: in a forked child it is a thread that does not exist."""
        self._lock = threading.Lock()


class _Descriptors:
    """The files that are locked, or about to be."""

    def __init__(self) -> None:
        self._open: set[int] = set()
        self.add = self._open.add
        self.discard = self._open.discard
        renew_in_children(self)

    def __len__(self) -> int:
        return len(self._open)

    def after_fork(self) -> None:  # pragma: no cover  # no child is measured
        """Close the child's copies: they would keep the parent's locks alive should the parent die with them."""
        for descriptor in self._open:
            os.close(descriptor)
        self._open.clear()


_descriptors = _Descriptors()


def try_lock_file(path: Path) -> Release | None:
    """Lock a file between processes; it is made if need be (0600), and stays when the lock is given back.

    The lock ends with the life of its holder.

    Raises:
        OSError: The file is a link, it cannot be opened, or its disk cannot lock.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | NO_LINKS, 0o600)
    # Entered before it is locked: a child that is forked in between closes its copy all the same.
    _descriptors.add(descriptor)
    release = _FileRelease(descriptor)
    try:
        if _lock(descriptor) and _is_still(path, descriptor):
            return release
    except BaseException:
        release()
        raise
    release()
    return None


class _FileRelease:
    """Gives a file's lock back, once, in the process that took it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._process: int | None = os.getpid()

    def __call__(self) -> None:
        if self._process != os.getpid():
            return
        self._process = None
        # Closing alone does not unlock while a child forked meanwhile has a copy.
        _unlock(self._descriptor)
        _descriptors.discard(self._descriptor)
        os.close(self._descriptor)


if sys.platform == "win32":  # pragma: no cover

    def _lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            if error.errno in HELD_ELSEWHERE:
                return False
            raise
        return True

    def _unlock(descriptor: int) -> None:
        try:
            os.lseek(descriptor, 0, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)
        except OSError:
            return  # it was never locked

else:

    def _lock(descriptor: int) -> bool:
        # Not lockf: its locks belong to the process, so threads would not exclude each other.
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in HELD_ELSEWHERE:
                return False
            raise
        return True

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


def _is_still(path: Path, descriptor: int) -> bool:
    """Whether the path names the file that was locked: it may have been deleted or replaced meanwhile."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
