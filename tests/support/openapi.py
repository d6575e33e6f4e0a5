"""The official OpenAPI documents, read in one place for all tests, and how much is in them.

Neither the importer nor the generator is asked: what those make of the documents is held against this.
"""

from __future__ import annotations

import gzip
import json
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]
SPEC = ROOT / "spec"
NOTES = SPEC / "notes"

OPERATIONS = {"2026-01-01": 547, "2026-04-01": 554, "2026-07-01": 550, "2026-10-01": 615, "2027-01-01": 627}
LISTS = {"2026-01-01": 147, "2026-04-01": 148, "2026-07-01": 148, "2026-10-01": 169, "2027-01-01": 172}
DISTINCT_OPERATIONS = 638
VERSIONS = tuple(OPERATIONS)
LAST_VERSION_WITH_INTEGER_IDS = "2026-04-01"


class Described(NamedTuple):
    """One verb on one path, as a document has it."""

    verb: str
    path: str
    """Below ``resources/``."""
    description: dict[str, Any]


def path_of(version: str) -> Path:
    return SPEC / "openapi" / f"{version}.json.gz"


def parsed(version: str) -> dict[str, Any]:
    """A copy of a document that a test may change."""
    content: dict[str, Any] = json.loads(_text(version))
    return content


@cache
def _text(version: str) -> bytes:
    return gzip.decompress(path_of(version).read_bytes())


def operations_of(document: dict[str, Any], version: str) -> Iterator[Described]:
    """Every operation of a document, in its order."""
    prefix = f"/api/{version}/resources/"
    for path, item in document["paths"].items():
        assert path.startswith(prefix), path
        for verb, description in item.items():
            yield Described(verb.upper(), path.removeprefix(prefix), description)


@cache
def corrections() -> dict[str, dict[str, Any]]:
    """What the API is known to send otherwise than its documents say, by schema and field; each with its reason."""
    return {
        schema: notes["corrections"]
        for path in sorted(NOTES.glob("*.toml"))
        for schema, notes in tomllib.loads(path.read_text()).get("models", {}).items()
        if notes.get("corrections")
    }
