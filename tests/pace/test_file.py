"""The rate limit in a file: what may lie there, who may read it, and what cannot be used."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from factorialhr import ConfigurationError, FileRateLimiter, RateLimiterError
from factorialhr._pace.window import Window
from tests.pace.clock import Clock
from tests.pace.taking import take, waits

posix = pytest.mark.skipif(os.name != "posix", reason="bits and links of POSIX")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "limit"


@pytest.fixture
def limiter(path: Path, clock: Clock) -> FileRateLimiter:
    return FileRateLimiter(path, 1, clock=clock)


def test_limiters_of_one_file_share_its_places_and_its_pause(path: Path, clock: Clock) -> None:
    one, other = (FileRateLimiter(path, 2, clock=clock) for _ in range(2))
    ticket = take(one)
    assert [waits(other, 1), waits(one, 1)] == [[0.0], [61.0]]
    ticket.give_back()
    assert waits(other, 1) == [0.0]
    other.pause(30)
    assert one.paused_seconds() == 30
    apart = FileRateLimiter(path.with_name("apart"), 2, clock=clock)
    assert (apart.paused_seconds(), waits(apart, 1)) == (0.0, [0.0])


DAMAGED = {
    "empty": b"",
    "garbage": b"garbage",
    "no text": b"\xff\xfe\x00",
    "list": b"[-1e9, 9e9, 0]",
    "number": b"7",
    "null": b"null",
    "text for moments": b'{"planned": ["a"], "paused_until": 0}',
    "no list": b'{"planned": 5, "paused_until": 0}',
    "not a number": b'{"planned": [NaN], "paused_until": 0}',
    "infinite": b'{"planned": [1e999], "paused_until": 0}',
    "infinite pause": b'{"planned": [], "paused_until": 1e999}',
    "not sorted": b'{"planned": [1000000, 999999], "paused_until": 0}',
    "far future": b'{"planned": [1e12], "paused_until": 1e12}',
    "an hour and more": b'{"planned": [1003700], "paused_until": 1003700}',
    "far past": b'{"planned": [-1e12], "paused_until": -1e12}',
    "deep": b"[" * 100_000,
    "deep in a window": b'{"planned": ' + b"[" * 100_000,
    "deep beside a window": b'{"other": ' + b"[" * 100_000,
    "half": b'{"planned": [1000000.0',
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_an_empty_window(content: bytes, path: Path, limiter: FileRateLimiter, clock: Clock) -> None:
    path.write_bytes(content)
    assert limiter.paused_seconds() == 0
    assert waits(limiter, 1) == [0.0]
    assert msgspec.json.decode(path.read_bytes(), type=Window).planned == (clock.now,)
    assert waits(limiter, 1) == [61.0]


def test_a_deleted_file_is_an_empty_window(path: Path, limiter: FileRateLimiter) -> None:
    waits(limiter, 3)
    path.unlink()
    assert limiter.paused_seconds() == 0
    assert waits(limiter, 1) == [0.0]


def test_a_ticket_of_a_file_that_was_deleted_returns_nothing(
    path: Path, limiter: FileRateLimiter, clock: Clock
) -> None:
    ticket = take(limiter)
    path.unlink()
    clock.now += 1
    take(limiter)
    ticket.give_back()
    assert waits(limiter, 1) == [61.0]


@posix
@pytest.mark.parametrize("umask", [0o000, 0o022])
def test_only_its_user_may_open_the_file(path: Path, limiter: FileRateLimiter, umask: int) -> None:
    path.touch(0o644)
    path.chmod(0o644)
    before = os.umask(umask)
    try:
        waits(limiter, 1)
        limiter.pause(1)
    finally:
        os.umask(before)
    found = {one.name: stat.S_IMODE(one.stat().st_mode) for one in path.parent.iterdir()}
    assert found == {"limit": 0o600, "limit.lock": 0o600}


def operations(limiter: FileRateLimiter) -> list[Callable[[], object]]:
    return [lambda: limiter.take("POST"), lambda: limiter.pause(1)]


@posix
@pytest.mark.parametrize("name", ["limit", "limit.lock"])
@pytest.mark.parametrize("target", ["there", "dangling"])
def test_a_link_that_was_planted_is_refused_and_its_target_untouched(
    path: Path, limiter: FileRateLimiter, name: str, target: str, tmp_path: Path
) -> None:
    aim = tmp_path / "precious"
    if target == "there":
        aim.write_text("precious")
    path.with_name(name).symlink_to(aim)
    for operation in operations(limiter):
        with pytest.raises(
            RateLimiterError, match=r"cannot be used for the rate limit: it is a link; nothing was sent"
        ):
            operation()
    assert path.with_name(name).is_symlink()
    assert aim.exists() is (target == "there")
    assert not aim.exists() or aim.read_text() == "precious"


@posix
def test_a_link_in_place_of_the_file_is_not_read(path: Path, limiter: FileRateLimiter, tmp_path: Path) -> None:
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RateLimiterError, match="it is a link"):
        limiter.paused_seconds()


@posix
@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_a_link_planted_where_the_file_is_prepared_is_removed(
    path: Path, limiter: FileRateLimiter, tmp_path: Path, link: Callable[[Path, Path], None]
) -> None:
    aim = tmp_path / "precious"
    aim.write_text("precious")
    link(aim, path.with_name("limit.new"))
    assert waits(limiter, 2) == [0.0, 61.0]
    assert aim.read_text() == "precious"
    assert not path.with_name("limit.new").exists()


@posix
def test_a_folder_may_be_a_link(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert waits(FileRateLimiter(tmp_path / "link" / "limit", 1, clock=clock), 1) == [0.0]
    assert (tmp_path / "real" / "limit").exists()


def test_the_working_directory_may_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    limiter = FileRateLimiter("limit")
    monkeypatch.chdir(tmp_path / "elsewhere")
    waits(limiter, 1)
    assert (tmp_path / "limit").exists()


def make_folder(path: Path) -> None:
    path.mkdir()


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


@posix
@pytest.mark.parametrize("plant", [make_folder, make_pipe])
def test_what_is_no_file_is_refused_at_once(
    path: Path, limiter: FileRateLimiter, plant: Callable[[Path], None]
) -> None:
    plant(path)
    for operation in [*operations(limiter), limiter.paused_seconds]:
        with pytest.raises(RateLimiterError, match="cannot be used for the rate limit: it is no regular file"):
            operation()


def test_a_folder_that_is_gone_is_an_error_of_the_limiter(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    limiter = FileRateLimiter(tmp_path / "folder" / "limit")
    ticket = take(limiter)
    for name in ("limit", "limit.lock"):
        (tmp_path / "folder" / name).unlink()
    (tmp_path / "folder").rmdir()
    for operation in operations(limiter):
        with pytest.raises(RateLimiterError, match="No such file or directory; nothing was sent") as caught:
            operation()
        assert isinstance(caught.value.__cause__, OSError)
    ticket.give_back()
    (tmp_path / "folder").mkdir()
    assert waits(limiter, 1) == [0.0]


def test_a_place_that_could_not_be_returned_is_returned_once_the_disk_works(
    path: Path, limiter: FileRateLimiter, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = take(limiter)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(Path, "replace", full)
        with pytest.raises(RateLimiterError, match=r"limit cannot be used for the rate limit: No space left on device"):
            limiter.take("POST")
        ticket.give_back()
    assert waits(limiter, 1) == [0.0]
    assert sorted(one.name for one in path.parent.iterdir()) == ["limit", "limit.lock"]


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="does not exist: create it first"):
        FileRateLimiter(tmp_path / "folder" / "a")


def test_making_one_touches_nothing(path: Path, limiter: FileRateLimiter) -> None:
    assert list(path.parent.iterdir()) == []
    assert repr(limiter) == f"FileRateLimiter({str(path)!r})"
