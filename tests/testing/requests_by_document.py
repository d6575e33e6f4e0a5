"""Requests made from the official documents alone: for every operation one that should succeed."""

from __future__ import annotations

import json
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from factorialhr.testing import Sandbox
from factorialhr.testing._tables.index import COLLECTIONS
from factorialhr.testing.references import collection_of
from tests.testing.documents import DocumentedOperation, as_schema, body_corrections, document

BOUNDARY = "boundary-of-the-test"
DEMANDED = {
    "job_catalog/node_attributes": {"node_uuid": "jobcatalog_treelevel-14"},
    "job_catalog/tree_nodes": {"node_type": "jobcatalog_treelevel"},
    "payroll_employees/identifiers": {"country": "es"},
}
"""The filters that the API is known to insist on."""


class Asked(NamedTuple):
    status: int
    content: Any


class Asker:
    """One caller of one sandbox, in one version."""

    def __init__(self, sandbox: Sandbox, version: str) -> None:
        self.sandbox = sandbox
        self.version = version

    def ask(
        self, verb: str, path: str, body: bytes = b"", content_type: str = "application/json", query: str = ""
    ) -> Asked:
        headers = {"x-api-key": self.sandbox.api_key, "content-type": content_type}
        answer = self.sandbox.handle(verb, f"/api/{self.version}/resources/{path}", query, headers, body)
        return Asked(answer.status, json.loads(answer.body) if answer.body else None)

    def perform(self, operation: DocumentedOperation, *, full: bool) -> Asked:
        """Call an operation with the smallest or with the fullest body that its document allows."""
        resource = "/".join(operation.path.split("/")[:2])
        key = self.some_id(resource)
        path = operation.path.replace("{id}", quote(str(key), safe=""))
        found = operation.body
        if found is None:
            return self.ask(operation.verb, path, query=urlencode(DEMANDED.get(path, {})))
        content_type, schema = found
        fields = self._object(_corrected(schema, resource), resource, key, full=full)
        self._prepare(operation.path, fields)
        if content_type == "multipart/form-data":
            body = _multipart(fields)
            return self.ask(operation.verb, path, body, f"multipart/form-data; boundary={BOUNDARY}")
        return self.ask(operation.verb, path, json.dumps(fields).encode())

    def some_id(self, resource: str) -> Any:
        """The id of a record that there is: read from the list, or newly made where the list starts empty."""
        listed = self.sandbox.table(resource).records
        if not listed:
            listed = [self.sandbox.table(resource).add()]
        return self._spelt(listed[0]["id"])

    def _spelt(self, key: Any) -> Any:
        return key if self.version <= "2026-04-01" else str(key)

    def _prepare(self, path: str, fields: dict[str, Any]) -> None:
        """Bring about what an operation presupposes: nobody clocks out who is not in."""
        if path == "attendance/shifts/clock_out":
            employee = self.some_id("employees/employees")
            fields["employee_id"] = employee
            self.sandbox.table("attendance/shifts").add(employee_id=employee, clock_in="08:00", clock_out=None)
        if path == "documents/download_urls/bulk_create":
            fields["ids"] = [self.some_id("documents/documents")]

    def _object(self, schema: dict[str, Any], resource: str, key: Any, *, full: bool) -> dict[str, Any]:
        required = schema.get("required", [])
        return {
            name: self._value(name, sub, resource, key, full=full)
            for name, sub in schema.get("properties", {}).items()
            if full or name in required
        }

    def _value(self, name: str, schema: dict[str, Any], resource: str, key: Any, *, full: bool) -> Any:
        if "$ref" in schema:
            schema = document(self.version)["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        kind = schema.get("type", "string")
        kind = next(one for one in kind if one != "null") if isinstance(kind, list) else kind
        kind = "string" if kind == "unknown" else kind
        if name in ("id", "ids"):
            items = schema.get("items", {}).get("type", "integer" if isinstance(key, int) else "string")
            found = str(key) if "string" in (kind, items) and kind != "integer" else key
            return [found] if kind == "array" else found
        if kind == "string" and "enum" not in schema and "format" not in schema:
            # Bodies describe as text what the record describes as a time, or as a choice of few words.
            schema = {**schema, **self._described(resource, name)}
        target = collection_of(name, resource.partition("/")[0])
        if schema.get("enum"):
            return schema["enum"][0]
        if kind == "array":
            if target is not None and schema.get("items", {}).get("type") in ("string", "integer"):
                found = self._target(target)
                return [str(found) if schema["items"]["type"] == "string" else found]
            return [self._value(name.rstrip("s"), schema.get("items", {}), resource, key, full=full)]
        if kind == "object":
            return self._object(schema, resource, key, full=full)
        if kind in ("string", "integer") and target is not None:
            found = self._target(target)
            return str(found) if kind == "string" else found
        if name == "subscription_type":
            return "trainings/training/create"
        if name == "target_url":
            return "http://127.0.0.1:9/hook"
        if kind == "string":
            texts = {"date": "2026-10-05", "date-time": "2026-10-05T09:00:00Z", "time": "09:30", "binary": "(file)"}
            return texts.get(schema.get("format", ""), "2026-10-05")
        return {"integer": 3, "number": 2.5, "boolean": True}.get(kind)

    def _described(self, resource: str, name: str) -> dict[str, Any]:
        schemas = document(self.version)["components"]["schemas"]
        field = schemas.get(COLLECTIONS[resource], {}).get("properties", {}).get(name, {})
        return {keyword: field[keyword] for keyword in ("enum", "format") if keyword in field}

    def _target(self, target: str) -> Any:
        if target == "company":
            return self._spelt(self.sandbox.company_id)
        if target == "accesses":
            return self._spelt(self.sandbox.table("employees/employees").records[0]["access_id"])
        return self.some_id(target)


def _corrected(schema: dict[str, Any], resource: str) -> dict[str, Any]:
    """A body's schema with this project's corrections of it."""
    known = {name: note for (path, name), note in body_corrections().items() if path == resource}
    properties = dict(schema.get("properties", {}))
    for name in properties.keys() & known.keys():
        corrected = as_schema(known[name]["type"])
        properties[name] = corrected.get("anyOf", [corrected])[0]
    return {**schema, "properties": properties}


def _multipart(fields: dict[str, Any]) -> bytes:
    parts: list[str] = []
    for name, value in fields.items():
        for one in value if isinstance(value, list) else [value]:
            pairs = one.items() if isinstance(one, dict) else [(None, one)]
            for inner, text in pairs:
                wire_name = name if not isinstance(value, list) or name.endswith("[]") else f"{name}[]"
                wire_name = wire_name if inner is None else f"{wire_name}[{inner}]"
                file = '; filename="report.pdf"\r\nContent-Type: application/pdf' if text == "(file)" else ""
                shown = str(text).lower() if isinstance(text, bool) else str(text)
                parts.append(
                    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{wire_name}"{file}\r\n\r\n{shown}\r\n'
                )
    return ("".join(parts) + f"--{BOUNDARY}--\r\n").encode()
