"""Whole lists with several requests at a time: against their latency, against bare httpx, and in memory."""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple, TypeAlias

import httpx
import msgspec

import factorialhr
import factorialhr.sync
from benchmarks.data import PAGE
from benchmarks.decoding import BarePage
from benchmarks.halves import HEADERS, LIMIT, TIMEOUT_SECONDS, TOKEN
from benchmarks.measure import Comparison, compare_both, cost
from benchmarks.server import Server, running
from benchmarks.table import Row, Sizes, at_most, milliseconds

CONCURRENCY: Final = (1, 8, 16)
LATENCY_SECONDS: Final = 0.050
WORK_SECONDS: Final = 0.050
"""The user's own work on each page of ``iter()``."""
MOST_OF_LATENCY: Final = 1.3
MOST_OF_PEAK: Final = 1.05
FEW_PAGES: Final = 100

Targets: TypeAlias = Sequence[str]


class Case(NamedTuple):
    """One call, as it is measured."""

    half: str
    pages: int
    concurrency: int
    call: str
    work: float
    """Seconds that the user takes for each page."""

    def name(self, latency: float) -> str:
        """What stands at the head of its lines."""
        work = f" + {self.work * 1e3:.0f} ms of work" if self.work else ""
        records = f"{self.call} of {self.pages * PAGE // 1000:,}k"
        return f"{records}, {self.half}, {self.concurrency} at once, {latency * 1e3:.0f} ms{work}"


class Half(NamedTuple):
    """One half of the package and of httpx, with a client each that lives as long as this."""

    fetch: Callable[[Case], object]
    replay: Callable[[Targets, bool], object]
    """Send requests again with bare httpx, one after the other, and decode and perhaps keep what comes."""


def run(sizes: Sizes) -> Iterator[Row]:
    """Fetch lists of several lengths in every way."""
    for pages in sizes.lists:
        for latency in (0.0, LATENCY_SECONDS):
            with running(pages, latency) as server:
                for half, concurrency in itertools.product(HALVES, CONCURRENCY):
                    yield from _measured(server, half, pages, concurrency, latency, sizes)
    for half, concurrency in itertools.product(HALVES, CONCURRENCY):
        yield _memory(half, concurrency, sizes)


def _measured(server: Server, half: str, pages: int, concurrency: int, latency: float, sizes: Sizes) -> Iterator[Row]:
    most_open = 0
    for call, work in (("all()", 0.0), ("iter()", 0.0), ("iter()", WORK_SECONDS)):
        case = Case(half, pages, concurrency, call, work)
        # Borders of pages are read too.
        requests = pages if concurrency == 1 else 2 * pages
        if requests * latency / concurrency + pages * work > sizes.longest_wait:
            continue
        with HALVES[half](server) as opened:
            server.counts()
            server.targets()
            if latency:
                yield _late(server, opened, case, sizes)
            else:
                opened.fetch(case._replace(work=0))
            most_open = max(most_open, server.counts().most_open)
            if not latency:
                yield from _at_once(opened, case, server.targets(), sizes)
    if most_open:
        yield Row(
            f"lists of {pages * PAGE // 1000:,}k, {half}, {concurrency} at once, {latency * 1e3:.0f} ms: connections",
            most_open / concurrency,
            str(most_open),
            str(concurrency),
            aim=f"<= {concurrency}",
            met=most_open <= concurrency,
        )


def _late(server: Server, half: Half, case: Case, sizes: Sizes) -> Row:
    """Relate the time of a call to that which its requests and its user take at least."""
    rounds = sizes.late_rounds if case.pages <= FEW_PAGES else 1
    wall = median(cost(partial(half.fetch, case)).wall for _ in range(rounds))
    requests = len(server.targets()) // rounds
    bound = requests * LATENCY_SECONDS / case.concurrency + case.pages * case.work
    return at_most(
        f"{case.name(LATENCY_SECONDS)}: time, to {requests:,} requests",
        Comparison(wall / bound, wall, bound),
        MOST_OF_LATENCY,
        milliseconds,
    )


def _at_once(half: Half, case: Case, targets: Targets, sizes: Sizes) -> Iterator[Row]:
    """Relate the cost of a call to that of the same requests, sent with httpx and decoded with msgspec."""
    replay = partial(half.replay, targets, case.call == "all()")
    name = f"{case.name(0)}: %s, to httpx, {len(targets):,} requests"
    if case.work:
        ours, other = cost(partial(half.fetch, case)).wall, cost(replay).wall + case.pages * case.work
        yield at_most(name % "time", Comparison(ours / other, ours, other), MOST_OF_LATENCY, milliseconds)
        return
    rounds = sizes.rounds if case.pages <= FEW_PAGES else sizes.slow_rounds
    cpu, wall = compare_both(partial(half.fetch, case), replay, rounds)
    yield at_most(name % "CPU", cpu, None, milliseconds)
    yield at_most(name % "time", wall, None, milliseconds)


