"""The sandbox on a socket: HTTP/1.1 on loopback, for programs in any language."""

from __future__ import annotations

import contextlib
import selectors
import socket
import socketserver
import struct
import threading
from collections.abc import Callable, Mapping
from http.client import responses
from http.server import BaseHTTPRequestHandler
from typing import Any, TypeAlias, cast

from factorialhr.testing.answers import Answer, RefusedError, error_answer
from factorialhr.testing.errors import SandboxError

Handle: TypeAlias = Callable[[str, str, str, Mapping[str, str], bytes], Answer]

LARGEST_BODY_BYTES = 64 * 1024 * 1024
LARGEST_CHUNK_LINE_BYTES = 1024


class _BadBodyError(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(status, message)
        self.status, self.message = status, message


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "factorialhr-sandbox"
    sys_version = ""
    disable_nagle_algorithm = True  # answers are small and must not wait for more
    wbufsize = 64 * 1024  # head and body leave in one piece

    @property
    def _listener(self) -> _Server:
        return cast("_Server", self.server)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the queries of HR programs are personal data."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002
        """What is no HTTP request gets the API's error body too, and no echo of its bytes."""
        self.close_connection = True
        self.request_version = (
            self.protocol_version
        )  # an unreadable first line passes for HTTP/0.9, which has no status
        text = responses.get(code, "Not a request")
        self._send(error_answer(RefusedError(code, text), None))

    def _answer(self) -> None:
        try:
            body = self._body()
        except _BadBodyError as bad:
            self.close_connection = True  # where the next request starts is unknown
            self._send(error_answer(RefusedError(bad.status, bad.message), None))
            return
        path, _, query = self.path.partition("?")
        headers: dict[str, str] = {}
        for name, value in self.headers.items():
            lower = name.lower()
            headers[lower] = f"{headers[lower]}, {value}" if lower in headers else value
        answer = self._listener.answer(self.command, path, query, headers, body)
        if answer.delay_seconds:
            self._listener.closing.wait(answer.delay_seconds)
        if answer.damage == "reset":
            self._reset()
        else:
            self._send(answer)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = _answer  # noqa: N815

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(answer.body)))
        if self.close_connection or answer.damage is not None:
            self.close_connection = True
            self.send_header("connection", "close")
        self.end_headers()
        if getattr(self, "command", None) != "HEAD":
            self.wfile.write(answer.body[: len(answer.body) // 2] if answer.damage == "truncate" else answer.body)

    def _reset(self) -> None:
        """End the connection with an RST, not with an orderly close."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    # -- bodies -------------------------------------------------------------------------------------

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("transfer-encoding", "").lower():
            return self._chunked_body()
        text = self.headers.get("content-length", "0").strip()
        if not (text.isascii() and text.isdecimal()):
            raise _BadBodyError(400, "Content-Length is not a number.")
        if len(text) > 18 or int(text) > LARGEST_BODY_BYTES:
            raise _BadBodyError(413, f"The body is larger than {LARGEST_BODY_BYTES} bytes.")
        return self._exactly(int(text))

    def _exactly(self, length: int) -> bytes:
        content = self.rfile.read(length)
        if len(content) < length:
            raise _BadBodyError(400, "The body is shorter than announced.")
        return content

    def _chunked_body(self) -> bytes:
        chunks: list[bytes] = []
        total = 0
        while True:
            line = self.rfile.readline(LARGEST_CHUNK_LINE_BYTES)
            try:
                length = int(line.split(b";")[0].strip(), 16)
            except ValueError:
                raise _BadBodyError(400, "A chunk of the body has no length.") from None
            total += length
            if length < 0 or total > LARGEST_BODY_BYTES:
                raise _BadBodyError(413, f"The body is larger than {LARGEST_BODY_BYTES} bytes.")
            if length == 0:
                break
            chunks.append(self._exactly(length))
            self.rfile.readline(LARGEST_CHUNK_LINE_BYTES)
        while self.rfile.readline(LARGEST_CHUNK_LINE_BYTES).strip():
            pass  # trailing headers
        return b"".join(chunks)


class _Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    allow_reuse_address = True
    daemon_threads = False
    request_queue_size = 128
    timeout = 0  # handle_request() is called when there is one

    def __init__(self, address: tuple[str, int], answer: Handle) -> None:
        self.answer = answer
        self.closing = threading.Event()
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._guard:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away in the middle is no news; the engine keeps its own failures."""

    def hang_up(self) -> None:
        """End the connections that wait for another request."""
        self.closing.set()
        with self._guard:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


class SandboxServer:
    """Listens until it is closed; every connection has a thread of its own."""

    def __init__(self, answer: Handle, host: str, port: int) -> None:
        """Start listening.

        Raises:
            SandboxError: The port is taken, or the host is none of this machine's.
        """
        try:
            self._server = _Server((host, port), answer)
        except (OSError, OverflowError) as error:
            raise SandboxError(
                f"cannot listen on {host}:{port} ({error}). Another server, maybe another sandbox, has this port: "
                "choose another one, or port 0 for any that is free"
            ) from error
        self.host = host
        self.port: int = self._server.server_address[1]
        self._wake, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="factorialhr-sandbox", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    def _run(self) -> None:
        # serve_forever() would poll; waiting for one byte ends the server at once.
        with selectors.DefaultSelector() as selector:
            selector.register(self._server, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while True:
                ready = [key.fileobj for key, _ in selector.select()]
                if self._woken in ready:
                    return
                self._server.handle_request()

    def close(self) -> None:
        self._wake.send(b"x")
        self._thread.join()
        self._server.hang_up()
        self._server.server_close()
        self._wake.close()
        self._woken.close()
