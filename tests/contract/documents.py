"""The five OpenAPI documents, read as they are: neither the importer nor the generator is asked.

Values are made here from the documents' own schemas, so that a mistake of the generator's types shows.
"""

from __future__ import annotations

import datetime as dt
import enum
import keyword
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from typing import Any

from tests.support import openapi
from tests.support.openapi import LAST_VERSION_WITH_INTEGER_IDS, VERSIONS

ENVELOPES = ("pagination_meta", "error_response")
ZONE = dt.timezone(dt.timedelta(hours=2))

Schema = dict[str, Any]


@dataclass(frozen=True, repr=False)
class Operation:
    """One verb on one path in one version."""

    key: str
    version: str
    filters: dict[str, Schema]
    required_filters: frozenset[str]
    body: Schema | None
    is_multipart: bool
    result: str
    """``page``, ``array`` or ``record``."""
    record: Schema
    record_name: str
    status: int

    @property
    def verb(self) -> str:
        return self.key.split(" ")[0]

    @property
    def path(self) -> str:
        return self.key.split(" ")[1]

    @property
    def properties(self) -> dict[str, Schema]:
        """The record's properties in the answers of this version."""
        return answered_properties(self.version, self.record_name)

    def __str__(self) -> str:
        return f"{self.version} {self.key}"

    __repr__ = __str__  # in the messages of failed assertions


@dataclass(frozen=True)
class Document:
    version: str
    operations: dict[str, Operation]
    schemas: dict[str, Schema] = field(repr=False)
    events: dict[str, str] = field(repr=False)
    """Webhook events with the name of their payload's schema."""


