"""Why there was no response: in every way of waiting, with real sockets on loopback."""

from __future__ import annotations

import datetime as dt
import errno
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from typing import NamedTuple

import httpx
import pytest
import trustme

from factorialhr._core.errors import ApiConnectionError, ApiTimeoutError, connection_error
from factorialhr._core.reasons import is_permanent, never_sent, reason_of
from factorialhr._core.retry import wait_before_retry
from tests.support.peers import (
    Behavior,
    Way,
    closed_port,
    failure,
    hangs_up,
    in_every_way,
    is_silent,
    peer,
    request,
    resets,
    says,
)

EMPTY_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
HALF_AN_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"
TLS_ALERT = b"\x15\x03\x01\x00\x02\x02\x28"  # handshake_failure
YEAR = dt.timedelta(days=365)


class Trust(NamedTuple):
    client: ssl.SSLContext
    servers: dict[str, ssl.SSLContext]


@pytest.fixture(scope="module")
def trust() -> Trust:
    known, unknown, now = trustme.CA(), trustme.CA(), dt.datetime.now(dt.UTC)
    client = ssl.create_default_context()
    known.configure_trust(client)
    certificates = {
        "good": known.issue_cert("localhost"),
        "for another name": known.issue_cert("elsewhere.example"),
        "expired": known.issue_cert("localhost", not_before=now - 2 * YEAR, not_after=now - YEAR),
        "not valid yet": known.issue_cert("localhost", not_before=now + YEAR, not_after=now + 2 * YEAR),
        "of an unknown issuer": unknown.issue_cert("localhost"),
    }
    servers = {}
    for name, certificate in certificates.items():
        servers[name] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(servers[name])
    return Trust(client, servers)


@pytest.fixture
def peers() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


class Expected(NamedTuple):
    reason: str
    unsent: bool = True
    permanent: bool = False


def check(found: httpx.RequestError, outgoing: httpx.Request, expected: Expected) -> None:
    assert reason_of(found, outgoing) == expected.reason
    assert never_sent(found) is expected.unsent
    assert is_permanent(found) is expected.permanent
    for repeatable in (True, False):
        wait = wait_before_retry(0, found, repeatable=repeatable)
        assert (wait is not None) is ((repeatable or expected.unsent) and not expected.permanent)
    error = connection_error("POST tasks", outgoing, found)
    assert str(error) == f"POST tasks: {expected.reason} ({type(found).__name__})"
    assert error.maybe_received is not expected.unsent
    assert isinstance(error, ApiTimeoutError) is isinstance(found, httpx.TimeoutException)


@in_every_way
def test_a_name_that_does_not_resolve(way: Way, trust: Trust) -> None:
    outgoing = request("https://nosuch.invalid/")
    reason = "nosuch.invalid could not be found: its name does not resolve; check the address and the network's DNS"
    check(failure(way, outgoing, trust.client), outgoing, Expected(reason))


@in_every_way
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_closed_port(way: Way, host: str, trust: Trust) -> None:
    outgoing = request(f"https://{host}:{closed_port()}/")
    reason = f"{host} refused the connection: nothing listens on that port; check the address"
    check(failure(way, outgoing, trust.client), outgoing, Expected(reason))


CERTIFICATES = {
    "for another name": "for another name; check the address",
    "expired": "that has expired; check this machine's clock",
    "not valid yet": "that is not valid yet; check this machine's clock",
    "of an unknown issuer": "from an issuer that is not trusted; "
    "if a proxy inspects TLS here, set SSL_CERT_FILE to a file with its CA certificate",
}


@in_every_way
@pytest.mark.parametrize("certificate", CERTIFICATES)
def test_a_wrong_certificate(way: Way, certificate: str, trust: Trust, peers: ExitStack) -> None:
    outgoing = request(f"https://localhost:{peers.enter_context(peer(hangs_up, trust.servers[certificate]))}/")
    reason = f"localhost has a TLS certificate {CERTIFICATES[certificate]}"
    check(failure(way, outgoing, trust.client), outgoing, Expected(reason, permanent=True))


NO_TLS = "does not speak TLS on that port; check the port, or whether the address begins with http://"
SET_UP = "closed the connection while it was being set up"
WHILE_CONNECTING: dict[str, tuple[Behavior, Expected]] = {
    "http on an https port": (says(EMPTY_ANSWER), Expected(f"localhost {NO_TLS}", permanent=True)),
    "a refusal of TLS": (
        says(TLS_ALERT),
        Expected("localhost refused the TLS handshake (SSLV3_ALERT_HANDSHAKE_FAILURE)"),
    ),
    "hangs up": (hangs_up, Expected(f"localhost {SET_UP}")),
    "resets": (resets, Expected(f"localhost {SET_UP}")),
    "silent": (is_silent, Expected("no connection to localhost within 0.3 s")),
}


