"""What the tests run in other processes, which share a rate limit in a file."""

from __future__ import annotations

import signal
import sys
import time

from factorialhr import FileRateLimiter
from tests.pace.taking import take_when_free


def take_many(path: str, writes: str, calls: str) -> None:
    """Wait for a line, take places, and print the seconds of each."""
    limiter = FileRateLimiter(path, int(writes))
    say("ready")
    sys.stdin.readline()
    print(*(take_when_free(limiter).wait_seconds for _ in range(int(calls))))


def hold(path: str) -> None:
    """Take a place, and stay in the middle of it, with the lock."""

    def clock() -> float:
        say("holding")
        signal.pause()
        return time.time()

    FileRateLimiter(path, clock=clock).take("POST")


def hear(path: str) -> None:
    """Print how long nobody may send, at each line."""
    limiter = FileRateLimiter(path)
    say("ready")
    for _ in sys.stdin:
        say(str(limiter.paused_seconds()))


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    {"take_many": take_many, "hold": hold, "hear": hear}[sys.argv[1]](*sys.argv[2:])
