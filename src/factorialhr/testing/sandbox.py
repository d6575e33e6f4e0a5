"""The sandbox: a Factorial API of your own, on loopback or inside the process."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, Unpack

import msgspec

from factorialhr.testing import company as companies
from factorialhr.testing._tables.attributes import Domains
from factorialhr.testing._tables.index import VERSIONS
from factorialhr.testing.between import Between, Change
from factorialhr.testing.bodies import Upload
from factorialhr.testing.credentials import Credential, Vault
from factorialhr.testing.description import DOMAINS
from factorialhr.testing.dice import dice
from factorialhr.testing.engine import Engine
from factorialhr.testing.errors import SandboxError
from factorialhr.testing.faults import Drift, Fault, Faults
from factorialhr.testing.paging import OF_LISTS, PLAIN, Paging
from factorialhr.testing.settings import (
    DriftSettings,
    EmptySandboxSettings,
    FaultSettings,
    PagingSettings,
    SandboxSettings,
)
from factorialhr.testing.tables import DomainTables, Table, load
from factorialhr.testing.webhooks import Delivery, wait_seconds

if TYPE_CHECKING:
    import httpx

    from factorialhr.testing.answers import Answer
    from factorialhr.testing.recording import RecordedRequest
    from factorialhr.testing.server import SandboxServer
    from factorialhr.testing.transports import SandboxTransport

PERSONAL_FIELDS = frozenset(
    (
        "address_line_1", "address_line_2", "age_number", "bank_number", "bank_number_format", "birthday_on", "birthplace",
        "city", "contact_name", "contact_number", "country", "country_of_birth", "disability_percentage_cents", "gender",
        "iban", "identifier", "identifier_expiration_date", "identifier_type", "nationality", "personal_email",
        "phone_number", "postal_code", "salary_amount", "salary_frequency", "seniority_calculation_date",
        "social_security_number", "state", "swift_bic", "tax_id", "termination_reason", "termination_observations",
    )
)  # fmt: skip
"""What a token without the permission to see personal data gets as null, unless told otherwise."""


class Sandbox(Domains):
    """A fake of the Factorial HR API that keeps state.

    Use it in a ``with`` block for a real server at ``url``; its ``transport`` works without one. It holds
    a small invented company, the same one for the same ``seed``::

        with Sandbox() as sandbox:
            ...  # sandbox.url, sandbox.api_key

    Records are found below their domain: ``sandbox.trainings.sessions.add(name="First aid")``.
    """

    def __init__(
        self,
        *,
        employees: int = companies.DEFAULT_EMPLOYEES,
        seed: int = companies.DEFAULT_SEED,
        today: dt.date = companies.DEFAULT_TODAY,
        host: str = "127.0.0.1",
        port: int = 0,
        api_key: str | None = None,
        client_id: str = "sandbox-client",
        client_secret: str = "sandbox-client-secret",  # noqa: S107  # opens nothing but this sandbox
        id_offset: int = 0,
        check_references: bool = True,
        oldest_version: str = VERSIONS[0],
        clock: Callable[[], float] = time.time,
        webhook_transport: httpx.BaseTransport | None = None,
        webhook_wait_seconds: Callable[[int], float] = wait_seconds,
    ) -> None:
        """Invent the company; nothing listens yet.

        Args:
            employees: How many people the company has; other lists grow with it. 0 gives empty lists.
            seed: The same seed gives the same records, tokens and faults.
            today: The day on which the company was invented; its records lie around it.
            host: Address to listen on.
            port: Port to listen on; 0 takes any free one.
            api_key: The key to accept; left out, one is made up.
            client_id: OAuth2 client to accept.
            client_secret: Its secret.
            id_offset: Added to all ids: ``18446744073709550`` gives ids beyond 2^53, as newer clusters have.
            check_references: Refuse ids in bodies that name no record, as the API does.
            oldest_version: Requests for older versions are served as this one, as happens when versions expire.
            clock: Unix seconds, for timestamps of writes and for the life of tokens.
            webhook_transport: Where webhooks go instead of to the network, such as ``httpx.WSGITransport(app)``.
            webhook_wait_seconds: Seconds to wait before the attempt of that number, from 1 on.

        Raises:
            SandboxError: A setting cannot work.
        """
        if not 0 <= employees <= companies.MOST_EMPLOYEES:
            raise SandboxError(f"employees is a number from 0 to {companies.MOST_EMPLOYEES}")
        if oldest_version not in VERSIONS:
            raise SandboxError(f"oldest_version is one of {', '.join(VERSIONS)}")
        self._clock = clock
        self._advanced_seconds = 0.0
        self._address = (host, port)
        self._server: SandboxServer | None = None
        company = companies.Company(employees, seed, today, id_offset, empty=employees == 0)
        vault = Vault(seed, self.now, api_key=api_key, client_id=client_id, client_secret=client_secret)
        self._engine = Engine(
            company,
            vault,
            self.now,
            check_references=check_references,
            oldest_version=oldest_version,
            webhook_transport=webhook_transport,
            webhook_wait=webhook_wait_seconds,
        )
        self.access_token: str = vault.add(Credential("user"))
        """A user's OAuth2 access token that sees everything and does not expire."""
        self.refresh_token: str = vault.add_refresh_token(Credential("user"))
        """Buys a new pair of tokens, once."""

    @classmethod
    def company(cls, employees: int = 50, seed: int = 7, **settings: Unpack[SandboxSettings]) -> Self:
        """A sandbox of a company of some size; other settings as in ``Sandbox(...)``."""
        return cls(employees=employees, seed=seed, **settings)

    @classmethod
    def empty(cls, **settings: Unpack[EmptySandboxSettings]) -> Self:
        """A sandbox without any records, for tests that add their own."""
        return cls(employees=0, **settings)

    # -- ways in ------------------------------------------------------------------------------------

    def handle(self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer one request; the server and the transports are made of this.

        Args:
            method: The verb, in capitals.
            path: The path, quoted, without the query.
            query: What stands behind the question mark.
            headers: Names in lower case.
            body: The whole body.

        Returns:
            Status, headers and body, and what a fault does to them.
        """
        return self._engine.handle(method, path, query, headers, body)

    def start(self) -> None:
        """Listen; a second call changes nothing.

        Raises:
            SandboxError: The port is taken.
        """
        self._started()

    def _started(self) -> SandboxServer:
        if self._server is None:
            from factorialhr.testing.server import SandboxServer

            self._server = SandboxServer(self.handle, *self._address)
        return self._server

    @property
    def url(self) -> str:
        """Where the server listens, as ``base_url`` of a client; it is started if it was not."""
        return self._started().url

    @property
    def transport(self) -> SandboxTransport:
        """An httpx transport for blocking clients, without a socket."""
        from factorialhr.testing.transports import SandboxTransport

        return SandboxTransport(self.handle)

    @property
    def async_transport(self) -> SandboxTransport:
        """An httpx transport for async clients, without a socket."""
        return self.transport

    def close(self) -> None:
        """Stop listening and delivering; records stay readable."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        self._engine.postman.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    # -- credentials and time -----------------------------------------------------------------------

    @property
    def api_key(self) -> str:
        """A key with full access, for the header ``x-api-key``."""
        return self._engine.vault.api_key

    @property
    def client_id(self) -> str:
        return self._engine.vault.client_id

    @property
    def client_secret(self) -> str:
        return self._engine.vault.client_secret

    @property
    def company_id(self) -> int:
        """The id of the one company."""
        return self._engine.company.id

    def add_token(
        self,
        *,
        kind: str = "user",
        hidden: Iterable[str] = (),
        employee_ids: Iterable[int | str] | None = None,
        employee_id: int | None = None,
        read_only: bool = False,
        other_environment: bool = False,
        expires_in_seconds: float | None = None,
    ) -> str:
        """An access token, or an API key, with less than full access.

        Args:
            kind: ``user``, ``company`` or ``api_key``.
            hidden: Names of fields that come back as null, such as ``PERSONAL_FIELDS``.
            employee_ids: Employees whose records it sees; others are left out of lists.
            employee_id: The employee it belongs to.
            read_only: Answer writes with 403.
            other_environment: Answer lists as empty, as happens with a key of another environment.
            expires_in_seconds: Seconds until it is refused.
        """
        if kind not in ("user", "company", "api_key"):
            raise SandboxError("kind is user, company or api_key")
        seen = None if employee_ids is None else frozenset(map(str, employee_ids))
        expires_at = None if expires_in_seconds is None else self.now() + expires_in_seconds
        return self._engine.vault.add(
            Credential(kind, frozenset(hidden), seen, employee_id, other_environment, read_only, expires_at)
        )

    def authorization_code(self, *, kind: str = "user") -> str:
        """A code that buys tokens at ``/oauth/token``, once."""
        return self._engine.vault.add_code(Credential(kind))

    def now(self) -> float:
        """The sandbox's time in Unix seconds."""
        return self._clock() + self._advanced_seconds

    def advance(self, seconds: float) -> None:
        """Let time pass for the sandbox: tokens expire, new records are younger."""
        self._advanced_seconds += seconds

    # -- what happened ------------------------------------------------------------------------------

    @property
    def requests(self) -> list[RecordedRequest]:
        """The requests so far, oldest first; at most the last 10,000."""
        with self._engine.lock:
            return list(self._engine.requests)

    def forget_requests(self) -> None:
        with self._engine.lock:
            self._engine.requests.clear()

    @property
    def ignored_filters(self) -> list[str]:
        """Parameters that the API would have ignored, with their operation: an empty list is what a test wants."""
        return [f"{request.operation}: {name}" for request in self.requests for name in request.ignored_filters]

    @property
    def failures(self) -> list[str]:
        """Tracebacks of the sandbox's own mistakes; there should be none."""
        return list(self._engine.failures)

    @property
    def files(self) -> dict[str, Upload]:
        """Uploaded files by path and id: ``documents/documents/7``."""
        with self._engine.lock:
            return dict(self._engine.writer.files)

    @property
    def deliveries(self) -> list[Delivery]:
        """Webhooks so far, delivered or not."""
        return list(self._engine.postman.deliveries)

    def wait_for_webhooks(self, timeout_seconds: float = 10.0) -> None:
        """Wait until no webhook is on its way.

        Raises:
            SandboxError: Some still are after that time.
        """
        if not self._engine.postman.wait_until_idle(timeout_seconds):
            raise SandboxError(f"webhooks are still on their way after {timeout_seconds:g} s")

    # -- trouble ------------------------------------------------------------------------------------

    @property
    def faults(self) -> Faults:
        """The rules for trouble: ``sandbox.faults.clear()`` ends it."""
        return self._engine.faults

    def fail(self, verb: str | None = None, path: str = "*", **settings: Unpack[FaultSettings]) -> Fault:
        """Order trouble: ``sandbox.fail("GET", "trainings/*", status=503, times=2)``; settings as in ``Fault``."""
        return self._engine.faults.add(Fault(verb, path, **settings))

    def drift(self, path: str = "*", **settings: Unpack[DriftSettings]) -> Fault:
        """Let records differ from their description from now on; settings as in ``Drift``."""
        return self._engine.faults.add(Fault(path=path, drift=Drift(**settings)))

    # -- lists --------------------------------------------------------------------------------------

    def page(self, path: str, **settings: Unpack[PagingSettings]) -> Paging:
        """Say how a list pages: ``sandbox.page("trainings/sessions", cursors="ids")``; settings as in ``Paging``.

        What is not given is as this list has it by itself: without settings it pages as it did at first. For
        single requests there is ``sandbox.fail(..., paging=Paging(...), times=1)``.

        Raises:
            ValueError: A setting cannot work.
        """
        table = self.table(path)
        paging = replace(OF_LISTS.get(path, PLAIN), **settings)
        if paging.counts != "records":
            table.check_names([paging.counts])
        with self._engine.lock:
            self._engine.paging[path] = paging
        return paging

    def between(self, change: Change | None, *, seed: int = 7) -> None:
        """Call a function between any two requests from now on, so that lists change under the eyes of a client.

        It is called before each request but the next one, while no other request is answered, and not for
        requests that it sends itself. What it raises reaches the caller of a transport; ``failures`` has it too.

        Args:
            change: Takes a ``random.Random``; ``None`` ends it.
            seed: The same seed gives the same random numbers, whatever the sandbox's own seed is.
        """
        with self._engine.lock:
            self._engine.between = None if change is None else Between(change, dice("between", seed))

    def table(self, path: str) -> Table:
        """A list of records by its path: ``"trainings/sessions"``."""
        domain, _, name = path.partition("/")
        return self.domain(domain).table(name)

    def domain(self, name: str) -> DomainTables:
        """The lists of a domain by its name; as an attribute it is the same."""
        if name not in DOMAINS:
            raise AttributeError(f"Sandbox has no attribute {name!r}, and the API no domain of this name")
        return DomainTables(self._engine, name)

    def load(self, seed: Mapping[str, Any] | str | Path) -> None:
        """Replace lists by the records of a seed: a mapping of paths to lists of records, or a JSON file with one.

        Raises:
            SandboxError: The seed cannot be read, or refers to records that are not there.
        """
        if isinstance(seed, str | Path):
            try:
                seed = msgspec.json.decode(Path(seed).read_bytes(), type=dict[str, Any])
            except (OSError, msgspec.DecodeError, RecursionError) as error:
                raise SandboxError(f"the seed file cannot be read: {error}") from error
        load(self._engine, seed)

    if TYPE_CHECKING:  # they know each domain by name, and so find a misspelt one
        pass
    else:

        def __getattr__(self, name: str) -> DomainTables:
            return self.domain(name)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *DOMAINS]

    def __repr__(self) -> str:
        where = self._server.url if self._server is not None else "in process"
        return f"<Sandbox {where}>"
