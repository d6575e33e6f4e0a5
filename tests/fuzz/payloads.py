"""Records as the API describes them, made from the types of the models' fields."""

from __future__ import annotations

import datetime as dt
import enum
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

import msgspec

import factorialhr
from factorialhr._core.records import ClockTime, DateOrTime, Record, documented_type
from factorialhr._names import MODULES

DEEPEST = 3


def _is_model(kind: object) -> typing.TypeGuard[type[Record]]:
    return isinstance(kind, type) and issubclass(kind, Record)


MODELS: list[type[Record]] = [
    kind
    for kind in (getattr(factorialhr, name) for name, module in MODULES.items() if module.startswith("models."))
    if _is_model(kind)
]

PLAIN: dict[object, Callable[[Random], object]] = {
    str: lambda dice: dice.choice(["", "a text", "27", "2026-03-01", "naïve ☂ \U0001d54f", "x" * 200]),
    int: lambda dice: dice.choice([0, -1, 7, 2**53 + 1, 2**63 - 1]),
    float: lambda dice: dice.choice([0.0, -1.5, 1e300, 0.1]),
    bool: lambda dice: dice.random() < 0.5,
    dt.datetime: lambda dice: dice.choice(["2026-03-01T09:30:00Z", "2026-03-01T09:30:00.123+02:00"]),
    dt.date: lambda dice: dice.choice(["2026-03-01", "2024-02-29"]),
    ClockTime: lambda dice: dice.choice(["09:30", "23:59:59", "2000-01-01T09:30:00.000Z"]),
    DateOrTime: lambda dice: dice.choice(["2026-03-01", "2026-03-01T09:30:00Z"]),
    type(None): lambda _dice: None,
    Any: lambda dice: dice.choice([None, 1, "a", [1, "a"], {"a": {"b": None}}]),
}


def payload_of(model: type[Record], dice: Random, depth: int = 0) -> dict[str, Any]:
    """A record that agrees with its description; fields that may be left out sometimes are."""
    return {
        field.encode_name: value_of(field.type, dice, depth)
        for field in msgspec.structs.fields(model)
        if field.required or dice.random() < 0.8
    }


def value_of(kind: Any, dice: Random, depth: int = 0) -> Any:
    """A value of a field's type, as JSON has it."""
    kind = documented_type(kind)
    if kind in PLAIN:
        return PLAIN[kind](dice)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return value_of(dice.choice(arguments), dice, depth)
    if origin is Sequence:
        return [value_of(arguments[0], dice, depth + 1) for _ in range(dice.randrange(3) if depth < DEEPEST else 0)]
    if origin is Mapping:
        return {"a": value_of(arguments[1], dice, depth + 1)}
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return dice.choice([*(member.value for member in kind), "a value of a later version"])
    assert _is_model(kind), f"payloads do not know fields of type {kind}"
    return payload_of(kind, dice, depth + 1)
