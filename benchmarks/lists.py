"""A whole list, without latency and with it: against loops over bare httpx; and the connections that it takes."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from types import SimpleNamespace
from typing import Any, TypeAlias

import msgspec

from benchmarks import halves
from benchmarks.decoding import BarePage
from benchmarks.halves import IN_FLIGHT, Half
from benchmarks.measure import Comparison, compare_both
from benchmarks.server import Server, running
from benchmarks.table import Row, Sizes, at_most, milliseconds
from factorialhr import Session
from factorialhr._core.lists.asked import DEFAULT_CONCURRENCY

MOST_OF_MSGSPEC = {"blocking": 0.90, "async": 0.70}
LATENCY_SECONDS = 0.050
MOST_OF_LATENCY = 1.3
AT_ONCE = 1_000

Opened: TypeAlias = Callable[[Server], AbstractContextManager[Half]]
Measured: TypeAlias = Callable[[Half, Sizes], Iterator[Row]]


def run(sizes: Sizes) -> Iterator[Row]:
    """Fetch all pages with ``all()`` and ``iter()``, and with loops anyone could write."""
    with running(sizes.pages) as server:
        for opened in halves.HALVES:
            yield from _with_connections("all()", server, opened, _at_once, sizes)
        yield _fan_out(server)
    with running(sizes.pages, LATENCY_SECONDS) as server:
        for opened in halves.HALVES:
            yield from _with_connections("all(), 50 ms", server, opened, partial(_late, server), sizes)


def _with_connections(call: str, server: Server, opened: Opened, measured: Measured, sizes: Sizes) -> Iterator[Row]:
    before = server.counts().connections
    with opened(server) as half:
        half.all()
        used = server.counts().connections - before
        yield from measured(half, sizes)
    yield _connections(_name(call, half, sizes), used)


def _at_once(half: Half, sizes: Sizes) -> Iterator[Row]:
    decode = msgspec.json.Decoder(BarePage[Session]).decode
    whole, one_by_one = _name("all()", half, sizes), _name("iter()", half, sizes)
    for name, ours, bare, bound in (
        (f"{whole}: %s, to httpx + json", half.all, partial(half.bare_all, _parse_json), None),
        (f"{whole}: %s, to httpx + msgspec", half.all, partial(half.bare_all, decode), MOST_OF_MSGSPEC[half.name]),
        (f"{one_by_one}: %s, to httpx + msgspec", half.iter, partial(half.bare_iter, decode), None),
    ):
        cpu, wall = compare_both(ours, bare, sizes.rounds)
        yield at_most(name % "CPU", cpu, bound, milliseconds)
        yield at_most(name % "time", wall, None, milliseconds)


def _late(server: Server, half: Half, sizes: Sizes) -> Iterator[Row]:
    decode = msgspec.json.Decoder(BarePage[Session]).decode
    before = server.counts().requests
    half.all()
    bound = _latency_bound(server.counts().requests - before)
    whole, one_by_one = _name("all(), 50 ms", half, sizes), _name("iter(), 50 ms", half, sizes)
    cpu, wall = compare_both(half.all, partial(half.bare_all, decode), sizes.slow_rounds)
    yield at_most(f"{whole}: CPU, to httpx + msgspec", cpu, None, milliseconds)
    yield at_most(f"{whole}: time, to httpx + msgspec", wall, None, milliseconds)
    late = Comparison(wall.ours / bound, wall.ours, bound)
    yield at_most(f"{whole}: time, to its latency", late, MOST_OF_LATENCY, milliseconds)
    cpu, wall = compare_both(half.iter, partial(half.bare_iter, decode), sizes.slow_rounds)
    yield at_most(f"{one_by_one}: CPU, to httpx + msgspec", cpu, None, milliseconds)
    yield at_most(f"{one_by_one}: time, to httpx + msgspec", wall, None, milliseconds)


def _latency_bound(requests: int) -> float:
    """Seconds that so many requests take at least: the first one alone, for it tells of the others."""
    return (1 + math.ceil((requests - 1) / DEFAULT_CONCURRENCY)) * LATENCY_SECONDS


def _name(call: str, half: Half, sizes: Sizes) -> str:
    return f"{call} of {sizes.pages} pages, {half.name}"


def _parse_json(body: bytes) -> Any:
    page = json.loads(body)
    return SimpleNamespace(data=page["data"], meta=SimpleNamespace(**page["meta"]))


def _fan_out(server: Server) -> Row:
    before = server.counts().connections
    halves.calls_at_once(server, AT_ONCE)
    return _connections(f"{AT_ONCE:,} async calls at once", server.counts().connections - before)


def _connections(name: str, used: int) -> Row:
    return Row(
        f"{name}: connections",
        used / IN_FLIGHT,
        str(used),
        str(IN_FLIGHT),
        aim=f"<= {IN_FLIGHT}",
        met=0 < used <= IN_FLIGHT,
    )
