"""Our own words and corrections beside the facts: ``spec/notes/<domain>.toml``, checked as they are read.

A note that names nothing, and a correction without reason and source, stop the generator: after an
import they would otherwise go on saying what is no longer so.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

CORRECTION_KEYS = frozenset({"about", "type", "reason", "source", "optional"})


class NotesError(Exception):
    """Notes that the spec does not bear out; the message lists them all."""


def load_notes(folder: Path, domains: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Read the notes of every domain.

    Args:
        folder: ``spec/notes``.
        domains: The facts of each domain.

    Raises:
        NotesError: A note is about something that the facts do not have, or a correction gives no reason.
    """
    notes = {path.stem: tomllib.loads(path.read_text()) for path in sorted(folder.glob("*.toml"))}
    wrong = [line for domain, content in notes.items() for line in _check(domain, content, domains.get(domain))]
    if wrong:
        raise NotesError("\n".join(wrong))
    return notes


def _check(domain: str, notes: Mapping[str, Any], facts: Mapping[str, Any] | None) -> list[str]:
    if facts is None:
        return [f"{domain}: no such domain"]
    wrong = _unknown(domain, notes, ("about", "resources", "models"))
    for name, resource in notes.get("resources", {}).items():
        wrong += _check_resource(f"{domain}.{name}", resource, _operations(facts, f"{domain}/{name}"))
    for name, model in notes.get("models", {}).items():
        if name not in facts["models"]:
            wrong.append(f"{domain}: no record {name}")
        else:
            wrong += _check_model(f"{domain}.{name}", model)
    return wrong


def _operations(facts: Mapping[str, Any], path: str) -> dict[str, Any]:
    return {k: v for k, v in facts["operations"].items() if "/".join(k.split(" ")[1].split("/")[:2]) == path}


def _check_resource(where: str, notes: Mapping[str, Any], operations: Mapping[str, Any]) -> list[str]:
    if not operations:
        return [f"{where}: no such resource"]
    wrong = _unknown(where, notes, ("about", "methods", "filters", "body"))
    filters = {name for entry in operations.values() for name in entry.get("filters", {})}
    fields = {name for entry in operations.values() if "body" in entry for name in entry["body"]["fields"]}
    wrong += _unknown(f"{where}.filters", notes.get("filters", {}), filters)
    wrong += _unknown(f"{where}.body", notes.get("body", {}), fields)
    for kind in ("filters", "body"):
        for name, note in notes.get(kind, {}).items():
            wrong += _check_correction(f"{where}.{kind}.{name}", note) if isinstance(note, Mapping) else []
    return wrong


def _check_model(where: str, notes: Mapping[str, Any]) -> list[str]:
    wrong = _unknown(where, notes, ("about", "fields", "corrections", "extras"))
    for name, note in {**notes.get("corrections", {}), **notes.get("extras", {})}.items():
        wrong += _check_correction(f"{where}.{name}", {"type": None, **note})
        wrong += [] if "type" in note else [f"{where}.{name}: a correction needs a type"]
    return wrong


def _check_correction(where: str, note: Mapping[str, Any]) -> list[str]:
    wrong = _unknown(where, note, CORRECTION_KEYS)
    if ("type" in note or "optional" in note) and not (note.get("reason") and note.get("source")):
        wrong.append(f"{where}: a correction needs a reason and a source")
    return wrong


def _unknown(where: str, notes: Mapping[str, Any], known: Iterable[str]) -> list[str]:
    names: Sequence[str] = sorted(set(notes) - set(known))
    return [f"{where}: nothing is called {name}" for name in names]


def unknown_fields(where: str, notes: Mapping[str, Any] | None, known: Iterable[str]) -> list[str]:
    """Notes and corrections of a record's fields that it does not have, over all of its schemas."""
    fields = {**((notes or {}).get("fields", {})), **((notes or {}).get("corrections", {}))}
    return _unknown(where, fields, known)
