"""The stores: what they keep, who may read it, who may refresh, and every way in which a disk can fail."""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from factorialhr._auth import stores as token_stores
from factorialhr._auth.oauth import Token
from factorialhr._auth.stores import (
    FileTokenStore,
    MemoryTokenStore,
    SqliteTokenStore,
    TokenStore,
    TokenStoreError,
)
from factorialhr._system import locks
from tests.oauth.server import START, pair

PERSISTENT: dict[str, Callable[[Path], Any]] = {"file": FileTokenStore, "sqlite": SqliteTokenStore}
ALL: dict[str, Callable[[Path], Any]] = {**PERSISTENT, "memory": lambda _: MemoryTokenStore()}
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no permission bits")


@pytest.fixture(params=ALL.values(), ids=ALL)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    return request.param(tmp_path / "tokens")


@pytest.fixture(params=PERSISTENT.values(), ids=PERSISTENT)
def kind(request: pytest.FixtureRequest) -> Any:
    return request.param


def test_it_keeps_the_last_pair_whole(store: Any) -> None:
    assert isinstance(store, TokenStore)
    assert store.load() is None
    for number in (1, 2):
        token = Token(
            access_token=f"a{number}", refresh_token=f"r{number}", expires_at=START, scope="x", created_at=START
        )
        store.save(token)
        assert store.load() == token
    store.save(Token(access_token="company"))
    assert store.load() == Token(access_token="company")


def test_one_has_the_lock_at_a_time(store: Any) -> None:
    release = store.try_lock()
    assert release is not None
    assert store.try_lock() is None
    release()
    again = store.try_lock()
    assert again is not None
    again()


def test_the_holder_can_read_and_save_and_saves_for_good(kind: Any, tmp_path: Path) -> None:
    store, other = kind(tmp_path / "tokens"), kind(tmp_path / "tokens")
    store.save(pair(1))
    release = store.try_lock()
    assert other.try_lock() is None
    assert other.load() == store.load() == pair(1)
    store.save(pair(2))
    assert other.load() == pair(2)
    release()
    release()
    assert store.load() == pair(2)
    taken = other.try_lock()
    assert taken is not None
    taken()


def test_a_lock_given_back_without_saving_changes_nothing(store: Any) -> None:
    store.save(pair(1))
    store.try_lock()()
    assert store.load() == pair(1)


def test_a_database_holds_several_pairs(tmp_path: Path) -> None:
    one, two = SqliteTokenStore(tmp_path / "db", name="one"), SqliteTokenStore(tmp_path / "db", name="two")
    one.save(pair(1))
    assert two.load() is None
    two.save(pair(2))
    assert (one.load(), two.load()) == (pair(1), pair(2))


def test_who_holds_the_lock_keeps_it_while_saving(kind: Any, tmp_path: Path) -> None:
    one, two = kind(tmp_path / "tokens"), kind(tmp_path / "tokens")
    one.save(pair(1))
    release = one.try_lock()
    one.save(pair(2))
    assert two.try_lock() is None
    assert two.load() == pair(2)
    release()
    two.try_lock()()


def test_each_pair_of_a_database_has_a_lock_of_its_own(tmp_path: Path) -> None:
    one, two = SqliteTokenStore(tmp_path / "db", name="one"), SqliteTokenStore(tmp_path / "db", name="two/\ud83d")
    release, other = one.try_lock(), two.try_lock()
    assert release is not None
    assert other is not None
    assert SqliteTokenStore(tmp_path / "db", name="one").try_lock() is None
    release()
    other()


