"""Types of the spec as Python annotations: one spelling for what is read, one for what is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from . import naming
from .api import FieldInfo
from .types import Type

READ = {
    "id": "Id",
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "date": "dt.date",
    "date-time": "dt.datetime",
    "time": "ClockTime",
    "binary": "str",
    "any": "Any",
    "null": "Any",
}
SENT = {**READ, "binary": "Upload", "time": "dt.time | str", "any": "object", "null": "object"}
DOCUMENTED = {"date": "dt.date", "datetime": "dt.datetime", "time": "ClockTime", "int": "int", "Any": "Any"}
# msgspec tells these apart by nothing but their content: a union may hold one of them.
TEXTUAL = frozenset({"str", "dt.date", "dt.datetime", "ClockTime", "DateOrTime"})


def read_annotation(one: FieldInfo) -> str:
    """What a record's field holds, without ``| None``."""
    wire = _union(_read(kind, one) for kind in one.types)
    documented = _documented(one)
    if documented is None:
        return wire
    if documented in ("Mapping[str, Any]", "float", "bool", "dt.datetime"):
        return _union([documented, wire])
    if documented == "int":
        return "Id" if "Id" in wire or naming.is_id(one.wire_name) else _union(["int", wire])
    if documented == "str" and wire not in ("str", "Any"):
        return _union(["str", wire]) if not _is_textual(wire) else "str"
    if documented == "Sequence[int]":
        return "Sequence[Id]" if "Id" in wire or naming.is_id(one.wire_name) else documented
    return documented


def _documented(one: FieldInfo) -> str | None:
    if one.annotation is None:
        return None
    return DOCUMENTED.get(one.annotation, one.annotation)


def _read(kind: Type, one: FieldInfo) -> str:
    if isinstance(kind, str):
        return "Id" if kind in ("string", "integer") and naming.is_id(one.wire_name) else READ[kind]
    if "array" in kind:
        items = _read(kind["array"], one)
        return f"Sequence[{items}]"
    if "enum" in kind:
        return one.enum or "str"
    if "union" in kind:
        return _union(_read(option, one) for option in kind["union"])
    return "Mapping[str, Any]"


def _is_textual(annotation: str) -> bool:
    return annotation in TEXTUAL or (
        annotation[:1].isupper() and annotation.isidentifier() and annotation not in ("Any", "Id")
    )


def _union(annotations: Iterable[str]) -> str:
    options: list[str] = []
    for annotation in annotations:
        options += [option for option in annotation.split(" | ") if option and option not in options]
    if "Any" in options:
        return "Any"
    if "dt.date" in options and "dt.datetime" in options:
        options = [option for option in options if option not in ("dt.date", "dt.datetime")] + ["DateOrTime"]
    textual = [option for option in options if _is_textual(option)]
    if len(textual) > 1 or (textual and "Id" in options):
        options = [option for option in options if option not in textual]
        options = options if "Id" in options else ["str", *options]
    if "Id" in options:
        options = [option for option in options if option not in ("int", "str")]
    sequences = [option for option in options if option.startswith("Sequence[")]
    if len(sequences) > 1:
        options = [option for option in options if option not in sequences] + ["Sequence[Any]"]
    if "float" in options and "int" in options:
        options.remove("int")
    return " | ".join(options)


def sent_annotation(
    one: FieldInfo,
    name: str,
    nested: Callable[[str, dict[str, dict[str, object]]], str],
) -> str:
    """What a filter or a body's field takes, without ``| None``.

    Args:
        one: The filter or field.
        name: What to call the ``TypedDict`` of an object inside it.
        nested: Registers the ``TypedDict`` of an object and answers with its name.
    """

    def spell(kind: Type, hint: str) -> str:
        if isinstance(kind, str):
            return "Id" if kind in ("string", "integer") and naming.is_id(one.wire_name) else SENT[kind]
        if "array" in kind:
            return f"Sequence[{spell(kind['array'], naming.singular(hint))}]"
        if "enum" in kind:
            literal = f"Literal[{', '.join(quote(value) for value in kind['enum'])}]"
            return f"{one.enum} | {literal}" if one.enum else literal
        if "union" in kind:
            return _sent_union([spell(option, hint) for option in kind["union"]])
        return nested(hint, kind["object"]) if kind["object"] else "Mapping[str, Any]"

    annotation = _sent_union([spell(kind, name) for kind in one.types])
    is_list = one.wire_name.endswith("[]")
    if is_list and not annotation.startswith("Sequence["):
        return f"Sequence[{annotation}] | {annotation}"
    return annotation


def _sent_union(annotations: Sequence[str]) -> str:
    options: list[str] = []
    for annotation in annotations:
        if annotation not in options:
            options.append(annotation)
    if "object" in options:
        return "object"
    # Untyped in one version, typed in another: the type is what is known of both.
    for untyped in ("Mapping[str, Any]", "Sequence[object]", "Sequence[Mapping[str, Any]]"):
        if untyped in options and any(_is_closer(option, untyped) for option in options):
            options.remove(untyped)
    return " | ".join(options)


def _is_closer(option: str, untyped: str) -> bool:
    """Whether an annotation says more than one without types."""
    if untyped.startswith("Sequence["):
        return option.startswith("Sequence[") and option not in (untyped, "Sequence[object]")
    return option.isidentifier() and option not in READ.values()


def quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
