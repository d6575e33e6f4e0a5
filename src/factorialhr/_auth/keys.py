"""Credentials, as ``httpx.Auth``: the same classes for both halves and for any other httpx client."""

from __future__ import annotations

from collections.abc import Generator

import httpx

from factorialhr._core.errors import ConfigurationError
from factorialhr._core.secrets import Secret, token_text
from factorialhr._core.uncopied import Uncopied


class _HeaderAuth(Uncopied, httpx.Auth):
    """A credential that is one constant header."""

    _instead = "make one in each process, after it has started, from the secret where you keep it"

    _header: str

    def __init__(self, secret: Secret, prefix: str = "") -> None:
        name = type(self).__name__
        text = token_text(secret, f"{name}: the credential")
        if not text:
            raise ConfigurationError(f"{name} needs a credential; it got an empty one")
        if not text.isascii() or not text.isprintable():
            raise ConfigurationError(f"{name}: the credential has characters that no header can hold")
        self._value = prefix + text

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers[self._header] = self._value
        yield request

    def __repr__(self) -> str:
        return f"{type(self).__name__}(***)"


class AccessTokenAuth(_HeaderAuth):
    """An OAuth2 access token, sent as ``Authorization: Bearer``."""

    _header = "Authorization"

    def __init__(self, access_token: Secret) -> None:
        super().__init__(access_token, "Bearer ")


class ApiKeyAuth(_HeaderAuth):
    """An API key, sent as ``x-api-key``.

    A key has full administrator access to the company and never expires.
    """

    _header = "x-api-key"

    def __init__(self, api_key: Secret) -> None:
        super().__init__(api_key)
