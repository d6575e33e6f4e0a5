"""The connections of a client: one for each request in flight, and no more.

Not httpcore's pool of many: it looks at every connection for every request, and a request that an event loop cancels at
the wrong moment keeps its place there forever.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial

import httpx

from factorialhr._core.errors import ClientClosedError, ConfigurationError
from factorialhr._core.steps import Job, OutOfTime, Send
from factorialhr._system import twins
from factorialhr._system.forks import renew_in_children
from factorialhr._system.httpx_logs import hide_queries_in_httpx_logs
from factorialhr._system.routes import Route, Routes
from factorialhr._system.unclosed import Unclosed

IDLE_SECONDS = 30.0
ONE_CONNECTION = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=IDLE_SECONDS)


class Line:
    """What one request at a time is sent on: a transport of one connection for each route that was needed."""

    __slots__ = ("_routes", "_transports")

    def __init__(self, routes: Routes) -> None:
        self._routes = routes
        self._transports: dict[Route, httpx.BaseTransport] = {}

    def sender(self, request: httpx.Request) -> twins.Sender:
        """What sends a request."""
        route = self._routes.of(request.url)
        transport = self._transports.get(route)
        if transport is None:
            transport = httpx.HTTPTransport(verify=route.context, proxy=route.proxy, limits=ONE_CONNECTION)
            self._transports[route] = transport
        # Looked up for each request: tools that patch the class see our calls, whenever they do it.
        return transport.handle_request

    def renew(self) -> list[httpx.BaseTransport]:
        """Begin with fresh connections; returns what is to be closed."""
        spoiled, self._transports = list(self._transports.values()), {}
        return spoiled


class BorrowedLine:
    """A transport or httpx client of the caller's own, which many requests share."""

    __slots__ = ("_lender",)

    def __init__(self, lender: Lender) -> None:
        self._lender = lender

    def sender(self, _request: httpx.Request) -> twins.Sender:
        """What sends a request."""
        return self._lender.sender()

    def renew(self) -> list[httpx.BaseTransport]:
        """It is the caller's: nothing of it is closed between two requests."""
        return []


class Lender:
    """A caller's own transport or httpx client."""

    def __init__(self, transport: httpx.BaseTransport | None, http_client: httpx.Client | None) -> None:
        self._transport = transport
        self._http_client = http_client
        self._closes_transport = transport is not None
        if http_client is not None:
            hide_queries_in_httpx_logs()

    @property
    def is_closed(self) -> bool:
        """Whether the caller has closed it."""
        return self._http_client is not None and self._http_client.is_closed

    def sender(self) -> twins.Sender:
        """What sends a request."""
        if self._http_client is not None:
            # Credentials are a matter of the call, the client's own as well.
            return partial(self._http_client.send, stream=True, auth=None, follow_redirects=False)
        assert self._transport is not None  # noqa: S101  # a lender has one of both
        return self._transport.handle_request

    def close(self) -> None:
        """Close the transport, once: calls and downloads share it. An httpx client is closed by its owner."""
        closes, self._closes_transport = self._closes_transport, False
        if closes and self._transport is not None:
            self._transport.close()


