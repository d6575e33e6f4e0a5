"""Tools that trace httpx see our calls, where docs/observability.md says so."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import factorialhr
import factorialhr.sync
from tests.support import answers
from tests.support.server import Server, answer

PATH = "/api/2026-10-01/resources/trainings/sessions/7"
each_kind = pytest.mark.parametrize("kind", ["built-in connections", "transport", "http_client"])
whenever = pytest.mark.parametrize("switched_on", ["before the client is made", "between two calls"])


class Tracing:
    """OpenTelemetry, which may be switched on at any time."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self._provider = TracerProvider()
        self._provider.add_span_processor(SimpleSpanProcessor(self._exporter))

    def switch_on(self) -> None:
        HTTPXClientInstrumentor().instrument(tracer_provider=self._provider)

    def seen(self) -> list[tuple[str, str]]:
        """The path and the trace of each request."""
        return [
            (httpx.URL(str((span.attributes or {})["http.url"])).path, f"{span.context.trace_id:032x}")
            for span in self._exporter.get_finished_spans()
        ]


@pytest.fixture
def tracing() -> Iterator[Tracing]:
    yield Tracing()
    HTTPXClientInstrumentor().uninstrument()


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(answer(answers.session()), answer(answers.session())) as running:
        yield running


async def call_twice(url: str, kind: str, between: Callable[[], None]) -> None:
    """Two calls of the async half, and what is done between them."""
    async with httpx.AsyncClient() as http_client:
        own: dict[str, Any] = {
            "built-in connections": {},
            "transport": {"transport": httpx.AsyncHTTPTransport()},
            "http_client": {"http_client": http_client},
        }[kind]
        async with factorialhr.ApiClient(url, api_key="key", **own) as api:
            await api.trainings.sessions.get_by_id(7)
            between()
            await api.trainings.sessions.get_by_id(7)


def call_twice_blocking(url: str, kind: str, between: Callable[[], None]) -> None:
    """Two calls of the blocking half, and what is done between them."""
    with httpx.Client() as http_client:
        own: dict[str, Any] = {
            "built-in connections": {},
            "transport": {"transport": httpx.HTTPTransport()},
            "http_client": {"http_client": http_client},
        }[kind]
        with factorialhr.sync.ApiClient(url, api_key="key", **own) as api:
            api.trainings.sessions.get_by_id(7)
            between()
            api.trainings.sessions.get_by_id(7)


def expect_traced(server: Server, tracing: Tracing, calls: int) -> None:
    """So many of the two calls were seen, the last ones, and the server was told the same traces."""
    seen = tracing.seen()
    assert [path for path, _ in seen] == [PATH] * calls
    told = ["traceparent: " in head.lower() for head in server.heads]
    assert told == [False] * (2 - calls) + [True] * calls
    for (_, trace), head in zip(seen, server.heads[2 - calls :], strict=True):
        assert trace in head


@whenever
@each_kind
async def test_opentelemetry_async(kind: str, switched_on: str, server: Server, tracing: Tracing) -> None:
    if switched_on == "between two calls":
        await call_twice(server.url, kind, tracing.switch_on)
        expect_traced(server, tracing, 1)
    else:
        tracing.switch_on()
        await call_twice(server.url, kind, lambda: None)
        expect_traced(server, tracing, 2)


@whenever
@each_kind
def test_opentelemetry_blocking(kind: str, switched_on: str, server: Server, tracing: Tracing) -> None:
    if switched_on == "between two calls":
        call_twice_blocking(server.url, kind, tracing.switch_on)
        expect_traced(server, tracing, 1)
    else:
        tracing.switch_on()
        call_twice_blocking(server.url, kind, lambda: None)
        expect_traced(server, tracing, 2)


# -- Sentry: in a process of its own, since it cannot be switched off -----------------------------------

SENTRY = """
import asyncio, json, sys
import httpx
import sentry_sdk
import factorialhr
import factorialhr.sync

url, half, kind = sys.argv[1:]
found = []

class Keep(sentry_sdk.transport.Transport):
    def capture_envelope(self, envelope):
        for item in envelope.items:
            if item.headers["type"] == "transaction":
                found.extend([span["op"], span["description"]] for span in item.payload.json["spans"])

sentry_sdk.init("https://public@sentry.example/1", transport=Keep, traces_sample_rate=1.0)

async def main():
    async with httpx.AsyncClient() as http_client:
        own = {"http_client": http_client} if kind == "http_client" else {}
        async with factorialhr.ApiClient(url, api_key="key", **own) as api:
            await api.trainings.sessions.get_by_id(7, params={"search": "name-of-a-person"})

def main_blocking():
    with httpx.Client() as http_client:
        own = {"http_client": http_client} if kind == "http_client" else {}
        with factorialhr.sync.ApiClient(url, api_key="key", **own) as api:
            api.trainings.sessions.get_by_id(7, params={"search": "name-of-a-person"})

with sentry_sdk.start_transaction(name="test"):
    asyncio.run(main()) if half == "async" else main_blocking()
print(json.dumps(found))
"""


@pytest.mark.parametrize("half", ["async", "blocking"])
@pytest.mark.parametrize(("kind", "calls"), [("built-in connections", 0), ("http_client", 1)])
def test_sentry_sees_httpx_clients_alone(kind: str, calls: int, half: str, server: Server) -> None:
    command = [sys.executable, "-c", SENTRY, server.url, half, kind]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [["http.client", f"GET {server.url}{PATH}"]] * calls
    assert ["sentry-trace: " in head.lower() for head in server.heads] == [calls == 1]
