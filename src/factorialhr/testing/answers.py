"""What the sandbox sends back: the answer's parts, and the shapes in which the API says no."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

UNIFORM_ERRORS_SINCE = "2027-01-01"
"""From this version on every error body is ``{"errors": [{"code", "message", "field"}]}``."""

CODES = {
    400: "malformed_request",
    401: "unauthorized",
    402: "payment_required",
    403: "forbidden",
    404: "missing_resource",
    409: "invalid_state",
    410: "missing_resource",
    422: "validation_failed",
    428: "invalid_state",
    502: "service_unreachable",
    503: "service_unreachable",
    504: "service_unreachable",
}
JSON = "application/json; charset=utf-8"


class Answer(NamedTuple):
    """One answer; its first three members are all that HTTP knows of."""

    status: int
    headers: dict[str, str]
    body: bytes
    delay_seconds: float = 0.0
    """How long to hold the answer back."""
    damage: str | None = None
    """``reset``: the connection breaks and nothing is sent; ``truncate``: it breaks in the middle of the body."""


class RefusedError(Exception):
    """A request that the API refuses."""

    def __init__(self, status: int, message: str, field: str | None = None, code: str | None = None) -> None:
        super().__init__(status, message, field, code)
        self.status = status
        self.message = message
        self.field = field
        self.code = code


def json_answer(status: int, content: Any, headers: Mapping[str, str] | None = None) -> Answer:
    return raw_answer(status, msgspec.json.encode(content), headers)


def raw_answer(status: int, body: bytes, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, {"content-type": JSON, **(headers or {})}, body)


def error_answer(problem: RefusedError, version: str | None, headers: Mapping[str, str] | None = None) -> Answer:
    """The problem in the shape of its version.

    Before 2027-01-01 the API documents no error bodies, and several shapes were seen: an object of field
    names with their messages where a field is at fault, a list of objects with ``error`` elsewhere.
    """
    if version is not None and version >= UNIFORM_ERRORS_SINCE:
        code = problem.code or CODES.get(problem.status, "unknown_error")
        errors: Any = [{"code": code, "message": problem.message, "field": problem.field}]
    elif problem.field is not None and problem.status == 422:
        errors = {problem.field: [problem.message]}
    else:
        errors = [{"error": problem.message}]
    return json_answer(problem.status, {"errors": errors}, headers)
