"""From bytes to typed records: one C call where the wire agrees with the description, record by record where not."""

from __future__ import annotations

import contextlib
import typing
from collections.abc import Callable, Hashable, Mapping
from functools import cache
from typing import Any, Final, Generic, TypeVar

import msgspec

from factorialhr._core.errors import DecodeError
from factorialhr._core.issues import DecodeIssue, IssueLog
from factorialhr._core.narrowing import is_array, is_object
from factorialhr._core.plain import NOT_JSON, NotJsonError, json_type, read_json, readable, without_mark
from factorialhr._core.records import decode_kind, key_of
from factorialhr._core.responses import MetaApiResponse, PaginationMeta
from factorialhr._core.salvage import BYTES, VALUES, Salvage, Source, place_of
from factorialhr._core.variants import decoder_of, fields_of, nothing_known, strictly

T = TypeVar("T")

ERROR_KEYS: Final = ("errors", "error", "message")


class _Page(msgspec.Struct, Generic[T], gc=False):
    """A list's response on the wire."""

    data: list[T]
    meta: PaginationMeta | None = None


class _Envelope(msgspec.Struct, gc=False):
    """The same, with its records as they came."""

    data: list[msgspec.Raw]
    meta: msgspec.Raw = msgspec.Raw(b"null")


class Answer(typing.NamedTuple):
    """A finished response and how to read it."""

    operation: str
    body: bytes
    content_type: str
    strict: bool
    log: IssueLog
    is_write: bool = False


class ErrorBodyError(Exception):
    """The body of a success is that of an error; it never leaves this package."""


class _Parts(typing.NamedTuple):
    """What a response consists of, before any of it is typed."""

    source: Source
    content: Any
    """A record, or the records."""
    meta: Any = None


ENVELOPE: Final = msgspec.json.Decoder(_Envelope).decode


def decode(result: type[T], answer: Answer) -> T:
    """Decode a response into ``result``: a model, ``list[model]`` or ``MetaApiResponse[model]``.

    Raises:
        DecodeError: It is no JSON, of another shape, or, with ``strict``, of another type anywhere.
        ErrorBodyError: It is an error.
    """
    if answer.is_write and without_mark(answer.body).strip() in (b"", b"null"):
        # It has succeeded: a caller who sees an error would repeat it.
        answer.log.report(answer.operation, [DecodeIssue(_model_name(result), "*", "object", "nothing")])
        return empty(result)
    return typing.cast("T", _reader(typing.cast("Hashable", result)).read(answer))


def empty(result: type[T]) -> T:
    """What a response without content (204) amounts to: no records, or one of which nothing is known."""
    kind = typing.get_origin(result)
    if kind is MetaApiResponse:
        return typing.cast(T, MetaApiResponse[Any]([], (), PaginationMeta()))
    if (kind or result) is list:
        return typing.cast(T, [])
    if not _is_struct(result):
        return typing.cast(T, {} if (kind or result) is dict else None)
    return nothing_known(result)


def decode_tolerantly(model: type[T], content: dict[str, object]) -> tuple[T, tuple[DecodeIssue, ...]]:
    """Type one decoded object, and say where it disagreed."""
    salvage = Salvage(VALUES)
    return salvage.record(model, content), salvage.issues


def _model_name(result: object) -> str:
    named = (typing.get_args(result) or (result,))[0]
    return str(getattr(named, "__name__", "response"))


@cache
def _reader(result: Hashable) -> _Reader:
    origin, (model, *_) = typing.get_origin(result) or result, typing.get_args(result) or (Any,)
    if origin is MetaApiResponse:
        return _PageReader(model)
    if origin is list:
        return _ArrayReader(model)
    return _RecordReader(result)


class _Reader:
    """The fast path of one result type, and the way to its slow path."""

    def __init__(self, model: Any, kind: Callable[[Any], Any]) -> None:
        self._model = model
        self._is_typed = _is_struct(model)
        self._kind = kind(model)
        self._decode = decoder_of(self._kind)
        self._check = decoder_of(kind(strictly(model))) if self._is_typed else self._decode

    def read(self, answer: Answer) -> object:
        """Decode a response."""
        body = without_mark(answer.body)
        place = "$"
        try:
            if answer.strict:
                self._check(body)
            return self._finish(self._decode(body), answer, ())
        except msgspec.ValidationError as error:
            place = place_of(error)
        except NOT_JSON:
            pass
        # Out here: msgspec's message may quote a value, and must not become the context of an error.
        parts = self._taken_apart(body, answer)
        if not self._is_typed:
            return self._finish(_as_documented(parts.content, self._kind, answer, place), answer, ())
        salvage = Salvage(parts.source, nulls_count=answer.strict)
        value = self._salvage(parts, salvage)
        if answer.strict and salvage.first_place is not None:
            raise _disagreement(answer, salvage.first_place)
        answer.log.report(answer.operation, salvage.issues)
        return self._finish(value, answer, salvage.issues)

    def _taken_apart(self, _body: bytes, answer: Answer) -> _Parts:
        try:
            content = read_json(answer.body, errors="surrogateescape")
        except NotJsonError as error:
            reason = str(error)
        else:
            return _Parts(VALUES, self._checked(answer, content))
        raise _not_json(answer, reason)

    def _checked(self, answer: Answer, content: object) -> object:
        """The content, unless it has another shape or is an error."""
        raise NotImplementedError

    def _salvage(self, parts: _Parts, salvage: Salvage) -> object:
        raise NotImplementedError

    def _finish(self, value: Any, _answer: Answer, _issues: tuple[DecodeIssue, ...]) -> object:
        return value


