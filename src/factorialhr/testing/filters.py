"""Filters of lists: what each name keeps, by the API's naming rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from factorialhr.testing.bounds import Keeper, Record, within_bound
from factorialhr.testing.description import Field, Operation, newest_fields
from factorialhr.testing.references import EMPLOYEES
from factorialhr.testing.shapes import is_list
from factorialhr.testing.state import State

SEARCHED = ("name", "full_name", "first_name", "last_name", "title", "email", "employee_name", "filename")
ONE_WAY: dict[str, Keeper] = {
    "only_active": lambda record: record.get("active", True) is not False and not record.get("terminated_on"),
    "exclude_drafts": lambda record: record.get("status") != "draft",
    "only_published": lambda record: record.get("state", record.get("status")) == "published",
    "pending": lambda record: record.get("status", "pending") == "pending",
    "only_non_archived": lambda record: not record.get("archived") and not record.get("archived_at"),
    "by_trash_bin": lambda record: record.get("deleted_at") is not None,
    "by_without_folder": lambda record: record.get("folder_id") is None,
    "by_pending_assignment": lambda record: bool(record.get("is_pending_assignment")),
}
"""Flags of which ``false`` has no effect."""
OTHER_NAMES = {
    "companies_ids": "company_id",
    "employees_ids": "employee_id",
    "legal_entities_ids": "legal_entity_id",
    "node_type": "type",
    "reviewer_strategies": "evaluation_type",
}
"""Filters that no rule turns into the name of their field."""


def keeper(
    field: Field, values: Sequence[str], operation: Operation, state: State, filters: Mapping[str, Any]
) -> Keeper | None:
    """What a filter keeps; ``None`` where this sandbox knows no rule for it.

    Args:
        field: The filter, as the operation describes it.
        values: What was asked for, as text.
        operation: The list it belongs to.
        state: Records of other lists, where the filter speaks of those.
        filters: All filters of the request: some take effect only in company.
    """
    name, fields = field.name.removesuffix("[]"), newest_fields(operation.model)
    if name in ONE_WAY and name not in fields:
        return ONE_WAY[name] if values[-1] == "true" else lambda record: True  # noqa: ARG005
    if name == "only_managers":
        return _managers(state) if values[-1] == "true" else lambda record: True  # noqa: ARG005
    bound = within_bound(field, values[-1], operation, filters)
    if bound is not None:
        return bound
    if name in ("search", "full_text_name", "name_or_code", "employee_name") and name not in fields:
        return _search(values[-1], fields)
    if name == "name_starts_with":
        return lambda record: str(record.get("name") or record.get("full_name")).lower().startswith(values[-1].lower())
    found = _field_of(name, fields)
    if found is not None:
        return _equals(found, {value.lower() for value in values})
    if name in ("team_id", "team_ids") and "employee_id" in fields:
        return _in_teams(set(values), state)
    return None


def _field_of(name: str, fields: Mapping[str, Field]) -> str | None:
    """The field of a record that a filter speaks of: ``ids`` of ``id``, ``statuses`` of ``status``."""
    candidates = [name]
    if name.endswith("_id"):
        candidates.append(f"{name}s")
    elif name.endswith("_ids"):
        candidates.append(name.removesuffix("s"))
    elif name == "ids":
        candidates = ["id", "uuid"]
    elif name.endswith("ies"):
        candidates.append(f"{name[:-3]}y")
    elif name.endswith("s"):
        candidates += [name[:-1], name.removesuffix("es")]
    if name in OTHER_NAMES:
        candidates.append(OTHER_NAMES[name])
    for candidate in candidates:
        if candidate in fields:
            return candidate
    # ``job_posting_ids`` is about ``ats_job_posting_id``.
    last = candidates[-1] if name.endswith("s") else name
    longer = [field for field in fields if field.endswith((f"_{last}", f"_{last}s"))] if last.endswith("_id") else []
    return longer[0] if len(longer) == 1 else None


def _equals(name: str, wanted: set[str]) -> Keeper:
    def keep(record: Record) -> bool:
        value = record.get(name)
        if is_list(value):
            return not wanted.isdisjoint(str(item).lower() for item in value)
        if value is None:
            return "null" in wanted
        text = str(value).lower()
        # A day asks for every moment of that day.
        return text in wanted or (name.endswith("_at") and text[:10] in wanted)

    return keep


def _search(text: str, fields: Mapping[str, Field]) -> Keeper:
    wanted, places = text.lower(), [name for name in SEARCHED if name in fields]
    return lambda record: any(wanted in str(record.get(name) or "").lower() for name in places)


def _managers(state: State) -> Keeper:
    managers = {str(stored.fields.get("manager_id")) for stored in state.collection(EMPLOYEES)}
    return lambda record: str(record.get("id")) in managers


def _in_teams(wanted: set[str], state: State) -> Keeper:
    members = {
        str(stored.fields.get("employee_id"))
        for stored in state.collection("teams/memberships")
        if str(stored.fields.get("team_id")) in wanted
    }
    return lambda record: str(record.get("employee_id")) in members
