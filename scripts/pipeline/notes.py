"""Our own words and corrections beside the facts: ``spec/notes/<domain>.toml``, checked as they are read.

A note that names nothing, and a correction without reason and source, stop the generator: after an
import they would otherwise go on saying what is no longer so.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .timeline import spans

CORRECTION_KEYS = frozenset({"about", "type", "reason", "source", "optional"})
LIST_KEYS = frozenset({"key", "paging", "limit_counts", "reorders", "demands", "batches", "source"})
"""What the facts of a list say in any case; a range and a filter "changed since" are left out where there are none."""
LIST_TABLES = {
    "range": ({"first", "last"}, {"longest_days", "spans", "last_may_be_cut"}),
    "since": ({"filter", "unit"}, {"day_excluded"}),
}
LIST_WORDS = {"paging": ("numbers", "cursor", "none"), "limit_counts": ("records", "employees")}
SINCE_UNITS = ("moment", "day")


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
    wrong += [line for domain, facts in domains.items() for line in _check_lists(domain, notes.get(domain, {}), facts)]
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
    wrong = _unknown(where, notes, ("about", "methods", "filters", "body", "list"))
    if "list" in notes and _list_of(operations) is None:
        wrong.append(f"{where}: it has no list")
    filters = {name for entry in operations.values() for name in entry.get("filters", {})}
    fields = {name for entry in operations.values() if "body" in entry for name in entry["body"]["fields"]}
    wrong += _unknown(f"{where}.filters", notes.get("filters", {}), filters)
    wrong += _unknown(f"{where}.body", notes.get("body", {}), fields)
    for kind in ("filters", "body"):
        for name, note in notes.get(kind, {}).items():
            wrong += _check_correction(f"{where}.{kind}.{name}", note) if isinstance(note, Mapping) else []
    return wrong


def _list_of(operations: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The operation of a resource that answers with pages."""
    return next((one for one in operations.values() if spans(one["answer"])[-1]["result"] == "page"), None)


def _check_lists(domain: str, notes: Mapping[str, Any], facts: Mapping[str, Any]) -> list[str]:
    """Every list of a domain has its facts, and they speak of what there is."""
    wrong = []
    for name in sorted({key.split(" ")[1].split("/")[1] for key in facts["operations"]}):
        operation = _list_of(_operations(facts, f"{domain}/{name}"))
        if operation is None:
            continue
        where, known = f"{domain}.{name}.list", notes.get("resources", {}).get(name, {}).get("list")
        if known is None:
            wrong.append(f"{where}: the facts of the list are missing")
        else:
            models = {span["model"] for span in spans(operation["answer"])}
            fields = {field for model in models for field in facts["models"].get(model, {"fields": {}})["fields"]}
            wrong += _check_list(where, known, operation.get("filters", {}), fields)
    return wrong


def _check_list(where: str, known: Mapping[str, Any], filters: Mapping[str, Any], fields: Iterable[str]) -> list[str]:
    wrong = _check_keys(where, known, LIST_KEYS, LIST_TABLES)
    for table, (needed, others) in LIST_TABLES.items():
        wrong += _check_keys(f"{where}.{table}", known[table], needed, others) if table in known else []
    for key, words in LIST_WORDS.items():
        wrong += _not_among(f"{where}.{key}", [known[key]] if key in known else [], words)
    since, days = known.get("since", {}), known.get("range", {})
    wrong += _not_among(f"{where}.since.unit", [since["unit"]] if "unit" in since else [], SINCE_UNITS)
    named = {
        "reorders": known.get("reorders", []),
        "range": [days[end] for end in ("first", "last") if end in days],
        "since": [since["filter"]] if "filter" in since else [],
        "demands": [name for alternative in known.get("demands", []) for name in alternative],
        "batches": known.get("batches", {}),
    }
    for key, names in named.items():
        wrong += _not_among(f"{where}.{key}", names, filters)
    wrong += _not_among(f"{where}.key", known.get("key", []), fields)
    for name, most in known.get("batches", {}).items():
        if not name.endswith("[]"):
            wrong.append(f"{where}.batches: {name} takes one value")
        if type(most) is not int or most < 0:
            wrong.append(f"{where}.batches: {most!r} is no number of values for {name}")
    return wrong


def _check_keys(where: str, table: Mapping[str, Any], needed: Iterable[str], others: Iterable[str]) -> list[str]:
    empty = {key for key in needed if table.get(key) == ""}
    missing = sorted((set(needed) - set(table)) | empty)
    return [*_unknown(where, table, {*needed, *others}), *(f"{where}: {key} is missing" for key in missing)]


def _not_among(where: str, names: Iterable[str], known: Iterable[str]) -> list[str]:
    there = set(known)
    return [f"{where}: nothing is called {name}" for name in names if name not in there]


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
