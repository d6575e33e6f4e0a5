"""What one API version says of an operation or a record, read from the generated tables on first use."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

import msgspec

from factorialhr.testing._tables.index import COLLECTIONS, VERSIONS
from factorialhr.testing.shapes import as_list

Type: TypeAlias = "str | dict[str, Any]"
"""A word such as ``id`` or ``date-time``, or ``{"array": T}``, ``{"enum": [...]}``, ``{"object": {...}}``,
``{"union": [...]}``; ``id`` is an integer through 2026-04-01 and a string from 2026-07-01 on."""

NEWEST_VERSION = VERSIONS[-1]
UPDATED_SINCE = ("updated_at_gteq", "updated_after", "updated_from")
"""Names of the filters that keep what has changed since; shifts alone call theirs otherwise."""
LAST_VERSION_WITH_INTEGER_IDS = "2026-04-01"
DOMAINS: Mapping[str, tuple[str, ...]] = {
    domain: tuple(path for path in COLLECTIONS if path.startswith(f"{domain}/"))
    for domain in dict.fromkeys(path.partition("/")[0] for path in COLLECTIONS)
}
DOMAIN_OF_MODEL = {model: path.partition("/")[0] for path, model in COLLECTIONS.items()}


@dataclass(frozen=True, slots=True)
class Field:
    """A filter, a field of a body or a field of a record, in one version."""

    name: str
    type: Type
    required: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """One verb on one path, in one version."""

    verb: str
    path: str
    """Below ``resources/``, with ``{id}`` where an id stands."""
    collection: str
    """The list it works on: the first two segments of the path."""
    result: str
    """``page``, ``array`` or ``record``."""
    model: str
    status: int
    encoding: str | None
    """``json``, ``multipart``, or ``None`` without a body."""
    filters: Mapping[str, Field]
    body: Mapping[str, Field]

    @property
    def action(self) -> str | None:
        """The last word of a path such as ``timeoff/leaves/approve``."""
        last = self.path.rpartition("/")[2]
        return None if self.path == self.collection or last == "{id}" else last


def operation(verb: str, segments: tuple[str, ...], version: str) -> tuple[Operation, str | None] | None:
    """The operation that a request addresses, with the id in its path; ``None`` where there is none."""
    if len(segments) not in (2, 3) or segments[0] not in DOMAINS:
        return None
    found = _operation(segments[0], f"{verb} {'/'.join(segments)}", version) if "{id}" not in segments else None
    if found is not None:
        return found, None
    if len(segments) == 3:
        found = _operation(segments[0], f"{verb} {segments[0]}/{segments[1]}/{{id}}", version)
        return None if found is None else (found, segments[2])
    return None


def operations(version: str) -> Iterator[Operation]:
    """Every operation of a version."""
    for domain in DOMAINS:
        for key in _facts(domain)["operations"]:
            found = _operation(domain, key, version)
            if found is not None:
                yield found


def record_fields(model: str, version: str) -> Mapping[str, Field]:
    """The fields of a record in a version, as its schema has them; empty where the version lacks the schema."""
    return _record_fields(DOMAIN_OF_MODEL[model], model, version)


@cache
def newest_fields(model: str) -> Mapping[str, Field]:
    """The fields of a record over all versions, each as the newest version that has it describes it."""
    fields: dict[str, Field] = {}
    for version in VERSIONS:
        fields.update(record_fields(model, version))
    return fields


@cache
def common_fields(model: str) -> Mapping[str, Field]:
    """The same fields, so that a value of theirs suits every version: choices that all versions have, required in any."""
    fields: dict[str, Field] = {}
    for name, newest in newest_fields(model).items():
        spans = [record_fields(model, version).get(name) for version in VERSIONS]
        kind = newest.type
        for span in spans:
            if span is not None:
                kind = _common_choices(kind, span.type)
        required = any(span is not None and span.required for span in spans)
        fields[name] = Field(name, kind, required)
    return fields


@cache
def unshown_fields(path: str) -> frozenset[str]:
    """``updated_at`` in lists that can be asked for what changed since, and whose records do not say when that was."""
    entry = _facts(path.partition("/")[0])["operations"].get(f"GET {path}", {})
    can_be_asked = not entry.get("filters", {}).keys().isdisjoint(UPDATED_SINCE)
    return frozenset({"updated_at"} if can_be_asked else ()) - newest_fields(COLLECTIONS[path]).keys()


def _common_choices(kind: Type, other: Type) -> Type:
    if not isinstance(kind, dict) or not isinstance(other, dict) or "enum" not in kind or "enum" not in other:
        return kind
    return {"enum": [value for value in kind["enum"] if value in other["enum"]] or kind["enum"]}


def event_model(event: str, version: str) -> str | None:
    """The schema of a webhook's payload; ``None`` where the version has no such event."""
    domain = event.partition("/")[0]
    if domain not in DOMAINS:
        return None
    entry = _facts(domain)["events"].get(event)
    return None if entry is None else (_at(entry, version, VERSIONS) or {}).get("model")


@cache
def _facts(domain: str) -> dict[str, Any]:
    module = importlib.import_module(f"factorialhr.testing._tables.{domain}")
    facts: dict[str, Any] = msgspec.json.decode(module.FACTS)
    return facts


@cache
def _operation(domain: str, key: str, version: str) -> Operation | None:
    entry: dict[str, Any] = _facts(domain)["operations"].get(key, {})
    inside = _within(entry, VERSIONS)
    answer = _at(entry["answer"], version, inside) if entry and version in inside else None
    if answer is None:
        return None
    verb, path = key.split(" ")
    body: dict[str, Any] = entry.get("body", {})
    content = _at(body["content"], version, inside) if body else None
    return Operation(
        verb=verb,
        path=path,
        collection="/".join(path.split("/")[:2]),
        result=answer["result"],
        model=answer["model"],
        status=answer["status"],
        encoding=content["encoding"] if content else None,
        filters=_fields(entry.get("filters", {}), version, inside),
        body=_fields(body.get("fields", {}), version, inside),
    )


@cache
def _record_fields(domain: str, model: str, version: str) -> Mapping[str, Field]:
    entry: dict[str, Any] = _facts(domain)["models"].get(model, {"fields": {}})
    inside = _within(entry, VERSIONS)
    return _fields(entry["fields"], version, inside) if version in inside else {}


def _fields(entries: Mapping[str, Any], version: str, inside: tuple[str, ...]) -> dict[str, Field]:
    fields: dict[str, Field] = {}
    for name, entry in entries.items():
        facts = _at(entry, version, inside)
        if facts is not None:
            fields[name] = Field(name, facts["type"], bool(facts.get("required")))
    return fields


def _at(entry: Any, version: str, versions: tuple[str, ...]) -> dict[str, Any] | None:
    """The span of an entry that holds in a version, within its parent's life."""
    spans: list[dict[str, Any]] = as_list(entry)
    return next((span for span in spans if version in _within(span, versions)), None)


def _within(entry: Mapping[str, Any], versions: tuple[str, ...]) -> tuple[str, ...]:
    since, until = entry.get("since", versions[0]), entry.get("until", versions[-1])
    return tuple(version for version in versions if since <= version <= until)
