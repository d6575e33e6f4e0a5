"""A body that is never read to its end, for both halves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import httpx


class Interruption(BaseException):
    """Stands for KeyboardInterrupt, and for the cancellation of a task."""


class HalfWay(httpx.AsyncByteStream, httpx.SyncByteStream):
    """Begins, and is interrupted; it counts how often it was closed."""

    def __init__(self) -> None:
        self.closed = 0

    def __iter__(self) -> Iterator[bytes]:
        yield b"{"
        raise Interruption

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"{"
        raise Interruption

    def close(self) -> None:
        self.closed += 1

    async def aclose(self) -> None:
        self.closed += 1
