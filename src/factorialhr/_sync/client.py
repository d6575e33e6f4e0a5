"""The client: sends a call, repeats it where that is safe, walks over pages."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack, overload
from urllib.request import getproxies

import httpx

from factorialhr._sync.domains import Domains
from factorialhr._sync.walks import PageWalk, RecordWalk
from factorialhr._core.call import EVERY_VERSION, NO_ANSWER, NOTHING, TOO_MANY_REQUESTS, Exchange
from factorialhr._core.errors import ClientClosedError, ConfigurationError, connection_error, status_error
from factorialhr._core.events import DecodeIssueEvent, EventHook, Events, RateLimitEvent, RefreshEvent, SlowCallEvent
from factorialhr._core.issues import IssueLog
from factorialhr._core.options import PageOptions, RequestOptions
from factorialhr._core.pages import Walk, all_arrived, batches, joined, knows_numbers, numbered_pages, worth_in_flight
from factorialhr._core.responses import ListApiResponse, page_of
from factorialhr._core.settings import (
    DEFAULT_MAX_RETRIES,
    DEFAULT_SLOW_CALL_SECONDS,
    DEFAULT_TIMEOUT_SECONDS,
    MOST_IN_FLIGHT,
    PRODUCTION,
    checked_in_flight,
    make_settings,
)
from factorialhr._core.versions import DEFAULT_API_VERSION, Served
from factorialhr._pace.memory import RateLimiter, TokenBucket
from factorialhr._system import twins
from factorialhr._system.forks import renew_in_children
from factorialhr._system.httpx_logs import hide_queries_in_httpx_logs, private_addresses
from factorialhr._system.part_files import PartFile, check_target, download_request
from factorialhr._system.tls import context_for

T = TypeVar("T")


class ApiClient(Domains):
    """The Factorial API, over one pool of connections.

    Make one and keep it: connections are reused, and at most 16 requests are in flight at a time.
    Use it in a ``with`` block or close it.
    """

    def __init__(
        self,
        base_url: str = PRODUCTION,
        *,
        auth: httpx.Auth | None = None,
        api_version: str = DEFAULT_API_VERSION,
        timeout: float = DEFAULT_TIMEOUT_SECONDS,
        max_retries: int = DEFAULT_MAX_RETRIES,
        strict: bool = False,
        deadline: float | None = None,
        max_in_flight: int = MOST_IN_FLIGHT,
        rate_limiter: RateLimiter | None = None,
        on_event: EventHook | None = None,
        slow_call_seconds: float = DEFAULT_SLOW_CALL_SECONDS,
        headers: Mapping[str, str] | None = None,
        transport: httpx.BaseTransport | None = None,
        http_client: httpx.Client | None = None,
    ) -> None:
        """Check the settings; nothing is sent yet.

        Args:
            base_url: Scheme and host of the API, without a path.
            auth: ``AccessTokenAuth``, ``ApiKeyAuth`` or any other ``httpx.Auth``. It may be left out
                where ``http_client`` carries its own.
            api_version: The version to speak, by its date.
            timeout: Seconds to wait for connecting, for sending and for each part of an answer.
            max_retries: How often to repeat a request where that is safe: reads after 500, 502, 503, 504
                and broken connections; writes only when they surely did not arrive, or after 429.
            strict: Raise ``DecodeError`` where an answer disagrees with the description, instead of
                keeping what came and warning.
            deadline: Seconds for a whole call, with its waits, repeats and token refreshes. In the blocking
                half a body that trickles in can overrun it by one ``timeout``.
            max_in_flight: Most requests at a time, and most connections.
            rate_limiter: Default is a ``TokenBucket`` of 200 writes a minute, of this client's own; share one
                between clients, or a ``FileRateLimiter`` between processes.
            on_event: Called with each ``RetryEvent``, ``RateLimitEvent``, ``RefreshEvent``,
                ``SlowCallEvent`` and ``DecodeIssueEvent``; the logger ``factorialhr`` gets them too.
            slow_call_seconds: Calls that take longer are reported as ``SlowCallEvent``.
            headers: Headers of every request.
            transport: A transport of your own instead of the built-in pool; the client closes it.
            http_client: An httpx client of your own, with its event hooks, proxies and mounts; you close it.

        Raises:
            ConfigurationError: A setting cannot work; the message says what to change.
        """
        self._settings = make_settings(
            base_url=base_url,
            api_version=api_version,
            timeout=timeout,
            max_retries=max_retries,
            strict=strict,
            deadline=deadline,
            slow_call_seconds=slow_call_seconds,
            headers=headers,
        )
        _refuse_misuse(auth, transport, http_client)
        self._auth = auth or httpx.Auth()
        self._events = Events(on_event)
        self._log = IssueLog(lambda operation, issue: self._events.emit(DecodeIssueEvent(operation, issue)))
        self._limiter = rate_limiter if rate_limiter is not None else TokenBucket()
        self._most_in_flight = checked_in_flight(max_in_flight)
        self._in_flight = twins.Semaphore(self._most_in_flight)
        self._home: object = None
        self._closed = False
        self._forked = False
        self._abandoned: list[object] = []
        self._transport, self._http_client = transport, http_client
        self._send: twins.Sender
        self._send_bare: twins.Sender
        self._own: httpx.Client | httpx.BaseTransport | None = None
        if http_client is not None:
            hide_queries_in_httpx_logs()
            # Our auth runs in call(); the other client's own applies where there is none of ours.
            self._send = partial(
                http_client.send, stream=True, auth=http_client.auth if auth is None else None, follow_redirects=False
            )
            self._send_bare = partial(http_client.send, stream=True, auth=None, follow_redirects=False)
        else:
            self._open(transport)
        renew_in_children(self)

    def _open(self, transport: httpx.BaseTransport | None) -> None:
        # The pool keeps as many connections as are ever in flight: none is opened to be thrown away.
        limits = httpx.Limits(max_connections=self._most_in_flight, max_keepalive_connections=self._most_in_flight)
        context = context_for(self._settings.resources_url)
        if transport is None and getproxies():
            # Proxies of the environment are a matter of an httpx client; a bare transport knows none.
            hide_queries_in_httpx_logs()
            self._own = httpx.Client(verify=context, limits=limits)
            self._send = self._send_bare = partial(self._own.send, auth=None, stream=True)
            return
        # A bare transport, not an httpx client around it: a quarter of the time of a request is spent in between.
        self._own = transport or httpx.HTTPTransport(verify=context, limits=limits)
        self._send = self._send_bare = self._own.handle_request

    def after_fork(self) -> None:
        """Take new connections in a forked child; those of before are the parent's and stay untouched."""
        self._in_flight = twins.Semaphore(self._most_in_flight)
        self._home = None
        if self._transport is None and self._http_client is None:
            # Kept, not closed: closing would speak on the parent's sockets.
            self._abandoned.append(self._own)
            self._open(None)
        else:
            self._forked = True

    @property
    def _client(self) -> ApiClient:
        return self

    @property
    def api_version(self) -> str:
        """The API version that this client speaks."""
        return self._settings.api_version

    @overload
    def request(
        self, verb: str, path: str, *, data: object = NOTHING, **request: Unpack[RequestOptions]
    ) -> dict[str, Any]: ...

    @overload
    def request(
        self, verb: str, path: str, result: type[T], *, data: object = NOTHING, **request: Unpack[RequestOptions]
    ) -> T: ...

    def request(
        self,
        verb: str,
        path: str,
        result: type[Any] = dict[str, Any],
        *,
        data: object = NOTHING,
        **request: Unpack[RequestOptions],
    ) -> Any:
        """Call what no method covers.

        Args:
            verb: ``GET``, ``POST``, ``PUT`` or ``DELETE``.
            path: Path below ``resources/``: ``"trainings/sessions/7"``.
            result: What the answer is decoded into: a Struct of your own, a model of this package,
                ``list[model]``, ``MetaApiResponse[model]``, or plain ``dict``.
            data: The body, where there is one.
            **request: Options of this call, see ``RequestOptions``; filters go into ``params``.

        Raises:
            ApiStatusError: The API answered with an error.
            DecodeError: The answer is not what ``result`` says.
        """
        if not isinstance(verb, str) or not isinstance(path, str):
            raise ConfigurationError("verb and path are str, as in request('GET', 'trainings/sessions/7')")
        segments = tuple(path.strip("/").split("/"))
        return self.call(verb.upper(), segments, result, request, body=data)

    def download(self, url: str, target: str | os.PathLike[str]) -> Path:
        """Stream a file from a temporary address to a path, replacing what is there.

        Args:
            url: The address that the API gave, as in ``DownloadUrl.url``. No credential is sent to it.
            target: The file to write; it appears when it is complete. Names that the API gives are chosen
                by people: do not use one as a path unchecked.

        Raises:
            ConfigurationError: The target is a folder, or lies in none.
            ApiStatusError: The address answered with an error; they are short-lived.
            ApiConnectionError: The connection broke; nothing was written.
        """
        path = check_target(target)
        request = download_request(url, self._settings.timeout)
        operation = f"GET a file from {request.url.host}"
        self._refuse_if_unusable(operation)
        part = PartFile(path)
        with self._in_flight:
            response = NO_ANSWER
            try:
                twins.in_thread(part.open)
                with private_addresses():
                    response = self._send_bare(request)
                response.request = request
                if not response.is_success:
                    response.read()
                    raise status_error(operation, httpx.Request("GET", request.url.copy_with(query=None)), response)
                for chunk in response.iter_bytes():
                    twins.in_thread(part.write, chunk)
            except httpx.RequestError as error:
                part.discard()
                raise connection_error(operation, request, error) from error
            except BaseException:
                part.discard()
                raise
            finally:
                response.close()
            twins.in_thread(part.finish)
        return path

    def call(
        self,
        verb: str,
        path: tuple[object, ...],
        result: type[T],
        request: RequestOptions,
        *,
        filters: Mapping[str, str] | None = None,
        body: object = NOTHING,
        form: object = NOTHING,
        files: tuple[str, ...] = (),
        served: Served = EVERY_VERSION,
    ) -> T:
        """Send one operation, repeat it where that is safe, decode its answer. Endpoints are made of this."""
        exchange = Exchange(
            self._settings,
            self._log,
            verb,
            path,
            request,
            filters=filters,
            body=body,
            form=form,
            files=files,
            served=served,
        )
        try:
            while True:
                self._refuse_if_unusable(exchange.operation)
                self._keep_to_rate_limit(exchange)
                response, failure = NO_ANSWER, None
                with self._in_flight:
                    exchange.begin_attempt()
                    flow = self._auth.sync_auth_flow(exchange.request)
                    outgoing = exchange.request
                    try:
                        with twins.deadline(exchange.seconds_left()):
                            outgoing = next(flow)
                            while True:
                                response = self._send(outgoing)
                                response.request = outgoing
                                response.read()
                                refreshed, outgoing = outgoing, flow.send(response)
                                self._report_refresh(exchange, refreshed)
                    except StopIteration:
                        pass
                    except httpx.RequestError as error:
                        failure = exchange.failure(error, outgoing)
                    except TimeoutError:
                        # It may be another's: a hook's, a store's.
                        if not exchange.is_over():
                            raise
                        raise exchange.out_of_time(maybe_received=True) from None
                    finally:
                        flow.close()
                        # It is closed by now, unless reading it failed.
                        response.close()
                wait = exchange.wait_before_retry(response, failure)
                if wait is None:
                    return exchange.finish(response, failure, result)
                self._events.emit(exchange.retry_event(wait, response, failure))
                if response.status_code == TOO_MANY_REQUESTS:
                    self._slow_down(wait)
                twins.sleep(wait)
        finally:
            exchange.close()
            if exchange.seconds() > self._settings.slow_call_seconds:
                self._events.emit(SlowCallEvent(exchange.operation, exchange.seconds()))

    def _report_refresh(self, exchange: Exchange, answered: httpx.Request) -> None:
        if answered is not exchange.request:  # it was the token's own, and the flow goes on with what it brought
            self._events.emit(RefreshEvent(getattr(self._auth, "expires_in_seconds", None)))

    def _keep_to_rate_limit(self, exchange: Exchange) -> None:
        verb = exchange.request.method
        if self._limiter.waits_for_disk:
            wait = twins.in_thread(self._limiter.reserve, verb)
        else:
            wait = self._limiter.reserve(verb)
        if wait > 0:
            exchange.begin_attempt(wait)
            self._events.emit(RateLimitEvent(exchange.operation, wait))
            twins.sleep(wait)

    def _slow_down(self, seconds: float) -> None:
        if self._limiter.waits_for_disk:
            twins.in_thread(self._limiter.pause, seconds)
        else:
            self._limiter.pause(seconds)

    def collect(
        self,
        path: tuple[object, ...],
        model: type[T],
        request: PageOptions,
        *,
        filters: Mapping[str, str],
        served: Served = EVERY_VERSION,
    ) -> ListApiResponse[T]:
        """Fetch all pages of a list into one response.

        Where the list is long, counts its records and takes its time, the pages behind the first are
        fetched several at a time by their numbers, and then checked: as many records as announced, none
        twice. When the check fails, or the list does not allow it, the walk goes on from the first page
        by its cursor.
        """
        walk = Walk(f"GET {'/'.join(map(str, path))}", request, self._log)
        fetch = partial(self.call, "GET", path, page_of(model), filters=filters, served=served)
        started = time.monotonic()
        first = fetch(walk.options)
        most = worth_in_flight(time.monotonic() - started, self._most_in_flight)
        pages = [first]
        numbered = numbered_pages(walk.options, first)
        for batch in batches(numbered, most) if most > 1 else ():
            arrived = twins.gather(fetch, batch, most)
            pages += arrived
            if not knows_numbers(first, arrived):
                break
        if len(pages) > 1 and all_arrived(pages):
            return joined(pages)
        pages = [first]
        while walk.goes_on(pages[-1]):
            pages.append(fetch(walk.options))
        return joined(pages)

    def iterate(
        self,
        path: tuple[object, ...],
        model: type[T],
        request: PageOptions,
        *,
        filters: Mapping[str, str],
        served: Served = EVERY_VERSION,
    ) -> RecordWalk[T]:
        """Stream the records of all pages, holding one page at a time."""
        return RecordWalk(self.walk(path, model, request, filters=filters, served=served))

    def walk(
        self,
        path: tuple[object, ...],
        model: type[T],
        request: PageOptions,
        *,
        filters: Mapping[str, str],
        served: Served = EVERY_VERSION,
    ) -> PageWalk[T]:
        """Stream the pages of a list; each request is sent when its page is asked for."""
        walk = Walk(f"GET {'/'.join(map(str, path))}", request, self._log)
        return PageWalk(partial(self.call, "GET", path, page_of(model), filters=filters, served=served), walk)

    def _refuse_if_unusable(self, operation: str) -> None:
        if self._closed or (self._http_client is not None and self._http_client.is_closed):
            raise ClientClosedError(f"{operation}: this client is closed; make a new one")
        if self._forked:
            raise ConfigurationError(
                f"{operation}: this client was made before a fork, with a transport or httpx client of your own, "
                "whose connections are the parent's: make client and transport in the child"
            )
        self._home = twins.home(self._home, operation)

    def close(self) -> None:
        """Close the connections; calls after this raise ``ClientClosedError``."""
        self._closed = True
        if self._own is not None and twins.is_at_home(self._home):
            self._own.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<ApiClient {self._settings.resources_url}>"


def _refuse_misuse(
    auth: httpx.Auth | None, transport: httpx.BaseTransport | None, http_client: httpx.Client | None
) -> None:
    if auth is None and (http_client is None or http_client.auth is None):
        raise ConfigurationError("auth is missing: pass auth=AccessTokenAuth(...) or auth=ApiKeyAuth(...)")
    if auth is not None and not isinstance(auth, httpx.Auth):
        raise ConfigurationError(
            f"auth is an httpx.Auth such as AccessTokenAuth('...') or ApiKeyAuth('...'), not {type(auth).__name__}"
        )
    if transport is not None and not isinstance(transport, httpx.BaseTransport):
        raise ConfigurationError(f"transport is an httpx transport of this half, not {type(transport).__name__}")
    if http_client is not None and not isinstance(http_client, httpx.Client):
        raise ConfigurationError(f"http_client is an httpx client of this half, not {type(http_client).__name__}")
    if transport is not None and http_client is not None:
        raise ConfigurationError("pass transport or http_client, not both: an httpx client brings its own transport")
