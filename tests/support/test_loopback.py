"""The server that the other tests believe in."""

from __future__ import annotations

import os
import socket
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
import trustme

from tests.support.loopback import Answer, Listener, Loopback, Request, is_there, pause, reset, silence, whole
from tests.support.server import Server, answer

pytestmark = pytest.mark.usefixtures("without_proxies")

# The children use no thread of their parent.
forks = pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")


def echo(request: Request) -> bytes:
    return whole({"verb": request.verb, "path": request.path, "query": request.query, "body": request.body.decode()})


def test_a_request_reaches_the_function_and_its_answer_comes_back() -> None:
    with Loopback(echo) as server:
        response = httpx.post(f"{server.url}/a/b?c=%26", content=b"text", headers={"X-Who": "me"})
    assert response.json() == {"verb": "POST", "path": "/a/b", "query": {"c": "&"}, "body": "text"}
    assert response.headers["content-type"] == "application/json"
    (request,) = server.requests
    assert request.headers["x-who"] == "me"
    assert server.heads[0].startswith("POST /a/b?c=%26 HTTP/1.1\r\n")


def test_connections_are_kept_and_counted() -> None:
    with Loopback(echo) as server, httpx.Client() as first, httpx.Client() as second:
        for client in (first, first, second):
            client.get(server.url)
        assert (server.connections, server.accepted, server.open_now) == (2, 2, 2)
        first.close()
        server.wait_for(open_now=1)
        server.forget()
        assert (server.connections, server.most_open, server.requests) == (0, 1, [])
        second.get(server.url)
        assert (server.connections, server.accepted) == (1, 2)


def test_an_answer_that_closes_is_the_last_on_its_connection() -> None:
    with Loopback(lambda _: Answer((whole({}),), stays_open=False)) as server, httpx.Client() as client:
        for _ in range(2):
            client.get(server.url)
            assert server.closed.acquire(timeout=10)
    assert server.accepted == 2


@pytest.mark.parametrize(
    ("steps", "error"),
    [
        ((reset,), httpx.ReadError),
        ((), httpx.RemoteProtocolError),
        ((whole(b"half", length=8),), httpx.RemoteProtocolError),
        ((b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nha", reset), httpx.ReadError),
        ((silence,), httpx.ReadTimeout),
        ((whole(b"half", length=8), silence), httpx.ReadTimeout),
    ],
    ids=["reset", "nothing", "half", "half and reset", "silence", "half and silence"],
)
def test_an_answer_can_go_wrong(steps: tuple[Any, ...], error: type[Exception]) -> None:
    with Loopback(lambda _: Answer(steps, stays_open=False)) as server, pytest.raises(error):
        httpx.get(server.url, timeout=0.2)
    assert server.open_now == 0


def test_an_answer_can_come_in_pieces() -> None:
    sound = whole({"id": 1})
    with Loopback(lambda _: Answer((sound[:-3], pause(0.01), sound[-3:]))) as server:
        assert httpx.get(server.url).json() == {"id": 1}


def test_a_connection_can_break_before_its_request_is_read() -> None:
    with Loopback(echo, before=lambda: reset) as server, pytest.raises(httpx.ReadError):
        httpx.get(server.url)
    assert server.requests == []


def test_a_client_that_hangs_up_is_noticed() -> None:
    gone = threading.Event()

    def watch(connection: Any, _over: threading.Event) -> None:
        while is_there(connection):
            pass
        gone.set()

    with Loopback(lambda _: Answer((watch,), stays_open=False)) as server:
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(server.url, timeout=0.05)
        assert gone.wait(10)


def test_threads_are_answered_side_by_side() -> None:
    together = threading.Barrier(8, timeout=10)

    def answered(request: Request) -> bytes:
        together.wait()
        return echo(request)

    with Loopback(answered) as server, ThreadPoolExecutor(8) as pool:
        paths = list(pool.map(lambda number: httpx.get(f"{server.url}/{number}").json()["path"], range(8)))
    assert paths == [f"/{number}" for number in range(8)]
    assert server.most_open == 8


@forks
def test_a_connection_ends_though_a_child_holds_it_too() -> None:
    with (
        Loopback(lambda request: Answer((b"x",), stays_open=request.path == "/first")) as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=5) as client,
    ):
        client.sendall(b"GET /first HTTP/1.1\r\n\r\n")
        assert client.recv(1) == b"x"
        until_closed, end_of_child = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(end_of_child)
            os.read(until_closed, 1)
            os._exit(0)
        try:
            client.sendall(b"GET /last HTTP/1.1\r\n\r\n")
            assert [client.recv(1), client.recv(1)] == [b"x", b""]
        finally:
            os.close(end_of_child)
            os.close(until_closed)
            assert os.waitpid(child, 0)[1] == 0


@forks
def test_a_forked_child_is_answered_by_its_parent() -> None:
    with Loopback(echo) as server:
        child = os.fork()
        if child == 0:
            os._exit(0 if httpx.get(f"{server.url}/child").json()["path"] == "/child" else 1)
        assert os.waitpid(child, 0)[1] == 0
    assert [request.path for request in server.requests] == ["/child"]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def certified(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


def test_it_speaks_tls(authority: trustme.CA, certified: ssl.SSLContext) -> None:
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    with Loopback(echo, tls=certified) as server, httpx.Client(verify=trusting) as client:
        assert server.url.startswith("https://")
        for path in ("/one", "/two"):
            assert client.get(server.url + path).json()["path"] == path
        assert server.connections == 1


def test_a_client_that_refuses_the_certificate_disturbs_nobody(certified: ssl.SSLContext) -> None:
    with Loopback(echo, tls=certified) as server, pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(server.url)
    assert (server.accepted, server.requests) == (1, [])


def test_what_is_no_http_is_a_listener() -> None:
    def talk(connection: socket.socket, _over: threading.Event) -> None:
        connection.recv(1000)
        connection.sendall(b"no HTTP\r\n\r\n")

    with Listener(talk) as server, pytest.raises(httpx.RemoteProtocolError):
        httpx.get(server.url)
    assert server.accepted == 1


def test_a_script_answers_one_request_a_step() -> None:
    with Server(answer({"id": 1}), answer({"id": 2}, status="201 Created")) as server, httpx.Client() as client:
        assert [client.get(server.url).json() for _ in range(2)] == [{"id": 1}, {"id": 2}]
        with pytest.raises(httpx.RemoteProtocolError):
            client.get(server.url)
    assert (server.accepted, len(server.heads)) == (3, 3)
