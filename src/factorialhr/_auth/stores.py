"""Where a token pair is kept between refreshes, and who may refresh it.

FactorialError
└── ConfigurationError
    └── TokenStoreError        the store cannot be read or written; ``reason`` names why
"""

from __future__ import annotations

import errno
import hashlib
import os
import sqlite3
import stat
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal, Protocol, TypeAlias, runtime_checkable

import msgspec

from factorialhr._auth.oauth import Token
from factorialhr._core.errors import ConfigurationError
from factorialhr._core.uncopied import Uncopied
from factorialhr._system.locks import ProcessLock, Release, try_lock_file

Reason: TypeAlias = Literal[
    "missing",
    "corrupt",
    "readable-by-others",
    "no-folder",
    "not-allowed",
    "read-only",
    "disk-full",
    "no-locks",
    "other",
]


class TokenStoreError(ConfigurationError):
    """The token store cannot be read or written; the message says what to do.

    ``reason`` is one of ``missing`` (no token in it), ``corrupt``, ``readable-by-others``, ``no-folder``,
    ``not-allowed``, ``read-only``, ``disk-full``, ``no-locks`` and ``other``.
    """

    reason: Reason

    def __init__(self, message: str, *, reason: Reason = "other") -> None:
        super().__init__(message)
        self.reason = reason


@runtime_checkable
class TokenStore(Protocol):
    """Keeps one token pair for all who share it: threads, tasks, processes.

    The methods may block for a disk or a network. The async half calls them in worker threads, not always
    in the same one.
    """

    def load(self) -> Token | None:
        """Read the pair; ``None`` where nothing was saved yet."""
        ...

    def save(self, token: Token) -> None:
        """Replace the pair; it is durable when this returns."""
        ...

    def try_lock(self) -> Release | None:
        """Take the right to refresh, without waiting for it.

        Answers with the function that gives it back, or ``None`` where somebody else has it. The right
        must end with the life of its holder.
        """
        ...


class MemoryTokenStore(Uncopied):
    """Keeps the pair in this process: for one process, and for tests.

    A forked child has its own copy: use a file or a database where processes share a pair.
    """

    _instead = "use a FileTokenStore or a SqliteTokenStore, which processes share"

    def __init__(self, token: Token | None = None) -> None:
        self._token = token
        self._lock = ProcessLock()

    def load(self) -> Token | None:
        """Read the pair; ``None`` where nothing was saved yet."""
        return self._token

    def save(self, token: Token) -> None:
        """Replace the pair."""
        self._token = token

    def try_lock(self) -> Release | None:
        """Take the right to refresh, or ``None`` where another thread or task has it."""
        return self._lock.try_lock()

    def __repr__(self) -> str:
        return "MemoryTokenStore(***)"


