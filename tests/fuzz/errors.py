"""Error bodies: what the API writes, what a proxy writes, and what nobody should."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from tests.fuzz.mutations import junk, nested, text

NAMES = ["code", "message", "field", "error", "errors", "error_description", "base", ""]


def error_body(seed: int) -> bytes:
    """A body in the shapes of the API, with values that are none of its."""
    dice = Random(seed)  # noqa: S311
    shape = dice.randrange(6)
    if shape == 0:
        return junk(dice)
    if shape == 1:
        return b'{"errors": %s}' % junk(dice)
    if shape == 2:
        return b'{"errors": [%s]}' % b",".join(_entry(dice) for _ in range(dice.randrange(4)))
    if shape == 3:
        return b'{"errors": {"base": [%s, %s], "name": %s}}' % (junk(dice), junk(dice), junk(dice))
    if shape == 4:
        return _entry(dice)
    return json.dumps({dice.choice(NAMES): nested(dice), text(dice): nested(dice)}).encode()


def _entry(dice: Random) -> bytes:
    names = dice.sample(NAMES, k=dice.randrange(4))
    return b"{%s}" % b",".join(json.dumps(name).encode() + b":" + junk(dice) for name in names)


def header(dice: Random) -> str:
    """A ``Retry-After`` that somebody might send."""
    date = f"Mon, {dice.randrange(40):02} Mar {dice.choice([0, 99, 1969, 2026, 9999, 99999])} 10:70:00"
    zone = dice.choice(["GMT", "+0000", "-9999", "+99999999999", "PST", ""])
    odd: list[Any] = ["", "0", "-1", "1.5", "1e999", "nan", "-inf", "soon", "1_0", "9" * 400, f"{date} {zone}"]
    return str(dice.choice(odd))
