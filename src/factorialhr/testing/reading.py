"""Lists: who may see which records, which filters keep them, and which page of them is sent."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from factorialhr.testing.answers import RefusedError
from factorialhr.testing.credentials import Credential
from factorialhr.testing.description import Operation
from factorialhr.testing.filters import Keeper, keeper
from factorialhr.testing.state import Collection, State, Stored

DEFAULT_LIMIT = LARGEST_LIMIT = 100
PAGING = frozenset({"limit", "after_id", "before_id", "page"})
UNPAGED = frozenset({"attendance/shifts"})
"""Lists that send everything at once, whatever paging was asked for."""
CURSOR_ONLY = "timeoff/allowance_stats"
"""Pages of this list count employees, not rows, and ``page`` does not work on it."""
MOST_EMPLOYEES_OF_STATS = 25
ENFORCED_FILTERS = {"payroll_employees/identifiers": "country"}
"""The one documented requirement that the API is known to insist on."""


class Query(NamedTuple):
    """A query string, sorted out."""

    filters: dict[str, list[str]]
    paging: dict[str, str]
    ignored: tuple[str, ...]
    """Names that the operation does not describe in this version: the API ignores them, silently."""
    inert: tuple[str, ...]
    """Filters that the operation describes and this sandbox does not act on."""
    keepers: tuple[Keeper, ...]


class Page(NamedTuple):
    records: Sequence[Stored]
    meta: dict[str, Any]


def read_query(pairs: Sequence[tuple[str, str]], operation: Operation, state: State) -> Query:
    """Sort the parameters of a list into filters, paging, and what has no effect."""
    filters: dict[str, list[str]] = {}
    paging: dict[str, str] = {}
    ignored: dict[str, None] = {}
    for name, value in pairs:
        if name in operation.filters:
            filters.setdefault(name, []).append(value)
        elif name in PAGING and operation.result == "page":
            paging[name] = value
        else:
            ignored[name] = None
    keepers: list[Keeper] = []
    inert: list[str] = []
    for name, values in filters.items():
        found = keeper(operation.filters[name], values, operation, state, filters)
        if found is None:
            inert.append(name)
        else:
            keepers.append(found)
    return Query(filters, paging, tuple(ignored), tuple(inert), tuple(keepers))


def read_page(collection: Collection, query: Query, credential: Credential) -> Page:
    """One page of a list."""
    required = ENFORCED_FILTERS.get(collection.path)
    if required is not None and required not in query.filters:
        raise RefusedError(400, f"{required} is missing", required)
    if credential.other_environment:
        records: list[Stored] = []
    else:
        records = [
            stored for stored in visible(collection, credential) if all(keep(stored.fields) for keep in query.keepers)
        ]
    if collection.path in UNPAGED:
        meta = {"limit": None, "total": len(records), "has_next_page": False, "has_previous_page": False}
        return Page(records, {**meta, "paginateable": False})
    if collection.path == CURSOR_ONLY:
        return _page_by_employee(records, query)
    if "page" in query.paging:
        return _numbered_page(records, query.paging)
    first, last = _window(query.paging, len(records))
    return Page(records[first:last], _meta(query.paging, first, last, len(records)))


def visible(collection: Collection, credential: Credential) -> list[Stored]:
    """The records that a credential may see; ids of others are dropped rather than refused."""
    return [stored for stored in collection if may_see(stored.fields, collection, credential)]


def may_see(fields: Mapping[str, Any], collection: Collection, credential: Credential) -> bool:
    if credential.employee_ids is None:
        return True
    name = "id" if collection.path == "employees/employees" else "employee_id"
    return fields.get(name) is None or str(fields[name]) in credential.employee_ids


def page_text(texts: Sequence[bytes], meta: Mapping[str, Any]) -> bytes:
    return b'{"data":[' + b",".join(texts) + b'],"meta":' + msgspec.json.encode(meta) + b"}"


def _limit(paging: Mapping[str, str]) -> int:
    """The page size: 100 where it is left out, too large, or no number."""
    number = _whole(paging.get("limit"))
    return number if number is not None and 1 <= number <= LARGEST_LIMIT else DEFAULT_LIMIT


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdecimal() and len(text) < 19 else None


def encode_cursor(position: int) -> str:
    return base64.b64encode(str(position).encode()).decode()


def _position(cursor: str) -> int:
    """The position in the list that a cursor stands for; cursors are not ids, despite ``after_id``."""
    try:
        position = _whole(base64.b64decode(cursor, validate=True).decode())
    except (binascii.Error, UnicodeDecodeError, ValueError):
        position = None
    if position is None:
        raise RefusedError(400, "The cursor is not one that this API gave out.")
    return position


def _window(paging: Mapping[str, str], total: int) -> tuple[int, int]:
    limit = _limit(paging)
    if paging.get("after_id"):
        first = min(_position(paging["after_id"]), total)
        return first, min(first + limit, total)
    if paging.get("before_id"):
        last = max(0, min(_position(paging["before_id"]) - 1, total))
        return max(0, last - limit), last
    return 0, min(limit, total)


def _meta(paging: Mapping[str, str], first: int, last: int, total: int) -> dict[str, Any]:
    meta: dict[str, Any] = {
        "limit": _limit(paging),
        "total": total,
        "has_next_page": last < total,
        "has_previous_page": first > 0,
        "start_cursor": encode_cursor(first + 1) if last > first else None,
        "end_cursor": encode_cursor(last) if last > first else None,
        "paginateable": True,
    }
    return meta


def _numbered_page(records: Sequence[Stored], paging: Mapping[str, str]) -> Page:
    """The older style, counted from one; only its first page carries cursors."""
    limit, number = _limit(paging), max(1, _whole(paging["page"]) or 1)
    total = len(records)
    first = min((number - 1) * limit, total)
    last = min(first + limit, total)
    meta = _meta(paging, first, last, total)
    if number > 1:
        del meta["start_cursor"], meta["end_cursor"]
    return Page(records[first:last], meta)


def _page_by_employee(records: Sequence[Stored], query: Query) -> Page:
    asked = query.filters.get("employee_ids[]", [])
    if len(asked) > MOST_EMPLOYEES_OF_STATS:
        raise RefusedError(400, f"At most {MOST_EMPLOYEES_OF_STATS} employees per request.", "employee_ids")
    employees = list(dict.fromkeys(str(stored.fields.get("employee_id")) for stored in records))
    first, last = _window(query.paging, len(employees))
    wanted = set(employees[first:last])
    rows = [stored for stored in records if str(stored.fields.get("employee_id")) in wanted]
    return Page(rows, _meta(query.paging, first, last, len(employees)))