class FileTokenStore:
    """Keeps the pair in a JSON file that only its owner may read (0600).

    The file is replaced as a whole, and is on the disk before the new pair is used. Beside it lies a lock
    file, ``<name>.lock``; leave it there.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        # Resolved now: the working directory may change, and a symbolic link is to stay one.
        self._path = Path(path).expanduser().resolve()
        self._lock_path = self._path.with_name(f"{self._path.name}.lock")

    def load(self) -> Token | None:
        """Read the pair; ``None`` where there is no file yet.

        Raises:
            TokenStoreError: Others may read the file, its content is no token, or it cannot be read.
        """
        with _explained(self._path, "read"):
            try:
                descriptor = os.open(self._path, os.O_RDONLY)
            except FileNotFoundError:
                _refuse_missing_folder(self._path)
                return None
            with os.fdopen(descriptor, "rb") as file:
                _refuse_open_to_others(self._path, os.fstat(descriptor))
                content = file.read()
        return _decode(content, self._path)

    def save(self, token: Token) -> None:
        """Replace the pair; it is on the disk when this returns.

        Raises:
            TokenStoreError: The file cannot be written; the one that was there is untouched.
        """
        with _explained(self._path, "written"):
            descriptor, name = tempfile.mkstemp(prefix=f".{self._path.name}.", dir=self._path.parent)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(msgspec.json.encode(token))
                    file.flush()
                    os.fsync(descriptor)
                os.replace(name, self._path)  # noqa: PTH105  # a name in, a path out
            except BaseException:
                with suppress(OSError):
                    os.unlink(name)  # noqa: PTH108
                raise
            _sync_folder(self._path.parent)

    def try_lock(self) -> Release | None:
        """Take the right to refresh, or ``None`` where another thread, task or process has it.

        Raises:
            TokenStoreError: The lock file cannot be made or locked: found before the old pair is given away.
        """
        with _explained(self._lock_path, "locked"):
            return try_lock_file(self._lock_path)

    def __repr__(self) -> str:
        return f"FileTokenStore({str(self._path)!r})"


class SqliteTokenStore:
    """Keeps pairs in an SQLite database that only its owner may read (0600), each under a name.

    Beside the database lie lock files, one for each name; leave them there.
    """

    def __init__(self, path: str | os.PathLike[str], *, name: str = "default") -> None:
        """Name the database; it is made with the first token.

        Args:
            path: The database file.
            name: Which pair of it this is: the file may hold several.
        """
        self._path = Path(path).expanduser().resolve()
        self._name = name
        # A lock of its own: the database's ends with each transaction, and so would the right to refresh.
        named = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:16]
        self._lock_path = self._path.with_name(f"{self._path.name}.{named}.lock")

    def load(self) -> Token | None:
        """Read the pair; ``None`` where none was saved yet.

        Raises:
            TokenStoreError: Others may read the database, it is none, or it cannot be read.
        """
        with _explained(self._path, "read"):
            if not self._path.exists():
                _refuse_missing_folder(self._path)
                return None
            with self._connected() as connection:
                tables = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'factorialhr_tokens'").fetchone()
                query = "SELECT token FROM factorialhr_tokens WHERE name = ?"
                row = connection.execute(query, (self._name,)).fetchone() if tables else None
        return None if row is None else _decode(row[0], self._path)

    def save(self, token: Token) -> None:
        """Replace the pair; it is on the disk when this returns.

        Raises:
            TokenStoreError: The database cannot be written; the pair that was there is untouched.
        """
        with _explained(self._path, "written"), self._connected() as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(TABLE)
            row = (self._name, msgspec.json.encode(token))
            connection.execute("INSERT OR REPLACE INTO factorialhr_tokens VALUES (?, ?)", row)
            connection.commit()

    def try_lock(self) -> Release | None:
        """Take the right to refresh, or ``None`` where another thread, task or process has it.

        Raises:
            TokenStoreError: The database cannot be written: found before the old pair is given away.
        """
        with _explained(self._path, "locked"):
            self._check_writable()
            return try_lock_file(self._lock_path)

    def _check_writable(self) -> None:
        with self._connected() as connection:
            connection.execute("PRAGMA busy_timeout = 0")
            try:
                connection.execute("BEGIN IMMEDIATE")
                # A database that cannot be written takes part in BEGIN, but not in this, which changes nothing.
                connection.execute(TABLE)
                connection.execute("DELETE FROM factorialhr_tokens WHERE name IS NULL")
                connection.rollback()
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF not in _BUSY:
                    raise

    @contextmanager
    def _connected(self) -> Generator[sqlite3.Connection]:
        connection = self._connect()
        try:
            yield connection
        finally:
            connection.close()

    def _connect(self) -> sqlite3.Connection:
        # SQLite would make the file readable by all. One that is there is never opened here: closing it
        # would drop the locks that SQLite holds on it in this process.
        with suppress(FileExistsError):
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        _refuse_open_to_others(self._path, self._path.stat())
        connection = sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA synchronous = EXTRA")
        except BaseException:
            connection.close()
            raise
        return connection

    def __repr__(self) -> str:
        return f"SqliteTokenStore({str(self._path)!r}, name={self._name!r})"


TABLE = "CREATE TABLE IF NOT EXISTS factorialhr_tokens (name TEXT PRIMARY KEY, token BLOB NOT NULL)"
BUSY_SECONDS = 5
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_BY_SQLITE: dict[int, Reason] = {
    sqlite3.SQLITE_NOTADB: "corrupt",
    sqlite3.SQLITE_CORRUPT: "corrupt",
    sqlite3.SQLITE_READONLY: "read-only",
    sqlite3.SQLITE_FULL: "disk-full",
    sqlite3.SQLITE_PERM: "not-allowed",
    sqlite3.SQLITE_CANTOPEN: "not-allowed",
}
_BY_ERRNO: dict[int, Reason] = {
    errno.ENOENT: "no-folder",
    errno.ENOTDIR: "no-folder",
    errno.EACCES: "not-allowed",
    errno.EPERM: "not-allowed",
    errno.EROFS: "read-only",
    errno.ENOSPC: "disk-full",
    errno.EDQUOT: "disk-full",
    errno.ENOLCK: "no-locks",
    errno.EOPNOTSUPP: "no-locks",
}
_ADVICE: dict[Reason, str] = {
    "corrupt": "its content is no token: restore it, or delete it, authorise again and save the new token",
    "no-folder": "its folder does not exist: make it, for this user alone (mode 0700)",
    "not-allowed": "this user may not: give the file and its folder to the user that runs this program",
    "read-only": "the disk is read-only: choose a path on one that can be written",
    "disk-full": "the disk is full: make room",
    "no-locks": "the disk cannot lock files: choose a path on a local disk",
}


@contextmanager
def _explained(path: Path, done: str) -> Generator[None]:
    """Turn what the system or SQLite says into our error, with what to do about it."""
    try:
        yield
    except OSError as error:
        reason: Reason = _BY_ERRNO.get(error.errno or 0, "other")
        raise _store_error(path, done, reason, error.strerror or type(error).__name__) from error
    except sqlite3.Error as error:
        reason = _BY_SQLITE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, "other")
        raise _store_error(path, done, reason, type(error).__name__) from error


def _store_error(path: Path, done: str, reason: Reason, otherwise: str) -> TokenStoreError:
    return TokenStoreError(f"{path} cannot be {done}: {_ADVICE.get(reason, otherwise)}", reason=reason)


def _refuse_missing_folder(path: Path) -> None:
    if not path.parent.is_dir():
        raise _store_error(path, "read", "no-folder", "")


def _refuse_open_to_others(path: Path, found: os.stat_result) -> None:
    # Windows has no such bits: who may read is decided by the folder.
    if os.name == "posix" and stat.S_IMODE(found.st_mode) & 0o077:
        raise TokenStoreError(
            f"{path} holds tokens and others may open it: run 'chmod 600 {path}', and authorise again "
            "if somebody may have read it",
            reason="readable-by-others",
        )


def _decode(content: object, path: Path) -> Token:
    try:
        return msgspec.json.decode(content if isinstance(content, bytes | str) else b"", type=Token)
    except (msgspec.DecodeError, UnicodeDecodeError):
        # Not chained: a decoder's message may quote what it read.
        raise _store_error(path, "read", "corrupt", "") from None


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":  # pragma: no cover
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