@in_every_way
@pytest.mark.parametrize("name", WHILE_CONNECTING)
def test_a_handshake_that_fails(way: Way, name: str, trust: Trust, peers: ExitStack) -> None:
    behavior, expected = WHILE_CONNECTING[name]
    outgoing = request(f"https://localhost:{peers.enter_context(peer(behavior))}/", 0.3 if name == "silent" else 5)
    check(failure(way, outgoing, trust.client), outgoing, expected)


WITHOUT_RESPONSE = Expected("localhost closed the connection without a response", unsent=False)
INCOMPLETE = Expected("localhost closed the connection before the response was complete", unsent=False)
AFTERWARDS: dict[str, tuple[Behavior, Expected]] = {
    "hangs up": (hangs_up, WITHOUT_RESPONSE),
    "resets": (resets, INCOMPLETE),
    "half a response": (says(HALF_AN_ANSWER), INCOMPLETE),
    "silent": (is_silent, Expected("no answer within 0.3 s", unsent=False)),
    # A server that wants TLS, as OpenSSL's own does it, tells so in TLS.
    "https on an http port": (
        says(TLS_ALERT + b"\r\n\r\n"),
        Expected("localhost sent something that is not HTTP; check the address", unsent=False),
    ),
}


@in_every_way
@pytest.mark.parametrize("name", AFTERWARDS)
def test_a_connection_that_breaks_afterwards(way: Way, name: str, trust: Trust, peers: ExitStack) -> None:
    behavior, expected = AFTERWARDS[name]
    outgoing = request(f"http://localhost:{peers.enter_context(peer(behavior))}/", 0.3)
    check(failure(way, outgoing, trust.client), outgoing, expected)


@in_every_way
def test_a_server_that_wants_tls_on_an_http_address(way: Way, trust: Trust, peers: ExitStack) -> None:
    outgoing = request(f"http://localhost:{peers.enter_context(peer(hangs_up, trust.servers['good']))}/")
    found = failure(way, outgoing, trust.client)
    assert reason_of(found, outgoing).startswith("localhost closed the connection ")
    assert not never_sent(found)


def refusal(status: str) -> Behavior:
    return says(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())


PROXIES: dict[str, tuple[Behavior, Expected]] = {
    "503": (refusal("503 Service Unavailable"), Expected("the proxy refused to connect to api.example: 503")),
    "407": (
        refusal("407 Proxy Authentication Required"),
        Expected(
            "the proxy answered 407: put its user and password into its URL, http://user:password@host:port",
            permanent=True,
        ),
    ),
    "hangs up": (hangs_up, Expected("the proxy localhost closed the connection without a response")),
    "resets": (resets, Expected("the proxy localhost closed the connection before the response was complete")),
    "silent": (is_silent, Expected("no answer from the proxy localhost within 0.3 s")),
    "no tunnel but an answer": (
        says(b"HTTP/1.1 200 OK\r\n\r\n", EMPTY_ANSWER),
        Expected(f"api.example {NO_TLS}", permanent=True),
    ),
}


@in_every_way
@pytest.mark.parametrize("name", PROXIES)
def test_a_proxy_that_makes_no_tunnel(way: Way, name: str, trust: Trust, peers: ExitStack) -> None:
    behavior, expected = PROXIES[name]
    proxy = httpx.Proxy(f"http://user:planted@localhost:{peers.enter_context(peer(behavior))}")
    outgoing = request("https://api.example/", 0.3 if name == "silent" else 5)
    check(failure(way, outgoing, trust.client, proxy), outgoing, expected)


@in_every_way
@pytest.mark.parametrize("scheme", ["http", "https", "socks5"])
def test_a_proxy_that_is_not_there(way: Way, scheme: str, trust: Trust) -> None:
    outgoing = request("https://api.example/")
    proxy = httpx.Proxy(
        f"{scheme}://localhost:{closed_port()}", ssl_context=trust.client if scheme == "https" else None
    )
    reason = "the proxy localhost refused the connection: nothing listens on that port; check the address"
    check(failure(way, outgoing, trust.client, proxy), outgoing, Expected(reason))


@in_every_way
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_with_a_wrong_certificate(way: Way, scheme: str, trust: Trust, peers: ExitStack) -> None:
    port = peers.enter_context(peer(hangs_up, trust.servers["expired"]))
    outgoing = request(f"{scheme}://api.example/")
    reason = "the proxy localhost has a TLS certificate that has expired; check this machine's clock"
    found = failure(way, outgoing, trust.client, httpx.Proxy(f"https://localhost:{port}", ssl_context=trust.client))
    check(found, outgoing, Expected(reason, permanent=True))


@in_every_way
def test_a_request_that_was_lost_in_a_tunnel_may_have_arrived(way: Way, trust: Trust, peers: ExitStack) -> None:
    def tunnel(connection: socket.socket) -> None:
        says(b"HTTP/1.1 200 Connected\r\n\r\n")(connection)
        with trust.servers["good"].wrap_socket(connection, server_side=True) as secured:
            hangs_up(secured)

    # The address of the request is never dialed: the tunnel ends in the proxy itself.
    outgoing = request("https://localhost/")
    proxy = httpx.Proxy(f"http://127.0.0.1:{peers.enter_context(peer(tunnel))}")
    found = failure(way, outgoing, trust.client, proxy)
    assert not never_sent(found)
    assert reason_of(found, outgoing).startswith("localhost closed the connection ")


