"""What a write means: from verb, path and body to created, changed and deleted records."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, TypeGuard

from factorialhr.testing.answers import RefusedError
from factorialhr.testing.description import newest_fields
from factorialhr.testing.shapes import as_list, is_list, is_object
from factorialhr.testing.singular import singular
from factorialhr.testing.special_actions import SPECIAL
from factorialhr.testing.state import Stored
from factorialhr.testing.writing import Write, Writer

Outcome: TypeAlias = "Stored | list[Stored]"
Effect: TypeAlias = Callable[[Mapping[str, Any], str], Mapping[str, Any]]

CREATING = ("create", "assign", "initiate", "autofill", "upsert", "process", "cud", "apply")
DELETING = ("delete", "destroy")
DUPLICATING = ("duplicate", "copy", "save_as_template", "bulk_duplicate")
REMOVING = ("soft_delete", "unassign", "delete_with_alt_allowance")
SINGLE_ITEM_KEYS = ("id", "time_record_id")

EFFECTS: dict[str, Effect] = {
    "activate": lambda _, __: {"status": "active"},
    "approve": lambda _, __: {"approved": True, "status": "approved"},
    "approve_all": lambda _, __: {"approved": True, "status": "approved"},
    "approve_resource": lambda _, __: {"status": "approved"},
    "archive": lambda _, now: {"archived": True, "archived_at": now, "active": False},
    "bulk_set_to_paid": lambda _, __: {"status": "paid"},
    "close": lambda _, __: {"status": "closed"},
    "move_to_trash_bin": lambda _, now: {"deleted_at": now},
    "reject": lambda _, __: {"approved": False, "status": "rejected"},
    "reject_resource": lambda _, __: {"status": "rejected"},
    "remind_in_bulk": lambda _, now: {"last_bulk_reminder": now},
    "remove_schedule": lambda _, __: {"status": "draft"},
    "reopen": lambda _, __: {"status": "active"},
    "restore_from_trash_bin": lambda _, __: {"deleted_at": None},
    "schedule": lambda _, __: {"status": "scheduled"},
    "start": lambda _, __: {"status": "active"},
    "stop": lambda _, __: {"status": "finished"},
    "toggle_archive": lambda record, _: {"archived": not record.get("archived")},
    "unarchive": lambda _, __: {"archived": False, "archived_at": None, "active": True},
    "unterminate": lambda _, __: {"terminated_on": None, "termination_reason": None, "active": True},
}
"""What an action sets, as far as the record has the field and the field knows the value."""


def perform(writer: Writer, write: Write) -> Outcome:
    """Do one write.

    Returns:
        The record, or the list of records, that the operation answers with.
    """
    operation = write.operation
    writer.check_references(write)
    special = SPECIAL.get(f"{operation.verb} {operation.path}")
    if special is not None:
        return special(writer, write)
    if write.target is not None:
        return _on_one(writer, write, write.target)
    if operation.action is None:
        return writer.create(write, write.collection, write.fields)
    outcome = _bulk(writer, write) if _is_bulk(write) else _act(writer, write)
    for change in write.changes:
        change.action = operation.action
    return outcome


def _on_one(writer: Writer, write: Write, stored: Stored) -> Stored:
    if write.operation.verb == "DELETE":
        return writer.delete(write, stored)
    return writer.change(write, stored, write.fields)


def _is_bulk(write: Write) -> bool:
    action = write.operation.action or ""
    return write.operation.result == "array" or action.startswith("bulk_")


def _act(writer: Writer, write: Write) -> Stored:
    """An action on one record, which the body names by its id or by what it belongs to."""
    action, fields = write.operation.action or "", write.fields
    if "id" in write.operation.body and fields.get("id") is not None:
        stored = writer.addressed(write, fields["id"])
        if action in DUPLICATING:
            return writer.duplicate(write, stored, fields)
        if action in REMOVING:
            return writer.delete(write, stored)
        return _apply(writer, write, stored, fields)
    if _means(action, CREATING) and action != "upsert":
        return writer.create(write, write.collection, fields)
    found = _related(write)
    if action.startswith(DELETING):
        if found is None:
            raise RefusedError(404, f"There is no such {write.collection.model}.")
        return writer.delete(write, found)
    if found is None:
        found = writer.create(write, write.collection, fields)
        write.changes.clear()
    return _apply(writer, write, found, fields)


def _means(action: str, words: Sequence[str]) -> bool:
    return any(word in action.split("_") for word in words)


def _related(write: Write) -> Stored | None:
    """The record that belongs to what the body has to name: everything else in a body is to be set."""
    described, body = newest_fields(write.collection.model), write.operation.body
    wanted = {
        name: str(value)
        for name, value in write.fields.items()
        if name in described
        and name.endswith(("_id", "_type"))
        and (name == "resource_id" or (name in body and body[name].required))
    }
    for stored in write.collection:
        if wanted and all(str(stored.fields.get(name)) == value for name, value in wanted.items()):
            return stored
    return None


def _apply(writer: Writer, write: Write, stored: Stored, fields: Mapping[str, Any]) -> Stored:
    action, described = write.operation.action or "", newest_fields(write.collection.model)
    values = dict(fields)
    effect = EFFECTS.get(action)
    settings: Mapping[str, Any] = effect(stored.fields, writer.now()) if effect else {}
    for name, value in settings.items():
        kind = described[name].type if name in described else None
        if kind is not None and (not isinstance(kind, dict) or "enum" not in kind or value in kind["enum"]):
            values[name] = value
    configured = action.removeprefix("update_")
    if "enabled" in fields and configured in described:
        values[configured] = {**(stored.fields.get(configured) or {}), "enabled": fields["enabled"]}
    return writer.change(write, stored, values)


# -- many records at once -------------------------------------------------------------------------------


def _bulk(writer: Writer, write: Write) -> list[Stored]:
    action = write.operation.action or ""
    if _means(action, DELETING):
        return [writer.delete(write, stored) for stored in _targets(writer, write)]
    items = _items(write.fields)
    if items is not None:
        return [_put_item(writer, write, item) for item in items]
    if action in DUPLICATING:
        return [writer.duplicate(write, stored, write.fields) for stored in _targets(writer, write)]
    if _means(action, CREATING):
        return [writer.create(write, write.collection, item) for item in _expanded(write)]
    return [_apply(writer, write, stored, _without_targets(write)) for stored in _targets(writer, write)]


def _items(fields: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """The items of a body such as ``{"leaves": [{...}]}``, with what they share."""
    lists: dict[str, list[dict[str, Any]]] = {
        name: value for name, value in fields.items() if _is_list_of_objects(value)
    }
    if not lists:
        return None
    shared = {name: value for name, value in fields.items() if name not in lists}
    # The longest list holds the records; a second one, such as planned breaks, is about their parts.
    (main, *_) = sorted(lists, key=lambda name: name.startswith("planned_breaks") and len(lists) > 1)
    found: list[dict[str, Any]] = []
    for item in lists[main]:
        inner: list[list[dict[str, Any]]] = [value for value in item.values() if _is_list_of_objects(value)]
        outer = {name: value for name, value in item.items() if not _is_list_of_objects(value)}
        found += [{**shared, **outer, **one} for one in (inner[0] if inner else [{}])]
    return found


def _is_list_of_objects(value: object) -> TypeGuard[list[dict[str, Any]]]:
    return is_list(value) and bool(value) and all(is_object(item) for item in value)


def _put_item(writer: Writer, write: Write, item: Mapping[str, Any]) -> Stored:
    key = next((item[name] for name in SINGLE_ITEM_KEYS if item.get(name) is not None), None)
    if key is None:
        return writer.create(write, write.collection, item)
    return _apply(writer, write, writer.addressed(write, key), item)


def _target_names(write: Write) -> list[str]:
    own = singular(write.collection.path.rpartition("/")[2])
    return [name for name in ("ids", f"{own}_ids") if name in write.fields]


def _without_targets(write: Write) -> dict[str, Any]:
    names = _target_names(write)
    return {name: value for name, value in write.fields.items() if name not in names}


def _targets(writer: Writer, write: Write) -> list[Stored]:
    """The records that a body names; all of them are looked up before the first is touched."""
    names = _target_names(write)
    if names:
        return [writer.addressed(write, key) for key in dict.fromkeys(map(str, as_list(write.fields[names[0]])))]
    described = newest_fields(write.collection.model)
    wanted: dict[str, set[str]] = {}
    for name, value in write.fields.items():
        for candidate in (name, name.removesuffix("s")):
            if candidate in described and value is not None:
                wanted[candidate] = set(map(str, as_list(value)))
                break
    if not wanted:
        return []
    return [
        stored
        for stored in write.collection
        if all(str(stored.fields.get(name)) in values for name, values in wanted.items())
    ]


def _expanded(write: Write) -> list[dict[str, Any]]:
    """One record for each id of lists such as ``employee_ids``, and for each pair of two such lists."""
    described = newest_fields(write.collection.model)
    shared: dict[str, Any] = {}
    axes: dict[str, list[Any]] = {}
    for name, value in write.fields.items():
        single = _single_field(name, described) if is_list(value) else None
        if single is None or name in described:
            shared[name] = value
        else:
            # Employees and accesses are two ways to name the same people.
            axis = "access_id" if single == "employee_id" and "access_id" in axes else single
            axes.setdefault(axis, []).extend((single, key) for key in as_list(value))
    first_day = write.fields.get("start_on") or write.fields.get("start_date")
    if first_day is not None and "date" in described:
        shared.setdefault("date", first_day)
    return [{**shared, **dict(chosen)} for chosen in itertools.product(*axes.values())]


def _single_field(name: str, described: Mapping[str, Any]) -> str | None:
    if not name.endswith("_ids"):
        return None
    parts = name.removesuffix("s").split("_")
    for start in range(len(parts) - 1):
        candidate = "_".join(parts[start:])
        if candidate in described:
            return candidate
    return None
