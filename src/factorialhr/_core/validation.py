"""Records in pydantic's models and FastAPI's views; imported when pydantic asks for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, cast

import msgspec
from pydantic_core import core_schema

from factorialhr._core import conversions
from factorialhr._core.narrowing import is_array, is_object

REFERENCE = "{name}"


def core_schema_of(model: type[msgspec.Struct], decode: Callable[[type, Any], Any]) -> core_schema.CoreSchema:
    """How pydantic reads and writes records of a model: as msgspec reads them, as ``to_dict`` and ``to_json`` write."""

    def read(value: object) -> object:
        if isinstance(value, model):
            return value
        try:
            return msgspec.convert(value, model, dec_hook=decode)
        except msgspec.ValidationError as error:  # older versions of msgspec: no ValueError
            raise ValueError(str(error)) from None
        except RecursionError:
            raise ValueError("it is nested too deeply") from None

    return core_schema.no_info_plain_validator_function(
        read,
        ref=f"{model.__module__}.{model.__qualname__}:{id(model)}",
        serialization=core_schema.plain_serializer_function_ser_schema(_written, info_arg=True),
    )


def _written(value: object, info: core_schema.SerializationInfo) -> object:
    if not isinstance(value, msgspec.Struct):
        return value
    return json.loads(conversions.to_json(value)) if info.mode == "json" else conversions.to_dict(value)


def json_schema_of(model: type[msgspec.Struct], hook: Callable[[type], dict[str, Any]]) -> dict[str, Any]:
    """The JSON schema of a model: enums are open, everything is in one piece."""
    (schema,), components = msgspec.json.schema_components([model], schema_hook=hook, ref_template=REFERENCE)
    return cast("dict[str, Any]", _in_one_piece(schema, components, ()))


def _in_one_piece(node: Any, components: Mapping[str, Any], inside: tuple[str, ...]) -> Any:
    if is_array(node):
        return [_in_one_piece(item, components, inside) for item in node]
    if not is_object(node):
        return node
    name = node.get("$ref")
    if isinstance(name, str):
        return {"title": name} if name in inside else _in_one_piece(components[name], components, (*inside, name))
    if is_array(node.get("enum")) and "title" in node:  # a Literal has no title, and is no open enum
        return {"title": node["title"], "type": "string", "examples": node["enum"]}
    return {key: _in_one_piece(inner, components, inside) for key, inner in node.items()}
