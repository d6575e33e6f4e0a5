"""Every operation of every version, in both halves: what reaches the wire, and what comes back from it."""

from __future__ import annotations

import datetime as dt
import json
import warnings
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import Message
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote

import msgspec
import pytest

from factorialhr import DecodeWarning, UnexpectedKeywordError, UnsupportedOperationError
from factorialhr._core.records import OpenEnum
from factorialhr._core.versions import ApiVersionWarning
from tests.support import openapi
from tests.support.openapi import VERSIONS

from . import documents
from .documents import Operation, Schema, Sent, argument_name, document, envelope
from .halves import HALVES, LIST_METHODS, Half, Method, Wire, methods_by_operation, methods_of

OPERATIONS = documents.distinct_operations()
DOMAINS = sorted({key.split(" ")[1].split("/")[0] for key in OPERATIONS})
MULTIPART = {
    "POST ats/messages",
    "POST documents/documents",
    "POST finance/financial_documents",
    "POST integrations/sync_run_outputs",
    "POST project_management/project_tasks",
    "POST tasks/task_files",
    "PUT project_management/project_tasks/{id}",
}
CURSOR = "Mjc="

every_domain = pytest.mark.parametrize("domain", DOMAINS)


@pytest.fixture(params=HALVES)
def half(request: pytest.FixtureRequest) -> Iterator[Half]:
    one = Half(HALVES[request.param])
    yield one
    one.close()


def cases(
    half: Half, domain: str, wanted: Callable[[Operation], bool] = lambda _: True
) -> Iterator[tuple[Operation, Method]]:
    """The operations of a domain in every version that has them, each with its methods.

    The records that later became arrays have a test of their own.
    """
    methods = methods_by_operation(half.name)
    for key, forms in OPERATIONS.items():
        if key.split(" ")[1].split("/")[0] == domain:
            for operation in forms:
                if is_record_of_an_array(operation) or not wanted(operation):
                    continue
                for method in methods[key]:
                    yield operation, method


def answers_like_the_version_before(operation: Operation) -> bool:
    """Decoding knows types and no versions: what is described alike is decoded once."""
    forms = OPERATIONS[operation.key]
    number = forms.index(operation)
    return number > 0 and answer_of(operation) == answer_of(forms[number - 1])


def answer_of(operation: Operation) -> tuple[Any, ...]:
    return operation.result, operation.properties, operation.record.get("required")


def decoding_cases(half: Half, domain: str) -> Iterator[tuple[Operation, Method]]:
    return cases(half, domain, lambda operation: not answers_like_the_version_before(operation))


