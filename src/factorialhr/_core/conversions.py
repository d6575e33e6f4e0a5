"""Records as other libraries take them: dicts, JSON, text to look at.

What came in odd is kept in a record as it came; none of it may break a conversion.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from factorialhr._core.narrowing import is_array, is_collection, is_mapping, is_object

# What stays what it is in a dict; JSON has text for it.
PYTHON_VALUES: Final = (bytes, bytearray, memoryview, dt.datetime, dt.date, dt.time, dt.timedelta)


def to_dict(record: msgspec.Struct) -> dict[str, Any]:
    """All fields under the names of the API."""
    fields = dict(zip(record.__struct_encode_fields__, msgspec.structs.astuple(record), strict=True))
    try:
        return _builtins(fields)  # type: ignore[no-any-return]
    except (TypeError, RecursionError):
        return {name: _builtins_or_itself(value) for name, value in fields.items() if value is not msgspec.UNSET}


def to_json(record: msgspec.Struct) -> str:
    """All fields as JSON; ``null`` and U+FFFD stand for what JSON cannot hold."""
    fields = to_dict(record)
    try:
        return _dumped(fields)
    except (ValueError, RecursionError):
        return _dumped({name: _writable_or_null(value) for name, value in fields.items()})


def rows(items: Iterable[object]) -> list[dict[str, Any]]:
    """A dict an item; an empty one for what is neither a record nor an object."""
    return [_row(item) for item in items]


def rows_to_json(items: Iterable[object]) -> str:
    """A JSON array with an object an item."""
    return f"[{','.join(to_json(item) if isinstance(item, msgspec.Struct) else _dumped(_row(item)) for item in items)}]"


def show(record: msgspec.Struct) -> str:
    """The name of the model, and a line for each field."""
    lines = [f"  {name}: {_shown(getattr(record, name))}" for name in record.__struct_fields__]
    return "\n".join([type(record).__name__, *lines])


def show_rows(title: str, items: Iterable[object]) -> str:
    """The title, and a paragraph for each item."""
    return "\n\n".join([title, *[show(item) if isinstance(item, msgspec.Struct) else _shown(item) for item in items]])


def json_default(value: object) -> object:
    """Tell ``json.dumps(..., default=json_default)`` how to write records, responses, dates and clock times.

    They become what ``Record.to_json`` writes.

    Raises:
        TypeError: There is no JSON for values of this kind.
    """
    if isinstance(value, msgspec.Struct):
        return json.loads(to_json(value))
    if isinstance(value, dt.time) and not value.second and not value.microsecond:
        return value.isoformat("minutes")
    if is_mapping(value):
        return dict(value)
    return list(value) if is_collection(value) else msgspec.to_builtins(value)


def _builtins(value: object) -> Any:
    return msgspec.to_builtins(value, builtin_types=PYTHON_VALUES, enc_hook=_builtin_collection)


def _builtin_collection(value: object) -> object:
    if is_mapping(value):
        return dict(value)
    if is_collection(value):
        return list(value)
    raise TypeError(f"no builtin value for {type(value).__name__}")


def _builtins_or_itself(value: object) -> Any:
    try:
        return _builtins(value)
    except (TypeError, RecursionError):  # of a kind of the caller's own, or nested so deeply that it came as JSON
        return value


def _dumped(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=json_default)
    try:
        text.encode()
    except UnicodeEncodeError:  # half a character, a surrogate alone: no UTF-8 has it
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _writable_or_null(value: object) -> object:
    try:
        return _writable(value)
    except RecursionError:
        return None


def _writable(value: object) -> object:
    """A value with ``None`` for numbers that JSON cannot hold, or Python not write."""
    if is_object(value):
        return {name: _writable(inner) for name, inner in value.items()}
    if is_array(value):
        return [_writable(inner) for inner in value]
    try:
        _dumped(value)
    except ValueError:
        return None
    return value


def _row(item: object) -> dict[str, Any]:
    if isinstance(item, msgspec.Struct):
        return to_dict(item)
    return item if is_object(item) else {}


def _shown(value: object) -> str:
    try:
        return str(value) if isinstance(value, dt.date | dt.time) else repr(_builtins_or_itself(value))
    except (ValueError, RecursionError):  # thousands of digits, or of levels
        return "..."
