"""Lists: who may see which records, which filters keep them, and which page of them is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from factorialhr.testing.answers import RefusedError
from factorialhr.testing.bounds import Keeper
from factorialhr.testing.credentials import Credential
from factorialhr.testing.description import Operation
from factorialhr.testing.filters import keeper
from factorialhr.testing.paging import PARAMETERS, Page, Paging, page_of
from factorialhr.testing.state import Collection, State, Stored

STATS = "timeoff/allowance_stats"
MOST_EMPLOYEES_OF_STATS = 25
ENFORCED_FILTERS = {"job_catalog/node_attributes": "node_uuid", "payroll_employees/identifiers": "country"}
"""The documented requirements that the API is known to insist on."""
NODES = "job_catalog/tree_nodes"
NODES_ARE_FOUND_BY = ("node_type", "uuids[]", "ancestor_uuids[]")


class Query(NamedTuple):
    """A query string, sorted out."""

    filters: dict[str, list[str]]
    paging: dict[str, str]
    ignored: tuple[str, ...]
    """Names that the operation does not describe in this version: the API ignores them, silently."""
    inert: tuple[str, ...]
    """Filters that the operation describes and this sandbox does not act on."""
    keepers: tuple[Keeper, ...]


def read_query(pairs: Sequence[tuple[str, str]], operation: Operation, state: State) -> Query:
    """Sort the parameters of a list into filters, paging, and what has no effect."""
    filters: dict[str, list[str]] = {}
    paging: dict[str, str] = {}
    ignored: dict[str, None] = {}
    for name, value in pairs:
        if name in operation.filters:
            filters.setdefault(name, []).append(value)
        elif name in PARAMETERS and operation.result == "page":
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


def read_page(collection: Collection, query: Query, credential: Credential, paging: Paging) -> Page:
    """One page of a list."""
    _check_filters(collection.path, query.filters)
    if credential.other_environment:
        records: list[Stored] = []
    else:
        records = [
            stored for stored in visible(collection, credential) if all(keep(stored.fields) for keep in query.keepers)
        ]
    return page_of(records, query.paging, paging)


def _check_filters(path: str, filters: Mapping[str, Sequence[str]]) -> None:
    """Refuse what the API refuses: a filter that is missing, too many ids, filters that do not go together."""
    required = ENFORCED_FILTERS.get(path)
    if required is not None and required not in filters:
        raise RefusedError(400, f"{required} is missing", required)
    if path == STATS and len(filters.get("employee_ids[]", ())) > MOST_EMPLOYEES_OF_STATS:
        raise RefusedError(400, f"At most {MOST_EMPLOYEES_OF_STATS} employees per request.", "employee_ids")
    if path == NODES:
        asked = [name for name in NODES_ARE_FOUND_BY if name in filters]
        # A type alone is a request for all nodes of it; beside either kind of ids it only narrows them.
        if asked != ["node_type"] and len(set(asked) - {"node_type"}) != 1:
            raise RefusedError(400, "Ask for nodes by node_type, by uuids or by ancestor_uuids, and not by both.")


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
