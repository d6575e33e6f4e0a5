"""``spec/`` says of each version what that version's own document says: merging loses and invents nothing."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline import store
from pipeline.types import Field, Snapshot
from tests.support.openapi import SPEC, VERSIONS

from .documents import Schema, corrections, document

SNAPSHOTS = {snapshot.version: snapshot for snapshot in store.load(SPEC)}
TEXT = ("string", "date", "date-time", "time", "binary")

every_version = pytest.mark.parametrize("version", VERSIONS)


def shape(schema: Schema) -> Any:
    """A document's type, less the formats: those may be known from elsewhere."""
    kind = schema.get("type", "any")
    if isinstance(kind, list):
        found = sorted({str(shape({**schema, "type": one})) for one in kind if one != "null"})
        return found[0] if len(found) == 1 else found
    if "enum" in schema:
        return ("enum", *sorted(schema["enum"]))
    if kind == "array":
        return ("array", shape(schema.get("items") or {}))
    if kind == "object":
        required = schema.get("required", [])
        return {name: (shape(one), name in required) for name, one in schema.get("properties", {}).items()}
    return kind


def spec_shape(kind: Any) -> Any:
    """The same of a type of ``spec/``."""
    if isinstance(kind, str):
        return "string" if kind in TEXT else kind
    if "enum" in kind:
        return ("enum", *sorted(kind["enum"]))
    if "array" in kind:
        return ("array", spec_shape(kind["array"]))
    if "union" in kind:
        return sorted(str(spec_shape(one)) for one in kind["union"])
    return {name: (spec_shape(one["type"]), bool(one.get("required"))) for name, one in kind["object"].items()}


def as_documented(schema: Schema | None) -> dict[str, Any]:
    required = (schema or {}).get("required", [])
    return {name: (shape(one), name in required) for name, one in (schema or {}).get("properties", {}).items()}


def as_in_spec(fields: dict[str, Field]) -> dict[str, Any]:
    return {name: (spec_shape(field.type), field.required) for name, field in fields.items()}


def snapshot_of(version: str) -> Snapshot:
    return SNAPSHOTS[version]


def test_every_version_is_there() -> None:
    assert tuple(SNAPSHOTS) == VERSIONS


@every_version
def test_operations_are_those_of_the_document(version: str) -> None:
    found, documented = snapshot_of(version).operations, document(version).operations
    assert found.keys() == documented.keys()
    for key, operation in documented.items():
        encoding = "multipart" if operation.is_multipart else "json" if operation.body is not None else None
        expected = (operation.result, operation.record_name, operation.status, encoding)
        one = found[key]
        assert (one.result, one.model, one.status, one.encoding) == expected, key


@every_version
def test_filters_are_those_of_the_document(version: str) -> None:
    for key, operation in document(version).operations.items():
        expected = {name: (shape(one), name in operation.required_filters) for name, one in operation.filters.items()}
        assert as_in_spec(snapshot_of(version).operations[key].filters) == expected, key


@every_version
def test_bodies_are_those_of_the_document(version: str) -> None:
    for key, operation in document(version).operations.items():
        assert as_in_spec(snapshot_of(version).operations[key].body) == as_documented(operation.body), key


@every_version
def test_records_are_those_of_the_document(version: str) -> None:
    found, documented = snapshot_of(version).models, document(version).schemas
    assert found.keys() == documented.keys()
    wrong = {
        f"{name}.{field}": (as_in_spec(found[name]).get(field), facts)
        for name, schema in documented.items()
        for field, facts in as_documented(schema).items()
        if as_in_spec(found[name]).get(field) != facts
    }
    assert not wrong
    assert {name: set(found[name]) for name in found} == {
        name: set(as_documented(one)) for name, one in documented.items()
    }


@every_version
def test_events_are_those_of_the_document(version: str) -> None:
    assert snapshot_of(version).events == document(version).events


@pytest.mark.parametrize("place", sorted(corrections()))
def test_a_correction_has_a_place_a_reason_and_a_source(place: str) -> None:
    schema, field = place.split(".")
    documented = [document(version).schemas.get(schema, {}).get("properties", {}).get(field) for version in VERSIONS]
    assert any(one is not None for one in documented)
    assert corrections()[place]["reason"]
    assert corrections()[place]["source"]