@in_every_way
@pytest.mark.parametrize(("behavior", "expected"), [(resets, INCOMPLETE), (hangs_up, WITHOUT_RESPONSE)])
def test_what_the_caller_was_handling_explains_nothing(
    way: Way, behavior: Behavior, expected: Expected, trust: Trust, peers: ExitStack
) -> None:
    silent_proxy = httpx.Proxy(f"http://localhost:{peers.enter_context(peer(hangs_up))}")
    outgoing = request(f"http://localhost:{peers.enter_context(peer(behavior))}/")
    before = failure(way, request("https://api.example/"), trust.client, silent_proxy)
    assert never_sent(before)
    try:
        raise before
    except httpx.RequestError:
        found = failure(way, outgoing, trust.client)
    check(found, outgoing, expected)


def test_a_certificate_that_the_caller_was_told_of_explains_nothing() -> None:
    found = httpx.ConnectError("")
    found.__context__ = verification(10)
    check(found, request("https://api.example/"), Expected("no connection to api.example"))


@in_every_way
def test_an_unknown_scheme(way: Way, trust: Trust) -> None:
    outgoing = request("ftp://localhost/")
    reason = "the address must begin with http:// or https://"
    check(failure(way, outgoing, trust.client), outgoing, Expected(reason, permanent=True))


def chained(outer: httpx.RequestError, *inner: BaseException) -> httpx.RequestError:
    error: BaseException = outer
    for cause in inner:
        error.__cause__ = cause
        error = cause
    return outer


def verification(code: int | None) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError("planted")
    if code is not None:
        error.verify_code = code
    return error


REFUSED, NO_ROUTE = ConnectionRefusedError(errno.ECONNREFUSED, ""), OSError(errno.EHOSTUNREACH, "")
TABLE: dict[str, tuple[httpx.RequestError, Expected]] = {
    "nothing is known": (httpx.ConnectError("planted"), Expected("no connection to api.example")),
    "no route": (
        chained(httpx.ConnectError(""), NO_ROUTE),
        Expected("api.example cannot be reached from this network"),
    ),
    "several addresses": (
        chained(httpx.ConnectError(""), OSError("all failed"), ExceptionGroup("", [NO_ROUTE, REFUSED])),
        Expected("api.example refused the connection: nothing listens on that port; check the address"),
    ),
    "the system's own timeout": (
        chained(httpx.ConnectError(""), OSError("all failed"), TimeoutError(errno.ETIMEDOUT, "")),
        Expected("api.example did not accept the connection in time"),
    ),
    "a certificate of another kind": (
        chained(httpx.ConnectError(""), verification(23)),
        Expected("api.example has a TLS certificate that was not accepted (OpenSSL error 23)", permanent=True),
    ),
    "a certificate refused by another library": (
        chained(httpx.ConnectError(""), verification(None)),
        Expected("api.example has a TLS certificate that was not accepted (OpenSSL error None)", permanent=True),
    ),
    "a SOCKS proxy": (
        httpx.ProxyError("Proxy Server could not connect: planted."),
        Expected("the proxy refused to connect to api.example"),
    ),
    "no connection free": (httpx.PoolTimeout("planted"), Expected("no connection was free within 5 s")),
    "a slow upload": (
        httpx.WriteTimeout("planted"),
        Expected("the request could not be sent within 5 s", unsent=False),
    ),
    "an upload": (
        httpx.WriteError("planted"),
        Expected("api.example closed the connection while the request was sent", unsent=False),
    ),
    "compression": (
        httpx.DecodingError("planted"),
        Expected("the response of api.example could not be decompressed", unsent=False),
    ),
    "no HTTP": (
        httpx.RemoteProtocolError("illegal status line: planted"),
        Expected("api.example sent something that is not HTTP; check the address", unsent=False),
    ),
    "anything else": (httpx.LocalProtocolError("planted"), Expected("the request to api.example failed", unsent=False)),
}


@pytest.mark.parametrize("name", TABLE)
def test_other_failures(name: str) -> None:
    found, expected = TABLE[name]
    check(found, request("https://api.example/path?planted"), expected)


def test_a_chain_without_end_is_left() -> None:
    found, again = httpx.ConnectError(""), OSError("")
    found.__cause__, again.__cause__ = again, found
    check(found, request("https://api.example/"), Expected("no connection to api.example"))


def test_the_error_keeps_no_credential() -> None:
    outgoing = request("https://api.example/")
    outgoing.headers["x-api-key"] = "planted"
    error = connection_error("POST tasks", outgoing, httpx.ConnectError(""))
    assert isinstance(error, ApiConnectionError)
    assert "x-api-key" not in error.request.headers