# -- halves ---------------------------------------------------------------------------------------------


@contextmanager
def blocking(server: Server) -> Iterator[Half]:
    """Open the blocking clients."""
    decode = msgspec.json.Decoder(BarePage[factorialhr.Session]).decode
    with (
        factorialhr.sync.ApiClient(server.url, auth=factorialhr.AccessTokenAuth(TOKEN)) as api,
        httpx.Client(headers=HEADERS, timeout=TIMEOUT_SECONDS, limits=httpx.Limits(max_connections=1)) as client,
    ):
        endpoint = factorialhr.sync.SessionsEndpoint(api)

        def fetch(case: Case) -> object:
            if case.call == "all()":
                return endpoint.all(limit=LIMIT, concurrency=case.concurrency)
            for number, _ in enumerate(endpoint.iter(limit=LIMIT, concurrency=case.concurrency), 1):
                if case.work and not number % LIMIT:
                    time.sleep(case.work)
            return None

        def replay(targets: Targets, keep: bool) -> object:
            kept: list[object] = []
            for target in targets:
                page = decode(client.get(server.url + target).raise_for_status().content)
                if keep:
                    kept += page.data
            return kept

        yield Half(fetch, replay)


@contextmanager
def asynchronous(server: Server) -> Iterator[Half]:
    """Open the async clients, on an event loop that lives as long."""
    decode = msgspec.json.Decoder(BarePage[factorialhr.Session]).decode
    with asyncio.Runner() as runner:
        api = factorialhr.ApiClient(server.url, auth=factorialhr.AccessTokenAuth(TOKEN))
        limits = httpx.Limits(max_connections=1)
        client = httpx.AsyncClient(headers=HEADERS, timeout=TIMEOUT_SECONDS, limits=limits)
        endpoint = factorialhr.SessionsEndpoint(api)

        async def fetch(case: Case) -> object:
            if case.call == "all()":
                return await endpoint.all(limit=LIMIT, concurrency=case.concurrency)
            number = 0
            stream: AsyncIterator[Any] = endpoint.iter(limit=LIMIT, concurrency=case.concurrency)
            async for _ in stream:
                number += 1
                if case.work and not number % LIMIT:
                    await asyncio.sleep(case.work)
            return None

        async def replay(targets: Targets, keep: bool) -> object:
            kept: list[object] = []
            for target in targets:
                page = decode((await client.get(server.url + target)).raise_for_status().content)
                if keep:
                    kept += page.data
            return kept

        try:
            yield Half(lambda case: runner.run(fetch(case)), lambda targets, keep: runner.run(replay(targets, keep)))
        finally:
            runner.run(api.aclose())
            runner.run(client.aclose())


HALVES: Final = {"blocking": blocking, "async": asynchronous}


# -- memory ---------------------------------------------------------------------------------------------


def _memory(half: str, concurrency: int, sizes: Sizes) -> Row:
    """Relate the peaks of two processes, each of which streams a list."""
    many = _peak_bytes(half, concurrency, sizes.streamed)
    few = _peak_bytes(half, concurrency, FEW_PAGES)
    return Row(
        f"iter(), {half}, {concurrency} at once: peak RSS, {sizes.streamed * PAGE:,} to {FEW_PAGES * PAGE:,}",
        many / few,
        f"{many / 1e6:,.1f} MB",
        f"{few / 1e6:,.1f} MB",
        aim=f"<= {MOST_OF_PEAK}",
        met=many / few <= MOST_OF_PEAK,
    )


def _peak_bytes(half: str, concurrency: int, pages: int) -> int:
    root = Path(__file__).resolve().parent.parent
    with running(pages) as server:
        command = [sys.executable, "-m", "benchmarks.concurrency", half, str(server.port), str(concurrency)]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)  # noqa: S603
    return int(done.stdout)


def _stream(half: str, port: int, concurrency: int) -> None:
    """Stream a list and print the most memory that this process had."""
    with HALVES[half](Server(port)) as opened:
        opened.fetch(Case(half, 0, concurrency, "iter()", 0))
    # Unlike what ``getrusage`` says, this begins anew with each program.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    print(int(status.partition("VmHWM:")[2].split()[0]) * 1024)


if __name__ == "__main__":
    _stream(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