class _RecordReader(_Reader):
    def __init__(self, model: Any) -> None:
        super().__init__(model, _itself)
        self._shape = _Shape(model) if self._is_typed else None

    def _checked(self, answer: Answer, content: object) -> object:
        if self._shape is None:
            return content
        if is_object(content):
            content = self._shape.unwrapped(content)
        if not is_object(content):
            raise _wrong_shape(answer, content, "one record")
        return content

    def _salvage(self, parts: _Parts, salvage: Salvage) -> object:
        return salvage.record(self._model, parts.content)

    def _finish(self, value: Any, answer: Answer, issues: tuple[DecodeIssue, ...]) -> object:
        # Of some models every field may be left out: an error decodes into one of which nothing is known.
        if self._shape is not None and not issues and self._shape.is_anonymous(value):
            content = read_json(answer.body)
            if is_object(content) and self._shape.unwrapped(content) is not content:
                return self._salvage(_Parts(VALUES, self._checked(answer, content)), Salvage(VALUES))
        return value


class _ArrayReader(_Reader):
    def __init__(self, model: Any) -> None:
        super().__init__(model, _array_of)
        self._shape = _Shape(model) if self._is_typed else None

    def _checked(self, answer: Answer, content: object) -> object:
        if is_object(content) and is_array(content.get("data")):
            content = content["data"]
        if is_object(content) and self._shape is not None:
            # Some versions answer with the bare record where others have an array: it is the array's only item.
            content = [self._shape.unwrapped(content)]
        if not is_array(content):
            raise _wrong_shape(answer, content, "an array")
        return content

    def _salvage(self, parts: _Parts, salvage: Salvage) -> object:
        return salvage.records(self._model, parts.content, "$")


class _PageReader(_Reader):
    def __init__(self, model: Any) -> None:
        super().__init__(model, _page_of)

    def _taken_apart(self, body: bytes, answer: Answer) -> _Parts:
        if self._is_typed:
            with contextlib.suppress(*NOT_JSON):
                envelope = ENVELOPE(body)
                return _Parts(BYTES, envelope.data, envelope.meta)
        return super()._taken_apart(body, answer)

    def _checked(self, answer: Answer, content: object) -> object:
        if not is_object(content) or not is_array(content.get("data")):
            if is_object(content) and "data" not in content and _says_error(content):
                raise ErrorBodyError
            raise _wrong_shape(answer, content, "an object with an array 'data'")
        return content

    def _salvage(self, parts: _Parts, salvage: Salvage) -> object:
        if parts.source is VALUES:
            parts = _Parts(VALUES, parts.content["data"], parts.content.get("meta"))
        records = salvage.records(self._model, parts.content, "$.data")
        return _Page(records, salvage.meta(parts.meta))

    def _finish(self, value: Any, answer: Answer, issues: tuple[DecodeIssue, ...]) -> object:
        return MetaApiResponse(value.data, (answer.body,), value.meta or PaginationMeta(), issues)


class _Shape:
    """What tells a record of a model from an error, and from a record in an envelope."""

    def __init__(self, model: Any) -> None:
        fields = fields_of(model)
        self._names = frozenset(field.wire_name for field in fields)
        key = [field for field in fields if field.name in key_of(model)] or fields
        self._key_fields = tuple(field.name for field in key)
        self._key_names = tuple(field.wire_name for field in key)

    def is_anonymous(self, record: object) -> bool:
        """Whether nothing of what identifies a record is known."""
        return all(getattr(record, name, None) is None for name in self._key_fields)

    def unwrapped(self, content: dict[str, object]) -> object:
        """The record itself, if it came as the ``data`` of a response.

        Raises:
            ErrorBodyError: It is an error, or nothing.
        """
        if any(name in content for name in self._key_names):
            return content
        if is_object(content.get("data")) and not self._names & content.keys():
            return content["data"]
        if not content or _says_error({name: content[name] for name in content.keys() - self._names}):
            raise ErrorBodyError
        return content


def _says_error(content: Mapping[str, object]) -> bool:
    return any(key in content for key in ERROR_KEYS)


def _itself(model: Any) -> Any:
    return model


def _array_of(model: Any) -> Any:
    return list[model]


def _page_of(model: Any) -> Any:
    return _Page[model]


def _is_struct(model: object) -> bool:
    return isinstance(model, type) and issubclass(model, msgspec.Struct)


def _as_documented(content: object, kind: Any, answer: Answer, place: str) -> object:
    """A result without a model agrees or not, and may be odd to msgspec alone."""
    with contextlib.suppress(*NOT_JSON):
        return msgspec.convert(readable(content), kind, dec_hook=decode_kind)
    raise _disagreement(answer, place)


def _not_json(answer: Answer, reason: str) -> DecodeError:
    body = without_mark(answer.body).strip()
    if not body:
        what = "the response is empty"
    else:
        kind = answer.content_type.partition(";")[0] or "no content type"
        what = f"the response is not JSON ({kind}, {len(answer.body):,} bytes)"
        if body[:1] == b"<":
            what += "; a page like this comes from a proxy, a gateway or a wrong base_url"
        elif body[:1] in b"{[":
            what += f"; {reason}"
    return DecodeError(f"{answer.operation}: {what}", operation=answer.operation, path="$", body=answer.body)


def _wrong_shape(answer: Answer, content: object, expected: str) -> DecodeError:
    found = json_type(content)
    if is_object(content):
        found = f"an object with {len(content)} keys"
    message = f"{answer.operation}: expected {expected}, found {found}"
    return DecodeError(message, operation=answer.operation, path="$", body=answer.body)


def _disagreement(answer: Answer, path: str) -> DecodeError:
    message = f"{answer.operation}: the response disagrees with the API's description at {path}"
    return DecodeError(message, operation=answer.operation, path=path, body=answer.body)
