"""Real processes that share a rate limit in a file, stop in the middle, and are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from factorialhr import FileRateLimiter
from tests.pace.taking import take, waits

ROOT = Path(__file__).parents[2]
AT_ONCE_SECONDS = 0.5
Start = Callable[..., subprocess.Popen[str]]

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


@pytest.fixture
def start() -> Iterator[Start]:
    running: list[subprocess.Popen[str]] = []

    def started(*arguments: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-W", "error", "-m", "tests.pace.programs", *map(str, arguments)]
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        running.append(process)
        return process

    yield started
    for process in running:
        process.kill()
        process.communicate(timeout=10)


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def ask(process: subprocess.Popen[str]) -> str:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()
    return line(process)


def test_four_processes_get_as_many_places_as_there_are(start: Start, tmp_path: Path) -> None:
    path, writes, calls = tmp_path / "limit", 120, 50
    running = [start("take_many", path, writes, calls) for _ in range(4)]
    assert [line(process) for process in running] == ["ready"] * 4
    begun = time.monotonic()
    for process in running:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    found = [float(wait) for process in running for wait in process.communicate(timeout=60)[0].split()]
    assert [process.returncode for process in running] == [0] * 4
    assert time.monotonic() - begun < 60, "so slow that places came back meanwhile"
    assert len(found) == 4 * calls
    assert found.count(0.0) == writes
    assert min(wait for wait in found if wait) > 0.9
    assert len(FileRateLimiter(path)._read().planned) == 4 * calls


def test_a_pause_reaches_the_other_processes(start: Start, tmp_path: Path) -> None:
    other = start("hear", tmp_path / "limit")
    assert line(other) == "ready"
    assert ask(other) == "0.0"
    FileRateLimiter(tmp_path / "limit").pause(40)
    assert 30 < float(ask(other)) <= 40


def test_a_stopped_holder_is_not_waited_for_and_a_killed_one_holds_nothing(start: Start, tmp_path: Path) -> None:
    limiter = FileRateLimiter(tmp_path / "limit", 1)
    ticket = take(limiter)
    holder = start("hold", tmp_path / "limit")
    assert line(holder) == "holding"
    holder.send_signal(signal.SIGSTOP)
    # Whoever waits for it all the same is to fail here, not to hang.
    rescue = threading.Timer(10 * AT_ONCE_SECONDS, holder.kill)
    rescue.start()
    begun = time.monotonic()
    assert limiter.take("POST") is None
    assert limiter.pause(5) is False
    assert limiter.paused_seconds() == 0
    ticket.give_back()
    assert time.monotonic() - begun < AT_ONCE_SECONDS
    assert len(limiter._read().planned) == 1
    rescue.cancel()
    rescue.join()
    holder.kill()
    holder.wait(10)
    # The killed process took nothing, and the place that could not be returned is there.
    assert waits(limiter, 1) == [0.0]
    assert len(limiter._read().planned) == 1
