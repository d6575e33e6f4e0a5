"""What holds for every model, whatever its fields."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from pydantic import TypeAdapter

import factorialhr
from factorialhr import Record, json_schema_hook
from factorialhr._core.records import key_of
from pipeline.api import load_api

API = load_api(Path(__file__).parents[2] / "spec")
MODELS: dict[str, type[Record]] = {name: getattr(factorialhr, name) for name in API.models}


def filled(model: type[Record], value: Any) -> Record:
    """A record with the value in every field."""
    return model(**dict.fromkeys(model.__struct_fields__, value))


def test_there_are_many() -> None:
    assert len(MODELS) > 180


def test_models_know_what_identifies_them_in_their_lists() -> None:
    lists = [(method.model, method.listing) for one in API.resources for method in one.methods if method.listing]
    assert [name for name, listing in lists if key_of(MODELS[name]) != listing.key] == []
    assert {listing.key for _, listing in lists} > {("id",), ("uuid",), ("leave_id", "unit"), ()}
    assert {key_of(MODELS[name]) for name in MODELS.keys() - dict(lists).keys()} == {("id",), ()}


def test_every_record_has_a_hash() -> None:
    for model in MODELS.values():
        for value in (None, ["odd"], {"odd": {}}, 7, "7"):
            assert len({filled(model, value), filled(model, value)}) == 1, model


def test_no_field_hides_a_method() -> None:
    taken = set(dir(Record)) | {"_key"}
    assert {"to_dict", "to_json", "show"} < taken
    fields = {name for model in MODELS.values() for name in model.__struct_fields__}
    assert len(fields) > 900
    assert fields & taken == set()


def test_every_model_is_a_dict_and_json_with_all_its_fields() -> None:
    for name, model in MODELS.items():
        wire_names = [one.wire_name for one in API.models[name].fields]
        for value in (None, 7, "\ud800", [float("nan")], dt.time(9, 30), dt.datetime(2026, 3, 1, tzinfo=dt.UTC)):
            record = filled(model, value)
            assert list(record.to_dict().items()) == [(wire_name, value) for wire_name in wire_names], name
            assert list(json.loads(record.to_json())) == wire_names, name
            assert len(record.show().splitlines()) == 1 + len(wire_names), name
        assert json.loads(filled(model, dt.time(9, 30)).to_json()) == dict.fromkeys(wire_names, "09:30"), name


def test_msgspec_takes_every_model() -> None:
    for model in MODELS.values():
        record = filled(model, dt.time(9, 30))
        assert msgspec.json.decode(msgspec.json.encode(record)) == msgspec.to_builtins(record)
        assert msgspec.structs.replace(record) == record
        schema = msgspec.json.schema(model, schema_hook=json_schema_hook)
        properties = schema["$defs"][model.__name__]["properties"]
        assert list(properties) == list(model.__struct_encode_fields__)


def test_other_kinds_are_not_described() -> None:
    with pytest.raises(TypeError, match="custom types"):
        msgspec.json.schema(complex, schema_hook=json_schema_hook)


def test_pydantic_describes_every_model_with_nulls() -> None:
    for model in MODELS.values():
        adapter = TypeAdapter(model)
        schema = adapter.json_schema()
        assert schema == adapter.json_schema(mode="serialization")
        jsonschema.validate(json.loads(filled(model, None).to_json()), schema)
        assert adapter.validate_json(filled(model, None).to_json()) == filled(model, None)
