"""The client that users make: settings in, endpoints out."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack, overload

import httpx

from factorialhr._async.connections import Connections, Lender
from factorialhr._async.domains import Domains
from factorialhr._async.downloads import Downloads
from factorialhr._async.lists import ListCaller
from factorialhr._auth.choice import choose_address, choose_credential
from factorialhr._core.call import Terms
from factorialhr._core.errors import ConfigurationError, UnexpectedKeywordError
from factorialhr._core.events import DecodeIssueEvent, EventHook, Events
from factorialhr._core.flows import authorize_with
from factorialhr._core.issues import IssueLog
from factorialhr._core.lists.asked import checked_concurrency
from factorialhr._core.options import ClientOptions, DownloadOptions, RequestOptions
from factorialhr._core.outgoing import NOTHING, verb_and_path
from factorialhr._core.pace import RateLimiter, checked_limiter
from factorialhr._core.secrets import Secret
from factorialhr._core.settings import (
    DEFAULT_MAX_RETRIES,
    DEFAULT_SLOW_CALL_SECONDS,
    DEFAULT_TIMEOUT_SECONDS,
    MOST_IN_FLIGHT,
    checked_in_flight,
    checked_options,
    make_settings,
)
from factorialhr._core.uncopied import Uncopied
from factorialhr._core.versions import DEFAULT_API_VERSION
from factorialhr._pace.memory import TokenBucket
from factorialhr._system.unclosed import Unclosed

T = TypeVar("T")


class ApiClient(Uncopied, Domains):
    """The Factorial API, over connections of its own.

    Make one and keep it: connections are reused, and at most 16 requests are in flight at a time.
    Use it in a ``with`` block or close it.
    """

    _instead = "make one in each process, after it has started; with_options() makes a copy on the same connections"

    def __init__(
        self,
        base_url: str | None = None,
        *,
        auth: httpx.Auth | None = None,
        api_key: Secret | None = None,
        access_token: Secret | None = None,
        api_version: str = DEFAULT_API_VERSION,
        timeout: float | httpx.Timeout = DEFAULT_TIMEOUT_SECONDS,
        max_retries: int = DEFAULT_MAX_RETRIES,
        strict: bool = False,
        deadline: float | None = None,
        max_in_flight: int = MOST_IN_FLIGHT,
        concurrency: int | None = None,
        rate_limiter: RateLimiter | None = None,
        on_event: EventHook | None = None,
        slow_call_seconds: float = DEFAULT_SLOW_CALL_SECONDS,
        headers: Mapping[str, str] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        http_client: httpx.AsyncClient | None = None,
    ) -> None:
        """Check the settings; nothing is sent yet.

        Without ``auth``, ``api_key``, ``access_token`` and ``http_client`` the environment is read:
        ``FACTORIAL_API_KEY`` or ``FACTORIAL_ACCESS_TOKEN``, and ``FACTORIAL_BASE_URL``.

        Args:
            base_url: Scheme and host of the API, without a path. Default: the address of ``auth`` if it has one,
                as credentials of ``OAuthClient.auth`` do, else ``https://api.factorialhr.com``.
            auth: ``AccessTokenAuth``, ``ApiKeyAuth``, ``RefreshTokenAuth`` or any other ``httpx.Auth``. It may be
                left out if ``http_client`` carries its own.
            api_key: An API key, instead of ``auth``.
            access_token: An OAuth2 access token, instead of ``auth``.
            api_version: The version to speak, by its date.
            timeout: Seconds to wait for connecting, for sending and for each part of a response (default 60), or an
                ``httpx.Timeout`` with a number for each.
            max_retries: How often to retry a request if that is safe (default 2): reads after 408, 500, 502, 503,
                504, the 52x of a CDN and broken connections; writes only if they certainly did not arrive, or
                after 429.
            strict: Raise ``DecodeError`` if a response disagrees with the API's description, instead of keeping
                what came and warning.
            deadline: Seconds for a whole call, with its waits, retries and token refreshes (default: none).
            max_in_flight: Most requests at a time, and most connections (default 16).
            concurrency: Requests that each whole list has in flight at once, at most ``max_in_flight`` (default:
                8 for ``all()``, 1 for ``iter()`` and ``pages()``).
            rate_limiter: Default is a ``TokenBucket`` of 200 writes a minute, of this client's own; share one
                between clients of the same credential, a ``FileRateLimiter`` between processes, or a
                ``RedisRateLimiter`` between machines.
            on_event: Called with each ``RetryEvent``, ``RateLimitEvent``, ``RefreshEvent``,
                ``RefreshPostponedEvent``, ``SlowCallEvent`` and ``DecodeIssueEvent``; the logger ``factorialhr``
                gets them too.
            slow_call_seconds: Calls that take longer are reported as ``SlowCallEvent`` (default 10).
            headers: Headers of every request.
            transport: A transport of your own instead of the built-in connections; the client closes it.
            http_client: An httpx client of your own, with its event hooks, proxies and mounts; you close it.

        Raises:
            ConfigurationError: A setting cannot work; the message says what to change.
        """
        credential = choose_credential(auth, api_key, access_token, http_client, os.environ)
        reads_environment = all(one is None for one in (auth, api_key, access_token, http_client))
        address = choose_address(base_url, credential, os.environ if reads_environment else None)
        _refuse_misuse(transport, http_client)
        most = checked_in_flight(max_in_flight)
        lender = None if transport is None and http_client is None else Lender(transport, http_client)
        unclosed = Unclosed(f"ApiClient {address}")
        self._connections = Connections(most, unclosed, lender)
        # A download must not keep a call waiting, and its storage is another host: it has connections of its own.
        self._download_connections = Connections(most, unclosed, lender, beside=self._connections)
        self._is_copy = False
        self._set_up(
            address,
            {
                "auth": credential,
                "api_version": api_version,
                "timeout": timeout,
                "max_retries": max_retries,
                "strict": strict,
                "deadline": deadline,
                "rate_limiter": TokenBucket() if rate_limiter is None else rate_limiter,
                "on_event": on_event,
                "slow_call_seconds": slow_call_seconds,
                "concurrency": concurrency,
                "headers": {} if headers is None else headers,
            },
        )

    def _set_up(self, address: str, options: dict[str, Any]) -> None:
        self._address, self._options = address, options
        if options["concurrency"] is not None:
            checked_concurrency(options["concurrency"], self._connections.most)
        self._settings = make_settings(address, options)
        auth, events = options["auth"], Events(options["on_event"])
        terms = Terms(
            self._settings,
            authorize_with(auth, auth.async_auth_flow, httpx.Auth.async_auth_flow),
            checked_limiter(options["rate_limiter"]),
            IssueLog(lambda operation, issue: events.emit(DecodeIssueEvent(operation, issue))),
        )
        self._caller = ListCaller(terms, events, self._connections)
        self._downloads = Downloads(terms, events, self._download_connections)

    @property
    def api_version(self) -> str:
        """The API version that this client speaks."""
        return self._settings.api_version

    def with_options(self, **options: Unpack[ClientOptions]) -> Self:
        """Make a copy with other settings, on the same connections.

        A copy with another credential has a rate limiter of its own unless one is given: limits are per credential.
        Closing a copy closes nothing; closing the client that it was made of closes both.

        Args:
            **options: The settings to change, as in ``ApiClient``: ``auth``, ``api_key`` or ``access_token``,
                ``api_version``, ``timeout``, ``max_retries``, ``strict``, ``deadline``, ``rate_limiter``,
                ``on_event``, ``slow_call_seconds``, ``concurrency`` and ``headers``.

        Raises:
            ConfigurationError: A setting cannot work, or belongs to the connections.
        """
        for name in ("base_url", "max_in_flight", "transport", "http_client"):
            if name in options:
                raise UnexpectedKeywordError(
                    f"with_options takes no keyword {name!r}: it belongs to the connections, which a copy shares; "
                    "make another ApiClient"
                )
        changed = checked_options(options, ClientOptions, "with_options")
        credentials = {name: changed.pop(name, None) for name in ("auth", "api_key", "access_token")}
        if any(value is not None for value in credentials.values()):
            changed["auth"] = choose_credential(**credentials, http_client=None, environment={})
            changed.setdefault("rate_limiter", TokenBucket())
        copy = type(self).__new__(type(self))
        copy._connections, copy._download_connections = self._connections, self._download_connections
        copy._is_copy = True
        copy._set_up(self._address, {**self._options, **changed})
        return copy

    @overload
    async def request(
        self, verb: str, path: str, *, data: object = ..., **request: Unpack[RequestOptions]
    ) -> dict[str, Any]: ...

    @overload
    async def request(
        self, verb: str, path: str, result: type[T], *, data: object = ..., **request: Unpack[RequestOptions]
    ) -> T: ...

    async def request(
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
            result: What the response is decoded into: a Struct of your own, a model of this package,
                ``list[model]``, ``MetaApiResponse[model]``, or plain ``dict``.
            data: The body, if there is one.
            **request: Options of this call, see ``RequestOptions``; filters go into ``params``.

        Raises:
            ApiStatusError: The API returned an error.
            DecodeError: The response is not what ``result`` says.
        """
        return await self._caller.call(*verb_and_path(verb, path), result, request, body=data)

    async def download(self, url: str, target: str | os.PathLike[str], **options: Unpack[DownloadOptions]) -> Path:
        """Stream a file from a temporary address to a path, replacing what is there.

        Args:
            url: The address that the API gave, as in ``DownloadUrl.url``. No credential is sent to it.
            target: The file to write; it appears when it is complete. Names that the API gives are chosen
                by people: do not use one as a path unchecked.
            **options: ``timeout``, ``max_retries`` and ``deadline`` of this download.

        Raises:
            ConfigurationError: The target is a folder, or lies in none.
            ApiStatusError: The address returned an error; they are short-lived.
            ApiConnectionError: The connection broke; nothing was written.
        """
        return await self._downloads.fetch(url, target, options)

    async def aclose(self) -> None:
        """Close the connections; calls after this raise ``ClientClosedError``. A copy closes nothing."""
        if not self._is_copy:
            await self._connections.aclose()
            await self._download_connections.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        settings = getattr(self, "_settings", None)  # none in a client that could not be made
        return f"<ApiClient {settings.resources_url}>" if settings else "<ApiClient>"


def _refuse_misuse(transport: object, http_client: object) -> None:
    if transport is not None and not isinstance(transport, httpx.AsyncBaseTransport):
        raise ConfigurationError(f"transport must be an httpx transport of this half; got {type(transport).__name__}")
    if http_client is not None and not isinstance(http_client, httpx.AsyncClient):
        raise ConfigurationError(f"http_client must be an httpx client of this half; got {type(http_client).__name__}")
    if transport is not None and http_client is not None:
        raise ConfigurationError("pass transport or http_client, not both: an httpx client brings its own transport")
