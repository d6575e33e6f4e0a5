"""From bytes to records that are kept: against json.loads, and against msgspec without this package."""

from __future__ import annotations

import json
import typing
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from typing import Any, Generic, TypeVar, cast

import msgspec
from msgspec.structs import fields as fields_of

from benchmarks.data import (
    PAGE,
    Json,
    employee,
    pages_of,
    records,
    review_process,
    session,
    shift,
    training,
    with_int_ids,
)
from benchmarks.measure import compare
from benchmarks.table import Row, Sizes, at_most, per_item
from factorialhr import AttendanceShift, DecodeWarning, Employee, Id, PaginationMeta, ReviewProcess, Session, Training
from factorialhr._core.decoding import Answer, decode
from factorialhr._core.issues import IssueLog
from factorialhr._core.records import ClockTime, Visible
from factorialhr._core.responses import page_of

T = TypeVar("T")

KINDS: tuple[tuple[str, type[Any], Callable[..., Json]], ...] = (
    ("sessions", Session, session),
    ("trainings", Training, training),
    ("review processes", ReviewProcess, review_process),
    ("employees", Employee, employee),
    ("shifts", AttendanceShift, shift),
)
MOST_OF_JSON = 1.0
MOST_OF_MSGSPEC = 1.10
MOST_WITH_CLOCK_TIMES = 1.30
# Of what a clean page costs.
MOST_OF_NULLS = 1.2
MOST_WITH_ONE_ODD = 2.0
MOST_WITH_ALL_ODD = 5.0
VISIBLE_ID: Any = Visible[Id]  # type: ignore[misc]
BEYOND = "beyond all measure"


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
    for name, model, make in KINDS[-2:]:
        yield from _odd_pages(name, model, records(make, count), sizes)


def _both(name: str, model: type[Any], bodies: list[bytes], sizes: Sizes) -> Iterator[Row]:
    unit, kind = per_item(sizes.pages * PAGE), cast(Any, model)
    mine = partial(our_records, model, bodies)
    yield at_most(f"{name}: to json", compare(mine, partial(json_records, bodies), sizes.rounds), MOST_OF_JSON, unit)
    bare = compare(mine, partial(bare_records, _bare(kind), bodies), sizes.rounds)
    bound = MOST_OF_MSGSPEC if _bare(kind) is kind else MOST_WITH_CLOCK_TIMES
    yield at_most(f"{name}: to msgspec", bare, bound, unit)


@cache
def _bare(model: Any) -> Any:
    """The model as msgspec decodes it by itself: times of day are text."""
    fields = [
        (one.name, _textual(one.type), msgspec.field(name=one.encode_name, default=None)) for one in fields_of(model)
    ]
    if all(kind == field.type for (_, kind, _), field in zip(fields, fields_of(model), strict=True)):
        return model
    return msgspec.defstruct(model.__name__, fields, kw_only=True, gc=False, frozen=True)


def _textual(kind: Any) -> Any:
    return str | None if ClockTime in typing.get_args(kind) else kind


def _odd_pages(name: str, model: type[Any], items: list[Json], sizes: Sizes) -> Iterator[Row]:
    """Pages that disagree with the description, to pages that do not."""
    clean = partial(our_records, model, pages_of(items))
    odd = next(one.encode_name for one in fields_of(model) if one.name != "id" and one.type == VISIBLE_ID)
    nulls = {one.encode_name: None for one in fields_of(model) if one.required and one.name != "id"}
    pages = (
        ("required fields null in every record", [item | nulls for item in items], MOST_OF_NULLS),
        ("a wrong type in every record", [item | {odd: 1.5} for item in items], MOST_WITH_ALL_ODD),
        (
            "a wrong type in one of 100 records",
            [item | ({odd: 1.5} if number % PAGE == PAGE // 2 else {}) for number, item in enumerate(items)],
            MOST_WITH_ONE_ODD,
        ),
        (
            "a wrong type in the last of 100 records",
            [item | ({odd: 1.5} if number % PAGE == PAGE - 1 else {}) for number, item in enumerate(items)],
            None,
        ),
        (
            "a number beyond all measure in every record",
            [item | {odd: BEYOND} for item in items],
            MOST_WITH_ALL_ODD,
        ),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DecodeWarning)
        for what, changed, bound in pages:
            bodies = [body.replace(b'"%s"' % BEYOND.encode(), b"1e999") for body in pages_of(changed)]
            found = compare(partial(our_records, model, bodies), clean, sizes.rounds)
            yield at_most(f"{name}, {what}: to clean pages", found, bound, per_item(len(items)))


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
