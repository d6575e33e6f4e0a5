"""Why a request got no response, in words, and whether trying again could change it.

Each backend wraps the same failure differently: the blocking one raises it, anyio hides it behind ``OSError`` and
exception groups, trio behind ``BrokenResourceError``. Only the innermost exceptions agree, so those are read.
"""

from __future__ import annotations

import errno
import re
import socket
import ssl
from collections.abc import Iterator
from types import FrameType
from typing import Final, NamedTuple, cast

import httpx

# With these the request never left: any verb may be sent again.
NEVER_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
PROXY_NEEDS_CREDENTIALS: Final = "407"
UNREACHABLE: Final = frozenset(
    {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN, errno.EADDRNOTAVAIL}
)
# What OpenSSL calls an answer that is no TLS; the name changed with its versions.
NOT_TLS: Final = frozenset({"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG", "HTTP_REQUEST"})
DEEPEST_CAUSE: Final = 20


class _Cause(NamedTuple):
    text: str
    """Completes a sentence that begins with the host."""
    permanent: bool = False
    """Whether the next attempt is bound to fail as well."""


_NAME = _Cause("could not be found: its name does not resolve; check the address and the network's DNS")
_REFUSED = _Cause("refused the connection: nothing listens on that port; check the address")
_NO_ROUTE = _Cause("cannot be reached from this network")
_SLOW = _Cause("did not accept the connection in time")
_HUNG_UP = _Cause("closed the connection while it was being set up")
_NO_TLS = _Cause("does not speak TLS on that port; check the port, or whether the address begins with http://", True)
_UNTRUSTED = _Cause(
    "has a TLS certificate from an issuer that is not trusted; "
    "if a proxy inspects TLS here, set SSL_CERT_FILE to a file with its CA certificate",
    True,
)
_OTHER_NAME = _Cause("has a TLS certificate for another name; check the address", True)
# Numbers of OpenSSL's x509_vfy.h. Its texts are not passed on: some quote what the server sent.
_CERTIFICATE: Final = {
    2: _UNTRUSTED,
    9: _Cause("has a TLS certificate that is not valid yet; check this machine's clock", True),
    10: _Cause("has a TLS certificate that has expired; check this machine's clock", True),
    18: _UNTRUSTED,
    19: _UNTRUSTED,
    20: _UNTRUSTED,
    21: _UNTRUSTED,
    62: _OTHER_NAME,
    64: _OTHER_NAME,
}


def never_sent(failure: httpx.RequestError) -> bool:
    """Whether the request surely did not reach the API: any verb may be sent again."""
    return isinstance(failure, NEVER_SENT) or _silent_proxy(failure) is not None


def is_permanent(failure: httpx.RequestError) -> bool:
    """Whether the next attempt would fail in the same way: a wrong certificate, no TLS, an unknown scheme.

    A proxy that refuses the credentials is permanent, too: trying again locks accounts.
    """
    if isinstance(failure, httpx.ProxyError):
        return _proxy_status(failure) == PROXY_NEEDS_CREDENTIALS
    if isinstance(failure, httpx.UnsupportedProtocol):
        return True
    cause = _cause_of_no_connection(failure) if isinstance(failure, httpx.ConnectError) else None
    return cause is not None and cause.permanent


def reason_of(failure: httpx.RequestError, request: httpx.Request) -> str:
    """Say why there was no response, and what to do if the caller can do something."""
    proxy = _silent_proxy(failure)
    # A CONNECT that failed is the proxy's doing; the API was not asked yet.
    peer = f"the proxy {proxy}" if proxy else _peer(failure, request)
    if isinstance(failure, httpx.TimeoutException):
        return _timeout_reason(failure, request, peer if proxy else None)
    if isinstance(failure, httpx.ProxyError):
        return _proxy_reason(failure, request)
    if isinstance(failure, httpx.ConnectError):
        cause = _cause_of_no_connection(failure)
        return f"{peer} {cause.text}" if cause else f"no connection to {peer}"
    if isinstance(failure, httpx.UnsupportedProtocol):
        return "the address must begin with http:// or https://"
    if isinstance(failure, httpx.RemoteProtocolError):
        return f"{peer} {_protocol_reason(str(failure))}"
    if isinstance(failure, httpx.ReadError):
        return f"{peer} closed the connection before the response was complete"
    if isinstance(failure, httpx.WriteError | httpx.CloseError):
        return f"{peer} closed the connection while the request was sent"
    if isinstance(failure, httpx.DecodingError):
        return f"the response of {peer} could not be decompressed"
    return f"the request to {peer} failed"


