"""The sandbox without a socket: an httpx transport for both halves."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator

import httpx

from factorialhr.testing.answers import Answer
from factorialhr.testing.server import Handle


class SandboxTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Answers in the caller's own thread or task; closing it does nothing, so clients may share it."""

    def __init__(self, handle: Handle, sleep: Callable[[float], object] = time.sleep) -> None:
        self._handle = handle
        self._sleep = sleep

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._ask(request, request.read())
        if answer.delay_seconds:
            self._sleep(answer.delay_seconds)
        return _response(answer, request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._ask(request, await request.aread())
        if answer.delay_seconds:
            import anyio

            await anyio.sleep(answer.delay_seconds)
        return _response(answer, request)

    def _ask(self, request: httpx.Request, body: bytes) -> Answer:
        path, _, query = request.url.raw_path.decode("ascii").partition("?")
        headers = dict(request.headers.items())
        headers["x-forwarded-proto"] = request.url.scheme
        return self._handle(request.method, path, query, headers, body)


def _response(answer: Answer, request: httpx.Request) -> httpx.Response:
    if answer.damage == "reset":
        raise httpx.ReadError("The sandbox broke the connection, as a fault said.", request=request)
    headers = [*answer.headers.items(), ("content-length", str(len(answer.body)))]
    if answer.damage == "truncate":
        return httpx.Response(answer.status, headers=headers, stream=_HalfOf(answer.body), request=request)
    return httpx.Response(answer.status, headers=headers, stream=httpx.ByteStream(answer.body), request=request)


class _HalfOf(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that breaks off."""

    def __init__(self, body: bytes) -> None:
        self._half = body[: len(body) // 2]

    def __iter__(self) -> Iterator[bytes]:
        yield self._half
        raise _broken_off()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._half
        raise _broken_off()


def _broken_off() -> httpx.RemoteProtocolError:
    return httpx.RemoteProtocolError("peer closed connection without sending complete message body")
