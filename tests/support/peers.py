"""Servers on loopback that behave badly, certificates, and one request in each of the three ways of waiting."""

from __future__ import annotations

import gc
import socket
import ssl
import struct
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Literal, TypeAlias

import anyio
import httpx
import pytest

Way: TypeAlias = Literal["blocking", "asyncio", "trio"]
Behavior: TypeAlias = Callable[[socket.socket], None]

in_every_way = pytest.mark.parametrize("way", ["blocking", "asyncio", "trio"])


@contextmanager
def peer(behavior: Behavior, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Listen on 127.0.0.1 and let each connection behave; gives the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        port = listener.getsockname()[1]
        done = threading.Event()

        def serve() -> None:
            while True:
                connection, _ = listener.accept()
                with connection:
                    if done.is_set():
                        return
                    connection.settimeout(10)
                    _behave(connection, behavior, tls)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield port
        finally:
            done.set()
            with socket.create_connection(("127.0.0.1", port)):  # closing alone does not wake accept()
                thread.join(10)
            assert not thread.is_alive()


def _behave(connection: socket.socket, behavior: Behavior, tls: ssl.SSLContext | None) -> None:
    with suppress(OSError):  # clients that refuse a certificate hang up first
        if tls is None:
            behavior(connection)
            return
        with tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False) as secured:
            secured.do_handshake()
            behavior(secured)


def says(*parts: bytes) -> Behavior:
    """Answer each thing that is received with the next part, then close."""

    def behave(connection: socket.socket) -> None:
        for part in parts:
            connection.recv(65536)
            connection.sendall(part)

    return behave


def hangs_up(connection: socket.socket) -> None:
    """Close after the first thing that is received."""
    connection.recv(65536)


def resets(connection: socket.socket) -> None:
    """Break the connection off after the first thing that is received."""
    connection.recv(65536)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def is_silent(connection: socket.socket) -> None:
    """Say nothing until the client gives up."""
    while connection.recv(65536):
        pass


def closed_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def request(url: str, seconds: float = 5.0) -> httpx.Request:
    timeouts = dict.fromkeys(("connect", "read", "write", "pool"), seconds)
    # Without a body the request is one packet, which a single recv() takes: bytes left unread reset a connection.
    return httpx.Request("POST", url, extensions={"timeout": timeouts})


def send(way: Way, outgoing: httpx.Request, trust: ssl.SSLContext, proxy: httpx.Proxy | None = None) -> httpx.Response:
    """Send one request over a transport of its own."""
    if way == "blocking":
        with httpx.HTTPTransport(verify=trust, proxy=proxy) as transport:
            response = transport.handle_request(outgoing)
            response.read()
            return response
    return anyio.run(_send, outgoing, trust, proxy, backend=way)


async def _send(outgoing: httpx.Request, trust: ssl.SSLContext, proxy: httpx.Proxy | None) -> httpx.Response:
    async with httpx.AsyncHTTPTransport(verify=trust, proxy=proxy) as transport:
        response = await transport.handle_async_request(outgoing)
        await response.aread()
        return response


def failure(
    way: Way, outgoing: httpx.Request, trust: ssl.SSLContext, proxy: httpx.Proxy | None = None
) -> httpx.RequestError:
    """Send a request that must fail."""
    with pytest.raises(httpx.RequestError) as caught:
        send(way, outgoing, trust, proxy)
    return caught.value


def foreign_failure(
    way: Way,
    kind: type[Exception],
    outgoing: httpx.Request,
    trust: ssl.SSLContext,
    proxy: httpx.Proxy | None = None,
) -> str:
    """Send a request that must fail with an error that httpcore does not know; gives its text."""
    with warnings.catch_warnings():
        # Then httpcore leaves the socket to the garbage collector.
        warnings.simplefilter("ignore", ResourceWarning)
        text = _text_of_failure(way, kind, outgoing, trust, proxy)
        gc.collect()
    return text


def _text_of_failure(
    way: Way, kind: type[Exception], outgoing: httpx.Request, trust: ssl.SSLContext, proxy: httpx.Proxy | None
) -> str:
    with pytest.raises(kind) as caught:
        send(way, outgoing, trust, proxy)
    return str(caught.value)
