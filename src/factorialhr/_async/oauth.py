"""The token endpoint: exchange a code, refresh a token, revoke one."""

from __future__ import annotations

import datetime as dt
from types import TracebackType
from typing import Self

import httpx

from factorialhr._auth.oauth import OAuthApp, Token, read_token, refuse_error
from factorialhr._core.errors import ConfigurationError, connection_error
from factorialhr._core.settings import PRODUCTION, checked_seconds
from factorialhr._system.tls import context_for

DEFAULT_TIMEOUT_SECONDS = 30.0


class OAuthClient(OAuthApp):
    """Sends a user to Factorial to authorise an application, and gets tokens for it.

    Nothing is repeated by itself: a code, and a refresh token, can be used once. Use it in a ``with``
    block or close it.
    """

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        *,
        redirect_uri: str | None = None,
        base_url: str = PRODUCTION,
        timeout: float = DEFAULT_TIMEOUT_SECONDS,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Check the settings; nothing is sent yet.

        Args:
            client_id: The application's id.
            client_secret: Its secret.
            redirect_uri: Where Factorial sends the user back to, as given for the application; needed to
                authorise and to exchange a code.
            base_url: Scheme and host of the API, without a path.
            timeout: Seconds to wait for connecting, for sending and for each part of an answer.
            transport: A transport of your own instead of the built-in one; the client closes it.

        Raises:
            ConfigurationError: A setting cannot work; the message says what to change.
        """
        super().__init__(client_id, client_secret, redirect_uri=redirect_uri, base_url=base_url)
        seconds = checked_seconds("timeout", timeout)
        self._extensions: dict[str, dict[str, float]] = {
            "timeout": {"connect": seconds, "read": seconds, "write": seconds, "pool": seconds}
        }
        self._http = httpx.AsyncClient(transport=transport, verify=context_for(self.base_url))

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
