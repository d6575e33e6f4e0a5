"""The token endpoint: exchange a code, refresh a token, revoke one."""

from __future__ import annotations

import datetime as dt
from types import TracebackType
from typing import Self

import httpx

from factorialhr._auth.flows import (
    DEFAULT_LOCK_TIMEOUT_SECONDS,
    DEFAULT_MARGIN_SECONDS,
    RefreshingAuth,
    RefreshTokenAuth,
    drive_async,
)
from factorialhr._auth.oauth import OAuthApp, Token, read_token, refuse_error
from factorialhr._auth.stores import TokenStore
from factorialhr._core.errors import ConfigurationError, connection_error
from factorialhr._core.secrets import Secret
from factorialhr._core.settings import PRODUCTION, checked_seconds, checked_timeouts
from factorialhr._core.uncopied import Uncopied
from factorialhr._system.proxies import proxy_for
from factorialhr._system.tls import context_for

DEFAULT_TIMEOUT_SECONDS = 30.0
DEFAULT_FRESH_SECONDS = 60.0


class OAuthClient(Uncopied, OAuthApp):
    """Sends a user to Factorial to authorise an application, and gets tokens for it.

    Nothing is repeated by itself: a code, and a refresh token, can be used once. Use it in a ``with``
    block or close it.
    """

    _instead = "make one in each process, after it has started"

    def __init__(
        self,
        client_id: str,
        client_secret: Secret,
        *,
        redirect_uri: str | None = None,
        base_url: str = PRODUCTION,
        timeout: float | httpx.Timeout = DEFAULT_TIMEOUT_SECONDS,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Check the settings; nothing is sent yet.

        Args:
            client_id: The application's id.
            client_secret: Its secret.
            redirect_uri: Where Factorial sends the user back to, as given for the application; needed to
                authorise and to exchange a code.
            base_url: Scheme and host of the API, with the path of a gateway if there is one.
            timeout: Seconds to wait for connecting, for sending and for each part of an answer.
            transport: A transport of your own instead of the built-in one; the client closes it.

        Raises:
            ConfigurationError: A setting cannot work; the message says what to change.
        """
        super().__init__(client_id, client_secret, redirect_uri=redirect_uri, base_url=base_url)
        self._timeouts = checked_timeouts(timeout)
        self._extensions = {"timeout": dict(self._timeouts)}
        if transport is None:
            address = httpx.URL(self.base_url)
            transport = httpx.AsyncHTTPTransport(verify=context_for(self.base_url), proxy=proxy_for(address))
        # The settings of the machine were read just now, and more of them than httpx can read.
        self._http = httpx.AsyncClient(transport=transport, trust_env=False)

    async def exchange(self, code: str) -> Token:
        """Buy a token with the code that came back from ``authorize_url``; check its state first.

        Raises:
            OAuthError: The server refused the code, or its answer is no token.
            ApiConnectionError: No answer came; the code may be used up.

        API: ``POST oauth/token``
        """
        request = self.exchange_request(code, self._extensions)
        return read_token(await self._answer(request, "exchanging the code for a token"), request, _now())

    async def refresh(self, token: Token) -> Token:
        """Buy a new pair with a token's refresh token; the old pair ends. Store the new one before using it.

        ``RefreshTokenAuth`` does this by itself; while one is at work, leave it to that.

        Raises:
            TokenRefreshError: The user has to authorise again, or (``retryable``) the server is out of order.
            ConfigurationError: The token has no refresh token: company tokens do not end.
            ApiConnectionError: No answer came; the refresh token may be used up.

        API: ``POST oauth/token``
        """
        if token.refresh_token is None:
            raise ConfigurationError("the token has no refresh_token: a company token does not end")
        request = self.refresh_request(token.refresh_token, self._extensions)
        return read_token(await self._answer(request, "refreshing the access token"), request, _now(), before=token)

    def auth(
        self,
        *,
        store: TokenStore | None = None,
        token: Token | None = None,
        margin_seconds: float = DEFAULT_MARGIN_SECONDS,
        lock_timeout_seconds: float = DEFAULT_LOCK_TIMEOUT_SECONDS,
    ) -> RefreshTokenAuth:
        """Make the credential of API clients, with this client's application and address; nothing is sent.

        It is used without this client, which may be closed.

        Args:
            store: Where the pair is kept. What it holds wins over ``token``: it is newer.
            token: The token to begin with; left out where ``store`` holds a pair.
            margin_seconds: How long before its end the token is refreshed.
            lock_timeout_seconds: How long to wait for another thread, task or process that is refreshing.

        Raises:
            ConfigurationError: There is neither store nor token, or a setting cannot work.
        """
        return RefreshTokenAuth.of(
            OAuthApp(self._client_id, self._client_secret, base_url=self.base_url),
            token,
            store,
            margin_seconds=margin_seconds,
            lock_timeout_seconds=lock_timeout_seconds,
        )

    async def ensure_fresh(self, auth: RefreshingAuth, *, seconds: float = DEFAULT_FRESH_SECONDS) -> Token:
        """Refresh a credential's token now if it ends soon; for programs that refresh in the background.

        It is one refresh for all who hold the credential or share its store. A token that does not end, or of
        which nobody knows when, is left alone.

        Args:
            auth: The ``RefreshTokenAuth`` or ``RefreshTokenAuthFile`` that API clients use.
            seconds: How long the token should live at least, in seconds.

        Returns:
            The token in use, a new one where that was needed.

        Raises:
            TokenRefreshError: The user has to authorize again, or (``retryable``) the server is out of order.
            TokenStoreError: The store cannot be read or written.
            ApiConnectionError: No answer came; the refresh token may be used up.
            ConfigurationError: ``auth`` does not refresh, or is for another address.

        API: ``POST oauth/token``
        """
        if not isinstance(auth, RefreshingAuth):
            raise ConfigurationError(
                f"auth is a RefreshTokenAuth or a RefreshTokenAuthFile, which refresh; got {type(auth).__name__}"
            )
        if auth.base_url != self.base_url:
            raise ConfigurationError("auth is for another address: give it and this client the same base_url")
        call = auth.start_refresh(checked_seconds("seconds", seconds), self._timeouts)
        flow = drive_async(call)
        try:
            request = await anext(flow)
            while True:
                request = await flow.asend(await self._answer(request, "refreshing the access token"))
        except StopAsyncIteration:
            return call.token
        finally:
            await flow.aclose()

    async def revoke(self, token: Token | str) -> None:
        """End a token: an access token, also a company's, or (as text) a refresh token.

        Raises:
            OAuthError: The server refused.
            ApiConnectionError: No answer came.

        API: ``POST oauth/revoke``
        """
        request = self.revoke_request(token, self._extensions)
        refuse_error(await self._answer(request, "revoking a token"), request, "revoking a token")

    async def _answer(self, request: httpx.Request, operation: str) -> httpx.Response:
        try:
            return await self._http.send(request, auth=None, follow_redirects=False)
        except httpx.RequestError as error:
            raise connection_error(operation, request, error) from error

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