class Connections:
    """As many lines as requests may be in flight; the one used last is the first to be used again."""

    def __init__(
        self, most: int, unclosed: Unclosed, lender: Lender | None = None, beside: Connections | None = None
    ) -> None:
        self.most = most
        self.slots = twins.Slots(most)
        self._unclosed = unclosed
        self._lender = lender
        self._beside = beside  # others of the same client: they belong to the same event loop
        self._routes = Routes()
        self._idle: list[Line | BorrowedLine] = []
        self._generation = 0
        self._abandoned: list[Line | BorrowedLine] = []
        self._home: object = None
        self._is_closed = False
        self._was_forked = False
        renew_in_children(self)

    def enter(self, operation: str) -> None:
        """Begin a call, or refuse it.

        Raises:
            ClientClosedError: The client, or the httpx client of the caller's own, is closed.
            ConfigurationError: Its connections belong to another event loop or to the parent of this process.
        """
        self.check(operation)
        if self._beside is not None:
            self._beside.enter(operation)
        self._home = twins.home(self._home, operation)

    def check(self, operation: str) -> None:
        """Refuse a request that cannot be sent any more: a call stays in its event loop, and nothing else does.

        Raises:
            ClientClosedError: The client, or the httpx client of the caller's own, is closed.
            ConfigurationError: Its connections belong to the parent of this process.
        """
        if self._is_closed or (self._lender is not None and self._lender.is_closed):
            raise ClientClosedError(f"{operation}: this client is closed; make a new one")
        if self._was_forked:
            raise ConfigurationError(
                f"{operation}: this client was made before a fork, with a transport or httpx client of your own, "
                "whose connections belong to the parent process; make client and transport in the child"
            )

    def lend(self) -> tuple[Line | BorrowedLine, int]:
        """A line, and the generation it belongs to."""
        # Popped, not looked at: two threads may be after the last one.
        with suppress(IndexError):
            return self._idle.pop(), self._generation
        if self._lender is not None:
            return BorrowedLine(self._lender), self._generation
        self._unclosed.opened()
        return Line(self._routes), self._generation

    def put_back(self, line: Line | BorrowedLine, generation: int) -> list[httpx.BaseTransport]:
        """Take a line back; returns what is to be closed."""
        if generation != self._generation:
            return []  # made before a fork: it belongs to the parent
        if self._is_closed:
            return line.renew()
        self._idle.append(line)
        return []

    def after_fork(self) -> None:
        """Begin anew in a forked child: the connections belong to the parent and stay untouched."""
        self._was_forked = self._lender is not None
        self._unclosed.forget()
        self._home = None
        self._generation += 1
        self.slots = twins.Slots(self.most)
        # Kept, not closed: closing would speak on the parent's sockets.
        self._abandoned += self._idle
        self._idle = []

    def close(self) -> None:
        """Close what is idle; what is in flight is closed when its call leaves."""
        self._is_closed = True
        self._unclosed.forget()
        if not twins.is_at_home(self._home):
            return
        idle, self._idle = self._idle, []
        for line in idle:
            for transport in line.renew():
                transport.close()
        if self._lender is not None:
            self._lender.close()


class Place:
    """The slot and the line that a call has, while it has them."""

    __slots__ = ("_connections", "_generation", "_halfway", "_is_halfway", "_line", "_slots")

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._slots = connections.slots
        self._line: Line | BorrowedLine | None = None
        self._generation = 0
        self._is_halfway = False
        self._halfway: httpx.Response | None = None

    def take(self, operation: str, seconds: float | None) -> None:
        """Wait for a slot."""
        self._slots = self._connections.slots
        if not self._slots.take(self, seconds):
            raise OutOfTime
        self._connections.check(operation)  # it may have been closed meanwhile
        self._line, self._generation = self._connections.lend()

    def sender(self, request: httpx.Request) -> twins.Sender:
        """What sends a request; until its response was read, the line counts as left half-way."""
        assert self._line is not None  # noqa: S101  # the steps of a call take a slot first
        self._is_halfway = True
        return self._line.sender(request)

    def read(self, response: httpx.Response, step: Send, seconds: float | None) -> None:
        """Read a response to its end, into memory or into the file that it is for."""
        self._halfway = response
        response.request = step.request
        twins.bound_body(response, seconds)
        if step.sink is None or not response.is_success:
            response.read()
        else:
            twins.do(Job(step.sink.begin), None)
            for chunk in response.iter_bytes():
                twins.do(Job(partial(step.sink.write, chunk)), None)
        self._halfway, self._is_halfway = None, False

    def leave(self) -> list[httpx.BaseTransport | httpx.Response]:
        """Give slot and line back; what was left half-way is replaced, and returned to be closed."""
        spoiled: list[httpx.BaseTransport | httpx.Response] = []
        if self._halfway is not None:
            spoiled.append(self._halfway)
        line, self._line = self._line, None
        if line is not None:
            if self._is_halfway:
                spoiled += line.renew()
            spoiled += self._connections.put_back(line, self._generation)
        self._halfway, self._is_halfway = None, False
        self._slots.give_back(self)
        return spoiled
