"""Bodies of requests: JSON, forms and uploads into one dictionary, checked against the description."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from factorialhr.testing.answers import RefusedError
from factorialhr.testing.description import Operation
from factorialhr.testing.shapes import as_list, is_list, is_object
from factorialhr.testing.values import complaint, from_text

FORM_NAME = re.compile(r"\[([^\[\]]*)\]")
MOST_FORM_FIELDS = 10_000


@dataclass(frozen=True)
class Upload:
    """One file of a multipart body."""

    field: str
    """Name of the body's field, without brackets."""
    filename: str
    content_type: str
    content: bytes


@dataclass
class Body:
    """What a request brought."""

    fields: dict[str, Any] = field(default_factory=dict[str, Any])
    uploads: list[Upload] = field(default_factory=list[Upload])


def read_body(content_type: str, content: bytes, operation: Operation | None = None) -> Body:
    """Parse a body.

    Raises:
        RefusedError: 400, it is not what its content type says, or no object.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return _typed(_multipart(content_type, content), operation)
    if kind == "application/x-www-form-urlencoded":
        return _typed(Body(_nested(_form(content))), operation)
    if not content.strip():
        return Body()
    try:
        fields: object = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise RefusedError(400, "The body is not valid JSON.") from None
    if not is_object(fields):
        raise RefusedError(400, "The body is not a JSON object.")
    return Body(fields)


def _form(content: bytes) -> list[tuple[str, Any]]:
    try:
        return list(
            parse_qsl(content.decode(errors="replace"), keep_blank_values=True, max_num_fields=MOST_FORM_FIELDS)
        )
    except ValueError:
        raise RefusedError(400, "The form has too many fields.") from None


def _multipart(content_type: str, content: bytes) -> Body:
    # The parser of e-mails reads multipart bodies too, and needs no dependency; only ASCII can be a header.
    header = b"Content-Type: " + content_type.encode("ascii", errors="replace").replace(b"\n", b" ").replace(
        b"\r", b" "
    )
    message = BytesParser(policy=HTTP).parsebytes(header + b"\r\n\r\n" + content)
    if not message.is_multipart():
        raise RefusedError(400, "The multipart body has no parts: its boundary is missing or wrong.")
    pairs: list[tuple[str, Any]] = []
    uploads: list[Upload] = []
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        if not isinstance(name, str):
            continue
        found = part.get_payload(decode=True)
        payload = found if isinstance(found, bytes) else b""
        filename = part.get_filename()
        if filename is None:
            pairs.append((name, payload.decode(errors="replace")))
        else:
            uploads.append(Upload(name.partition("[")[0], filename, part.get_content_type(), payload))
    return Body(_nested(pairs), uploads)


def _nested(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Rails' names into lists and objects: ``ids[]=1``, ``line_items[][quantity]=2``, ``a[b]=c``."""
    fields: dict[str, Any] = {}
    for name, value in pairs:
        base, steps = name.partition("[")[0], FORM_NAME.findall(name)
        if not steps:
            fields[base] = value
        elif steps[0] == "":
            items = fields.setdefault(base, [])
            if not is_list(items):
                raise RefusedError(400, f"The form uses {base} both as a list and otherwise.")
            _append(items, steps[1] if len(steps) > 1 else None, value)
        else:
            inner = fields.setdefault(base, {})
            if not is_object(inner):
                raise RefusedError(400, f"The form uses {base} both as an object and otherwise.")
            inner[steps[0]] = value
    return fields


def _append(items: list[Any], name: str | None, value: Any) -> None:
    if name is None:
        items.append(value)
    elif items and is_object(items[-1]) and name not in items[-1]:
        items[-1][name] = value
    else:
        items.append({name: value})


def _typed(body: Body, operation: Operation | None) -> Body:
    """Texts of a form as the numbers and booleans that the operation describes."""
    if operation is None:
        return body
    kinds = {name.removesuffix("[]"): described.type for name, described in operation.body.items()}
    for name, value in body.fields.items():
        if name in kinds:
            body.fields[name] = from_text(as_list(value), kinds[name])
    return body


def check_body(body: Body, operation: Operation, key: str | None) -> None:
    """Raise what the API answers with where a body lacks a field or has one of the wrong type.

    Args:
        body: What was sent.
        operation: The operation that it was sent to.
        key: The id in the path: bodies are described as repeating it, and need not.
    """
    uploaded = {upload.field for upload in body.uploads}
    for wire_name, described in operation.body.items():
        name = wire_name.removesuffix("[]")
        value = body.fields.get(name, body.fields.get(wire_name))
        if value is None:
            if described.required and name not in uploaded and not (name == "id" and key is not None):
                raise RefusedError(422, "can't be blank", name)
            continue
        found = complaint(value, described.type, name)
        if found is not None:
            raise RefusedError(422, found, name)


def plain_fields(body: Body) -> Mapping[str, Any]:
    """The fields of a body under the names that records use."""
    return {name.removesuffix("[]"): value for name, value in body.fields.items()}
