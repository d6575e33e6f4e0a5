"""Reads the multipart body of a request back."""

from __future__ import annotations

import re
from typing import NamedTuple

import httpx

DISPOSITION = re.compile(rb'Content-Disposition: form-data; name="([^"]*)"(?:; filename="([^"]*)")?\r\n')


class Part(NamedTuple):
    name: str
    file_name: str | None
    content: bytes


def parts_of(request: httpx.Request) -> list[Part]:
    kind, _, boundary = request.headers["content-type"].partition("; boundary=")
    assert kind == "multipart/form-data"
    opening, *parts, closing = request.content.split(b"--" + boundary.encode())
    assert (opening, closing) == (b"", b"--\r\n")
    return [_part(part) for part in parts]


def _part(part: bytes) -> Part:
    head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    found = DISPOSITION.match(head + b"\r\n")
    assert found, head
    file_name = None if found[2] is None else found[2].decode()
    return Part(found[1].decode(), file_name, content.removesuffix(b"\r\n"))
