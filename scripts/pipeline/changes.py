"""What a version changed for users, as text ready for the changelog."""

from __future__ import annotations

from collections.abc import Mapping

from .types import Field, Snapshot, Type, sort_key, unify_ids


def describe_changes(before: Snapshot, after: Snapshot) -> str:
    """Compare two versions; every line that can break a caller says so."""
    sections = [
        ("Added", _added(before, after)),
        ("Removed", _removed(before, after)),
        ("Changed", _changed(before, after)),
    ]
    lines = [f"### API version {after.version}, against {before.version}"]
    for title, entries in sections:
        if entries:
            lines += ["", f"**{title}**", "", *(f"- {entry}" for entry in entries)]
    if len(lines) == 1:
        lines += ["", "Nothing that a caller can see."]
    return "\n".join(lines) + "\n"


def _added(before: Snapshot, after: Snapshot) -> list[str]:
    lines = [f"`{key}`" for key in sorted(after.operations.keys() - before.operations.keys())]
    lines += [f"record `{name}`" for name in sorted(after.models.keys() - before.models.keys())]
    lines += [f"event `{name}`" for name in sorted(after.events.keys() - before.events.keys())]
    for where, old, new in _pairs(before, after):
        for name in sorted(new.keys() - old.keys()):
            required = " (required: **breaking**)" if new[name].required and "body" in where else ""
            lines.append(f"{where} `{name}`: {spell(new[name].type)}{required}")
    return lines


def _removed(before: Snapshot, after: Snapshot) -> list[str]:
    lines = [f"`{key}` (**breaking**)" for key in sorted(before.operations.keys() - after.operations.keys())]
    lines += [f"record `{name}` (**breaking**)" for name in sorted(before.models.keys() - after.models.keys())]
    lines += [f"event `{name}` (**breaking**)" for name in sorted(before.events.keys() - after.events.keys())]
    for where, old, new in _pairs(before, after):
        gone = sorted(old.keys() - new.keys())
        for name in gone:
            renamed = _likely_new_name(name, old, new)
            hint = f", probably now `{renamed}`" if renamed else ""
            lines.append(f"{where} `{name}`{hint} (**breaking**)")
    return lines


def _changed(before: Snapshot, after: Snapshot) -> list[str]:
    lines: list[str] = []
    for key in sorted(before.operations.keys() & after.operations.keys()):
        old, new = before.operations[key], after.operations[key]
        if (old.result, old.model) != (new.result, new.model):
            lines.append(
                f"`{key}` answers {new.result} of `{new.model}`, was {old.result} of `{old.model}` (**breaking**)"
            )
        if old.encoding != new.encoding:
            lines.append(
                f"`{key}` is sent as {new.encoding or 'no body'}, was {old.encoding or 'no body'} (**breaking**)"
            )
    flipped = 0
    for where, old_fields, new_fields in _pairs(before, after):
        for name in sorted(old_fields.keys() & new_fields.keys()):
            one, other = old_fields[name], new_fields[name]
            if one.type != other.type:
                if unify_ids(one.type, other.type) is not None:
                    flipped += 1
                else:
                    lines.append(_retyped(where, name, one.type, other.type))
            if one.required != other.required:
                lines.append(_requirement(where, name, required=other.required))
    if flipped:
        lines.append(f"{flipped} identifiers are strings, were integers (**breaking** for code that computes with ids)")
    return lines


def _retyped(where: str, name: str, old: Type, new: Type) -> str:
    if isinstance(old, dict) and isinstance(new, dict) and "enum" in old and "enum" in new:
        gained = ", ".join(f"`{value}`" for value in new["enum"] if value not in old["enum"])
        lost = ", ".join(f"`{value}`" for value in old["enum"] if value not in new["enum"])
        parts = ([f"gains {gained}"] if gained else []) + ([f"loses {lost} (**breaking**)"] if lost else [])
        return f"{where} `{name}` {', '.join(parts)}"
    return f"{where} `{name}`: {spell(new)}, was {spell(old)} (**breaking**)"


def _requirement(where: str, name: str, *, required: bool) -> str:
    if "body" in where or "filter" in where:
        return f"{where} `{name}` is now {'required (**breaking**)' if required else 'optional'}"
    return f"{where} `{name}` is now {'always there' if required else 'optional (**breaking**)'}"


def _likely_new_name(name: str, old: Mapping[str, Field], new: Mapping[str, Field]) -> str | None:
    bare = name.removesuffix("[]").removesuffix("s")
    candidates = [
        other
        for other in sorted(new.keys() - old.keys())
        if bare in other or other.removesuffix("[]").removesuffix("s") in name
    ]
    return candidates[0] if len(candidates) == 1 else None


def _pairs(before: Snapshot, after: Snapshot) -> list[tuple[str, Mapping[str, Field], Mapping[str, Field]]]:
    pairs: list[tuple[str, Mapping[str, Field], Mapping[str, Field]]] = []
    for key in sorted(before.operations.keys() & after.operations.keys()):
        old, new = before.operations[key], after.operations[key]
        pairs.append((f"`{key}` filter", old.filters, new.filters))
        pairs.append((f"`{key}` body", old.body, new.body))
    for name in sorted(before.models.keys() & after.models.keys()):
        pairs.append((f"record `{name}`", before.models[name], after.models[name]))
    return pairs


def spell(kind: Type) -> str:
    """A type in words."""
    if isinstance(kind, str):
        return kind
    if "array" in kind:
        return f"array of {spell(kind['array'])}"
    if "enum" in kind:
        return f"one of {', '.join(kind['enum'])}"
    if "union" in kind:
        return " or ".join(spell(one) for one in sorted(kind["union"], key=sort_key))
    return f"object of {', '.join(kind['object'])}" if kind["object"] else "object"