@cache
def fields_of(model: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(model)


def is_page(operation: Operation) -> bool:
    return operation.result == "page"


def takes_json(operation: Operation) -> bool:
    return operation.body is not None and not operation.is_multipart


def is_multipart(operation: Operation) -> bool:
    return operation.is_multipart


def is_record_of_an_array(operation: Operation) -> bool:
    """A record in this version and an array in the newest; the one method answers with a list in all versions."""
    return operation.result == "record" and OPERATIONS[operation.key][-1].result == "array"


def arguments_of(operation: Operation, method: Method, data: dict[str, Any], identifier: object = "7") -> list[Any]:
    """Values for a method's arguments; one that stands for the body's only list gets that list."""
    found: list[Any] = []
    for name in method.arguments:
        if name == "data":
            found.append({key.removesuffix("[]"): value for key, value in data.items()})
        elif operation.path.endswith("{id}") and not found:
            found.append(identifier)
        else:
            (only,) = [value for value in data.values() if isinstance(value, list)]
            found.append(only)
    return found


# -- one method for one operation ---------------------------------------------------------------------


def test_every_operation_of_the_documents_is_looked_at() -> None:
    assert {version: len(document(version).operations) for version in VERSIONS} == openapi.OPERATIONS
    assert len(OPERATIONS) == openapi.DISTINCT_OPERATIONS


def test_every_operation_has_one_method_and_every_method_an_operation(half: Half) -> None:
    methods = methods_by_operation(half.name)
    assert methods.keys() == OPERATIONS.keys()
    for key, forms in OPERATIONS.items():
        names = [method.name for method in methods[key]]
        assert len({method.endpoint for method in methods[key]}) == 1, key
        assert (sorted(names) == sorted(LIST_METHODS)) if is_page(forms[-1]) else (len(names) == 1), key


def test_there_are_as_many_methods_as_operations_and_three_more_for_each_list(half: Half) -> None:
    lists = sum(is_page(forms[-1]) for forms in OPERATIONS.values())
    assert len(methods_of(half.sdk)) == len(OPERATIONS) + 3 * lists


def test_both_halves_have_the_same_methods() -> None:
    first, second = (methods_by_operation(name) for name in HALVES)
    assert first == second


def test_methods_say_which_operation_they_are(half: Half) -> None:
    for key, methods in methods_by_operation(half.name).items():
        for method in methods:
            about = getattr(getattr(half.sdk, method.endpoint), method.name).__doc__
            assert f"API: ``{key}``" in about, method


# -- what is sent -------------------------------------------------------------------------------------


@every_domain
def test_filters_reach_the_query(half: Half, domain: str) -> None:
    for operation, method in cases(half, domain, is_page):
        sent, expected, filters = Sent(operation.version), [("limit", "7"), ("after_id", CURSOR)], {}
        for name, schema in operation.filters.items():
            is_list = name.endswith("[]") and schema.get("type") != "array"
            value, wire_value = sent.value(name, {"type": "array", "items": schema} if is_list else schema)
            filters[argument_name(name)] = value
            expected += documents.query_pairs(name, wire_value)
        wire = Wire(envelope(operation, []))
        half.call(wire, operation.version, method, limit=7, after_id=CURSOR, **filters)
        pairs = [
            pair for request in wire.requests for pair in parse_qsl(request.url.query.decode(), keep_blank_values=True)
        ]
        if method.name != "get" and len(wire.requests) > 1:
            # More values than one request may have are spread over several.
            pairs, expected = list(dict.fromkeys(pairs)), list(dict.fromkeys(expected))
        assert sorted(pairs) == sorted(expected), (operation, method)
        sent_to = {(request.method, request.url.path) for request in wire.requests}
        assert sent_to == {("GET", f"/api/{operation.version}/resources/{operation.path}")}


@every_domain
def test_a_filter_without_value_is_not_sent(half: Half, domain: str) -> None:
    for operation, method in cases(half, domain, is_page):
        wire = Wire(envelope(operation, []))
        half.call(wire, operation.version, method, **{argument_name(name): None for name in operation.filters})
        assert wire.request.url.query == b"", (operation, method)


@every_domain
def test_path_values_reach_the_path(half: Half, domain: str) -> None:
    for operation, method in cases(half, domain):
        for identifier in (2**64 + 7, "18446744073709551", "7 é?#%&="):
            wire = Wire(envelope(operation, [documents.full_record(operation)]), operation.status)
            data = {"list": []} if len(method.arguments) else {}
            half.call(wire, operation.version, method, *arguments_of(operation, method, data, identifier), strict=False)
            path = operation.path.replace("{id}", quote(str(identifier), safe=""))
            url = f"/api/{operation.version}/resources/{path}"
            assert wire.request.url.raw_path.decode() == url, (operation, method)
            assert wire.request.method == operation.verb, (operation, method)
            if "{id}" not in operation.path:
                break


@every_domain
def test_bodies_reach_the_wire_as_json(half: Half, domain: str) -> None:
    for operation, method in cases(half, domain, takes_json):
        sent = Sent(operation.version)
        pairs = {name: sent.value(name, schema) for name, schema in operation.body["properties"].items()}
        data = {name: value for name, (value, _) in pairs.items()}
        expected = {name: wire_value for name, (_, wire_value) in pairs.items()}
        if "data" not in method.arguments:  # an argument of its own for the body's only list
            expected = {name: value for name, value in expected.items() if isinstance(value, list)}
        wire = Wire(envelope(operation, [documents.full_record(operation)]), operation.status)
        half.call(wire, operation.version, method, *arguments_of(operation, method, data), strict=False)
        assert json.loads(wire.request.content) == expected, (operation, method)
        assert wire.request.headers["Content-Type"] == "application/json"


@every_domain
def test_a_body_tells_null_from_left_out(half: Half, domain: str) -> None:
    for operation, method in cases(half, domain, takes_json):
        if "data" in method.arguments:
            name = next(iter(operation.body["properties"]))
            wire = Wire(envelope(operation, [documents.full_record(operation)]), operation.status)
            half.call(wire, operation.version, method, *arguments_of(operation, method, {name: None}), strict=False)
            assert json.loads(wire.request.content) == {name: None}, (operation, method)


@every_domain
def test_calls_without_a_body_send_none(half: Half, domain: str) -> None:
    for operation, method in cases(half, domain, lambda operation: operation.body is None):
        wire = Wire(envelope(operation, [documents.full_record(operation)]), operation.status)
        half.call(wire, operation.version, method, *arguments_of(operation, method, {}), strict=False)
        assert wire.request.content == b"", operation
        assert "Content-Type" not in wire.request.headers, operation


# -- files --------------------------------------------------------------------------------------------


def test_the_operations_that_take_files_are_known() -> None:
    assert {key for key, forms in OPERATIONS.items() if any(map(is_multipart, forms))} == MULTIPART


def parts_of(content_type: str, body: bytes) -> list[tuple[str, str | None, bytes]]:
    message = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    parts: list[Message] = message.get_payload()  # type: ignore[assignment]
    options = [dict(part.get_params(header="Content-Disposition", unquote=True) or []) for part in parts]
    return [
        (one["name"], one.get("filename"), part.get_payload(decode=True))
        for one, part in zip(options, parts, strict=True)
    ]  # type: ignore[misc]


def as_rails_reads(parts: list[tuple[str, Any]]) -> dict[str, Any]:
    """Parts into parameters, by Rack's rules: ``a[]`` is a list, ``a[b]`` an object, ``a[][b]`` a list of them.

    In a list of objects, a new object begins where a key comes that the last one has already.
    """
    found: dict[str, Any] = {}
    for name, value in parts:
        key, bracket, rest = name.partition("[")
        rest = bracket + rest
        if not rest:
            assert key not in found, f"{key} comes twice: the last one wins, the others are lost"
            found[key] = value
        elif rest == "[]":
            found.setdefault(key, []).append(value)
        elif rest.startswith("[]["):
            items = found.setdefault(key, [])
            if not items or rest[3:-1] in items[-1]:
                items.append({})
            items[-1][rest[3:-1]] = value
        else:
            found.setdefault(key, {})[rest[1:-1]] = value
    return found


def as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: as_text(one) for key, one in value.items()}
    if isinstance(value, list):
        return [as_text(one) for one in value]
    return (str(value).lower() if isinstance(value, bool) else str(value)).encode()


