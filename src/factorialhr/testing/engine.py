"""The sandbox's one way to answer: a request's parts in, an answer's parts out, no sockets anywhere."""

from __future__ import annotations

import datetime as dt
import re
import threading
import traceback
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

from factorialhr.testing._tables.index import VERSIONS
from factorialhr.testing.actions import perform
from factorialhr.testing.answers import Answer, RefusedError, error_answer, json_answer, raw_answer
from factorialhr.testing.between import Between
from factorialhr.testing.bodies import check_body, read_body
from factorialhr.testing.company import Company
from factorialhr.testing.credentials import Credential, Vault
from factorialhr.testing.description import DOMAINS, Operation, operation
from factorialhr.testing.faults import Drift, Fault, Faults
from factorialhr.testing.paging import OF_LISTS, PLAIN, Paging
from factorialhr.testing.reading import may_see, page_text, read_page, read_query
from factorialhr.testing.recording import RecordedRequest
from factorialhr.testing.rendering import Renderer
from factorialhr.testing.state import Collection, State, Stored
from factorialhr.testing.webhooks import Postman
from factorialhr.testing.writing import Write, Writer

RESOURCES = re.compile(r"/api/([^/]+)/resources/(.+)")
VERSION = re.compile(r"\d{4}-\d{2}-\d{2}")
MOST_RECORDED_REQUESTS = 10_000
FILES = "/files/"
WHOAMI = "api_public/credentials"
PLACEHOLDER = b"%PDF-1.4\n% An example document of the sandbox.\n%%EOF\n"


