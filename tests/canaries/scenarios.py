"""What clients go through while the canaries are planted; each is one call against scripted bytes on loopback."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain, repeat
from pathlib import Path
from typing import Any, NamedTuple

from factorialhr import ConfigurationError, FileRateLimiter, TokenBucket
from tests.canaries.watch import PERSONAL
from tests.support.server import Step, answer, reset, silence

MAIL, NAME, BANK, TEXT, FILE, HEADER = PERSONAL.values()
EMPLOYEE = {
    **{"id": "7", "access_id": "1", "first_name": NAME, "last_name": NAME, "full_name": NAME, "email": MAIL},
    **{"bank_number": BANK, "company_id": "1", "location_id": "1", "termination_observations": TEXT},
    **{"created_at": "2026-03-01T09:30:00Z", "updated_at": "2026-03-01T09:30:00Z", "is_terminating": False},
}
OTHER = {**EMPLOYEE, "id": "2"}
ODD = {**EMPLOYEE, "first_name": [NAME], "bank_number": {"iban": BANK}, "created_at": TEXT, MAIL: NAME}
FILTERS: dict[str, Any] = {
    "emails": [MAIL],
    "full_text_name": NAME,
    "params": {"bank_number": BANK, NAME: TEXT},
    "headers": {"x-person": HEADER},
}
BODY = {"first_name": NAME, "email": MAIL, "bank_number": BANK, "notes": TEXT}


class Scenario(NamedTuple):
    """A call, the bytes that answer it, and how it ends."""

    call: Callable[[Any, str, Path], Any]
    steps: tuple[Step, ...] = ()
    error: type[BaseException] | str | None = None
    """A class, or the name of one of ours."""
    settings: Callable[[Path], dict[str, Any]] = lambda _: {}
    events: int = 0


def listed(api: Any, _url: str, _folder: Path) -> Any:
    return api.employees.employees.get(**FILTERS)


def everything(api: Any, _url: str, _folder: Path) -> Any:
    return api.employees.employees.all(**FILTERS)


def streamed(api: Any, _url: str, _folder: Path) -> Any:
    return api.employees.employees.iter(**FILTERS)


def one(api: Any, _url: str, _folder: Path) -> Any:
    return api.employees.employees.get_by_id(7, params={"who": MAIL}, headers={"x-person": HEADER})


def written(api: Any, _url: str, _folder: Path) -> Any:
    return api.employees.employees.invite(BODY, params={"who": MAIL})


def plain(api: Any, _url: str, _folder: Path) -> Any:
    return api.request("GET", "employees/employees", params={"emails[]": MAIL})


def uploaded(api: Any, _url: str, folder: Path) -> Any:
    (folder / FILE).write_bytes(TEXT.encode())
    return api.documents.documents.create({"file": folder / FILE, "author": NAME, "file_filename": FILE})


def fetched(api: Any, url: str, folder: Path) -> Any:
    return api.download(f"{url}/{FILE}?signature={TEXT.replace(' ', '-')}", folder / "target", max_retries=0)


def refused(**arguments: Any) -> Callable[[Any, str, Path], Any]:
    return lambda api, _url, _folder: api.employees.employees.get(**arguments)


def page(*records: object, **meta: object) -> bytes:
    return answer({"data": records, "meta": meta or {"has_next_page": False}})


def failed(status: str, *, headers: str = "") -> bytes:
    return answer(
        {"errors": [{"code": "taken", "message": f"{MAIL} {TEXT}", "field": NAME}]}, status=status, headers=headers
    )


RETRIED = failed("503 Service Unavailable", headers="Retry-After: 0\r\n")
SLOWED = failed("429 Too Many Requests", headers="Retry-After: 0\r\n")
ERRORS = {
    "BadRequestError": "400 Bad Request",
    "AuthenticationError": "401 Unauthorized",
    "PermissionDeniedError": "403 Forbidden",
    "NotFoundError": "404 Not Found",
    "ConflictError": "409 Conflict",
    "UnprocessableError": "422 Unprocessable Entity",
    "RateLimitError": "429 Too Many Requests",
    "ServerError": "500 Internal Server Error",
    "ApiStatusError": "302 Found",
}


# An answer that is no HTTP is left out: h11 quotes its first line, see docs/safety.md.
def once(_: Path) -> dict[str, Any]:
    return {"max_retries": 0}


def strict(_: Path) -> dict[str, Any]:
    return {"strict": True}


def hurried(_: Path) -> dict[str, Any]:
    return {"timeout": 0.3, "max_retries": 0}


def turning(soon: float) -> Callable[[], float]:
    """A clock that takes one place at 0, and asks for the next when that is all but free again."""
    return chain([0.0], repeat(soon)).__next__


def slowly(_: Path) -> dict[str, Any]:
    limiter = TokenBucket(1, clock=turning(59.98))
    limiter.take("POST")
    return {"rate_limiter": limiter, "slow_call_seconds": 1e-9}


def in_a_file(folder: Path) -> dict[str, Any]:
    limiter = FileRateLimiter(folder / "limit", 1, clock=turning(60.98))
    limiter.take("POST")
    return {"rate_limiter": limiter}


SCENARIOS: dict[str, Scenario] = {
    "a page": Scenario(listed, (page(EMPLOYEE),)),
    "all pages": Scenario(everything, (page(EMPLOYEE, has_next_page=True, end_cursor="a"), page(OTHER))),
    "a stream": Scenario(streamed, (page(EMPLOYEE, has_next_page=True, end_cursor="a"), page(OTHER))),
    "a record": Scenario(one, (answer(EMPLOYEE),)),
    "a write": Scenario(written, (answer(EMPLOYEE),)),
    "nothing": Scenario(one, (answer(b"", status="204 No Content"),)),
    "an upload": Scenario(uploaded, (answer({"id": "7", "name": FILE, "filename": FILE}),), events=1),
    "a download": Scenario(fetched, (answer(TEXT.encode()),)),
    "odd fields": Scenario(listed, (page(ODD, NAME, None),), events=1),
    "an odd record": Scenario(one, (answer(ODD),), events=1),
    "an odd meta": Scenario(listed, (page(EMPLOYEE, limit=TEXT, end_cursor=[NAME]),), events=1),
    "a stuck cursor": Scenario(everything, (page(EMPLOYEE, has_next_page=True, end_cursor=None),) * 2, events=1),
    "strict": Scenario(one, (answer(ODD),), "DecodeError", strict),
    "a strict page": Scenario(listed, (page(ODD),), "DecodeError", strict),
    "no json": Scenario(one, (answer(f"<p>{NAME}".encode()),), "DecodeError"),
    "cut off json": Scenario(one, (answer(f'{{"full_name": "{NAME}'.encode()),), "DecodeError"),
    "bad text": Scenario(one, (answer(f'{{"full_name": "{NAME}\xff"}}'.encode("latin-1")),), None, events=1),
    "another shape": Scenario(listed, (answer([EMPLOYEE]),), "DecodeError"),
    "a shape for a record": Scenario(one, (answer([EMPLOYEE]),), "DecodeError"),
    **{f"{kind} of a read": Scenario(listed, (failed(status),), kind, once) for kind, status in ERRORS.items()},
    **{f"{kind} of a write": Scenario(written, (failed(status),), kind, once) for kind, status in ERRORS.items()},
    "a plain request": Scenario(plain, (failed("404 Not Found"),), "NotFoundError"),
    "a repeated read": Scenario(listed, (RETRIED, reset, page(EMPLOYEE)), events=2),
    "a slowed write": Scenario(written, (SLOWED, answer(EMPLOYEE)), events=1),
    "repeated in vain": Scenario(listed, (RETRIED,) * 3, "ServerError", events=2),
    "a broken write": Scenario(written, (reset,), "ApiConnectionError"),
    "a truncated answer": Scenario(one, (answer(EMPLOYEE, length=9999),), "ApiConnectionError", once),
    "bad compression": Scenario(
        one, (answer(TEXT.encode(), headers="Content-Encoding: gzip\r\n"),), "ApiConnectionError", once
    ),
    "a timeout": Scenario(one, (silence,), "ApiTimeoutError", hurried),
    "a deadline": Scenario(one, (silence,), "ApiTimeoutError", lambda _: {"deadline": 0.3, "max_retries": 0}),
    "no server": Scenario(
        one, (), "ApiConnectionError", lambda _: {"base_url": "http://127.0.0.1:1", "max_retries": 0}
    ),
    "a full bucket": Scenario(written, (answer(EMPLOYEE),), None, slowly, events=2),
    "a full file": Scenario(written, (answer(EMPLOYEE),), None, in_a_file, events=1),
    "a failed download": Scenario(fetched, (failed("403 Forbidden"),), "PermissionDeniedError"),
    "a broken download": Scenario(fetched, (answer(TEXT.encode(), length=9999),), "ApiConnectionError"),
    "a download to nowhere": Scenario(
        lambda api, url, folder: api.download(url + FILE, folder), (), ConfigurationError
    ),
    "an unknown filter": Scenario(refused(mail=MAIL), (), "UnexpectedKeywordError"),
    "a filter of no kind": Scenario(refused(full_text_name=object()), (), ConfigurationError),
    "params of no kind": Scenario(refused(params=MAIL), (), ConfigurationError),
    "a param of no kind": Scenario(refused(params={7: TEXT}), (), ConfigurationError),
    "an empty filter": Scenario(refused(emails=[], full_text_name=NAME), (), ConfigurationError),
    "a limit of no kind": Scenario(refused(limit=TEXT), (), ConfigurationError),
    "a timeout of no kind": Scenario(refused(timeout=TEXT), (), ConfigurationError),
    "a header of no kind": Scenario(refused(headers={"x-a": f"{HEADER}\n"}), (), ConfigurationError),
    "a long filter": Scenario(refused(emails=[MAIL] * 5000), (), ConfigurationError),
    "a body of no kind": Scenario(
        lambda api, _u, _f: api.employees.employees.invite({"a": [NAME, object()]}), (), ConfigurationError
    ),
    "an upload of nothing": Scenario(
        lambda api, _u, folder: api.documents.documents.create({"file": folder / FILE}), (), ConfigurationError
    ),
    "a form of no kind": Scenario(
        lambda api, _u, _f: api.documents.documents.create({"file": b"", "a": [NAME, object()]}), (), ConfigurationError
    ),
}
