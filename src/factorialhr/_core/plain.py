"""JSON without a model, as Python reads it: what msgspec refuses for one odd value is read all the same."""

from __future__ import annotations

import codecs
import contextlib
import json
from typing import Final

import msgspec

# What msgspec raises for bytes that are no JSON, are not UTF-8, or are nested too deeply.
NOT_JSON: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def without_mark(body: bytes) -> bytes:
    """The body without a byte order mark, which some gateways put in front."""
    return body.removeprefix(codecs.BOM_UTF8)


def read_json(body: bytes) -> object:
    """Read JSON; ``NaN``, numbers beyond all measure, lone surrogates and bytes that are not UTF-8 are no obstacle.

    Raises:
        ValueError: It is no JSON; the message quotes nothing.
    """
    body = without_mark(body)
    with contextlib.suppress(*NOT_JSON):
        return msgspec.json.decode(body)
    with contextlib.suppress(ValueError, RecursionError):
        content: object = json.loads(body.decode(errors="replace"), strict=False, parse_int=_integer)
        return content
    raise ValueError("no JSON")


def _integer(digits: str) -> int | str:
    """An integer; one with more digits than Python reads stays text."""
    try:
        return int(digits)
    except ValueError:
        return digits
