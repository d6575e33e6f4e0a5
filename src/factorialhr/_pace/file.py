"""A rate limit that the processes of one machine share, in a file."""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from factorialhr._core.errors import ConfigurationError, RateLimiterError
from factorialhr._pace.limiter import WindowLimiter
from factorialhr._pace.window import SHARED_MINUTE_SECONDS, WRITES_PER_MINUTE, Limit, Window
from factorialhr._system.locks import Release, try_lock_file

# Windows has neither: there a link is replaced, never followed, when the file is.
_NO_LINKS = getattr(os, "O_NOFOLLOW", 0)
_NO_WAIT_FOR_PIPES = getattr(os, "O_NONBLOCK", 0)


class FileRateLimiter(WindowLimiter):
    """Limit the writes of all processes of one machine that name the same file.

    In any minute, all of them together send no more than ``writes_per_minute`` requests that are neither ``GET`` nor
    ``HEAD``. The file belongs to one user (mode 0600) and is replaced as a whole; beside it lies a lock file,
    ``<name>.lock``; leave it there. A file that is deleted, damaged, or written by a clock that is more than an hour
    ahead counts as empty. A clock that jumps by more than a minute may let one minute's writes through too early.

    Args:
        path: The file, on a disk of this machine; its folder must exist.
        writes_per_minute: Most writes in any 61 seconds, of all processes together; of a fraction below 1, one write
            in a longer period. The second is for requests that take longer to leave than others.
        clock: Returns seconds since the epoch, the same in all processes.

    Raises:
        ConfigurationError: The folder does not exist, or ``writes_per_minute`` is not a number above 0.
    """

    blocks: bool = True

    def __init__(
        self,
        path: str | os.PathLike[str],
        writes_per_minute: float = WRITES_PER_MINUTE,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(Limit.per_minute(writes_per_minute, SHARED_MINUTE_SECONDS), clock)
        given = Path(path).expanduser()
        if not given.parent.is_dir():
            raise ConfigurationError(f"the folder {given.parent} does not exist: create it first")
        # The folder is resolved now, since the working directory may change. The file is not: it must not be a link.
        self._path = given.parent.resolve() / given.name
        self._lock_path = self._path.with_name(f"{given.name}.lock")
        self._new_path = self._path.with_name(f"{given.name}.new")

    def _try_lock(self) -> Release | None:
        with self._explained():
            return try_lock_file(self._lock_path)

    def _read(self) -> Window:
        with self._explained(), suppress(FileNotFoundError):
            return _decode(_content(self._path))
        return Window()

    def _write(self, window: Window) -> None:
        with self._explained():
            # One name is enough, as only the holder of the lock writes. It is there if a holder was killed.
            with suppress(FileNotFoundError):
                self._new_path.unlink()
            descriptor = os.open(self._new_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINKS, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(msgspec.json.encode(window))
            self._new_path.replace(self._path)

    @contextmanager
    def _explained(self) -> Generator[None]:
        try:
            yield
        except OSError as error:
            is_link = _NO_LINKS and error.errno in (errno.ELOOP, errno.EMLINK)
            reason = "it is a link" if is_link else error.strerror or type(error).__name__
            raise RateLimiterError(
                f"{self._path} cannot be used for the rate limit: {reason}; nothing was sent. It must be a file that "
                "this user may write, in a folder that this user may write"
            ) from error

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self._path)!r})"


def _content(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | _NO_LINKS | _NO_WAIT_FOR_PIPES)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read()
    finally:
        os.close(descriptor)


def _decode(content: bytes) -> Window:
    try:
        return msgspec.json.decode(content, type=Window).sound()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Window()
