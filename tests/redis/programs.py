"""What the tests run in other processes."""

from __future__ import annotations

import sys

from factorialhr._pace.redis import RedisRateLimiter
from tests.pace.taking import waits


def main(url: str, writes: str, calls: str) -> None:
    """Wait for a line, take places, and print the seconds of each."""
    limiter = RedisRateLimiter(url, int(writes))
    limiter.paused_seconds()
    print("ready", flush=True)
    sys.stdin.readline()
    print(*waits(limiter, int(calls)))


if __name__ == "__main__":
    main(*sys.argv[1:])
