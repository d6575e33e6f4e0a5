"""Filters that speak of time: what changed since, and from which day to which."""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from factorialhr.testing.description import UPDATED_SINCE, Field, Operation, newest_fields

Record: TypeAlias = Mapping[str, Any]
Keeper: TypeAlias = Callable[[Record], bool]


class Bound(NamedTuple):
    """What a filter demands of a field: ``Bound("start_on", "<=")``."""

    field: str
    sign: str


SIGNS: Mapping[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "<": operator.lt,
    "==": operator.eq,
}
OF_FILTERS: Mapping[str, tuple[Bound, ...]] = {
    "attendance/shifts end_on": (Bound("reference_date", "<="),),
    "attendance/shifts start_on": (Bound("reference_date", ">="),),
    "attendance/shifts updated_at": (Bound("updated_at", ">="),),
    "banking/transactions from": (Bound("booking_date", ">="),),
    "banking/transactions to": (Bound("booking_date", "<="),),
    "bookkeepers_management/incidences ends_on": (Bound("ends_on", "<="),),
    "bookkeepers_management/incidences starts_on": (Bound("starts_on", ">="),),
    "contracts/contract_version_histories changes_gteq": (Bound("changed_at", ">="),),
    "contracts/contract_version_histories changes_lteq": (Bound("changed_at", "<="),),
    "contracts/contract_versions date": (Bound("effective_on", "<="),),
    "employee_updates/summaries ends_on": (Bound("starts_on", "<="),),
    "employee_updates/summaries starts_on": (Bound("starts_on", ">="),),
    "expenses/expenses to": (Bound("effective_on", "<"),),
    "expenses/mileages from": (Bound("effective_on", ">="),),
    "expenses/mileages to": (Bound("effective_on", "<"),),
    "finance/cost_center_memberships active_on": (Bound("start_date", "<="), Bound("end_date", ">=")),
    "integrations/sync_runs created_at_gteq": (Bound("started_at", ">="),),
    "project_management/planned_records end_date": (Bound("start_date", "<="),),
    "project_management/planned_records start_date": (Bound("end_date", ">="),),
    "shift_management/shifts end_at": (Bound("start_at", "<="),),
    "shift_management/shifts start_at": (Bound("end_at", ">="),),
}
"""Filters whose field no rule tells, or tells wrongly."""
ONE_DAY_WITHOUT_END = ("attendance/edit_timesheet_requests", "attendance/overtime_requests")
"""Lists of which ``start_on`` alone keeps that single day."""
DAYS_ALONE = ("shift_management/shifts",)
"""Lists that are asked for moments and ignore their time of day."""
PARTS_OF_DATES = {
    "project_management/time_records year": slice(0, 4),
    "project_management/time_records month": slice(5, 7),
}

STARTS = ("starts_at", "start_at", "start_on", "start_date", "starts_on", "date", "effective_on", "created_at")
ENDS = ("finish_on", "ends_at", "end_at", "end_on", "end_date", "ends_on", "date", "effective_on", "created_at")
LOWER_BOUNDS = ("from", "start_on", "start_date", "starts_on", "start_at", "start_after")
UPPER_BOUNDS = ("to", "end_on", "end_date", "ends_on", "end_at", "until", "start_before")


def within_bound(field: Field, value: str, operation: Operation, filters: Mapping[str, Any]) -> Keeper | None:
    """What a filter keeps that speaks of an earliest or a latest time, both included; ``None`` for other filters.

    Args:
        field: The filter, as the operation describes it: by days where it is a date, to the moment where it is one.
        value: What was asked for.
        operation: The list it belongs to.
        filters: All filters of the request: some take effect only in company.
    """
    name, about = field.name.removesuffix("[]"), f"{operation.path} {field.name}"
    if about in PARTS_OF_DATES:
        return _part_of_date(PARTS_OF_DATES[about], value)
    bounds = OF_FILTERS.get(about) or _by_rule(name, operation)
    if not bounds:
        return None
    if operation.path.startswith("expenses/") and name in ("from", "to") and not {"from", "to"} <= filters.keys():
        return lambda record: True  # noqa: ARG005  # expenses ignore either of the two without the other
    if name == "start_on" and operation.path in ONE_DAY_WITHOUT_END and "end_on" not in filters:
        bounds = tuple(bound._replace(sign="==") for bound in bounds)
    by_day = field.type == "date" or operation.path in DAYS_ALONE
    keepers = [_compare(bound, value, by_day=by_day) for bound in bounds]
    return lambda record: all(keep(record) for keep in keepers)


def _by_rule(name: str, operation: Operation) -> tuple[Bound, ...]:
    fields = newest_fields(operation.model)
    if name in UPDATED_SINCE:
        return (Bound("updated_at", ">="),)
    for ending, sign in (("_gteq", ">="), ("_lteq", "<=")):
        if name.endswith(ending) and name.removesuffix(ending) in fields:
            return (Bound(name.removesuffix(ending), sign),)
    if name in fields:
        return ()
    if name in LOWER_BOUNDS:
        # A period that is still running on the first day belongs to the answer.
        found = _first(STARTS if name == "start_after" else ENDS, fields) or _first(STARTS, fields)
        return (Bound(found, ">="),) if found else ()
    if name in UPPER_BOUNDS:
        found = _first(STARTS, fields) or _first(ENDS, fields)
        return (Bound(found, "<="),) if found else ()
    return ()


def _first(candidates: Sequence[str], fields: Mapping[str, Field]) -> str | None:
    return next((candidate for candidate in candidates if candidate in fields), None)


def _compare(bound: Bound, value: str, *, by_day: bool) -> Keeper:
    holds, wanted = SIGNS[bound.sign], None if by_day else _moment(value)

    def keep(record: Record) -> bool:
        found = record.get(bound.field)
        if not isinstance(found, str):
            # An open end lies in every period, but what never changed has not changed since.
            return found is None and bound.field != "updated_at"
        moment = None if wanted is None else _moment(found)
        if wanted is None or moment is None:
            return holds(found[:10], value[:10])
        return holds(moment, wanted)

    return keep


def _moment(text: str) -> dt.datetime | None:
    """A moment, in UTC where it names no zone; ``None`` for a day."""
    if len(text) <= len("2026-10-01"):
        return None
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=dt.UTC)


def _part_of_date(part: slice, value: str) -> Keeper:
    wanted = value.zfill(part.stop - part.start)
    return lambda record: str(record.get("date") or "")[part] == wanted
