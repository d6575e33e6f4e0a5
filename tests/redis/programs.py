"""What the tests run in other processes."""

from __future__ import annotations

import sys

from factorialhr._pace.redis import RedisRateLimiter


def main(url: str, calls: str) -> None:
    """Wait for a line, take places, and print the seconds of each."""
    limiter = RedisRateLimiter(url)
    limiter.reserve("GET")
    print("ready", flush=True)
    sys.stdin.readline()
    print(*(limiter.reserve("POST") for _ in range(int(calls))))


if __name__ == "__main__":
    main(*sys.argv[1:])
