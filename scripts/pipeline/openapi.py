"""Reads one OpenAPI 3.1 document of the API into a snapshot of facts.

Only facts are taken: paths, verbs, parameters, bodies, answers, types, enum values. Summaries,
descriptions and examples are passed over, wherever they stand.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from .types import Field, Operation, Snapshot, Type, simplify_union

RESOURCES_PATH = re.compile(r"^/api/(?P<version>\d{4}-\d{2}-\d{2})/resources/(?P<path>.+)$")
VERBS = ("get", "post", "put", "patch", "delete")
SUCCESS = ("200", "201")
# Schemas that describe envelopes, not records.
ENVELOPES = frozenset({"pagination_meta", "error_response"})
FORMATS = {"date": "date", "date-time": "date-time", "time": "time", "binary": "binary"}


class DocumentError(Exception):
    """The document is not an OpenAPI 3.1 description of this API."""


def read_document(document: Any) -> Snapshot:
    """Check and read one parsed document.

    Raises:
        DocumentError: It is not what this importer knows; nothing of it can be used.
    """
    try:
        return _read(document)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DocumentError(f"not the layout of this API's documents: {type(error).__name__}: {error}") from error


def _read(document: Any) -> Snapshot:
    if not isinstance(document, dict) or not str(document.get("openapi", "")).startswith("3.1"):
        raise DocumentError('not an OpenAPI 3.1 document: it needs a top-level "openapi": "3.1.x"')
    paths = document.get("paths")
    if not isinstance(paths, dict) or not paths:
        raise DocumentError("the document has no paths")
    with _naming("components"):
        schemas: dict[str, Any] = dict(document.get("components", {}).get("schemas", {}))
    reader = _Reader(schemas)
    version = _version_of(paths)
    snapshot = Snapshot(version=version)
    for path, item in paths.items():
        resource_path = RESOURCES_PATH.match(path)["path"]  # type: ignore[index]  # checked by _version_of
        for verb in VERBS:
            if verb in item:
                shared = item.get("parameters", [])
                key = f"{verb.upper()} {resource_path}"
                with _naming(key):
                    snapshot.operations[key] = reader.operation(key, item[verb], shared)
    for name, schema in schemas.items():
        if name not in ENVELOPES:
            with _naming(name):
                snapshot.models[name] = reader.fields(schema)
    for event, item in document.get("webhooks", {}).items():
        content = item["post"]["requestBody"]["content"]["application/json"]
        snapshot.events[event] = _reference(content["schema"])
    return snapshot


@contextmanager
def _naming(place: str) -> Generator[None]:
    """Say where in the document something was of no known layout."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DocumentError(f"{place}: no layout that this importer knows ({type(error).__name__}: {error})") from error


def _version_of(paths: dict[str, Any]) -> str:
    versions = set()
    for path in paths:
        match = RESOURCES_PATH.match(path)
        if match is None:
            raise DocumentError(f"unknown path layout: {path}; expected /api/YYYY-MM-DD/resources/...")
        versions.add(match["version"])
    if len(versions) > 1:
        raise DocumentError(f"one document, several versions: {', '.join(sorted(versions))}")
    return str(versions.pop())


def _reference(schema: dict[str, Any]) -> str:
    try:
        return str(schema["$ref"]).rsplit("/", 1)[1]
    except (KeyError, IndexError):
        raise DocumentError(f"expected a reference to a schema, found {sorted(schema)}") from None


class _Reader:
    def __init__(self, schemas: dict[str, Any]) -> None:
        self._schemas = schemas

    def operation(self, key: str, description: dict[str, Any], shared: list[Any]) -> Operation:
        result, model, status = self._answer(key, description)
        operation = Operation(result=result, model=model, status=status)
        for parameter in [*shared, *description.get("parameters", [])]:
            if parameter["in"] == "query":
                operation.filters[parameter["name"]] = self._field(
                    parameter["schema"], required=bool(parameter.get("required"))
                )
        body = description.get("requestBody")
        if body:
            ((content_type, content),) = body["content"].items()
            operation.encoding = "multipart" if content_type == "multipart/form-data" else "json"
            operation.body = self.fields(content["schema"])
        return operation

    def _answer(self, key: str, description: dict[str, Any]) -> tuple[str, str, int]:
        for status in SUCCESS:
            answer = description.get("responses", {}).get(status)
            if answer is None:
                continue
            schema = answer["content"]["application/json"]["schema"]
            if "$ref" in schema:
                return "record", self._known(schema), int(status)
            if schema.get("type") == "array":
                return "array", self._known(schema["items"]), int(status)
            data = schema.get("properties", {}).get("data", {})
            if data.get("type") == "array":
                return "page", self._known(data["items"]), int(status)
            raise DocumentError(f"{key}: an answer of a shape this importer does not know")
        raise DocumentError(f"{key}: no answer with status 200 or 201")

    def _known(self, schema: dict[str, Any]) -> str:
        name = _reference(schema)
        if name not in self._schemas:
            raise DocumentError(f"a reference to {name}, which the document does not define")
        return name

    def fields(self, schema: dict[str, Any]) -> dict[str, Field]:
        required = set(schema.get("required", []))
        return {name: self._field(sub, required=name in required) for name, sub in schema.get("properties", {}).items()}

    def _field(self, schema: dict[str, Any], *, required: bool) -> Field:
        return Field(type=self._type(schema), required=required)

    def _type(self, schema: dict[str, Any]) -> Type:
        if "$ref" in schema:
            return self._type(self._schemas[_reference(schema)])
        for keyword in ("anyOf", "oneOf"):
            if keyword in schema:
                return simplify_union([self._type(option) for option in schema[keyword]])
        declared = schema.get("type", "any")
        if isinstance(declared, list):
            return simplify_union([self._type({**schema, "type": one}) for one in declared])
        if schema.get("enum"):
            return {"enum": sorted(value for value in schema["enum"] if value is not None)}
        if declared == "array":
            return {"array": self._type(schema.get("items") or {})}
        if declared == "object":
            return {"object": {name: field.facts() for name, field in self.fields(schema).items()}}
        if declared == "string":
            return FORMATS.get(schema.get("format", ""), "string")
        if declared in ("integer", "number", "boolean", "null"):
            return str(declared)
        return "any"  # the API's own documents say "unknown" where they do not know
