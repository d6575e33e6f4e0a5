"""The sandbox on a socket: whatever comes in, an answer or a closed connection goes out."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator

import httpx
import pytest

from factorialhr.testing import Sandbox, SandboxError

PATH = "/api/2026-10-01/resources/trainings/sessions"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(employees=3) as running:
        yield running


def _talk(sandbox: Sandbox, sent: bytes) -> bytes:
    """Send bytes, close our side, and read until the other side closes."""
    port = int(sandbox.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    return received


def _request(sandbox: Sandbox, line: str, *headers: str, body: bytes = b"") -> bytes:
    lines = [line, "Host: x", f"x-api-key: {sandbox.api_key}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def test_connections_are_kept_and_answers_leave_at_once(sandbox: Sandbox) -> None:
    with httpx.Client(base_url=sandbox.url, headers={"x-api-key": sandbox.api_key}) as client:
        client.get(PATH)
        started = time.perf_counter()
        for _ in range(20):
            assert client.get(PATH).http_version == "HTTP/1.1"
        # Small answers that wait for an acknowledgement take 40 ms each.
        assert time.perf_counter() - started < 0.7


@pytest.mark.parametrize(
    ("status", "sent"),
    [
        (None, b"\r\n\r\n"),
        (400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256))),
        (400, b"GET\r\n\r\n"),
        (505, b"GET / HTTP/9.9\r\n\r\n"),
        (400, b"GET / HTTP/x\r\n\r\n"),
        (501, b"BREW /pot HTTP/1.1\r\nHost: x\r\n\r\n"),
        (414, b"GET " + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n"),
        (431, b"GET / HTTP/1.1\r\n" + b"".join(b"x%d: y\r\n" % number for number in range(200)) + b"\r\n"),
        (431, b"GET / HTTP/1.1\r\nx: " + b"y" * 70_000 + b"\r\n\r\n"),
        (400, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: minus one\r\n\r\n"),
        (400, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"),
        (413, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n"),
        (400, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nshort"),
        (400, b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        (413, b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n"),
        (413, b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\n"),
        (400, b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"),
    ],
    ids=range(17),
)
def test_bytes_that_are_no_request_get_a_clear_answer(
    sandbox: Sandbox, status: int | None, sent: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    received = _talk(sandbox, sent)
    if status is None:
        assert received == b""
    else:
        head, _, body = received.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 %d " % status)
        assert json.loads(body)["errors"][0]["error"]
    with httpx.Client(base_url=sandbox.url, headers={"x-api-key": sandbox.api_key}) as client:
        assert client.get(PATH).status_code == 200  # still there
    assert sandbox.failures == []
    assert capfd.readouterr() == ("", "")


def test_a_client_that_goes_away_disturbs_nobody(sandbox: Sandbox, capfd: pytest.CaptureFixture[str]) -> None:
    port = int(sandbox.url.rpartition(":")[2])
    for _ in range(5):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.sendall(b"GET /api/2026-10-01/resources/employees/employees HTTP/1.1\r\nHo")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        connection.close()
    assert _talk(sandbox, _request(sandbox, f"GET {PATH} HTTP/1.1")).startswith(b"HTTP/1.1 200")
    assert capfd.readouterr() == ("", "")


def test_chunked_bodies_and_head(sandbox: Sandbox) -> None:
    body = b'{"name": "n", "training_id": "%d"}' % sandbox.table("trainings/trainings").records[0]["id"]
    chunks = b"%x\r\n%s\r\n%x;extension\r\n%s\r\n0\r\nTrailer: x\r\n\r\n" % (10, body[:10], len(body) - 10, body[10:])
    received = _talk(
        sandbox,
        _request(
            sandbox,
            f"POST {PATH} HTTP/1.1",
            "Transfer-Encoding: chunked",
            "Content-Type: application/json",
            body=chunks,
        ),
    )
    assert received.startswith(b"HTTP/1.1 201")
    head = _talk(sandbox, _request(sandbox, f"HEAD {PATH} HTTP/1.1"))
    assert head.startswith(b"HTTP/1.1 404")
    assert head.endswith(b"\r\n\r\n")  # no body


def test_many_clients_at_once_lose_no_write(sandbox: Sandbox) -> None:
    training = str(sandbox.table("trainings/trainings").records[0]["id"])
    before = len(sandbox.table("trainings/sessions"))
    keys: list[str] = []

    def write() -> None:
        with httpx.Client(base_url=sandbox.url, headers={"x-api-key": sandbox.api_key}) as client:
            for _ in range(10):
                keys.append(client.post(PATH, json={"name": "n", "training_id": training}).json()["id"])

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(keys)) == 80
    assert len(sandbox.table("trainings/sessions")) == before + 80


def test_two_servers_on_one_port() -> None:
    with Sandbox() as first:
        port = int(first.url.rpartition(":")[2])
        with pytest.raises(SandboxError, match=f"127.0.0.1:{port}.*choose another"):
            Sandbox(port=port).start()
    with Sandbox(port=port) as second:  # free again at once
        assert second.url.endswith(f":{port}")


@pytest.mark.parametrize("settings", [{"port": 99_999}, {"host": "192.0.2.1"}])
def test_addresses_that_cannot_be_had(settings: dict[str, object]) -> None:
    with pytest.raises(SandboxError, match="cannot listen"):
        Sandbox(**settings).start()  # type: ignore[arg-type]


def test_starting_twice_and_closing_twice() -> None:
    sandbox = Sandbox()
    url = sandbox.url
    sandbox.start()
    assert sandbox.url == url
    with httpx.Client() as client:
        assert client.get(url).status_code == 404
        sandbox.close()
        sandbox.close()
        with pytest.raises(httpx.HTTPError):
            client.get(url)
    assert sandbox.requests[0].path == "/"  # readable after the end


def test_closing_ends_the_threads() -> None:
    before = threading.active_count()
    sandbox = Sandbox()
    with sandbox, httpx.Client(base_url=sandbox.url) as client:
        client.get("/")
        assert threading.active_count() > before
        sandbox.close()  # while the connection is still open
    assert threading.active_count() == before
