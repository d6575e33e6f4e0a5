"""Equality that sees types, and what a field holds after its value was mutated."""

from __future__ import annotations

import contextlib
import json
import struct
from collections.abc import Mapping
from typing import Any

import msgspec

from factorialhr._core.plain import NOT_JSON
from factorialhr._core.records import Record, decode_kind, documented_type, is_visible
from factorialhr._core.spellings import respelled
from tests.fuzz.mutations import Change


def same(one: object, other: object) -> bool:
    """Whether two values are equal, and of the same types all the way down."""
    if type(one) is not type(other):
        return False
    if isinstance(one, msgspec.Struct):
        return all(same(getattr(one, name), getattr(other, name)) for name in one.__struct_fields__)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return struct.pack("d", one) == struct.pack("d", other)
    return one == other


def expected_value(field: msgspec.structs.FieldInfo, sent: bytes | None) -> object:
    """What a field holds: the value with its type, the value as it came, or what stands for none."""
    if sent is None:
        return None if field.required else field.default
    sent = sent.replace(b"\t", b"\\t")
    with contextlib.suppress(*NOT_JSON):
        return msgspec.json.decode(sent, type=field.type, dec_hook=decode_kind)
    value = as_python_reads(sent)
    read = respelled(documented_type(field.type), value) if isinstance(value, str) else None
    return value if read is None else read.value


def as_python_reads(sent: bytes) -> Any:
    """JSON without a type; what is no JSON as ``json`` reads it."""
    with contextlib.suppress(*NOT_JSON):
        return msgspec.json.decode(sent)
    return json.loads(sent.decode(errors="replace"), strict=False)


def agrees(field: msgspec.structs.FieldInfo, sent: bytes | None) -> bool:
    """Whether what came is what the description says."""
    if sent is None:
        return not field.required
    sent = sent.replace(b"\t", b"\\t")  # costs nothing, whether it is escaped or not
    with contextlib.suppress(*NOT_JSON):
        msgspec.json.decode(sent, type=field.type, dec_hook=decode_kind)
        return True
    value = as_python_reads(sent)
    read = respelled(documented_type(field.type), value) if isinstance(value, str) else None
    return read is not None and read.found is None


def nulls_of(record: Any) -> list[str]:
    """The required fields of a record that are null."""
    fields = msgspec.structs.fields(record) if isinstance(record, msgspec.Struct) else ()
    return [one.name for one in fields if one.required and getattr(record, one.name) is None and is_visible(one.type)]


def fields_by_wire(model: type[Record]) -> dict[str, msgspec.structs.FieldInfo]:
    return {field.encode_name: field for field in msgspec.structs.fields(model)}


def check_record(model: type[Record], found: Any, clean: Any, change: Change) -> None:
    """A record with a change is the record without it, but for the fields that were changed."""
    if change.whole is not None:
        assert same(found, as_python_reads(change.whole))
        return
    assert type(found) is model
    for wire, field in fields_by_wire(model).items():
        value = getattr(found, field.name)
        changed = wire in change.fields
        expected = expected_value(field, change.fields[wire]) if changed else getattr(clean, field.name)
        assert same(value, expected), f"{model.__name__}.{field.name}: {value!r}, not {expected!r}"


def issues_of(model: type[Record], changes: list[Change]) -> set[tuple[str, str]]:
    """The model and field of each disagreement that the changes make."""
    fields = fields_by_wire(model)
    found = {(model.__name__, "*") for change in changes if change.whole is not None}
    for change in changes:
        for wire, sent in change.fields.items():
            if wire in fields and not agrees(fields[wire], sent):
                found.add((model.__name__, fields[wire].name))
    return found
