"""Records that disagree with their description: each field that agrees is typed, the others keep what came.

A record is decoded into a variant of its model, in which the fields that disagree are left as they came; then those
are read one by one. Variants are made on demand and kept, since the records of a page disagree in the same fields.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Any, Final, NamedTuple, Protocol, TypeAlias, TypeVar, cast

import msgspec
from msgspec import UNSET

from factorialhr._core.issues import DecodeIssue, IssueKind
from factorialhr._core.plain import NOT_JSON, NotJsonError, is_odd, json_type, read_json, readable
from factorialhr._core.records import decode_kind
from factorialhr._core.responses import PaginationMeta
from factorialhr._core.spellings import respelled
from factorialhr._core.variants import NO_NAMES, Field, decoder_of, fields_named, fields_of, names_of, variant

T = TypeVar("T")
Place: TypeAlias = tuple[str, int | None]
"""What holds a record, and its number there."""

MISSING: Final = "missing"
# Where msgspec stumbled: at "$.name[0]", or over a field that is not there.
STUMBLED: Final = re.compile(r" - at `\$\.(?P<odd>[^.\[`]+)|missing required field `(?P<missing>[^`]+)`$")
PLACE: Final = re.compile(r" - at `(?P<place>[^`]*)`$")
# Making a variant takes as long as decoding a page: fields that disagree at random are not worth one each.
MOST_ODD_FIELDS: Final = 6


class Source(Protocol):
    """How values are read: out of bytes, or out of what Python's ``json`` made of them.

    Whatever cannot be read raises what msgspec raises.
    """

    def whole(self, model: Any) -> Callable[[Any], Any]:
        """What reads records as a model."""
        ...

    def pieces(self, item: Any, model: Any, unread: frozenset[str]) -> Any:
        """Read a record as a variant of its model, with some fields left as they came."""

    def value(self, item: Any, field: Field) -> Any:
        """Read a value as its field has it."""

    def plain(self, item: Any) -> object:
        """Read a value without a type."""


class _Bytes:
    def whole(self, model: Any) -> Callable[[Any], Any]:
        return decoder_of(model)

    def pieces(self, item: Any, model: Any, unread: frozenset[str]) -> Any:
        return decoder_of(variant(model, unread, msgspec.Raw))(item)

    def value(self, item: Any, field: Field) -> Any:
        return field.decode(item)

    def plain(self, item: Any) -> object:
        try:
            return read_json(bytes(item), errors="surrogateescape")
        except NotJsonError:  # nested too deeply for Python: it is kept as text
            return bytes(item).decode(errors="replace")


class _Values:
    def whole(self, model: Any) -> Callable[[Any], Any]:
        return lambda item: self._converted(item, model)

    def pieces(self, item: Any, model: Any, unread: frozenset[str]) -> Any:
        if unread != names_of(model):
            _refuse_odd(item)
        return msgspec.convert(item, variant(model, unread, Any), dec_hook=decode_kind)

    def value(self, item: Any, field: Field) -> Any:
        return self._converted(item, field.kind)

    def plain(self, item: Any) -> object:
        return item

    def _converted(self, item: Any, kind: Any) -> Any:
        _refuse_odd(item)
        return msgspec.convert(item, kind, dec_hook=decode_kind)


def _refuse_odd(item: object) -> None:
    if is_odd(item):
        raise msgspec.DecodeError("no JSON")


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
        self._odd_names = NO_NAMES
        self._last_was_odd = False
        self._found: dict[IssueKind, DecodeIssue] = {}
        self.first_place: str | None = None
        """Where in the response the first disagreement is; ``None`` if there is none."""

    @property
    def issues(self) -> tuple[DecodeIssue, ...]:
        """Each kind of disagreement, with the first record that has it."""
        return tuple(self._found.values())

    def records(self, model: Any, items: list[Any], place: str) -> list[Any]:
        """Type the records of a list."""
        read = self._source.whole(model)
        return [self._typed(model, item, read, (place, number)) for number, item in enumerate(items)]

    def record(self, model: type[T], item: Any, place: str = "$") -> T:
        """Type what can be typed of one record, and keep the rest as it came."""
        return cast("T", self._typed(model, item, self._source.whole(model), (place, None)))

    def meta(self, item: Any) -> PaginationMeta | None:
        """Type what can be typed of a page's ``meta``."""
        if item is None or self._source.plain(item) is None:
            return None
        self._odd_names, self._last_was_odd = NO_NAMES, False
        meta = self.record(PaginationMeta, item, "$.meta")
        return meta if isinstance(meta, PaginationMeta) else None

    def _typed(self, model: Any, item: Any, read: Callable[[Any], Any], place: Place) -> Any:
        # After a record that disagreed the next one is likely to disagree as well, and in the same fields.
        if not self._last_was_odd:
            try:
                record = read(item)
            except msgspec.ValidationError as error:
                self._leave_unread(model, _stumbled_over(error, model))
            except NOT_JSON:
                self._leave_unread(model, names_of(model))
            else:
                if self._nulls_count:
                    self._note(model, record, _nulls_of(model, record), place)
                return record
        odd: list[_Odd] = []
        record = self._typed_in_pieces(model, item, odd)
        if self._nulls_count and isinstance(record, msgspec.Struct):
            odd += _nulls_of(model, record, {one.field for one in odd})
        self._last_was_odd = bool(odd)
        self._note(model, record, odd, place)
        return record

    def _leave_unread(self, model: Any, names: frozenset[str]) -> None:
        if not names <= self._odd_names:
            self._odd_names |= names
            if len(self._odd_names) > MOST_ODD_FIELDS:
                self._odd_names = names_of(model)

    def _typed_in_pieces(self, model: Any, item: Any, odd: list[_Odd]) -> Any:
        loose = self._loosely_typed(model, item)
        if loose is None:
            content = self._source.plain(item)
            odd.append(_Odd("*", "object", json_type(content), ""))
            return readable(content)
        values: dict[str, Any] = msgspec.structs.asdict(loose)
        for field in fields_named(model, self._odd_names):
            self._settle(field, values, odd)
        return model(**values)

    def _loosely_typed(self, model: Any, item: Any) -> msgspec.Struct | None:
        """The record as a variant of its model; ``None`` if it is no object."""
        while True:
            before = self._odd_names
            try:
                return cast("msgspec.Struct", self._source.pieces(item, model, before))
            except msgspec.ValidationError as error:
                self._leave_unread(model, _stumbled_over(error, model))
            except NOT_JSON:
                self._leave_unread(model, names_of(model))
            if before == self._odd_names:
                return None

    def _settle(self, field: Field, values: dict[str, Any], odd: list[_Odd]) -> None:
        """Read a field that was left as it came."""
        value = values[field.name]
        if value is not UNSET:
            values[field.name] = self._settled(field, value, odd)
        elif field.required:
            values[field.name] = None
            odd.append(_Odd(field.name, field.expected, MISSING, ""))
        else:
            del values[field.name]

    def _settled(self, field: Field, value: Any, odd: list[_Odd]) -> object:
        place = "$"
        try:
            return self._source.value(value, field)
        except msgspec.ValidationError as error:
            place = place_of(error)
        except NOT_JSON:
            pass
        content = self._source.plain(value)
        read = respelled(field.documented, content) if isinstance(content, str) else None
        found = json_type(content) if read is None else read.found
        if found is not None:
            odd.append(_Odd(field.name, field.expected, found, f".{field.wire_name}{place[1:]}"))
        return readable(content) if read is None else read.value

    def _note(self, model: Any, record: object, odd: list[_Odd], place: Place) -> None:
        for one in odd:
            kind = (model.__name__, one.field, one.expected, one.found)
            if kind not in self._found:
                identity = getattr(record, "id", None)
                self._found[kind] = DecodeIssue(*kind, identity if isinstance(identity, int | str) else None)
        if odd and self.first_place is None:
            around, number = place
            self.first_place = f"{around}{'' if number is None else f'[{number}]'}{odd[0].place}"


def place_of(error: msgspec.ValidationError) -> str:
    """Where msgspec found a disagreement: ``$.data[0].name``."""
    match = PLACE.search(str(error))
    return match["place"] if match else "$"


def _stumbled_over(error: msgspec.ValidationError, model: Any) -> frozenset[str]:
    """The field that msgspec names; every field if it names none of them, none if the whole is no object."""
    match = STUMBLED.search(str(error))
    if match is not None and match[match.lastgroup or 0] in names_of(model):
        return frozenset({match[match.lastgroup or 0]})
    return NO_NAMES if place_of(error) == "$" else names_of(model)


def _nulls_of(model: Any, record: msgspec.Struct, named: Collection[str] = ()) -> list[_Odd]:
    """The fields that are null and are documented as never null."""
    return [
        _Odd(one.name, one.expected, json_type(None), f".{one.wire_name}")
        for one in fields_of(model)
        if one.never_null and getattr(record, one.name) is None and one.name not in named
    ]
