"""The snippets of docs/observability.md run, and what the tools are told holds no query."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from factorialhr.testing import Sandbox

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "observability.md").read_text()
OPENTELEMETRY, OPENTELEMETRY_ASYNC, SENTRY, EVENTS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
PATH = "/api/2026-10-01/resources/trainings/sessions"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.company(employees=5, seed=7) as running:
        yield running


@pytest.fixture
def collector() -> Iterator[tuple[str, list[bytes]]]:
    """Where Sentry sends what it has collected."""
    received: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            received.append(gzip.decompress(body) if self.headers["content-encoding"] == "gzip" else body)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://public@127.0.0.1:{server.server_port}/1", received
    server.shutdown()
    thread.join()
    server.server_close()


def run(snippet: str, sandbox: Sandbox) -> str:
    aimed = snippet.replace("your-api-key", sandbox.api_key).replace("api_key=", f"base_url={sandbox.url!r}, api_key=")
    assert aimed.count(sandbox.url) == snippet.count("ApiClient(") == 1
    done = subprocess.run([sys.executable, "-c", aimed], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize("snippet", [OPENTELEMETRY, OPENTELEMETRY_ASYNC], ids=["blocking", "async"])
def test_opentelemetry_without_the_query(snippet: str, sandbox: Sandbox) -> None:
    span = json.loads(run(snippet, sandbox))
    assert span["attributes"]["http.url"] == f"{sandbox.url}{PATH}"
    assert "name-of-a-person" not in json.dumps(span)
    assert sandbox.requests[-1].params["search"] == ["name-of-a-person"]


def test_sentry_without_the_query(sandbox: Sandbox, collector: tuple[str, list[bytes]]) -> None:
    address, received = collector
    assert "https://public@sentry.example/1" in SENTRY
    run(SENTRY.replace("https://public@sentry.example/1", address), sandbox)
    sent = b"".join(received).decode()
    assert f"GET {sandbox.url}{PATH}" in sent
    assert "name-of-a-person" not in sent
    assert sandbox.requests[-1].params["search"] == ["name-of-a-person"]


@pytest.mark.parametrize(
    ("snippet", "hiding"),
    [
        (OPENTELEMETRY, "request_hook=hide_query, async_request_hook=hide_query_async"),
        (OPENTELEMETRY_ASYNC, "async_request_hook=hide_query"),
    ],
    ids=["blocking", "async"],
)
def test_without_the_hook_the_query_is_in_the_span(snippet: str, hiding: str, sandbox: Sandbox) -> None:
    """Or else the page has nothing to warn of."""
    assert hiding in snippet
    assert "name-of-a-person" in run(snippet.replace(hiding, ""), sandbox)


def test_events_are_counted(sandbox: Sandbox) -> None:
    assert run(EVENTS, sandbox) == "Counter({'SlowCallEvent': 1})\n"


def test_the_tests_it_names_exist() -> None:
    named = re.findall(r"`(tests/\S+\.py)::(\w+)`", PAGE)
    assert len(named) == 2
    for file, test in named:
        assert f"def {test}(" in (ROOT / file).read_text()
