"""Over a real connection on loopback: answers that are whole, compressed, cut off, late, garbage, or none."""

from __future__ import annotations

import gzip
import json
import re
import socket
import threading
from pathlib import Path

import pytest

from tests.halves import factorialhr_sync as sdk
from tests.support import answers
from tests.support.server import HTTPX_LEAVES_GENERATORS, Server, answer, reset, silence

KEY = sdk.ApiKeyAuth("key")
WHOLE = answer(answers.session())


def piecemeal(connection: socket.socket, _done: threading.Event) -> None:
    """The answer in chunks."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n")
    for part in (b'{"id": "7", "name": "First', b' aid", "training_id": "1", "subsidized": false}'):
        connection.sendall(f"{len(part):x}\r\n".encode() + part + b"\r\n")
    connection.sendall(b"0\r\n\r\n")


def chunks_cut_off(connection: socket.socket, _done: threading.Event) -> None:
    """The answer in chunks, of which the last one never comes."""
    connection.sendall(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"id"\r\n')


BROKEN = {
    "cut off": answer(answers.session(), length=500),
    "cut off within a chunk": chunks_cut_off,
    "cut off within its head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "reset": reset,
    "nothing": b"",
    "garbage": b"\x00\x01 this is no HTTP\r\n\r\n",
}
NOT_GZIP = answer(b"not gzip", headers="Content-Encoding: gzip\r\n")
breaking = pytest.mark.parametrize(
    "step",
    [
        *(pytest.param(step, id=name) for name, step in BROKEN.items()),
        pytest.param(NOT_GZIP, id="not gzip", marks=HTTPX_LEAVES_GENERATORS),
    ],
)


@pytest.mark.parametrize(
    "step",
    [WHOLE, answer(gzip.compress(json.dumps(answers.session()).encode()), headers="Content-Encoding: gzip\r\n"), piecemeal],
    ids=["plain", "compressed", "in chunks"],
)  # fmt: skip
def test_an_answer_that_is_whole(step: object) -> None:
    with Server(step) as server:
        with sdk.ApiClient(server.url, auth=KEY) as api:
            record = api.trainings.sessions.get_by_id(7)
    assert record.name == "First aid"
    head = server.heads[0].lower()
    assert head.startswith("get /api/2026-10-01/resources/trainings/sessions/7 http/1.1\r\n")
    for header in ("x-api-key: key", "accept: application/json", "accept-encoding: gzip, deflate", "host: 127.0.0.1:"):
        assert head.count(f"\r\n{header}") == 1


@breaking
def test_a_read_that_is_broken_off_is_repeated(step: object, waits: list[float]) -> None:
    with Server(step, step, WHOLE) as server:
        with sdk.ApiClient(server.url, auth=KEY) as api:
            record = api.trainings.sessions.get_by_id(7)
    assert record.name == "First aid"
    assert len(server.heads) == 3
    assert len(waits) == 2


@breaking
def test_a_write_that_is_broken_off_is_not_repeated(step: object) -> None:
    with Server(step, WHOLE) as server:
        with sdk.ApiClient(server.url, auth=KEY) as api:
            with pytest.raises(sdk.ApiConnectionError, match=r"^POST trainings/sessions: ") as caught:
                api.trainings.sessions.create({"name": "x"})
    assert caught.value.maybe_received
    assert len(server.heads) == 1


@breaking
def test_a_broken_connection_makes_room_for_the_next(step: object) -> None:
    with Server(*[step] * 3, WHOLE) as server:
        with sdk.ApiClient(server.url, auth=KEY, max_retries=0, max_in_flight=1, timeout=5) as api:
            for _ in range(3):
                with pytest.raises(sdk.ApiConnectionError) as caught:
                    api.trainings.sessions.get_by_id(7)
                assert not isinstance(caught.value, sdk.ApiTimeoutError)
            assert (api.trainings.sessions.get_by_id(7)).id == "7"


def test_an_answer_that_does_not_come_is_a_timeout() -> None:
    with Server(silence) as server:
        with sdk.ApiClient(server.url, auth=KEY, max_retries=0) as api:
            with pytest.raises(sdk.ApiTimeoutError, match=r"no answer within 0\.05 s \(ReadTimeout\)"):
                api.trainings.sessions.get_by_id(7, timeout=0.05)


def test_a_server_that_is_not_there_is_a_connection_error(waits: list[float]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with sdk.ApiClient(f"http://127.0.0.1:{port}", auth=KEY, timeout=5) as api:
        with pytest.raises(sdk.ApiConnectionError, match=r"127\.0\.0\.1 refused the connection") as caught:
            api.trainings.sessions.create({"name": "x"})
    assert not caught.value.maybe_received
    assert len(waits) == 2


def test_a_connection_that_was_kept_and_closed_meanwhile_is_not_missed() -> None:
    kept = WHOLE.replace(b"Connection: close\r\n", b"")
    with Server(kept, answer(answers.session(id="8"), status="201 Created")) as server:
        with sdk.ApiClient(server.url, auth=KEY, max_retries=0) as api:
            api.trainings.sessions.get_by_id(7)
            assert server.closed.acquire(timeout=10)
            # A write must not go down with the connection that the server has closed.
            record = api.trainings.sessions.create({"name": "x"})
    assert record.id == "8"


def test_a_file_goes_over_the_wire(tmp_path: Path) -> None:
    path = tmp_path / "plan.txt"
    path.write_bytes(b"x" * 300_000)
    with Server(answer({}, status="429 Too Many Requests"), answer(b"", status="204 No Content")) as server:
        with sdk.ApiClient(server.url, auth=KEY) as api:
            api.tasks.task_files.create({"task_id": 7, "file": path})
    assert len(server.heads) == 2
    for head in server.heads:
        length = int(re.search(r"content-length: (\d+)", head.lower())[1])
        assert 300_000 < length < 301_000