@cache
def document(version: str) -> Document:
    """One version's document as it is."""
    content = openapi.parsed(version)
    schemas = {name: one for name, one in content["components"]["schemas"].items() if name not in ENVELOPES}
    operations = {}
    for verb, path, one in openapi.operations_of(content, version):
        key = f"{verb} {path}"
        operations[key] = _operation(key, version, one, schemas)
    events = {
        name: one["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for name, one in content["webhooks"].items()
    }
    return Document(version, operations, schemas, events)


def _operation(key: str, version: str, one: dict[str, Any], schemas: dict[str, Schema]) -> Operation:
    status, answer = next((int(code), found) for code, found in one["responses"].items() if code in ("200", "201"))
    schema = answer["content"]["application/json"]["schema"]
    if "$ref" in schema:
        result, reference = "record", schema
    elif schema["type"] == "array":
        result, reference = "array", schema["items"]
    else:
        result, reference = "page", schema["properties"]["data"]["items"]
    content = one.get("requestBody", {}).get("content", {})
    query = [p for p in one.get("parameters", []) if p["in"] == "query"]
    name = reference["$ref"].rpartition("/")[2]
    return Operation(
        key=key,
        version=version,
        filters={p["name"]: p["schema"] for p in query},
        required_filters=frozenset(p["name"] for p in query if p.get("required")),
        body=next(iter(content.values()))["schema"] if content else None,
        is_multipart="multipart/form-data" in content,
        result=result,
        record=schemas[name],
        record_name=name,
        status=status,
    )


@cache
def distinct_operations() -> dict[str, list[Operation]]:
    """Every operation with its form in each version that has it, oldest first."""
    found: dict[str, list[Operation]] = {}
    for version in VERSIONS:
        for key, operation in document(version).operations.items():
            found.setdefault(key, []).append(operation)
    return dict(sorted(found.items()))


def argument_name(wire_name: str) -> str:
    """A filter's keyword: its name without brackets, with an underscore behind Python's own words."""
    bare = wire_name.removesuffix("[]")
    return f"{bare}_" if keyword.iskeyword(bare) else bare


def is_binary(schema: Schema) -> bool:
    return schema.get("format") == "binary" or (schema.get("type") == "array" and is_binary(schema.get("items") or {}))


# -- what is sent -------------------------------------------------------------------------------------


class Sent:
    """Makes a Python value and what it must look like on the wire, never the same value twice."""

    def __init__(self, version: str) -> None:
        self._version = version
        self._numbers = count(1)

    def value(self, name: str, schema: Schema) -> tuple[Any, Any]:
        """A value of a caller's and its JSON form."""
        number, kind = next(self._numbers), schema.get("type")
        if kind == "array":
            pairs = [self.value(name, schema.get("items") or {}) for _ in range(2)]
            return [one for one, _ in pairs], [other for _, other in pairs]
        if kind == "object":
            fields = {inner: self.value(inner, one) for inner, one in schema.get("properties", {}).items()}
            fields = fields or {"inner": (number, number)}
            return {key: one for key, (one, _) in fields.items()}, {key: other for key, (_, other) in fields.items()}
        if "enum" in schema:
            text = schema["enum"][number % len(schema["enum"])]
            return enum.Enum("Choice", {"CHOSEN": text})["CHOSEN"], text
        if kind == "boolean":
            return bool(number % 2), bool(number % 2)
        if kind == "integer":
            return number, number
        if kind == "number":
            return number + 0.5, number + 0.5
        return self._text(number, schema.get("format"))

    def _text(self, number: int, form: str | None) -> tuple[Any, Any]:
        day = dt.date(2026, 1, 1) + dt.timedelta(days=number)
        if form == "date":
            return day, day.isoformat()
        if form == "date-time":
            moment = dt.datetime.combine(day, dt.time(5, 6, 7), ZONE)
            return moment, f"{day}T05:06:07+02:00"
        if form == "time":
            return dt.time(9, number % 60), f"09:{number % 60:02}:00"
        return f"text {number} &=+/é", f"text {number} &=+/é"


def query_pairs(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """How a filter's JSON form is written into a query, by the rules of the API (Rails)."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from query_pairs(f"{name}[{key}]", inner)
    elif isinstance(value, list):
        for inner in value:
            yield from query_pairs(name, inner)
    elif isinstance(value, bool):
        yield name, "true" if value else "false"
    else:
        yield name, str(value)


# -- what is answered ---------------------------------------------------------------------------------

# What the documents get wrong: the package's own documentation, made from answers, has lists here.
PUBLISHED_AS_LISTS = {
    "performance_review_process.start_validation_errors",
    "performance_review_process.reviewer_strategies",
    "performance_review_process_custom_template.reviewer_strategies",
}


@cache
def corrections() -> dict[str, dict[str, Any]]:
    """``schema.field`` with its correction: what is known better than the documents say it, and why."""
    return {
        f"{schema}.{field}": correction
        for schema, fields in openapi.corrections().items()
        for field, correction in fields.items()
    }


def corrected(kind: Any, version: str) -> Schema:
    """A type as a correction writes it, as a schema."""
    if kind == "id":
        return {"type": "integer" if version <= LAST_VERSION_WITH_INTEGER_IDS else "string"}
    if kind in ("date", "date-time", "time", "binary"):
        return {"type": "string", "format": kind}
    if kind == "any":
        return {}
    if isinstance(kind, str):
        return {"type": kind}
    if "enum" in kind:
        return {"type": "string", "enum": kind["enum"]}
    if "array" in kind:
        return {"type": "array", "items": corrected(kind["array"], version)}
    if kind == {"union": ["date", "date-time"]}:
        return {"type": "string", "format": "date-or-time"}
    if "union" in kind:
        return {"type": [corrected(one, version)["type"] for one in kind["union"]]}
    return {"type": "object", "properties": {n: corrected(one["type"], version) for n, one in kind["object"].items()}}


@cache
def answered_properties(version: str, record_name: str) -> dict[str, Schema]:
    """A record's properties, corrected, and with what other documents say of lists whose items this one leaves open."""
    found = {}
    for name, schema in document(version).schemas[record_name]["properties"].items():
        place = f"{record_name}.{name}"
        if place in corrections():
            found[name] = corrected(corrections()[place]["type"], version)
        elif place in PUBLISHED_AS_LISTS:
            found[name] = {"type": "array", "items": schema}
        elif schema.get("type") == "array" and not schema.get("items"):
            found[name] = next(_with_items(record_name, name), schema)
        else:
            found[name] = schema
    return found


def _with_items(record_name: str, name: str) -> Iterator[Schema]:
    for version in reversed(VERSIONS):
        properties = document(version).schemas.get(record_name, {}).get("properties", {})
        if properties.get(name, {}).get("items"):
            yield properties[name]


BEYOND_DOUBLES = 2**53


def is_id(name: str) -> bool:
    return name == "id" or name.endswith("_id")


def choices(schema: Schema) -> int:
    """How many records it takes to show every value of every enum and every type of every union."""
    own = max(len(schema.get("enum", [0])), len(schema["type"]) if isinstance(schema.get("type"), list) else 1)
    inner = [*schema.get("properties", {}).values(), schema.get("items") or {}]
    return max([own, *(choices(one) for one in inner if one)])


def answer_value(version: str, name: str, schema: Schema, turn: int) -> Any:
    """A value as the API would send it; ``turn`` goes through the enum's values and the union's types."""
    kind = schema.get("type")
    if isinstance(kind, list):
        return answer_value(version, name, {**schema, "type": kind[turn % len(kind)]}, turn)
    if "enum" in schema:
        return schema["enum"][turn % len(schema["enum"])]
    if kind == "array":
        return [answer_value(version, name.removesuffix("s"), schema.get("items") or {}, turn + i) for i in range(2)]
    if kind == "object":
        inner = schema.get("properties", {})
        return {key: answer_value(version, key, one, turn) for key, one in inner.items()} or {"inner": turn}
    if kind == "integer":
        return BEYOND_DOUBLES + turn + 1 if is_id(name) else turn
    if kind == "string":
        if is_id(name):
            return str(BEYOND_DOUBLES**2 + turn + 1)
        return {
            "date": f"2026-03-{turn % 28 + 1:02}",
            "date-time": f"2026-03-{turn % 28 + 1:02}T05:06:07.089Z",
            "date-or-time": f"2026-03-{turn % 28 + 1:02}" + turn % 2 * "T05:06:07.089Z",
            "time": f"09:{turn % 60:02}",
        }.get(schema.get("format", ""), f"text {turn}")
    return {"boolean": bool(turn % 2), "number": turn + 0.25, "null": None, None: f"anything {turn}"}[kind]


def full_record(operation: Operation, turn: int = 0) -> dict[str, Any]:
    return {name: answer_value(operation.version, name, schema, turn) for name, schema in operation.properties.items()}


def minimal_record(operation: Operation) -> dict[str, Any]:
    full = full_record(operation)
    return {name: full[name] for name in operation.record.get("required", [])}


def null_record(operation: Operation) -> dict[str, Any]:
    return dict.fromkeys(operation.record["properties"])


def newer_record(operation: Operation) -> dict[str, Any]:
    """A full record of a version to come: a field more, also inside objects, and enum values of its own."""

    def newer(schema: Schema, value: Any) -> Any:
        if "enum" in schema:
            return "from tomorrow"
        if isinstance(value, dict):
            inner = schema.get("properties", {})
            return {**{key: newer(inner.get(key, {}), one) for key, one in value.items()}, "from_tomorrow": {"a": [1]}}
        if isinstance(value, list):
            return [newer(schema.get("items") or {}, one) for one in value]
        return value

    return dict(newer({"properties": operation.properties}, full_record(operation)))


def envelope(operation: Operation, records: list[dict[str, Any]]) -> Any:
    if operation.result == "page":
        meta = {"limit": 100, "total": len(records), "has_next_page": False, "has_previous_page": False}
        return {"data": records, "meta": {**meta, "start_cursor": "MQ==", "end_cursor": "Mg==", "paginateable": True}}
    return records if operation.result == "array" else records[0]
