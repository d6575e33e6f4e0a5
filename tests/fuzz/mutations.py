"""What may come in place of a value, a field, a record or a body."""

from __future__ import annotations

import json
from random import Random
from typing import Any, NamedTuple

import msgspec
from hypothesis import strategies as st

# JSON that a program of today does not write, and one of tomorrow may.
ODD = [
    b"null",
    b"true",
    b"-0",
    b"-0.0",
    b"1.0",
    b"1e5",
    b"1e-400",
    b"9223372036854775807",
    b"9223372036854775808",
    b"-9223372036854775809",
    b"18446744073709551616",
    b"1" + b"0" * 300,
    b"1.7976931348623157e308",
    b'""',
    b'"\\u0000"',
    b'"null"',
    b'"2026-13-41"',
    b'"2026-02-30T25:61:61Z"',
    b'"0000-00-00"',
    b'"9999-12-31T23:59:59.999999-23:59"',
    b'"0001-01-01T00:00:00+23:59"',
    b'"T"',
    b'"24:00"',
    b'"12:60"',
    b'"Z"',
    b'"T09:30+99:99"',
    b"[]",
    b"[null]",
    b"{}",
    b'{"id": {"id": {"id": null}}}',
    b"[[[[[[]]]]]]",
    b'{"": ""}',
    b'{"a": 1, "a": 2}',
    b"[" * 200 + b"]" * 200,
    b'"2026-03-04 09:05 UTC"',
    b'"2026-03-04T00:00:00Z"',
    b'"2026-03-04"',
]
# What is no JSON, and is sent all the same.
INVALID = [
    b"NaN",
    b"-Infinity",
    b"1e999",
    b'"Yoga \\ud83d"',
    b'"caf\xe9"',
    b'["\xff", NaN]',
    b'{"a": 1e999}',
    b'"a\tb"',
]

ALPHABET = ["a", "Z", "0", ":", "-", " ", '"', "\\", "/", "\n", "\0", "\x7f", "é", "\u2028", "☂", "\U0001d54f"]


def text(dice: Random) -> str:
    return "".join(dice.choices(ALPHABET, k=dice.randrange(8)))


def nested(dice: Random, depth: int = 0) -> object:
    """Any JSON value, as Python has it."""
    kind = dice.randrange(8 if depth < 3 else 6)
    if kind == 6:
        return [nested(dice, depth + 1) for _ in range(dice.randrange(4))]
    if kind == 7:
        return {text(dice): nested(dice, depth + 1) for _ in range(dice.randrange(4))}
    return [
        None,
        dice.random() < 0.5,
        dice.randrange(-100, 100),
        dice.randrange(-(2**70), 2**70),
        dice.uniform(-1, 1) * 10 ** dice.randrange(-30, 30),
        text(dice),
    ][kind]


def junk(dice: Random) -> bytes:
    """A JSON value of any kind, as bytes."""
    if dice.random() < 0.6:
        return dice.choice(ODD if dice.random() < 0.9 else INVALID)
    return json.dumps(nested(dice), ensure_ascii=dice.random() < 0.5).encode()


class Change(NamedTuple):
    """What happens to one record: fields that are replaced (or left out: ``None``), or all of it."""

    fields: dict[str, bytes | None]
    whole: bytes | None = None


NEW_FIELDS = ["", "__class__", "data", "a_field_of_tomorrow"]


def change_of(names: list[str], dice: Random) -> Change:
    """A change of a record with these fields on the wire."""
    if dice.random() < 0.1:
        whole = junk(dice)
        return Change({}, None if whole.startswith(b"{") else whole)
    chosen = dice.sample(names, k=min(len(names), dice.randrange(5))) + dice.sample(NEW_FIELDS, k=dice.randrange(2))
    return Change({name: None if dice.random() < 0.2 else junk(dice) for name in chosen})


def written(record: dict[str, Any], change: Change) -> bytes:
    """The record on the wire."""
    if change.whole is not None:
        return change.whole
    changed = {name: msgspec.json.encode(value) for name, value in record.items()} | change.fields
    members = [msgspec.json.encode(name) + b":" + value for name, value in changed.items() if value is not None]
    return b"{%s}" % b",".join(members)


@st.composite
def damaged(draw: st.DrawFn, body: bytes) -> bytes:
    """A body with some of its bytes overwritten, taken out or put in, or its end cut off."""
    for _ in range(draw(st.integers(1, 3))):
        start, length = draw(st.integers(0, len(body))), draw(st.integers(0, 3))
        body = body[:start] + draw(st.binary(max_size=3)) + body[start + length :]
    return body[: draw(st.integers(0, len(body)))] if draw(st.booleans()) else body
