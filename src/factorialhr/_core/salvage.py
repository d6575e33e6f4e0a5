"""Records that disagree with their description: each field that agrees is typed, the others keep what came.

A record is decoded into a variant of its model, in which the fields that disagree are left as they came; then those
are read one by one. Variants are made on demand and kept, since the records of a page disagree in the same fields.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple, Protocol, TypeVar, cast

import msgspec
from msgspec import UNSET
from msgspec.structs import FieldInfo

from factorialhr._core.issues import DecodeIssue, IssueKind, spelled
from factorialhr._core.narrowing import is_object
from factorialhr._core.plain import NOT_JSON, NotJsonError, is_odd, json_type, read_json, readable
from factorialhr._core.records import decode_kind, documented_type, is_visible
from factorialhr._core.responses import PaginationMeta
from factorialhr._core.spellings import respelled

T = TypeVar("T")

MISSING: Final = "missing"
NONE: Final[frozenset[str]] = frozenset()
# Where msgspec stumbled: at "$.name[0]", or over a field that is not there.
STUMBLED: Final = re.compile(r" - at `\$\.(?P<odd>[^.\[`]+)|missing required field `(?P<missing>[^`]+)`$")
PLACE: Final = re.compile(r" - at `(?P<place>[^`]*)`$")
# Making a variant takes as long as decoding a page: fields that disagree at random are not worth one each.
MOST_ODD_FIELDS: Final = 6


class Source(Protocol):
    """How values are read: out of bytes, or out of what Python's ``json`` made of them."""

    unread: Any
    """The type of a value that is left as it came."""

    def typed(self, value: Any, kind: Any) -> Any:
        """Read a value as a type; raises what msgspec raises."""

    def plain(self, value: Any) -> object:
        """Read a value without a type."""

    def odd_names(self, item: Any) -> frozenset[str]:
        """The fields of a record that are odd, as far as ``typed`` does not refuse them."""
        ...


class _Bytes:
    unread: Any = msgspec.Raw

    def typed(self, value: Any, kind: Any) -> Any:
        return decoder_of(kind)(value)

    def plain(self, value: Any) -> object:
        try:
            return read_json(bytes(value), errors="surrogateescape")
        except NotJsonError:  # nested too deeply for Python: it is kept as text
            return bytes(value).decode(errors="replace")

    def odd_names(self, item: Any) -> frozenset[str]:  # noqa: ARG002  # msgspec refuses it
        return NONE


class _Values:
    unread: Any = Any

    def typed(self, value: Any, kind: Any) -> Any:
        return msgspec.convert(value, kind, dec_hook=decode_kind)

    def plain(self, value: Any) -> object:
        return value

    def odd_names(self, item: Any) -> frozenset[str]:
        return frozenset(name for name, value in item.items() if is_odd(value)) if is_object(item) else NONE


BYTES: Final[Source] = _Bytes()
VALUES: Final[Source] = _Values()


class _Odd(NamedTuple):
    """One field that disagrees."""

    field: str
    expected: str
    found: str
    place: str
    """Where in its record."""