def _timeout_reason(failure: httpx.TimeoutException, request: httpx.Request, proxy: str | None) -> str:
    if isinstance(failure, httpx.ConnectTimeout):
        phase, text = "connect", f"no connection to {_peer(failure, request)}"
    elif isinstance(failure, httpx.PoolTimeout):
        phase, text = "pool", "no connection was free"
    elif isinstance(failure, httpx.WriteTimeout):
        phase, text = "write", "the request could not be sent"
    else:
        phase, text = "read", f"no answer from {proxy}" if proxy else "no answer"
    return f"{text} within {request.extensions['timeout'][phase]:g} s"


def _proxy_status(failure: httpx.ProxyError) -> str | None:
    # "503 Service Unavailable" of HTTP proxies; SOCKS proxies have no status.
    found = re.match(r"\d{3}\b", str(failure))
    return found[0] if found else None


def _proxy_reason(failure: httpx.ProxyError, request: httpx.Request) -> str:
    status = _proxy_status(failure)
    if status == PROXY_NEEDS_CREDENTIALS:
        return "the proxy answered 407: put its user and password into its URL, http://user:password@host:port"
    return f"the proxy refused to connect to {request.url.host}" + (f": {status}" if status else "")


def _protocol_reason(text: str) -> str:
    # Texts of httpcore and h11. They are compared, not shown: others quote what the server sent.
    if text.startswith("Server disconnected"):
        return "closed the connection without a response"
    if text.startswith("peer closed connection"):
        return "closed the connection before the response was complete"
    return "sent something that is not HTTP; check the address"


def _cause_of_no_connection(failure: BaseException) -> _Cause | None:
    for error in _causes(failure):
        cause = _cause_of(error)
        if cause is not None:
            return cause
    return None


def _cause_of(error: BaseException) -> _Cause | None:
    if isinstance(error, ssl.SSLCertVerificationError):
        code: object = getattr(error, "verify_code", None)  # an exception made by hand has none
        refused = _Cause(f"has a TLS certificate that was not accepted (OpenSSL error {code})", True)
        return _CERTIFICATE.get(code, refused) if isinstance(code, int) else refused
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError | ConnectionResetError | ConnectionAbortedError):
        return _HUNG_UP
    if isinstance(error, ssl.SSLError) and error.reason:
        return _NO_TLS if error.reason in NOT_TLS else _Cause(f"refused the TLS handshake ({error.reason})")
    if isinstance(error, socket.gaierror):
        return _NAME
    if isinstance(error, ConnectionRefusedError):
        return _REFUSED
    if isinstance(error, TimeoutError):
        return _SLOW
    if isinstance(error, OSError) and error.errno in UNREACHABLE:
        return _NO_ROUTE
    return None


def _causes(failure: BaseException) -> Iterator[BaseException]:
    """The failure and what led to it, from the outside in."""
    error: BaseException | None = failure
    for _ in range(DEEPEST_CAUSE):
        if error is None:
            return
        yield error
        if isinstance(error, BaseExceptionGroup):
            # One for each address of the host; one that refuses says more than one without a route.
            tried = cast("BaseExceptionGroup[BaseException]", error).exceptions
            for one in sorted(tried, key=lambda one: not isinstance(one, ConnectionRefusedError)):
                yield from _causes(one)
            return
        error = error.__cause__ or _wrapped(error)


def _wrapped(error: BaseException) -> BaseException | None:
    # httpcore raises its own again "from None", anyio hides why a stream ended. The context of any other exception
    # may be an error that the caller was handling when it called us, which explains nothing.
    return error.__context__ if type(error).__module__.partition(".")[0] in ("httpcore", "anyio") else None


def _frames(failure: BaseException) -> Iterator[FrameType]:
    """The frames that httpx and httpcore failed in, and none of what happened before."""
    for error in (failure, failure.__cause__):
        step = error.__traceback__ if error else None
        while step is not None:
            yield step.tb_frame
            step = step.tb_next


def _peer(failure: BaseException, request: httpx.Request) -> str:
    """The host that was talked to: the API's, or the proxy's that leads there."""
    host = request.url.host
    for frame in _frames(failure):
        # No exception names the host, but the methods of httpcore's network backends do, in their arguments.
        if frame.f_code.co_name in ("connect_tcp", "start_tls"):
            dialed: object = frame.f_locals.get("host") or frame.f_locals.get("server_hostname")
            if isinstance(dialed, str):
                return host if dialed == request.url.raw_host.decode("ascii") else f"the proxy {dialed}"
    return host


def _silent_proxy(failure: BaseException) -> str | None:
    """The host of a proxy that broke off while it was asked for a tunnel; then the request itself was not sent.

    httpcore raises the same exceptions for a CONNECT as for the request that follows it.
    """
    for frame in _frames(failure):
        asked: object = frame.f_locals.get("request")
        if getattr(asked, "method", None) == b"CONNECT":
            host: object = getattr(getattr(asked, "url", None), "host", b"")
            return host.decode("ascii") if isinstance(host, bytes) else ""
    return None
