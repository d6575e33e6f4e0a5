"""The official documents, and a validator of answers that knows nothing of this package's own tables.

Where ``spec/notes`` corrects a document, with a reason and a source, the correction is what is validated.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.support import openapi

FORMATS = FormatChecker(formats=("date",))


@FORMATS.checks("date-time", raises=ValueError)
def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or bool(dt.datetime.fromisoformat(value))


@FORMATS.checks("time", raises=ValueError)
def _is_time(value: object) -> bool:
    return not isinstance(value, str) or dt.time.fromisoformat(value) is not None


class DocumentedOperation(NamedTuple):
    """One operation as the document has it."""

    version: str
    verb: str
    path: str
    """Below ``resources/``."""
    description: dict[str, Any]

    @property
    def success(self) -> int:
        (status,) = (int(one) for one in self.description["responses"] if one.startswith("2"))
        return status

    @property
    def body(self) -> tuple[str, dict[str, Any]] | None:
        """Content type and schema of the body."""
        if "requestBody" not in self.description:
            return None
        ((content_type, content),) = self.description["requestBody"]["content"].items()
        return content_type, content["schema"]


@cache
def document(version: str) -> dict[str, Any]:
    """The document of a version, with this project's corrections of it in their places."""
    found = openapi.parsed(version)
    for schema, fields in openapi.corrections().items():
        described = found["components"]["schemas"].get(schema, {})
        for name, correction in fields.items():
            if name in described.get("properties", {}):
                described["properties"][name] = as_schema(correction["type"])
                if correction.get("optional") and name in described.get("required", []):
                    described["required"].remove(name)
    return found


@cache
def body_corrections() -> dict[tuple[str, str], Any]:
    """What is known of fields of bodies better than the documents say it, by resource and field."""
    return {
        (f"{path.stem}/{resource}", name): note
        for path in sorted(openapi.NOTES.glob("*.toml"))
        for resource, notes in tomllib.loads(path.read_text()).get("resources", {}).items()
        for name, note in notes.get("body", {}).items()
        if isinstance(note, dict) and "type" in note
    }


WORDS = {
    "id": {"type": ["integer", "string"]},
    "date": {"type": "string", "format": "date"},
    "date-time": {"type": "string", "format": "date-time"},
    "time": {"type": "string", "format": "time"},
    "any": {},
}


def as_schema(kind: Any) -> dict[str, Any]:
    """A type in the words of ``spec/`` as JSON Schema."""
    if isinstance(kind, str):
        return WORDS.get(kind, {"type": kind})
    if "array" in kind:
        return {"type": "array", "items": as_schema(kind["array"])}
    if "enum" in kind:
        return {"type": "string", "enum": kind["enum"]}
    if "union" in kind:
        return {"anyOf": [as_schema(one) for one in kind["union"]]}
    return {
        "type": "object",
        "properties": {name: as_schema(facts["type"]) for name, facts in kind["object"].items()},
        "required": [name for name, facts in kind["object"].items() if facts.get("required")],
    }


@cache
def _registry(version: str) -> Any:
    return Registry().with_resource(
        "api:", Resource.from_contents(document(version), default_specification=DRAFT202012)
    )


def operations(version: str) -> Iterator[DocumentedOperation]:
    for verb, path, description in openapi.operations_of(document(version), version):
        yield DocumentedOperation(version, verb, path, description)


def faults_of_answer(operation: DocumentedOperation, status: int, instance: Any) -> list[str]:
    """What the official document says against an answer with this status."""
    path = f"/api/{operation.version}/resources/{operation.path}".replace("/", "~1")
    pointer = f"api:#/paths/{path}/{operation.verb.lower()}/responses/{status}/content/application~1json/schema"
    validator = Draft202012Validator({"$ref": pointer}, registry=_registry(operation.version), format_checker=FORMATS)
    schema = operation.description["responses"][str(status)]["content"]["application/json"]["schema"]
    pruned = without_optional_nulls(instance, schema, operation.version)
    return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(pruned)]


def faults_of_record(version: str, schema_name: str, instance: Any) -> list[str]:
    """Likewise for a record alone, as webhooks carry it."""
    reference = {"$ref": f"api:#/components/schemas/{schema_name}"}
    validator = Draft202012Validator(reference, registry=_registry(version), format_checker=FORMATS)
    pruned = without_optional_nulls(instance, {"$ref": f"#/components/schemas/{schema_name}"}, version)
    return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(pruned)]


def without_optional_nulls(instance: Any, schema: dict[str, Any], version: str) -> Any:
    """Leave out what is null and not required: the documents call nothing nullable, and mean it nowhere."""
    if "$ref" in schema:
        schema = document(version)["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if isinstance(instance, list):
        return [without_optional_nulls(item, schema.get("items", {}), version) for item in instance]
    if isinstance(instance, dict):
        properties, required = schema.get("properties", {}), schema.get("required", [])
        return {
            name: without_optional_nulls(value, properties.get(name, {}), version)
            for name, value in instance.items()
            if value is not None or name in required
        }
    return instance
