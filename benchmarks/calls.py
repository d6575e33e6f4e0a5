"""One record by its id: CPU of the client's process, against bare httpx of the same half."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from benchmarks import halves
from benchmarks.measure import compare
from benchmarks.server import running
from benchmarks.table import Row, Sizes, at_most, per_item

MOST_OF_HTTPX = 1.05


def run(sizes: Sizes) -> Iterator[Row]:
    """Fetch the same session again and again over one connection."""
    with running(pages=1) as server:
        for opened in halves.HALVES:
            with opened(server) as half:
                ours = partial(half.get_by_id, sizes.calls)
                bare = partial(half.bare_get_by_id, sizes.calls)
                found = compare(ours, bare, sizes.rounds)
                yield at_most(f"get_by_id, {half.name}, to httpx", found, MOST_OF_HTTPX, per_item(sizes.calls))
