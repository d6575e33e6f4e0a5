"""Models seen from within: their fields, and variants of them for records that disagree."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple, TypeVar, cast

import msgspec
from msgspec import UNSET
from msgspec.structs import FieldInfo

from factorialhr._core.issues import spelled
from factorialhr._core.records import decode_kind, documented_type, is_visible

T = TypeVar("T")
NO_NAMES: Final[frozenset[str]] = frozenset()


class Field(NamedTuple):
    """One field of a model, with all that is worked out once."""

    name: str
    wire_name: str
    required: bool
    never_null: bool
    """Whether the documentation says that it is never null."""
    kind: Any
    """Its type as msgspec takes it."""
    documented: Any
    """Its type as it is documented."""
    expected: str
    """The documented type as an annotation spells it."""
    decode: Callable[[Any], Any]
    """Reads the field's bytes."""


@lru_cache(maxsize=1024)
def decoder_of(kind: Any) -> Callable[[Any], Any]:
    """A function that decodes bytes into a type."""
    return msgspec.json.Decoder(kind, dec_hook=decode_kind).decode


@cache
def fields_of(model: Any) -> tuple[Field, ...]:
    """The fields of a model."""
    return tuple(_field(one) for one in msgspec.structs.fields(model))


@cache
def names_of(model: Any) -> frozenset[str]:
    """The names of a model's fields on the wire."""
    return frozenset(field.wire_name for field in fields_of(model))


@lru_cache(maxsize=256)
def fields_named(model: Any, wire_names: frozenset[str]) -> tuple[Field, ...]:
    """Some of a model's fields."""
    return tuple(field for field in fields_of(model) if field.wire_name in wire_names)


def nothing_known(model: type[T]) -> T:
    """A record of which nothing is known."""
    return model(**{field.name: None for field in fields_of(cast("Any", model)) if field.required})


@lru_cache(maxsize=256)
def strictly(model: Any) -> Any:
    """The model as it is documented: with null for optional fields alone."""
    return _rebuilt(model, [_typed(one, documented_type(one.type)) for one in msgspec.structs.fields(model)])


@lru_cache(maxsize=256)
def variant(model: Any, wire_names: frozenset[str], unread: Any) -> Any:
    """The model with some of its fields left as they come (``unread``), or left out (``UNSET``)."""
    fields = [
        (one.name, unread, msgspec.field(name=one.encode_name, default=UNSET))
        if one.encode_name in wire_names
        else _typed(one, one.type)
        for one in msgspec.structs.fields(model)
    ]
    return _rebuilt(model, fields)


def _field(one: FieldInfo) -> Field:
    return Field(
        one.name,
        one.encode_name,
        one.required,
        is_visible(one.type),
        one.type,
        documented_type(one.type),
        spelled(one.type),
        decoder_of(one.type),
    )


def _typed(field: FieldInfo, kind: Any) -> tuple[str, Any, Any]:
    default = {"default": field.default, "default_factory": field.default_factory}
    given = {name: value for name, value in default.items() if value is not msgspec.NODEFAULT}
    return field.name, kind, msgspec.field(name=field.encode_name, **given)


def _rebuilt(model: Any, fields: list[tuple[str, Any, Any]]) -> Any:
    return msgspec.defstruct(model.__name__, fields, kw_only=True, gc=False)
