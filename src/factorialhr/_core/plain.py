"""JSON without a model, as Python reads it: what msgspec refuses for one odd value is read all the same."""

from __future__ import annotations

import codecs
import json
import math
import re
from typing import Final

import msgspec

from factorialhr._core.narrowing import is_array, is_object

# What msgspec raises for bytes that are no JSON, text that is not Unicode, and nesting that is too deep.
NOT_JSON: Final = (msgspec.DecodeError, UnicodeError, RecursionError)
SURROGATE: Final = re.compile("[\ud800-\udfff]")
# What Python's surrogateescape makes of bytes that are not UTF-8.
ESCAPED: Final = re.compile("[\udc80-\udcff]+")
JSON_TYPES: Final[dict[type, str]] = {
    bool: "boolean",
    str: "string",
    int: "integer",
    float: "number",
    list: "array",
    dict: "object",
}
LITERALS: Final = ("true", "false", "null")


class NotJsonError(ValueError):
    """It is no JSON; the message says why, and quotes nothing."""


def without_mark(body: bytes) -> bytes:
    """The body without a byte order mark, which some gateways put in front."""
    return body.removeprefix(codecs.BOM_UTF8)


def read_json(body: bytes, errors: str = "replace") -> object:
    """Read JSON; ``NaN``, numbers beyond all measure, lone surrogates and bytes that are not UTF-8 are no obstacle.

    Args:
        body: What came.
        errors: What becomes of bytes that are not UTF-8, see ``bytes.decode``; ``surrogateescape`` leaves
            them to be found by ``is_odd``.

    Raises:
        NotJsonError: It is no JSON.
    """
    body = without_mark(body)
    try:
        return msgspec.json.decode(body)
    except NOT_JSON:
        pass  # read below, out of sight of msgspec's error
    encoding = json.detect_encoding(body)
    text = body.decode(encoding, errors=errors if encoding.startswith("utf-8") else "replace")
    try:
        content: object = json.loads(text, strict=False, parse_int=_integer)
        return content
    except json.JSONDecodeError as error:
        reason = "it looks cut off" if _is_cut_off(text, error) else f"it is malformed at character {error.pos:,}"
    except RecursionError:
        reason = "it is nested too deeply"
    raise NotJsonError(reason)  # out here: the message of the error above may be kept, and it holds the body


class Digits(str):
    """A number with more digits than Python reads: it is kept as text."""

    __slots__ = ()


def is_odd(value: object) -> bool:
    """Whether a value is, or holds, what JSON does not allow, or Python does not read.

    These are halves of surrogate pairs, bytes that are not UTF-8, and numbers that are not finite or have too many digits.
    """
    left = [value]
    while left:
        one = left.pop()
        if is_object(one):
            left += [*one, *one.values()]
        elif is_array(one):
            left += one
        elif (
            isinstance(one, Digits)
            or (isinstance(one, str) and SURROGATE.search(one))
            or (isinstance(one, float) and not math.isfinite(one))
        ):
            return True
    return False


def readable(value: object) -> object:
    """The value with replacement characters for bytes that are not UTF-8."""
    try:
        return value if isinstance(value, int | float | None) else _readable(value)
    except RecursionError:
        return value


def _readable(value: object) -> object:
    if isinstance(value, str):
        return ESCAPED.sub(lambda found: found[0].encode(errors="surrogateescape").decode(errors="replace"), value)
    if is_object(value):
        return {str(_readable(key)): _readable(one) for key, one in value.items()}
    return [_readable(one) for one in value] if is_array(value) else value


def json_type(value: object) -> str:
    """The JSON type of a value, or what is the matter with it."""
    if isinstance(value, str) and is_odd(value):
        return "number" if isinstance(value, Digits) else "text that is not Unicode"
    if isinstance(value, float) and not math.isfinite(value):
        return "number that is not finite"
    return JSON_TYPES.get(type(value), "null")


def _is_cut_off(text: str, error: json.JSONDecodeError) -> bool:
    rest = text[error.pos :].strip()
    return error.msg.startswith("Unterminated string") or any(literal.startswith(rest) for literal in LITERALS)


def _integer(digits: str) -> int | str:
    try:
        return int(digits)
    except ValueError:
        return Digits(digits)