def upload_of(name: str, schema: Schema, folder: Path) -> tuple[Any, Any]:
    """A file, or two of them, and the bytes that must arrive."""
    if schema.get("type") == "array":
        file = folder / f"{name.removesuffix('[]')}.txt"
        file.write_bytes(b"from a path \x00\xff")
        return [file, ("named.csv", b"from bytes")], [file.read_bytes(), b"from bytes"]
    return b"\x00\xff from bytes", b"\x00\xff from bytes"


@pytest.mark.parametrize("key", sorted(MULTIPART))
def test_files_and_fields_reach_the_wire_as_a_form(half: Half, tmp_path: Path, key: str) -> None:
    (method,) = methods_by_operation(half.name)[key]
    for operation in filter(is_multipart, OPERATIONS[key]):
        sent, data, expected = Sent(operation.version), {}, {}
        for name, schema in operation.body["properties"].items():
            if documents.is_binary(schema):
                data[name], arrives = upload_of(name, schema, tmp_path)
            else:
                data[name], wire_value = sent.value(name, schema)
                arrives = as_text(wire_value)
            expected[name.removesuffix("[]")] = arrives
        wire = Wire(envelope(operation, [documents.full_record(operation)]), operation.status)
        half.call(wire, operation.version, method, *arguments_of(operation, method, data), strict=False)
        parts = parts_of(wire.request.headers["Content-Type"], wire.request.content)
        assert as_rails_reads([(name, content) for name, _, content in parts]) == expected, operation
        files = {name.removesuffix("[]") for name, file_name, _ in parts if file_name is not None}
        binary = {name for name, schema in operation.body["properties"].items() if documents.is_binary(schema)}
        assert files == {name.removesuffix("[]") for name in binary}, operation


