"""What a deadline of the blocking half cannot interrupt, as docs/safety.md says: nothing interrupts a thread."""

from __future__ import annotations

import socket
import time
from typing import Any

import pytest

from factorialhr.sync import ApiClient, ApiConnectionError, ApiKeyAuth
from tests.support.loopback import Answer, Loopback, pause

DEADLINE = 0.3
LONGER = 3 * DEADLINE


def check_it_ends_late(url: str) -> None:
    """It is given up all the same, once it can be."""
    begun = time.monotonic()
    with ApiClient(url, auth=ApiKeyAuth("key"), deadline=DEADLINE) as api, pytest.raises(ApiConnectionError):
        api.trainings.sessions.get_by_id("1")
    assert time.monotonic() - begun >= LONGER


def test_the_lookup_of_a_name_is_not_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    def slowly(*_: Any, **__: Any) -> Any:
        time.sleep(LONGER)
        raise socket.gaierror(socket.EAI_AGAIN, "later")

    monkeypatch.setattr(socket, "getaddrinfo", slowly)
    check_it_ends_late("https://api.demo.factorial.dev")


@pytest.mark.usefixtures("without_proxies")
def test_headers_that_trickle_in_are_not_interrupted() -> None:
    drops = [part for _ in range(31) for part in (pause(LONGER / 30), b"X-Drop: 1\r\n")]
    with Loopback(lambda _: Answer((b"HTTP/1.1 200 OK\r\n", *drops, b"Content-Length: 2\r\n\r\n{}"))) as server:
        check_it_ends_late(server.url)
