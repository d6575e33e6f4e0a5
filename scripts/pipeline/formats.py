"""Formats of text: official documents carry none, so they come from what is known, or from the names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from .types import Field, Snapshot, Type

FORMATTED = ("date", "date-time", "time", "binary")


def complete_formats(snapshot: Snapshot, known: Sequence[Snapshot]) -> None:
    """Give plain text the format it is known to have; where nothing is known, that of the naming rule.

    Args:
        snapshot: The version that was just read; changed in place.
        known: Versions to learn from, the best first.
    """
    for fields, earlier in _pairs(snapshot, known):
        for name, field in fields.items():
            kind = field.type
            for one in earlier:
                if name in one:
                    kind = _with_formats(kind, one[name].type)
            fields[name] = replace(field, type=_by_name(name, kind))


def _pairs(
    snapshot: Snapshot, known: Sequence[Snapshot]
) -> Iterator[tuple[dict[str, Field], list[Mapping[str, Field]]]]:
    for key, operation in snapshot.operations.items():
        before = [one.operations[key] for one in known if key in one.operations]
        yield operation.filters, [one.filters for one in before]
        yield operation.body, [one.body for one in before]
    for name, fields in snapshot.models.items():
        yield fields, [one.models[name] for one in known if name in one.models]


def _with_formats(kind: Type, earlier: Type) -> Type:
    """The type, with the formats of an earlier one wherever both are text."""
    if kind == "string" and earlier in FORMATTED:
        return earlier
    if isinstance(kind, str) or isinstance(earlier, str):
        return kind
    if "array" in kind and "array" in earlier:
        return {"array": _with_formats(kind["array"], earlier["array"])}
    if "object" in kind and "object" in earlier:
        known = earlier["object"]
        fields = {
            name: {**facts, "type": _with_formats(facts["type"], known[name]["type"])} if name in known else facts
            for name, facts in kind["object"].items()
        }
        return {"object": fields}
    return kind


def _by_name(name: str, kind: Type) -> Type:
    """Apply the API's naming rule, in objects too."""
    if isinstance(kind, dict):
        if "array" in kind:
            return {"array": _by_name(name, kind["array"])} if isinstance(kind["array"], dict) else kind
        if "object" in kind:
            return {"object": {n: {**f, "type": _by_name(n, f["type"])} for n, f in kind["object"].items()}}
        return kind
    if kind != "string":
        return kind
    if name.endswith("_at"):
        return "date-time"
    return "date" if name.endswith(("_on", "_date")) else "string"
