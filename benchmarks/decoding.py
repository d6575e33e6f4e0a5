"""From bytes to records that are kept: against json.loads, and against msgspec without this package."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Generic, TypeVar

import msgspec

from benchmarks.data import PAGE, Json, pages_of, records, review_process, session, training, with_int_ids
from benchmarks.measure import compare
from benchmarks.table import Row, Sizes, at_most, per_item
from factorialhr import DecodeWarning, PaginationMeta, ReviewProcess, Session, Training
from factorialhr._core.decoding import Answer, decode
from factorialhr._core.issues import IssueLog
from factorialhr._core.responses import page_of

T = TypeVar("T")

KINDS: tuple[tuple[str, type[Any], Callable[..., Json]], ...] = (
    ("sessions", Session, session),
    ("trainings", Training, training),
    ("review processes", ReviewProcess, review_process),
)
MOST_OF_JSON = 1.0
MOST_OF_MSGSPEC = 1.10


class BarePage(msgspec.Struct, Generic[T]):
    """A list's answer as anyone would write it down for msgspec."""

    data: list[T]
    meta: PaginationMeta | None = None


def run(sizes: Sizes) -> Iterator[Row]:
    """Decode each kind of record, cut into pages and as one large page."""
    count = sizes.pages * PAGE
    for name, model, make in KINDS:
        items = records(make, count)
        yield from _both(f"{count:,} {name}, pages of {PAGE}", model, pages_of(items), sizes)
        yield from _both(f"{count:,} {name}, one page", model, pages_of(items, count), sizes)
    items = records(session, count)
    ints = pages_of([with_int_ids(item) for item in items])
    yield from _both(f"{count:,} sessions with int ids", Session, ints, sizes)
    yield _slow_path(items, sizes)


def _both(name: str, model: type[Any], bodies: list[bytes], sizes: Sizes) -> Iterator[Row]:
    unit = per_item(sizes.pages * PAGE)
    mine = partial(our_records, model, bodies)
    yield at_most(f"{name}: to json", compare(mine, partial(json_records, bodies), sizes.rounds), MOST_OF_JSON, unit)
    bare = compare(mine, partial(bare_records, model, bodies), sizes.rounds)
    yield at_most(f"{name}: to msgspec", bare, MOST_OF_MSGSPEC, unit)


def _slow_path(items: list[Json], sizes: Sizes) -> Row:
    bodies = pages_of([{**item, "name": None} for item in items])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DecodeWarning)
        found = compare(partial(our_records, Session, bodies), partial(json_records, bodies), sizes.rounds)
    return at_most(
        f"{len(items):,} sessions, each with a null name: to json", found, None, per_item(sizes.pages * PAGE)
    )


def silent_log() -> IssueLog:
    """What a client notes disagreements in, with nobody to tell."""
    return IssueLog(lambda _operation, _issue: None)


def our_records(model: type[Any], bodies: Sequence[bytes]) -> list[Any]:
    """Decode pages as this package does."""
    kept: list[Any] = []
    result, log = page_of(model), silent_log()
    for body in bodies:
        answer = Answer("GET trainings/sessions", body, "application/json", strict=False, log=log)
        kept += decode(result, answer).data()
    return kept


def bare_records(model: type[Any], bodies: Sequence[bytes]) -> list[Any]:
    """Decode pages into the same records with nothing but msgspec."""
    decoder = msgspec.json.Decoder(BarePage[model])  # type: ignore[valid-type]
    kept: list[Any] = []
    for body in bodies:
        kept += decoder.decode(body).data
    return kept


def json_records(bodies: Sequence[bytes]) -> list[Json]:
    """Decode pages into dicts."""
    kept: list[Json] = []
    for body in bodies:
        kept += json.loads(body)["data"]
    return kept
