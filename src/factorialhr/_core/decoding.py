"""From bytes to typed records: one C call where the wire agrees with the description, field by field where not.

On the slow path nothing is lost: a field that disagrees keeps the value that came, ``None`` if none
came, and every other field and record is typed as usual.
"""

from __future__ import annotations

import contextlib
import typing
from collections.abc import Callable, Hashable
from functools import cache
from typing import Any, Generic, TypeVar

import msgspec

from factorialhr._core.errors import DecodeError
from factorialhr._core.issues import DecodeIssue, IssueLog
from factorialhr._core.narrowing import is_array, is_object
from factorialhr._core.records import decode_kind
from factorialhr._core.responses import MetaApiResponse, PaginationMeta

T = TypeVar("T")

# What msgspec raises for bytes that are no JSON, are not UTF-8, or are nested too deeply.
NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class _Page(msgspec.Struct, Generic[T], gc=False):
    """A list's answer on the wire."""

    data: list[T]
    meta: PaginationMeta | None = None


class Answer(typing.NamedTuple):
    """A finished answer and how to read it."""

    operation: str
    body: bytes
    content_type: str
    strict: bool
    log: IssueLog


def decode(result: type[T], answer: Answer) -> T:
    """Decode an answer into ``result``: a model, ``list[model]`` or ``MetaApiResponse[model]``.

    Raises:
        DecodeError: It is no JSON, of another shape, or, with ``strict``, of another type anywhere.
    """
    return typing.cast("T", _reader(typing.cast("Hashable", result))(answer))


def empty(result: type[T]) -> T:
    """What an answer without content (204) amounts to: no records, or one of which nothing is known."""
    kind = typing.get_origin(result)
    if kind is MetaApiResponse:
        return typing.cast(T, MetaApiResponse[Any]([], (), PaginationMeta()))
    if (kind or result) is list:
        return typing.cast(T, [])
    if not _is_struct(result):
        return typing.cast(T, {} if (kind or result) is dict else None)
    return salvage_record(result, {}, {})


@cache
def _reader(result: Hashable) -> Callable[[Answer], object]:
    origin, (model, *_) = typing.get_origin(result) or result, typing.get_args(result) or (Any,)
    if origin is MetaApiResponse:
        return _PageReader(model).read
    if origin is list:
        return _ArrayReader(model).read
    return _RecordReader(result).read


class _Reader:
    """The fast path of one result type, and the way to its slow path."""

    def __init__(self, kind: Any, model: Any) -> None:
        self._model = model
        self._decoder = msgspec.json.Decoder(kind, dec_hook=decode_kind)

    def read(self, answer: Answer) -> object:
        path = "$"
        try:
            return self._finish(self._decoder.decode(answer.body), answer, ())
        except msgspec.ValidationError as error:
            path = _json_path(error)
        except NOT_JSON:
            pass
        # Raised out here: msgspec's message may quote a value, and must not become this error's context.
        content = _parse(answer)
        if answer.strict:
            raise _disagreement(answer, path)
        self._check_shape(answer, content)
        if not _is_struct(self._model):
            raise _disagreement(answer, path)
        issues: dict[DecodeIssue, None] = {}
        value = self._salvage(content, issues)
        answer.log.report(answer.operation, issues)
        return self._finish(value, answer, tuple(issues))

    def _finish(self, value: Any, _answer: Answer, _issues: tuple[DecodeIssue, ...]) -> object:
        return value

    def _check_shape(self, answer: Answer, content: object) -> None:
        raise NotImplementedError

    def _salvage(self, content: Any, issues: dict[DecodeIssue, None]) -> object:
        raise NotImplementedError


class _RecordReader(_Reader):
    def __init__(self, model: Any) -> None:
        super().__init__(model, model)

    def _check_shape(self, answer: Answer, content: object) -> None:
        if _is_struct(self._model) and not is_object(content):
            raise _wrong_shape(answer, content, "one record")

    def _salvage(self, content: Any, issues: dict[DecodeIssue, None]) -> object:
        return salvage_record(self._model, content, issues)


class _ArrayReader(_Reader):
    def __init__(self, model: Any) -> None:
        super().__init__(list[model], model)

    def read(self, answer: Answer) -> object:
        if _is_struct(self._model) and answer.body.lstrip().startswith(b"{"):
            # Some versions answer with the bare record where others have an array: it is the array's only item.
            answer = answer._replace(body=b"[%s]" % answer.body)
        return super().read(answer)

    def _check_shape(self, answer: Answer, content: object) -> None:
        if not is_array(content):
            raise _wrong_shape(answer, content, "an array")

    def _salvage(self, content: Any, issues: dict[DecodeIssue, None]) -> object:
        return [salvage_record(self._model, item, issues) for item in content]


