"""A whole list without latency: against loops over bare httpx; and the connections that it takes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any

import msgspec

from benchmarks import halves
from benchmarks.data import PAGE
from benchmarks.decoding import BarePage
from benchmarks.measure import compare_both
from benchmarks.server import Server, running
from benchmarks.table import Row, Sizes, at_most, milliseconds
from factorialhr import Session

MOST_OF_MSGSPEC = {"blocking": 1.05, "async": 0.80}
MOST_CONNECTIONS = 16
AT_ONCE = 1_000


def run(sizes: Sizes) -> Iterator[Row]:
    """Fetch all pages with ``all()`` and with a loop anyone could write."""
    decoder = msgspec.json.Decoder(BarePage[Session])
    with running(sizes.pages) as server:
        for opened in halves.HALVES:
            before = server.connections()
            with opened(server) as half:
                half.all()
                used = server.connections() - before
                name = f"all() of {sizes.pages} pages of {PAGE}, {half.name}"
                for other, parse, bound in (
                    ("httpx + json", _parse_json, None),
                    ("httpx + msgspec", decoder.decode, MOST_OF_MSGSPEC[half.name]),
                ):
                    cpu, wall = compare_both(half.all, partial(half.bare_all, parse), sizes.rounds)
                    yield at_most(f"{name}: CPU, to {other}", cpu, bound, milliseconds)
                    yield at_most(f"{name}: time, to {other}", wall, None, milliseconds)
                yield _connections(name, used)
        yield _fan_out(server)


def _parse_json(body: bytes) -> Any:
    page = json.loads(body)
    return SimpleNamespace(data=page["data"], meta=SimpleNamespace(**page["meta"]))


def _fan_out(server: Server) -> Row:
    before = server.connections()
    halves.calls_at_once(server, AT_ONCE)
    return _connections(f"{AT_ONCE:,} async calls at once", server.connections() - before)


def _connections(name: str, used: int) -> Row:
    return Row(
        f"{name}: connections",
        used / MOST_CONNECTIONS,
        str(used),
        str(MOST_CONNECTIONS),
        aim=f"<= {MOST_CONNECTIONS}",
        met=0 < used <= MOST_CONNECTIONS,
    )
