"""One record by its id: alone and many at a time, against bare httpx of the same half, and against one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from benchmarks import halves
from benchmarks.halves import IN_FLIGHT, Half
from benchmarks.measure import compare_both
from benchmarks.server import running
from benchmarks.table import Row, Sizes, at_most, per_item

MOST_OF_HTTPX = {"blocking": 0.75, "async": 0.80}
WORKERS = {"blocking": (1, 8, 32), "async": (1, IN_FLIGHT, 100)}
MOST_OF_ONE_TASK = 1.0
# Many short turns: their median bears the noise of a busy machine better than that of a few long ones.
TURNS = 3


def run(sizes: Sizes) -> Iterator[Row]:
    """Fetch the same session again and again."""
    with running(pages=1) as server:
        for opened in halves.HALVES:
            with opened(server) as half:
                for workers in WORKERS[half.name]:
                    yield from _against_httpx(half, workers, sizes)
                if half.name == "async":
                    yield from _against_one_task(half, sizes)


def _against_httpx(half: Half, workers: int, sizes: Sizes) -> Iterator[Row]:
    calls = sizes.calls // workers * workers
    cpu, wall = compare_both(
        partial(half.get_by_id, calls, workers), partial(half.bare_get_by_id, calls, workers), sizes.rounds * TURNS
    )
    name = f"get_by_id, {half.name}, {workers} {half.workers if workers > 1 else half.workers[:-1]}"
    yield at_most(f"{name}: CPU, to httpx", cpu, MOST_OF_HTTPX[half.name], per_item(calls))
    yield at_most(f"{name}: time, to httpx", wall, None, per_item(calls))


def _against_one_task(half: Half, sizes: Sizes) -> Iterator[Row]:
    calls = sizes.calls // IN_FLIGHT * IN_FLIGHT
    cpu, wall = compare_both(
        partial(half.get_by_id, calls, IN_FLIGHT), partial(half.get_by_id, calls, 1), sizes.rounds * TURNS
    )
    name = f"get_by_id, async, {IN_FLIGHT} tasks"
    yield at_most(f"{name}: CPU, to one task", cpu, MOST_OF_ONE_TASK, per_item(calls))
    yield at_most(f"{name}: time, to one task", wall, MOST_OF_ONE_TASK, per_item(calls))
