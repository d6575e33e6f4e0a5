"""What all requests of a client have in common, worked out once: httpx completes headers anew for each request."""

from __future__ import annotations

import httpx

from factorialhr._core.wire import Timeouts, timeout_extension

# Servers refuse these without a length, be it that of nothing.
WITH_LENGTH = ("POST", "PUT", "PATCH")


class Prepared:
    """Makes the requests of one client that have no headers of their own."""

    def __init__(self, url: str, headers: tuple[tuple[bytes, bytes], ...], timeouts: Timeouts) -> None:
        self._headers = httpx.Headers(httpx.Request("GET", url, headers=headers).headers)
        self._extensions = timeout_extension(timeouts)

    def request(self, verb: str, url: str, content: bytes | None, timeouts: Timeouts | None) -> httpx.Request:
        """Make a request; given a ``stream``, httpx takes the headers as they are."""
        headers = self._headers
        if content is not None:
            typed = [] if "content-type" in headers else [(b"Content-Type", b"application/json")]
            headers = httpx.Headers([*headers.raw, *typed, (b"Content-Length", str(len(content)).encode())])
        elif verb in WITH_LENGTH:
            headers = httpx.Headers([*headers.raw, (b"Content-Length", b"0")])
        extensions = self._extensions if timeouts is None else timeout_extension(timeouts)
        stream = httpx.ByteStream(content or b"")
        request = httpx.Request(verb, url, headers=headers, stream=stream, extensions=extensions)
        request.read()  # for whoever looks at ``content``: mocks, and auth that signs bodies
        return request