# -- what a version lacks -----------------------------------------------------------------------------


@every_domain
def test_what_a_version_lacks_is_refused_before_anything_is_sent(half: Half, domain: str) -> None:
    for operation, method in cases(half, domain):
        having = [one.version for one in OPERATIONS[operation.key]]
        for version in set(VERSIONS) - set(having):
            wire = Wire()
            with pytest.raises(UnsupportedOperationError) as caught:
                half.call(wire, version, method, *arguments_of(operation, method, {"list": []}))
            assert not wire.requests, (version, method)
            assert str(caught.value).endswith(
                f"not available in API version {version}; available in: {', '.join(having)}"
            )


@every_domain
def test_a_filter_that_a_version_lacks_is_refused_before_anything_is_sent(half: Half, domain: str) -> None:
    for operation, method in cases(half, domain, is_page):
        forms = OPERATIONS[operation.key]
        for name in {name for one in forms for name in one.filters} - operation.filters.keys():
            wire = Wire()
            with pytest.raises(UnsupportedOperationError) as caught:
                half.call(wire, operation.version, method, **{argument_name(name): "x"})
            assert not wire.requests, (operation, method, name)
            having = [one.version for one in forms if name in one.filters]
            assert str(caught.value).endswith(f"available in: {', '.join(having)}"), (operation, name)


@every_domain
def test_a_misspelt_filter_is_refused_before_anything_is_sent(half: Half, domain: str) -> None:
    for operation, method in cases(half, domain, is_page):
        wire = Wire()
        with pytest.raises(UnexpectedKeywordError, match="'misspelt'"):
            half.call(wire, operation.version, method, misspelt=1)
        assert not wire.requests


# -- what comes back ----------------------------------------------------------------------------------


def records_in(operation: Operation, method: Method, answer: Any) -> list[Any]:
    """The records of an answer, whose own type must be the described one."""
    if operation.result == "page":
        if method.name == "pages":
            (answer,) = answer
        kind = {"get": "MetaApiResponse", "all": "ListApiResponse", "iter": "list", "pages": "MetaApiResponse"}
        assert type(answer).__name__ == kind[method.name], (operation, method)
        return list(answer)
    if operation.result == "array" or is_record_of_an_array(operation):
        assert type(answer) is list, operation
        return answer
    assert isinstance(answer, msgspec.Struct), operation
    return [answer]


def answered(
    half: Half, operation: Operation, method: Method, records: list[dict[str, Any]], *, strict: bool = True
) -> list[Any]:
    wire = Wire(envelope(operation, records), operation.status)
    arguments = arguments_of(operation, method, {"list": []})
    return records_in(operation, method, half.call(wire, operation.version, method, *arguments, strict=strict))


def python_value(schema: Schema, value: Any) -> Any:
    """What a value of the wire must have become."""
    if isinstance(value, str):
        match schema.get("format"):
            case "date-or-time" if len(value) > len("2026-03-01"):
                return dt.datetime.fromisoformat(value)
            case "date" | "date-or-time":
                return dt.date.fromisoformat(value)
            case "date-time":
                return dt.datetime.fromisoformat(value)
            case "time":
                return dt.time.fromisoformat(value)
    return value


def check_typed(operation: Operation, record: Any, sent: dict[str, Any]) -> None:
    for name, value in sent.items():
        schema, found = operation.properties[name], getattr(record, argument_name(name))
        expected = python_value(schema, value)
        assert found == expected, (operation, name)
        kind = type(expected)
        assert isinstance(found, kind), (operation, name)
        assert (kind is bool) == (type(found) is bool), (operation, name)
        if "enum" in schema and isinstance(found, OpenEnum):
            assert found.is_known, (operation, name)


def turns(operation: Operation) -> int:
    return documents.choices({"properties": operation.properties})


@every_domain
def test_a_full_answer_is_typed_on_the_fast_path(half: Half, domain: str) -> None:
    for operation, method in decoding_cases(half, domain):
        full = [documents.full_record(operation, turn) for turn in range(turns(operation))]
        batches = [[one] for one in full] if operation.result == "record" else [full]
        for sent in batches:
            records = answered(half, operation, method, sent)
            assert len(records) == len(sent), (operation, method)
            for record, content in zip(records, sent, strict=True):
                check_typed(operation, record, content)