class _PageReader(_Reader):
    def __init__(self, model: Any) -> None:
        super().__init__(_Page[model], model)

    def _finish(self, value: Any, _answer: Answer, _issues: tuple[DecodeIssue, ...]) -> object:
        return MetaApiResponse(value.data, (_answer.body,), value.meta or PaginationMeta(), _issues)

    def _check_shape(self, answer: Answer, content: object) -> None:
        if not is_object(content) or not is_array(content.get("data")):
            raise _wrong_shape(answer, content, "an object with an array 'data'")

    def _salvage(self, content: Any, issues: dict[DecodeIssue, None]) -> object:
        records = [salvage_record(self._model, item, issues) for item in content["data"]]
        meta = content.get("meta")
        return _Page(records, None if meta is None else salvage_record(PaginationMeta, meta, issues))


def decode_tolerantly(model: type[T], content: dict[str, object]) -> tuple[T, tuple[DecodeIssue, ...]]:
    """Type one decoded object, and say where it disagreed."""
    issues: dict[DecodeIssue, None] = {}
    return salvage_record(model, content, issues), tuple(issues)


def salvage_record(model: type[T], item: object, issues: dict[DecodeIssue, None]) -> T:
    """Type what can be typed of one record, keep the rest as it came, and note each disagreement."""
    try:
        return msgspec.convert(item, model, dec_hook=decode_kind)
    except msgspec.ValidationError:
        pass
    if not is_object(item):
        issues[DecodeIssue(model.__name__, "*", "object", _json_type(item))] = None
        return typing.cast(T, item if model is not PaginationMeta else PaginationMeta())
    values: dict[str, Any] = {}
    for field in _fields(typing.cast("Hashable", model)):
        if field.encode_name not in item:
            if field.required:
                issues[DecodeIssue(model.__name__, field.name, _spell(field.type), "missing")] = None
                values[field.name] = None
            continue
        value = item[field.encode_name]
        try:
            values[field.name] = msgspec.convert(value, field.type, dec_hook=decode_kind)
        except msgspec.ValidationError:
            values[field.name] = value
            issues[DecodeIssue(model.__name__, field.name, _spell(field.type), _json_type(value))] = None
    return model(**values)


@cache
def _fields(model: Hashable) -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(typing.cast("Any", model))


def _is_struct(model: object) -> bool:
    return isinstance(model, type) and issubclass(model, msgspec.Struct)


def _spell(kind: Any) -> str:
    text = kind.__name__ if isinstance(kind, type) and not typing.get_args(kind) else str(kind)
    for prefix in ("typing.", "collections.abc.", "datetime.", "factorialhr._core.records."):
        text = text.replace(prefix, "")
    return text.rpartition("models.")[2].partition(".")[2] or text if "factorialhr.models." in text else text


def _json_type(value: object) -> str:
    for kind, name in (
        (bool, "boolean"),
        (str, "string"),
        (int, "integer"),
        (float, "number"),
        (list, "array"),
        (dict, "object"),
    ):
        if isinstance(value, kind):
            return name
    return "null"


def _json_path(error: msgspec.ValidationError) -> str:
    text = str(error)
    return text.rpartition(" - at `")[2].rstrip("`") if " - at `" in text else "$"


def _parse(answer: Answer) -> object:
    """The answer as plain JSON: what disagrees with a type may turn out to be no JSON at all, further on."""
    content: object = NOT_JSON
    with contextlib.suppress(*NOT_JSON):
        content = msgspec.json.decode(answer.body)
    if content is NOT_JSON:
        raise _not_json(answer)
    return content


def _not_json(answer: Answer) -> DecodeError:
    if not answer.body.strip():
        what = "the answer is empty"
    else:
        kind = answer.content_type.partition(";")[0] or "no content type"
        what = f"the answer is not JSON ({kind}, {len(answer.body):,} bytes)"
        if answer.body.lstrip()[:1] == b"<":
            what += "; a page like this comes from a proxy, a gateway or a wrong base_url"
        elif answer.body.lstrip()[:1] in b"{[":
            what += "; it looks cut off"
    return DecodeError(f"{answer.operation}: {what}", operation=answer.operation, path="$", body=answer.body)


def _wrong_shape(answer: Answer, content: object, expected: str) -> DecodeError:
    found = _json_type(content)
    if is_object(content):
        found = f"an object with {len(content)} keys"
    message = f"{answer.operation}: expected {expected}, found {found}"
    return DecodeError(message, operation=answer.operation, path="$", body=answer.body)


def _disagreement(answer: Answer, path: str) -> DecodeError:
    message = f"{answer.operation}: the answer disagrees with the API's description at {path}"
    return DecodeError(message, operation=answer.operation, path=path, body=answer.body)
