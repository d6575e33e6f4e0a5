"""The official documents, and a validator of answers that knows nothing of this package's own tables."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

FOLDER = Path(__file__).parents[2] / "spec" / "openapi"
VERSIONS = tuple(sorted(path.name.removesuffix(".json.gz") for path in FOLDER.glob("*.json.gz")))
VERBS = ("get", "post", "put", "patch", "delete")

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
    with gzip.open(FOLDER / f"{version}.json.gz") as file:
        found: dict[str, Any] = json.load(file)
    return found


@cache
def _registry(version: str) -> Any:
    return Registry().with_resource(
        "api:", Resource.from_contents(document(version), default_specification=DRAFT202012)
    )


def operations(version: str) -> Iterator[DocumentedOperation]:
    for path, item in document(version)["paths"].items():
        for verb in VERBS:
            if verb in item:
                yield DocumentedOperation(version, verb.upper(), path.partition("/resources/")[2], item[verb])


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
