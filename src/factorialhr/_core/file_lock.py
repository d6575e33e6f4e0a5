"""A small text file that processes read and write one at a time."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from factorialhr._core.errors import ConfigurationError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


class LockedFile:
    """The content of the file while the lock is held."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def read(self) -> str:
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        return os.read(self._descriptor, 65536).decode("utf-8", "replace")

    def write(self, text: str) -> None:
        data = text.encode()
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        os.write(self._descriptor, data)
        os.ftruncate(self._descriptor, len(data))


@contextmanager
def locked_file(path: Path) -> Generator[LockedFile]:
    """Open a file, made if need be (0600), under an exclusive lock that ends with its holder's life."""
    while True:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        except OSError as error:
            raise ConfigurationError(f"{path} cannot be opened: {error.strerror}") from error
        try:
            _lock(descriptor)
            if _is_still(path, descriptor):
                yield LockedFile(descriptor)
                return
        finally:
            os.close(descriptor)


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX)


def _is_still(path: Path, descriptor: int) -> bool:
    """Whether the path names the file that was locked: it may have been deleted while we waited."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
