"""What records cost that are kept, in bytes and in time."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import msgspec

from benchmarks.data import PAGE, pages_of, records
from benchmarks.decoding import KINDS, bare_records, our_records, silent_log
from benchmarks.measure import compare
from benchmarks.table import Row, Sizes, at_most, per_item
from factorialhr._core.decoding import Answer, decode
from factorialhr._core.responses import page_of

MOST_OF_BARE = 1.05
DISTINCT = 10_000


def run(sizes: Sizes) -> Iterator[Row]:
    """Keep many records: ours, bare ones, and bare ones that the garbage collector looks at."""
    for name, model, make in KINDS:
        bodies = pages_of(records(make, min(DISTINCT, sizes.kept)))
        bodies *= sizes.kept // (len(bodies) * PAGE)
        tracked = _with_gc(model)
        our_records(model, bodies[:1])  # what is made once, such as a decoder, is no record's memory
        mine = _kept_bytes(partial(our_records, model, bodies))
        head = f"{sizes.kept:,} {name} kept"
        yield _row(f"{head}: bytes, to bare", mine, _kept_bytes(partial(bare_records, model, bodies)), MOST_OF_BARE)
        yield _row(f"{head}: bytes, to gc=True", mine, _kept_bytes(partial(bare_records, tracked, bodies)), None)
        yield _row(f"{head}: with their answers' bytes", _kept_bytes(partial(_responses, model, bodies)), mine, None)
        times = compare(partial(our_records, model, bodies), partial(bare_records, tracked, bodies), sizes.rounds // 3)
        yield at_most(f"{head}: time, to gc=True", times, None, per_item(sizes.kept))


def _responses(model: type[Any], bodies: Sequence[bytes]) -> list[object]:
    """Keep the pages themselves, each with a body of its own as a socket would give it."""
    log, result = silent_log(), page_of(model)
    answers = (Answer("GET", bytes(bytearray(body)), "application/json", strict=False, log=log) for body in bodies)
    return [decode(result, answer) for answer in answers]


def _with_gc(model: type[Any]) -> type[msgspec.Struct]:
    """Make a Struct with the same fields and msgspec's own settings."""
    fields = [
        (field.name, field.type) if field.required else (field.name, field.type, field.default)
        for field in msgspec.structs.fields(model)
    ]
    return msgspec.defstruct(model.__name__, fields, kw_only=True, frozen=True)


def _kept_bytes(make: Callable[[], object]) -> int:
    gc.collect()
    tracemalloc.start()
    kept = make()
    gc.collect()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del kept
    return size


def _row(name: str, ours: int, other: int, bound: float | None) -> Row:
    ratio = ours / other
    return Row(
        name,
        ratio,
        f"{ours / 1e6:,.1f} MB",
        f"{other / 1e6:,.1f} MB",
        aim="" if bound is None else f"<= {bound}",
        met=bound is None or ratio <= bound,
    )
