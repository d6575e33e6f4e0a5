"""Values against the types of the description: how a stored value is sent, and what a body may hold."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Final

from factorialhr.testing.description import LAST_VERSION_WITH_INTEGER_IDS, Type
from factorialhr.testing.shapes import is_list, is_object

Invent = Callable[[str, Type], Any]


class _Mismatch:
    """Stands for a value that cannot be sent as the type that a version describes."""


MISMATCH: Final = _Mismatch()
LARGEST_DEPTH = 64


def fit(value: Any, kind: Type, version: str, invent: Invent) -> Any:
    """A stored value as a version sends it.

    Ids become integers or strings, nested records get the fields that they must have; a value of another
    shape gives ``MISMATCH``.
    """
    if value is None or kind == "any":
        return value
    if isinstance(kind, str):
        return _fit_word(value, kind, version)
    if "enum" in kind:
        return value if isinstance(value, str) else MISMATCH
    if "array" in kind:
        if not is_list(value):
            return MISMATCH
        items = [fit(item, kind["array"], version, invent) for item in value]
        return MISMATCH if any(item is MISMATCH for item in items) else items
    if "object" in kind:
        return _fit_object(value, kind["object"], version, invent)
    for option in kind["union"]:
        if _is_plain(value, option):
            return value
    fitted = (fit(value, option, version, invent) for option in kind["union"])
    return next((one for one in fitted if one is not MISMATCH), MISMATCH)


def _is_plain(value: Any, kind: Type) -> bool:
    """Whether a value is of a type as it stands; ``5`` must not become ``"5"`` where both are allowed."""
    plain: Mapping[Any, Any] = {"string": str, "integer": int, "boolean": bool}
    return isinstance(kind, str) and kind in plain and type(value) is plain[kind]


def _fit_word(value: Any, kind: str, version: str) -> Any:
    if kind == "id":
        kind = "integer" if version <= LAST_VERSION_WITH_INTEGER_IDS else "string"
    if kind == "boolean":
        return value if isinstance(value, bool) else MISMATCH
    if isinstance(value, bool):
        return MISMATCH
    if kind == "integer":
        return _fit_integer(value)
    if kind == "number":
        return value if isinstance(value, int | float) else MISMATCH
    # What remains is text: string, date, date-time, time.
    if isinstance(value, str):
        return _fit_moment(value, kind)
    return str(value) if isinstance(value, int | float) else MISMATCH


def _fit_moment(value: str, kind: str) -> str:
    """Writes take a moment for a day and for a clock time; answers hold the day and the time."""
    if kind == "date" and value[10:11] in ("T", " "):
        return value[:10]
    if kind == "time" and value[10:11] in ("T", " "):
        return value[11:16]
    return value


def _fit_integer(value: Any) -> Any:
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    is_numeral = isinstance(value, str) and value.removeprefix("-").isdecimal() and value.isascii() and len(value) < 20
    return int(value) if is_numeral else MISMATCH


def _fit_object(value: Any, fields: Mapping[str, Any], version: str, invent: Invent) -> Any:
    if not is_object(value):
        return MISMATCH
    fitted: dict[str, Any] = dict(value)
    for name, facts in fields.items():
        if name in value:
            fitted[name] = fit(value[name], facts["type"], version, invent)
        elif facts.get("required"):
            made = invent(name, facts["type"])
            # A reference into an empty list has nothing to name.
            fitted[name] = fit(0 if made is None else made, facts["type"], version, invent)
    return MISMATCH if any(one is MISMATCH for one in fitted.values()) else fitted


def complaint(value: Any, kind: Type, name: str = "") -> str | None:
    """What is wrong with a value of a request's body; ``None`` where nothing is.

    Ids are taken as numbers and as text in every version: which of the two the API insists on is unknown,
    and some bodies describe as text what the same version's records have as a number.
    """
    if kind in ("any", "binary") or (kind == "string" and name.endswith(("id", "ids")) and _is_word(value, "id")):
        return None
    if isinstance(kind, str):
        return None if _is_word(value, kind) else f"is not {ARTICLES[kind]}"
    if "enum" in kind:
        # A value that is no text cannot be looked up in a set.
        return None if isinstance(value, str) and value in kind["enum"] else "is not included in the list"
    if "array" in kind:
        if not is_list(value):
            return "is not a list"
        return next((found for item in value if (found := complaint(item, kind["array"], name)) is not None), None)
    if "object" in kind:
        return _complaint_about_object(value, kind["object"])
    complaints = [complaint(value, option, name) for option in kind["union"]]
    return None if None in complaints else complaints[0]


ARTICLES = {
    "id": "an id",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "date": "a date such as 2026-10-01",
    "date-time": "a moment such as 2026-10-01T09:00:00Z",
    "time": "a time such as 09:30",
}


def _is_word(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if kind in ("integer", "number"):
        return isinstance(value, int) or (kind == "number" and isinstance(value, float))
    if kind == "id":
        return isinstance(value, int) or (isinstance(value, str) and value != "")
    if kind == "boolean" or not isinstance(value, str):
        return False
    return kind == "string" or _is_moment(value, kind)


def _is_moment(value: str, kind: str) -> bool:
    # Writes take a plain date where the description says a moment, and a moment where it says a clock time.
    readers: list[Callable[[str], Any]] = [dt.datetime.fromisoformat]
    if kind == "time":
        readers.append(dt.time.fromisoformat)
    for read in readers:
        try:
            read(value)
        except ValueError:
            continue
        return True
    return False


def _complaint_about_object(value: Any, fields: Mapping[str, Any]) -> str | None:
    if not is_object(value):
        return "is not an object"
    for name, facts in fields.items():
        inner = value.get(name)
        if inner is None:
            if facts.get("required"):
                return f"lacks {name}"
            continue
        found = complaint(inner, facts["type"], name)
        if found is not None:
            return f"has a {name} that {found}"
    return None


def from_text(values: list[Any], kind: Type) -> Any:
    """The value that texts of a form or a query stand for; what cannot be read stays as it came."""
    if isinstance(kind, dict) and "array" in kind:
        return [from_text([value], kind["array"]) for value in values]
    value = values[-1]
    if isinstance(kind, dict) and "object" in kind and is_object(value):
        return {
            name: from_text([inner], kind["object"].get(name, {"type": "any"})["type"]) for name, inner in value.items()
        }
    if not isinstance(value, str):
        return value
    if kind == "boolean":
        return {"true": True, "1": True, "false": False, "0": False}.get(value.lower(), value)
    if kind == "integer":
        fitted = _fit_integer(value)
        return value if fitted is MISMATCH else fitted
    if kind == "number":
        return _number(value)
    return value


def _number(text: str) -> Any:
    try:
        number = float(text)
    except ValueError:
        return text
    return number if abs(number) < float("inf") else text  # neither infinity nor "not a number" is JSON
