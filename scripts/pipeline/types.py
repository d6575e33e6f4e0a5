"""The vocabulary of ``spec/``: types as small JSON values, and one version's facts about the API.

A type is one of the words ``id``, ``string``, ``integer``, ``number``, ``boolean``, ``date``,
``date-time``, ``time``, ``binary``, ``null``, ``any``, or one of ``{"array": T}``,
``{"enum": [...]}``, ``{"object": {name: {"type": T, "required": true}}}``, ``{"union": [T, ...]}``.

``id`` is the one word that no OpenAPI document knows: an integer up to version 2026-04-01, a string
from 2026-07-01 on.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Type: TypeAlias = "str | dict[str, Any]"

LAST_VERSION_WITH_INTEGER_IDS = "2026-04-01"


@dataclass(frozen=True)
class Field:
    """What one version says of a filter, a body field or a record's field."""

    type: Type
    required: bool = False

    def facts(self) -> dict[str, Any]:
        return {"type": self.type, "required": True} if self.required else {"type": self.type}


@dataclass
class Operation:
    """What one version says of one verb on one path."""

    result: str
    """``page``, ``array`` or ``record``."""
    model: str
    status: int
    encoding: str | None = None
    """``json``, ``multipart``, or ``None`` without a body."""
    filters: dict[str, Field] = field(default_factory=dict)
    body: dict[str, Field] = field(default_factory=dict)


@dataclass
class Snapshot:
    """The API in one version."""

    version: str
    operations: dict[str, Operation] = field(default_factory=dict)
    models: dict[str, dict[str, Field]] = field(default_factory=dict)
    events: dict[str, str] = field(default_factory=dict)


def sort_key(kind: Type) -> str:
    return json.dumps(kind, sort_keys=True)


def simplify_union(options: list[Type]) -> Type:
    flat: list[Type] = []
    for option in options:
        members = option["union"] if isinstance(option, dict) and "union" in option else [option]
        flat.extend(member for member in members if member not in flat)
    # Null is everywhere in this API and documented almost nowhere: it is not worth a type.
    flat = [member for member in flat if member != "null"] or ["any"]
    if "any" in flat:
        return "any"
    return flat[0] if len(flat) == 1 else {"union": sorted(flat, key=sort_key)}


def wire_type(kind: Type, version: str) -> Type:
    """Spell ``id`` as the given version does."""
    if kind == "id":
        return "integer" if version <= LAST_VERSION_WITH_INTEGER_IDS else "string"
    if isinstance(kind, str):
        return kind
    if "array" in kind:
        return {"array": wire_type(kind["array"], version)}
    if "union" in kind:
        return {"union": [wire_type(one, version) for one in kind["union"]]}
    if "object" in kind:
        return {
            "object": {
                name: {**facts, "type": wire_type(facts["type"], version)} for name, facts in kind["object"].items()
            }
        }
    return kind


def unify_ids(older: Type, newer: Type) -> Type | None:
    """The type that both are spellings of, where they differ by the change of ids alone."""
    if older == newer:
        return older
    if (older, newer) == ("integer", "string"):
        return "id"
    if isinstance(older, str) or isinstance(newer, str) or older.keys() != newer.keys():
        return None
    if "array" in older:
        items = unify_ids(older["array"], newer["array"])
        return None if items is None else {"array": items}
    if "object" in older:
        return _unify_objects(older["object"], newer["object"])
    return None


def _unify_objects(older: dict[str, Any], newer: dict[str, Any]) -> Type | None:
    if older.keys() != newer.keys():
        return None
    fields: dict[str, Any] = {}
    for name, facts in older.items():
        kind = unify_ids(facts["type"], newer[name]["type"])
        if kind is None or facts.get("required") != newer[name].get("required"):
            return None
        fields[name] = {**facts, "type": kind}
    return {"object": fields}