def test_a_database_that_somebody_writes_can_be_written(tmp_path: Path) -> None:
    store = SqliteTokenStore(tmp_path / "db")
    store.save(pair(1))
    writer = sqlite3.connect(tmp_path / "db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    release = store.try_lock()
    assert release is not None
    release()
    writer.close()


@posix
def test_only_the_owner_may_read(kind: Any, tmp_path: Path) -> None:
    mask = os.umask(0)
    try:
        store = kind(tmp_path / "tokens")
        store.save(pair(1))
        release = store.try_lock()
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
        release()
    finally:
        os.umask(mask)
    assert set(modes.values()) == {0o600}, modes


def test_the_folder_holds_nothing_else(kind: Any, tmp_path: Path) -> None:
    store = kind(tmp_path / "tokens")
    for number in range(3):
        release = store.try_lock()
        store.save(pair(number))
        release()
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names[0] == "tokens"
    assert [name.startswith("tokens.") and name.endswith(".lock") for name in names[1:]] == [True]


@posix
def test_a_symbolic_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "tokens"
    link.symlink_to(tmp_path / "real" / "tokens")
    FileTokenStore(link).save(pair(1))
    assert link.is_symlink()
    assert FileTokenStore(tmp_path / "real" / "tokens").load() == pair(1)


def test_a_path_means_the_same_when_the_working_directory_changes(
    tmp_path: Path, kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store = kind("tokens")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    store.save(pair(1))
    assert (tmp_path / "tokens").exists()


CORRUPT = [
    b"",
    b"canary",
    b"\xff\xfe",
    b"[]",
    b"{}",
    b'{"access_token": ""}',
    b'{"access_token": 7}',
    b'{"access_token": "canary", "refresh_token": "cana',
    b'{"access_token": "canary", "expires_at": "2026-01-01T00:00:00"}',
]


@pytest.mark.parametrize("content", CORRUPT)
def test_a_corrupt_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "tokens"
    path.write_bytes(content)
    path.chmod(0o600)
    expect(FileTokenStore(path).load, "corrupt", "authorise again")
    assert path.read_bytes() == content


@pytest.mark.parametrize("content", CORRUPT[1:])
def test_a_corrupt_row_is_named(tmp_path: Path, content: bytes) -> None:
    store = SqliteTokenStore(tmp_path / "tokens")
    store.save(pair(1))
    connection = sqlite3.connect(tmp_path / "tokens")
    connection.execute("UPDATE factorialhr_tokens SET token = ?", (content,))
    connection.commit()
    connection.close()
    expect(store.load, "corrupt", "authorise again")


def test_a_corrupt_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "tokens"
    path.write_bytes(b"canary" * 1000)
    path.chmod(0o600)
    store = SqliteTokenStore(path)
    expect(store.load, "corrupt", "authorise again")
    expect(store.try_lock, "corrupt", "authorise again")
    expect(lambda: store.save(pair(1)), "corrupt", "authorise again")


@posix
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620])
def test_a_file_that_others_may_open_is_refused(kind: Any, tmp_path: Path, mode: int) -> None:
    path = tmp_path / "tokens"
    store = kind(path)
    store.save(pair(1))
    path.chmod(mode)
    expect(store.load, "readable-by-others", f"chmod 600 {path}")
    path.chmod(0o600)
    assert store.load() == pair(1)


def test_a_missing_folder_is_named(kind: Any, tmp_path: Path) -> None:
    store = kind(tmp_path / "missing" / "tokens")
    expect(store.load, "no-folder", "make it")
    expect(store.try_lock, "no-folder", "make it")
    expect(lambda: store.save(pair(1)), "no-folder", "make it")


DISKS = {
    errno.EROFS: ("read-only", "choose a path"),
    errno.ENOSPC: ("disk-full", "make room"),
    errno.EACCES: ("not-allowed", "give the file"),
    errno.EIO: ("other", os.strerror(errno.EIO)),
}


@pytest.mark.parametrize("number", DISKS)
@pytest.mark.parametrize("function", ["mkstemp", "fsync", "replace"])
def test_a_disk_that_cannot_be_written_keeps_the_old_pair(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, function: str
) -> None:
    store = FileTokenStore(tmp_path / "tokens")
    store.save(pair(1))

    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(token_stores.tempfile if function == "mkstemp" else os, function, fail)
        expect(lambda: store.save(pair(2)), *DISKS[number])
    assert store.load() == pair(1)
    assert [path.name for path in tmp_path.iterdir()] == ["tokens"]


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES])
def test_a_disk_that_cannot_be_written_is_found_before_the_pair_is_given_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "open", fail)
    expect(FileTokenStore(tmp_path / "tokens").try_lock, *DISKS[number])


@posix
def test_a_disk_that_cannot_lock_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int, operation: int) -> None:
        if operation != locks.fcntl.LOCK_UN:
            raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(locks.fcntl, "flock", fail)
    expect(FileTokenStore(tmp_path / "tokens").try_lock, "no-locks", "local disk")
    assert len(locks._descriptors) == 0


def test_a_database_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = SqliteTokenStore(tmp_path / "tokens")
    store.save(pair(1))
    connect = sqlite3.connect

    def read_only(path: Path, **options: Any) -> sqlite3.Connection:
        return connect(f"file:{path}?mode=ro", uri=True, **options)

    monkeypatch.setattr(sqlite3, "connect", read_only)
    expect(store.try_lock, "read-only", "choose a path")
    expect(lambda: store.save(pair(2)), "read-only", "choose a path")
    assert store.load() == pair(1)


@posix
def test_a_lock_file_deleted_or_replaced_meanwhile_is_not_taken_for_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "lock"
    lock = locks._lock
    for instead in (path.unlink, lambda: (tmp_path / "new").replace(path)):
        (tmp_path / "new").touch()

        def raced(descriptor: int, instead: Callable[[], object] = instead) -> bool:
            instead()
            return lock(descriptor)

        with monkeypatch.context() as patch:
            patch.setattr(locks, "_lock", raced)
            assert locks.try_lock_file(path) is None
        release = locks.try_lock_file(path)
        assert release is not None
        release()
    assert len(locks._descriptors) == 0


def expect(call: Callable[[], object], reason: str, advice: str) -> None:
    with pytest.raises(TokenStoreError) as caught:
        call()
    assert caught.value.reason == reason
    assert advice in str(caught.value)
    assert "canary" not in str(caught.value)
    assert "canary" not in str(caught.value.__cause__)
