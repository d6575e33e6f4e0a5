"""The client: sends a call, repeats it where that is safe, walks over pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack
from urllib.request import getproxies

import httpx

from factorialhr._sync.domains import Domains
from factorialhr._core import compat
from factorialhr._core.errors import ClientClosedError, ConfigurationError
from factorialhr._core.exchange import EVERY_VERSION, NO_ANSWER, NOTHING, Exchange
from factorialhr._core.issues import DecodeIssue, IssueLog
from factorialhr._core.options import PageOptions, RequestOptions
from factorialhr._core.pages import Walk
from factorialhr._core.privacy import hide_queries_in_httpx_logs
from factorialhr._core.responses import ListApiResponse, MetaApiResponse, page_of
from factorialhr._core.settings import (
    DEFAULT_MAX_RETRIES,
    DEFAULT_TIMEOUT_SECONDS,
    MOST_IN_FLIGHT,
    PRODUCTION,
    make_settings,
)
from factorialhr._core.tls import context_for
from factorialhr._core.versions import DEFAULT_API_VERSION, Served

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
            headers=headers,
        )
        if auth is None and (http_client is None or http_client.auth is None):
            raise ConfigurationError("auth is missing: pass auth=AccessTokenAuth(...) or auth=ApiKeyAuth(...)")
        if auth is not None and not isinstance(auth, httpx.Auth):
            raise ConfigurationError(
                f"auth is an httpx.Auth such as AccessTokenAuth('...') or ApiKeyAuth('...'), not {type(auth).__name__}"
            )
        if transport is not None and http_client is not None:
            raise ConfigurationError(
                "pass transport or http_client, not both: an httpx client brings its own transport"
            )
        self._auth = auth or httpx.Auth()
        self._log = IssueLog()
        self._in_flight = compat.Semaphore(MOST_IN_FLIGHT)
        self._closed = False
        self._send: compat.Sender
        self._own: httpx.Client | httpx.BaseTransport | None = None
        if http_client is not None:
            hide_queries_in_httpx_logs()
            # Our auth runs in call(); the other client's own applies where there is none of ours.
            self._send = partial(http_client.send, auth=None) if auth is not None else http_client.send
        else:
            self._open(transport)

    def _open(self, transport: httpx.BaseTransport | None) -> None:
        limits = httpx.Limits(max_connections=MOST_IN_FLIGHT, max_keepalive_connections=MOST_IN_FLIGHT)
        context = context_for(self._settings.resources_url)
        if transport is None and getproxies():
            # Proxies of the environment are a matter of an httpx client; a bare transport knows none.
            hide_queries_in_httpx_logs()
            self._own = httpx.Client(verify=context, limits=limits)
            self._send = partial(self._own.send, auth=None)
            return
        # A bare transport, not an httpx client around it: a quarter of the time of a request is spent in between.
        self._own = transport or httpx.HTTPTransport(verify=context, limits=limits)
        self._send = self._own.handle_request

    @property
    def _client(self) -> ApiClient:
        return self

    @property
    def api_version(self) -> str:
        """The API version that this client speaks."""
        return self._settings.api_version

    def request(
        self,
        verb: str,
        path: str,
        result: type[T] = dict[str, Any],  # type: ignore[assignment]
        *,
        data: object = NOTHING,
        **request: Unpack[RequestOptions],
    ) -> T:
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
        segments = tuple(path.strip("/").split("/"))
        return self.call(verb.upper(), segments, result, request, body=data)

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
                if self._closed:
                    raise ClientClosedError(f"{exchange.operation}: this client is closed; make a new one")
                response, failure = NO_ANSWER, None
                with self._in_flight:
                    flow = self._auth.sync_auth_flow(exchange.request)
                    try:
                        outgoing = next(flow)
                        while True:
                            response = self._send(outgoing)
                            response.request = outgoing
                            response.read()
                            outgoing = flow.send(response)
                    except StopIteration:
                        pass
                    except httpx.RequestError as error:
                        failure = error
                    finally:
                        flow.close()
                wait = exchange.wait_before_retry(response, failure)
                if wait is None:
                    return exchange.finish(response, failure, result)
                compat.sleep(wait)
        finally:
            exchange.close()

    def collect(
        self,
        path: tuple[object, ...],
        model: type[T],
        request: PageOptions,
        *,
        filters: Mapping[str, str],
        served: Served = EVERY_VERSION,
    ) -> ListApiResponse[T]:
        """Fetch all pages of a list into one response."""
        records: list[T] = []
        bodies: list[bytes] = []
        issues: dict[DecodeIssue, None] = {}
        for page in self.walk(path, model, request, filters=filters, served=served):
            records += page.data()
            bodies += page.bodies
            issues.update(dict.fromkeys(page.issues))
        return ListApiResponse(records, bodies, tuple(issues))

    def iterate(
        self,
        path: tuple[object, ...],
        model: type[T],
        request: PageOptions,
        *,
        filters: Mapping[str, str],
        served: Served = EVERY_VERSION,
    ) -> Iterator[T]:
        """Stream the records of all pages, holding one page at a time."""
        for page in self.walk(path, model, request, filters=filters, served=served):
            for record in page:
                yield record

    def walk(
        self,
        path: tuple[object, ...],
        model: type[T],
        request: PageOptions,
        *,
        filters: Mapping[str, str],
        served: Served = EVERY_VERSION,
    ) -> Iterator[MetaApiResponse[T]]:
        """Stream the pages of a list; each request is sent when its page is asked for."""
        walk = Walk(request)
        operation = f"GET {'/'.join(map(str, path))}"
        result, goes_on = page_of(model), True
        while goes_on:
            page = self.call("GET", path, result, walk.options, filters=filters, served=served)
            goes_on = walk.goes_on(page, operation)
            yield page

    def close(self) -> None:
        """Close the connections; calls after this raise ``ClientClosedError``."""
        self._closed = True
        if self._own is not None:
            self._own.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<ApiClient {self._settings.resources_url}>"
