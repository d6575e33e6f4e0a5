"""One request to a sandbox, without a client in between."""

from __future__ import annotations

import json
from typing import Any, NamedTuple
from urllib.parse import urlencode

from factorialhr.testing import Sandbox

NEWEST = "2026-10-01"


class Called(NamedTuple):
    status: int
    json: Any
    headers: dict[str, str]


def call(
    sandbox: Sandbox,
    verb: str,
    path: str,
    body: Any = None,
    *,
    version: str = NEWEST,
    key: str | None = None,
    token: str | None = None,
    content: bytes | None = None,
    content_type: str = "application/json",
    **query: Any,
) -> Called:
    """Send one request below ``resources/``; with the sandbox's own key unless another credential is given."""
    headers = {"content-type": content_type, "host": "sandbox.test"}
    if token is not None:
        headers["authorization"] = f"Bearer {token}"
    else:
        headers["x-api-key"] = sandbox.api_key if key is None else key
    sent = content if content is not None else (b"" if body is None else json.dumps(body).encode())
    names = {
        name.removesuffix("_list") + ("[]" if name.endswith("_list") else ""): value for name, value in query.items()
    }
    answer = sandbox.handle(verb, f"/api/{version}/resources/{path}", urlencode(names, doseq=True), headers, sent)
    return Called(answer.status, json.loads(answer.body) if answer.body else None, answer.headers)


def form(sandbox: Sandbox, path: str, **fields: str) -> Called:
    """Post a form to an OAuth2 endpoint."""
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = sandbox.handle("POST", path, "", headers, urlencode(fields).encode())
    return Called(answer.status, json.loads(answer.body) if answer.body else None, answer.headers)