class Engine:
    """One fake API: its records, its credentials, its faults."""

    def __init__(
        self,
        company: Company,
        vault: Vault,
        clock: Callable[[], float],
        *,
        check_references: bool,
        oldest_version: str,
        webhook_transport: Any,
        webhook_wait: Callable[[int], float],
    ) -> None:
        self.company = company
        self.vault = vault
        self.oldest_version = oldest_version
        self._clock = clock
        self.lock = threading.RLock()
        self.state = State(company)
        self.renderer = Renderer(company)
        self.writer = Writer(self.state, self.now, check_references=check_references)
        self.faults = Faults(company.seed)
        self.paging: dict[str, Paging] = dict(OF_LISTS)
        self.between: Between | None = None
        self.postman = Postman(self.state, self.renderer, self.lock, transport=webhook_transport, wait=webhook_wait)
        self.requests: deque[RecordedRequest] = deque(maxlen=MOST_RECORDED_REQUESTS)
        self.failures: list[str] = []
        """Tracebacks of the sandbox's own mistakes; a client never sees one."""

    def now(self) -> str:
        """The sandbox's time, UTC, with milliseconds."""
        moment = dt.datetime.fromtimestamp(self._clock(), dt.UTC)
        return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"

    def handle(self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer one request.

        Args:
            method: The verb, in capitals.
            path: The path as it was sent, still quoted, without the query.
            query: What stands behind the question mark.
            headers: Names in lower case.
            body: The body, whole.
        """
        pairs = parse_qsl(query, keep_blank_values=True, errors="replace")
        request = RecordedRequest(method, path, tuple(pairs), dict(headers), body)
        with self.lock:
            self._change_lists()
            self.requests.append(request)
            request.api_version = _version_in(path)
            answer = self._with_faults(request, pairs)
            request.status = answer.status
        return answer

    def _change_lists(self) -> None:
        """What a test wants to happen between two requests."""
        if self.between is None:
            return
        try:
            self.between.change()
        except BaseException:
            # A client of the server sees a broken connection, and tries again.
            self.failures.append(traceback.format_exc())
            raise

    def _with_faults(self, request: RecordedRequest, pairs: Sequence[tuple[str, str]]) -> Answer:
        match = RESOURCES.fullmatch(request.path)
        struck = self.faults.strike(request.method, match[2] if match else request.path) if len(self.faults) else []
        request.faults = tuple(fault.name for fault in struck)
        refusal = next((fault for fault in struck if fault.refuses), None)
        if refusal is None:
            return _damaged(self._safely(request, pairs, struck), struck)
        if refusal.takes_effect:
            self._safely(request, pairs, struck)
        return _damaged(refusal.answer(request.api_version), struck)

    def _safely(self, request: RecordedRequest, pairs: Sequence[tuple[str, str]], struck: Sequence[Fault]) -> Answer:
        try:
            return self._route(request, pairs, struck)
        except RefusedError as problem:
            return error_answer(problem, request.served_version or request.api_version)
        except Exception:  # noqa: BLE001  # a client gets an answer, whatever it sent
            self.failures.append(traceback.format_exc())
            mistake = RefusedError(
                500, "The sandbox made a mistake; its traceback is in sandbox.failures. Please report it."
            )
            return error_answer(mistake, request.served_version)

    def _route(self, request: RecordedRequest, pairs: Sequence[tuple[str, str]], struck: Sequence[Fault]) -> Answer:
        if request.path.startswith("/oauth/"):
            return self._oauth(request, pairs)
        if request.path.startswith(FILES) and request.method == "GET":
            return self._file(unquote(request.path.removeprefix(FILES)))
        match = RESOURCES.fullmatch(request.path)
        version = self._served(match[1]) if match else None
        if match is None or version is None:
            raise RefusedError(404, "There is nothing at this path.")
        request.served_version = version
        credential = self.vault.admit(request.headers)
        segments = tuple(unquote(segment) for segment in match[2].split("/"))
        found = operation(request.method, segments, version)
        if found is None:
            raise RefusedError(404, _nothing_here(segments, version))
        described, key = found
        request.operation = f"{described.verb} {described.path}"
        if described.verb == "GET":
            return self._read(request, described, key, pairs, credential, struck)
        request.ignored_filters = tuple(dict.fromkeys(name for name, _ in pairs))
        return self._write(request, described, key, credential, _drift(struck))

    def _served(self, asked: str) -> str | None:
        """The version that a request gets: an expired one is served as the oldest that lives."""
        if not VERSION.fullmatch(asked):
            return None
        if asked < self.oldest_version:
            return self.oldest_version
        return asked if asked in VERSIONS else None

    # -- reading ------------------------------------------------------------------------------------

    def _read(
        self,
        request: RecordedRequest,
        described: Operation,
        key: str | None,
        pairs: Sequence[tuple[str, str]],
        credential: Credential,
        struck: Sequence[Fault],
    ) -> Answer:
        drift = _drift(struck)
        collection = self.state.collection(described.collection)
        version = request.served_version or self.oldest_version
        query = read_query(pairs, described, self.state)
        request.ignored_filters, request.unsupported_filters = query.ignored, query.inert
        if described.collection == WHOAMI:
            self._introduce(credential)
        if key is None:
            page = read_page(collection, query, credential, self._paging(collection.path, struck))
            texts = [self.renderer.text(stored, collection, version, credential, drift) for stored in page.records]
            return raw_answer(described.status, page_text(texts, page.meta))
        stored = self._visible(collection, key, credential)
        return raw_answer(described.status, self.renderer.text(stored, collection, version, credential, drift))

    def _paging(self, path: str, struck: Sequence[Fault]) -> Paging:
        """How a list pages, and what is wrong with this one page."""
        paging = self.paging.get(path, PLAIN)
        for fault in struck:
            if fault.paging is not None:
                paging = paging.under(fault.paging)
        return paging

    def _introduce(self, credential: Credential) -> None:
        """Who am I: which fields are set depends on the kind of credential."""
        stored = next(iter(self.state.collection(WHOAMI)), None)
        if stored is None:
            return
        mine: dict[str, Any] = {"employee_id": credential.employee_id, "email": None, "role": None, "full_name": None}
        employee = self.state.collection("employees/employees").find(credential.employee_id)
        if employee is not None:
            mine |= {name: employee.fields.get(name) for name in ("email", "full_name", "first_name", "last_name")}
            mine |= {"role": "basic", "login_email": mine["email"]}
        stored.change(mine)

    # -- writing ------------------------------------------------------------------------------------

    def _write(
        self,
        request: RecordedRequest,
        described: Operation,
        key: str | None,
        credential: Credential,
        drift: Drift | None,
    ) -> Answer:
        if credential.read_only:
            raise RefusedError(403, "This credential may not write.")
        body = read_body(request.headers.get("content-type", ""), request.body, described)
        collection = self.state.collection(described.collection)
        target = None if key is None else self._visible(collection, key, credential)
        check_body(body, described, key)
        write = Write(described, collection, body, target, _base_url(request.headers))
        outcome = perform(self.writer, write)
        self.postman.announce(write.changes, credential)
        version = request.served_version or self.oldest_version
        if described.result == "record":
            stored = outcome[0] if isinstance(outcome, list) else outcome
            return raw_answer(described.status, self.renderer.text(stored, collection, version, credential, drift))
        many: list[Stored] = outcome if isinstance(outcome, list) else [outcome]
        texts = [self.renderer.text(stored, collection, version, credential, drift) for stored in many]
        return raw_answer(described.status, b"[" + b",".join(texts) + b"]")

    def _visible(self, collection: Collection, key: str, credential: Credential) -> Stored:
        """The record with an id, unless the credential may not know of it."""
        stored = collection.find(key)
        if stored is None or credential.other_environment or not may_see(stored.fields, collection, credential):
            raise RefusedError(404, f"There is no {collection.model} with this id.")
        return stored

    # -- beside the resources -----------------------------------------------------------------------

    def _oauth(self, request: RecordedRequest, pairs: Sequence[tuple[str, str]]) -> Answer:
        content_type = request.headers.get("content-type", "")
        form = {**dict(pairs), **read_body(content_type, request.body).fields}
        route = f"{request.method} {request.path}"
        if route == "POST /oauth/token":
            return self.vault.token_answer(form)
        if route == "POST /oauth/revoke":
            return self.vault.revoke_answer(form)
        if route == "GET /oauth/authorize":
            return self._authorize(form)
        raise RefusedError(404, "There is nothing at this path.")

    def _authorize(self, form: Mapping[str, Any]) -> Answer:
        """Agree at once, as a user would in the browser."""
        target = str(form.get("redirect_uri", ""))
        if form.get("client_id") != self.vault.client_id or not target.startswith(("http://", "https://")):
            return json_answer(
                400, {"error": "invalid_request", "error_description": "client_id or redirect_uri is wrong."}
            )
        kind = "company" if form.get("resource_owner_type") == "company" else "user"
        employee = (
            self.company.person(0).employee_id if kind == "user" and self.company.count("employees/employees") else None
        )
        code = self.vault.add_code(Credential(kind, employee_id=employee, scope=str(form.get("scope", "read write"))))
        given = {"code": code, **({"state": str(form["state"])} if "state" in form else {})}
        location = f"{target}{'&' if '?' in target else '?'}{urlencode(given)}"
        if not location.isascii() or not location.isprintable():
            location = quote(location, safe=":/?&=%#")
        return Answer(302, {"location": location}, b"")

    def _file(self, name: str) -> Answer:
        upload = self.writer.files.get(name)
        if upload is not None:
            kind = (
                upload.content_type
                if upload.content_type.isascii() and upload.content_type.isprintable()
                else "text/plain"
            )
            return Answer(200, {"content-type": kind}, upload.content)
        domain, _, rest = name.partition("/")
        path, _, key = rest.partition("/")
        known = DOMAINS.get(domain, ())
        if f"{domain}/{path}" in known and self.state.exists(f"{domain}/{path}", key):
            return Answer(200, {"content-type": "application/pdf"}, PLACEHOLDER)
        raise RefusedError(404, "There is no such file.")


def _version_in(path: str) -> str | None:
    match = RESOURCES.fullmatch(path)
    return match[1] if match and VERSION.fullmatch(match[1]) else None


def _nothing_here(segments: Sequence[str], version: str) -> str:
    path = "/".join(segments[:2])
    if segments[0] in DOMAINS and path in DOMAINS[segments[0]]:
        return f"Version {version} has no such operation on {path}."
    return "There is nothing at this path."


def _base_url(headers: Mapping[str, str]) -> str:
    scheme = headers.get("x-forwarded-proto", "http")
    return f"{scheme}://{headers.get('host', 'localhost')}"


def _drift(struck: Sequence[Fault]) -> Drift | None:
    return next((fault.drift for fault in struck if fault.drift is not None), None)


def _damaged(answer: Answer, struck: Sequence[Fault]) -> Answer:
    delay = sum(fault.delay_seconds for fault in struck)
    damage = next((fault.damage for fault in struck if fault.damage is not None), None)
    return answer._replace(delay_seconds=delay, damage=damage) if struck else answer