def test_a_record_that_later_became_an_array_is_a_list_of_one(half: Half) -> None:
    forms = [one for forms in OPERATIONS.values() for one in forms if is_record_of_an_array(one)]
    assert {one.key for one in forms} == {"POST work_schedule/day_configurations/bulk_cud"}
    for operation in forms:
        (method,) = methods_by_operation(half.name)[operation.key]
        full = documents.full_record(operation)
        (record,) = answered(half, operation, method, [full])  # strictly: this version describes it so
        check_typed(operation, record, full)


@every_domain
def test_a_minimal_answer_decodes_on_the_fast_path(half: Half, domain: str) -> None:
    for operation, method in decoding_cases(half, domain):
        minimal = documents.minimal_record(operation)
        (record,) = answered(half, operation, method, [minimal])
        check_typed(operation, record, minimal)
        given = {argument_name(name) for name in minimal}
        absent = [field for field in fields_of(type(record)) if field.name not in given]
        assert all(getattr(record, field.name) is None for field in absent), operation


@every_domain
def test_an_answer_of_nulls_loses_no_record(half: Half, domain: str) -> None:
    for operation, method in decoding_cases(half, domain):
        half.forget_clients()
        nulls, full = documents.null_record(operation), documents.full_record(operation)
        sent = [nulls] if operation.result == "record" else [nulls, full]
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("ignore", ApiVersionWarning)
            warnings.simplefilter("always", DecodeWarning)
            record, *others = answered(half, operation, method, sent, strict=False)
        fields = fields_of(type(record))
        assert all(getattr(record, field.name) is None for field in fields), operation
        assert len(others) == len(sent) - 1, operation
        for other in others:
            check_typed(operation, other, full)
        assert not caught, (operation, method)


@every_domain
def test_a_page_of_nulls_is_an_ordinary_page(half: Half, domain: str) -> None:
    for operation, method in cases(half, domain, is_page):
        if method.name not in ("get", "all") or answers_like_the_version_before(operation):
            continue
        half.forget_clients()
        wire = Wire(envelope(operation, [documents.null_record(operation)]))
        assert not half.call(wire, operation.version, method, strict=False).issues, operation


@every_domain
def test_a_newer_answer_decodes_on_the_fast_path(half: Half, domain: str) -> None:
    for operation, method in decoding_cases(half, domain):
        newer = documents.newer_record(operation)
        (record,) = answered(half, operation, method, [newer])
        for name, schema in operation.properties.items():
            found = getattr(record, argument_name(name))
            if "enum" in schema:
                assert found == "from tomorrow", (operation, name)
                assert getattr(found, "is_known", False) is False, (operation, name)


@every_domain
def test_pages_keep_what_is_newer_beside_the_records(half: Half, domain: str) -> None:
    for operation, method in cases(half, domain, is_page):
        if method.name == "get":
            newer = documents.newer_record(operation)
            page = half.call(Wire(envelope(operation, [newer])), operation.version, method)
            assert page.raw_data == [newer], operation
            assert (page.meta.total, page.meta.has_next_page, page.meta.end_cursor) == (1, False, "Mg==")


@every_domain
def test_identifiers_go_back_as_they_came(half: Half, domain: str) -> None:
    for operation, method in cases(half, domain, lambda operation: operation.path.endswith("{id}")):
        content = documents.full_record(operation, turn=3)
        (record,) = answered(half, operation, method, [content])
        # Some were text before all were: composite ones, UUIDs.
        kind = type(content["id"]) if operation.version <= documents.LAST_VERSION_WITH_INTEGER_IDS else str
        assert (type(record.id), record.id) == (kind, content["id"]), operation
        assert int(content["id"]) > documents.BEYOND_DOUBLES, operation
        wire = Wire(envelope(operation, [content]), operation.status)
        half.call(wire, operation.version, method, *arguments_of(operation, method, {"list": []}, record.id))
        assert wire.request.url.path.rpartition("/")[2] == str(content["id"]), operation
