"""``spec/`` on disk: one file per domain, merged over versions; in memory: one snapshot per version."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from .timeline import bounds, collapse, expand, within
from .types import Field, Operation, Snapshot

VERSIONS_FILE = "versions.json"
HAND_WRITTEN = frozenset({"names.json", VERSIONS_FILE})


def load(folder: Path) -> list[Snapshot]:
    """Every version that ``spec/`` knows, oldest first; an empty folder knows none."""
    if not (folder / VERSIONS_FILE).exists():
        return []
    versions: list[str] = json.loads((folder / VERSIONS_FILE).read_text())
    snapshots = {version: Snapshot(version) for version in versions}
    for path in domain_files(folder):
        _load_domain(json.loads(path.read_text()), versions, snapshots)
    return [snapshots[version] for version in versions]


def domain_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.json") if path.name not in HAND_WRITTEN)


def save(folder: Path, snapshots: Iterable[Snapshot]) -> None:
    """Replace the files of the facts, all or none."""
    ordered = sorted(snapshots, key=lambda snapshot: snapshot.version)
    files = {VERSIONS_FILE: _dump([snapshot.version for snapshot in ordered])}
    for domain, content in merge(ordered).items():
        files[f"{domain}.json"] = _dump(content)
    # Everything is written beside the folder first: a full disk must not leave half a spec behind.
    staging = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".spec-"))
    try:
        for name, text in files.items():
            (staging / name).write_text(text)
        for name in files:
            (staging / name).replace(folder / name)
    finally:
        shutil.rmtree(staging)
    for path in domain_files(folder):
        if path.name not in files:
            path.unlink()


def merge(snapshots: Sequence[Snapshot]) -> dict[str, dict[str, Any]]:
    """The files' content by domain."""
    versions = [snapshot.version for snapshot in snapshots]
    domains: dict[str, dict[str, Any]] = defaultdict(lambda: {"operations": {}, "models": {}, "events": {}})
    model_domain = _domains_of_models(snapshots)
    for key in sorted({key for snapshot in snapshots for key in snapshot.operations}):
        by_version = {s.version: s.operations[key] for s in snapshots if key in s.operations}
        domains[_domain_of_path(key)]["operations"][key] = _merge_operation(by_version, versions)
    for name in sorted({name for snapshot in snapshots for name in snapshot.models}):
        fields = {s.version: s.models[name] for s in snapshots if name in s.models}
        inside = list(fields)
        domains[model_domain[name]]["models"][name] = {
            **bounds(inside, versions),
            "fields": _merge_fields(fields, inside),
        }
    for event in sorted({event for snapshot in snapshots for event in snapshot.events}):
        models = {s.version: {"model": s.events[event]} for s in snapshots if event in s.events}
        domains[event.split("/")[0]]["events"][event] = collapse(models, versions)
    return dict(domains)


def _merge_operation(by_version: dict[str, Operation], versions: Sequence[str]) -> dict[str, Any]:
    inside = list(by_version)
    merged: dict[str, Any] = {
        **bounds(inside, versions),
        "answer": collapse(
            {v: {"result": o.result, "model": o.model, "status": o.status} for v, o in by_version.items()}, inside
        ),
    }
    filters = _merge_fields({v: o.filters for v, o in by_version.items()}, inside)
    if filters:
        merged["filters"] = filters
    encodings = {v: {"encoding": o.encoding} for v, o in by_version.items() if o.encoding}
    if encodings:
        fields = _merge_fields({v: o.body for v, o in by_version.items()}, inside)
        merged["body"] = {"content": collapse(encodings, inside), "fields": fields}
    return merged


def _merge_fields(by_version: dict[str, dict[str, Field]], versions: Sequence[str]) -> dict[str, Any]:
    names = sorted({name for fields in by_version.values() for name in fields}, key=lambda name: (name != "id", name))
    return {
        name: collapse({v: fields[name].facts() for v, fields in by_version.items() if name in fields}, versions)
        for name in names
    }


def _load_domain(content: dict[str, Any], versions: Sequence[str], snapshots: dict[str, Snapshot]) -> None:
    for key, entry in content["operations"].items():
        inside = within(entry, versions)
        answers = expand(entry["answer"], inside)
        filters = _expand_fields(entry.get("filters", {}), inside)
        body = entry.get("body")
        bodies = _expand_fields(body["fields"], inside) if body else {}
        encodings = expand(body["content"], inside) if body else {}
        for version in inside:
            snapshots[version].operations[key] = Operation(
                **answers[version],
                encoding=encodings.get(version, {}).get("encoding"),
                filters=filters.get(version, {}),
                body=bodies.get(version, {}),
            )
    for name, entry in content["models"].items():
        inside = within(entry, versions)
        fields = _expand_fields(entry["fields"], inside)
        for version in inside:
            snapshots[version].models[name] = fields.get(version, {})
    for event, entry in content["events"].items():
        for version, facts in expand(entry, versions).items():
            snapshots[version].events[event] = facts["model"]


def _expand_fields(entries: dict[str, Any], versions: Sequence[str]) -> dict[str, dict[str, Field]]:
    by_version: dict[str, dict[str, Field]] = defaultdict(dict)
    for name, entry in entries.items():
        for version, facts in expand(entry, versions).items():
            by_version[version][name] = Field(facts["type"], bool(facts.get("required")))
    return by_version


def _domain_of_path(operation: str) -> str:
    return operation.split(" ")[1].split("/", maxsplit=1)[0]


def _domains_of_models(snapshots: Sequence[Snapshot]) -> dict[str, str]:
    """The domain whose operations answer with a model; else the one that its name begins with."""
    domains = {_domain_of_path(key) for snapshot in snapshots for key in snapshot.operations}
    users: defaultdict[str, set[str]] = defaultdict(set)
    for snapshot in snapshots:
        for key, operation in snapshot.operations.items():
            users[operation.model].add(_domain_of_path(key))
    found: dict[str, str] = {}
    for name in sorted({name for snapshot in snapshots for name in snapshot.models}):
        used = users[name]
        prefixes = sorted((domain for domain in domains if name.startswith(f"{domain}_")), key=len)
        if len(used) == 1:
            (found[name],) = used
        else:
            found[name] = prefixes[-1] if prefixes else min(used)
    return found


def _dump(content: Any) -> str:
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
