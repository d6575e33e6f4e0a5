"""Official documents for the importer: the real ones, and variations of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.openapi import SPEC

PROSE = "Ünlikely prose 4711"
# Keys of a schema or an operation that hold names of the API, not keywords of OpenAPI.
NAMED = ("properties", "paths", "schemas", "webhooks", "responses", "content")


def written(content: object, path: Path) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def changed(node: Any, change: Callable[[dict[str, Any]], dict[str, Any]], *, names: bool = False) -> Any:
    """A copy of a document in which ``change`` went over every object that is not a table of names."""
    if isinstance(node, list):
        return [changed(item, change) for item in node]
    if not isinstance(node, dict):
        return node
    copy = {key: changed(value, change, names=key in NAMED and not names) for key, value in node.items()}
    return copy if names else change(copy)


def with_prose(node: dict[str, Any]) -> dict[str, Any]:
    """What the official documents say besides facts."""
    said = {
        "description": PROSE,
        "summary": PROSE,
        "example": PROSE,
        "examples": [PROSE],
        "title": PROSE,
        "x-note": PROSE,
    }
    return {**said, **node} if node.keys() & {"type", "operationId", "openapi", "tags", "in"} else node


def without_formats(node: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in node.items() if key != "format"}


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file of a folder with its bytes, but for the caches of tools."""
    found = {path.relative_to(folder): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {name.as_posix(): path.read_bytes() for name, path in found.items() if ".ruff_cache" not in name.parts}


def committed_facts() -> dict[str, bytes]:
    """What importing writes: the JSON files of ``spec/`` but for the names, which are hand-written."""
    return {path.name: path.read_bytes() for path in SPEC.glob("*.json") if path.name != "names.json"}