class Salvage:
    """Types the records of one response, and notes where they disagree."""

    def __init__(self, source: Source, *, nulls_count: bool = False) -> None:
        """Begin without issues.

        Args:
            source: How the records are read.
            nulls_count: Whether null in a required field is an issue.
        """
        self._source = source
        self._nulls_count = nulls_count
        self._odd_fields: frozenset[str] = frozenset()
        self._last_was_odd = False
        self._found: dict[IssueKind, DecodeIssue] = {}
        self.first_place: str | None = None
        """Where in the response the first disagreement is; ``None`` if there is none."""

    @property
    def issues(self) -> tuple[DecodeIssue, ...]:
        """Each kind of disagreement, with the first record that has it."""
        return tuple(self._found.values())

    def records(self, model: type[T], items: list[Any], place: str) -> list[T]:
        """Type the records of a list."""
        return [self.record(model, item, f"{place}[{number}]") for number, item in enumerate(items)]

    def meta(self, item: Any) -> PaginationMeta | None:
        """Type what can be typed of a page's ``meta``."""
        if item is None or self._source.plain(item) is None:
            return None
        self._odd_fields, self._last_was_odd = frozenset(), False
        meta = self.record(PaginationMeta, item, "$.meta")
        return meta if isinstance(meta, PaginationMeta) else None

    def record(self, model: type[T], item: Any, place: str) -> T:
        """Type what can be typed of one record, and keep the rest as it came."""
        odd: list[_Odd] = []
        record = self._typed_at_once(model, item)
        if record is None:
            record = self._typed_in_pieces(model, item, odd)
        if self._nulls_count and isinstance(record, msgspec.Struct):
            odd += _nulls_of(model, record, {one.field for one in odd})
        self._last_was_odd = bool(odd)
        for one in odd:
            self._note(model, record, one, place)
        return record

    def _typed_at_once(self, model: type[T], item: Any) -> T | None:
        # After a record that disagreed the next one is likely to disagree as well, and in the same fields.
        odd_names = self._source.odd_names(item) & _names_of(cast("Any", model))
        self._leave_unread(model, odd_names)
        if not self._last_was_odd and not odd_names:
            try:
                return cast("T", self._source.typed(item, model))
            except msgspec.ValidationError as error:
                self._leave_unread(model, _stumbled_over(error, model))
            except NOT_JSON:
                self._leave_unread(model, _names_of(cast("Any", model)))
        return None

    def _leave_unread(self, model: Any, names: frozenset[str]) -> None:
        self._odd_fields |= names
        if len(self._odd_fields) > MOST_ODD_FIELDS:
            self._odd_fields = _names_of(model)

    def _typed_in_pieces(self, model: type[T], item: Any, odd: list[_Odd]) -> T:
        loose = self._loosely_typed(model, item)
        if loose is None:
            content = self._source.plain(item)
            odd.append(_Odd("*", "object", json_type(content), ""))
            return cast("T", readable(content))
        values: dict[str, Any] = msgspec.structs.asdict(loose)
        for field in _fields_of(cast("Any", model)):
            if field.encode_name in self._odd_fields:
                self._settle(field, values, odd)
        return model(**values)

    def _loosely_typed(self, model: Any, item: Any) -> msgspec.Struct | None:
        """The record as a variant of its model; ``None`` if it is no object."""
        while True:
            before = self._odd_fields
            try:
                return cast("msgspec.Struct", self._source.typed(item, _variant(model, before, self._source.unread)))
            except msgspec.ValidationError as error:
                self._leave_unread(model, _stumbled_over(error, model))
            except NOT_JSON:
                self._leave_unread(model, _names_of(model))
            if before == self._odd_fields:
                return None

    def _settle(self, field: FieldInfo, values: dict[str, Any], odd: list[_Odd]) -> None:
        """Read a field that was left as it came."""
        value = values[field.name]
        if value is not UNSET:
            values[field.name] = self._settled(field, value, odd)
        elif field.required:
            values[field.name] = None
            odd.append(_Odd(field.name, spelled(field.type), MISSING, ""))
        else:
            del values[field.name]

    def _settled(self, field: FieldInfo, value: Any, odd: list[_Odd]) -> object:
        place = "$"
        try:
            if not is_odd(value):
                return self._source.typed(value, field.type)
        except msgspec.ValidationError as error:
            place = place_of(error)
        except NOT_JSON:
            pass
        content = self._source.plain(value)
        read = respelled(documented_type(field.type), content) if isinstance(content, str) else None
        found = json_type(content) if read is None else read.found
        if found is not None:
            expected = spelled(field.type)
            odd.append(_Odd(field.name, expected, found, f".{field.encode_name}{place[1:]}"))
        return readable(content) if read is None else read.value

    def _note(self, model: Any, record: object, odd: _Odd, place: str) -> None:
        identity = getattr(record, "id", None)
        known = identity if isinstance(identity, int | str) else None
        issue = DecodeIssue(model.__name__, odd.field, odd.expected, odd.found, known)
        self._found.setdefault(issue.kind, issue)
        if self.first_place is None:
            self.first_place = place + odd.place


def nothing_known(model: type[T]) -> T:
    """A record of which nothing is known."""
    return model(**{field.name: None for field in _fields_of(cast("Any", model)) if field.required})


def place_of(error: msgspec.ValidationError) -> str:
    """Where msgspec found a disagreement: ``$.data[0].name``."""
    match = PLACE.search(str(error))
    return match["place"] if match else "$"


@lru_cache(maxsize=1024)
def decoder_of(kind: Any) -> Callable[[Any], Any]:
    """A function that decodes bytes into a type."""
    return msgspec.json.Decoder(kind, dec_hook=decode_kind).decode


@lru_cache(maxsize=256)
def strictly(model: Any) -> Any:
    """The model as it is documented: with null for optional fields alone."""
    return _rebuilt(model, [_with_type(one, documented_type(one.type)) for one in _fields_of(model)])


@lru_cache(maxsize=256)
def _variant(model: Any, odd_fields: frozenset[str], unread: Any) -> Any:
    """The model with some of its fields left as they come, or left out."""
    fields = [
        (one.name, unread, msgspec.field(name=one.encode_name, default=UNSET))
        if one.encode_name in odd_fields
        else _with_type(one, one.type)
        for one in _fields_of(model)
    ]
    return _rebuilt(model, fields)


def _rebuilt(model: Any, fields: list[tuple[str, Any, Any]]) -> Any:
    return msgspec.defstruct(model.__name__, fields, kw_only=True, gc=False)


def _with_type(field: FieldInfo, kind: Any) -> tuple[str, Any, Any]:
    default = {"default": field.default, "default_factory": field.default_factory}
    given = {name: value for name, value in default.items() if value is not msgspec.NODEFAULT}
    return field.name, kind, msgspec.field(name=field.encode_name, **given)


def _stumbled_over(error: msgspec.ValidationError, model: Any) -> frozenset[str]:
    """The field that msgspec names; every field if it names none of them, none if the whole is no object."""
    match = STUMBLED.search(str(error))
    if match is not None and match[match.lastgroup or 0] in _names_of(model):
        return frozenset({match[match.lastgroup or 0]})
    return frozenset() if place_of(error) == "$" else _names_of(model)


def _nulls_of(model: Any, record: msgspec.Struct, named: set[str]) -> list[_Odd]:
    """The fields that are null and are documented as never null."""
    return [
        _Odd(one.name, spelled(one.type), json_type(None), f".{one.encode_name}")
        for one in _fields_of(model)
        if is_visible(one.type) and getattr(record, one.name) is None and one.name not in named
    ]


@cache
def _names_of(model: Any) -> frozenset[str]:
    return frozenset(field.encode_name for field in _fields_of(model))


@cache
def _fields_of(model: Any) -> tuple[FieldInfo, ...]:
    return msgspec.structs.fields(model)
