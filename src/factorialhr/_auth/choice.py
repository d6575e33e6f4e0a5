"""Which credential and which address a client uses: arguments first, then the environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from factorialhr._auth.keys import AccessTokenAuth, ApiKeyAuth
from factorialhr._core.errors import ConfigurationError
from factorialhr._core.secrets import Secret
from factorialhr._core.settings import PRODUCTION

API_KEY_VARIABLE = "FACTORIAL_API_KEY"
ACCESS_TOKEN_VARIABLE = "FACTORIAL_ACCESS_TOKEN"  # noqa: S105  # a name
BASE_URL_VARIABLE = "FACTORIAL_BASE_URL"


def choose_credential(
    auth: object,
    api_key: Secret | None,
    access_token: Secret | None,
    http_client: httpx.AsyncClient | httpx.Client | None,
    environment: Mapping[str, str],
) -> httpx.Auth:
    """The credential of a client: the one given, that of its httpx client, or the one in the environment.

    Raises:
        ConfigurationError: There is none, more than one, or it is of the wrong kind.
    """
    given = {"auth": auth, "api_key": api_key, "access_token": access_token}
    found = _only_one({name: value for name, value in given.items() if value is not None})
    if found is None and http_client is not None:
        found = "auth", getattr(http_client, "auth", None)
    elif found is None:
        variables = {name: _variable(environment, name) for name in (API_KEY_VARIABLE, ACCESS_TOKEN_VARIABLE)}
        found = _only_one({name: value for name, value in variables.items() if value})
    name, value = found or ("auth", None)
    if value is None and http_client is not None:
        raise ConfigurationError(
            "auth is missing: give it to http_client or pass api_key=, access_token= or auth= besides"
        )
    if value is None:
        raise ConfigurationError(
            "auth is missing: pass api_key=, access_token= or auth=, "
            f"or set {API_KEY_VARIABLE} or {ACCESS_TOKEN_VARIABLE} in the environment"
        )
    if name in ("api_key", API_KEY_VARIABLE):
        return ApiKeyAuth(value)
    if name in ("access_token", ACCESS_TOKEN_VARIABLE):
        return AccessTokenAuth(value)
    if not isinstance(value, httpx.Auth):
        raise ConfigurationError(
            f"auth must be an httpx.Auth such as ApiKeyAuth('...') or AccessTokenAuth('...'); got {type(value).__name__}"
        )
    return value


def choose_address(base_url: str | None, auth: httpx.Auth, environment: Mapping[str, str] | None) -> str:
    """The address of a client: the one given, that of its credential, the one in the environment, or production.

    Args:
        base_url: What was given.
        auth: The credential; one that refreshes itself knows its address.
        environment: Where to look; ``None`` for clients that do not read it.
    """
    if base_url is not None:
        return base_url
    own = getattr(auth, "base_url", None)
    if isinstance(own, str):
        return own
    return _variable(environment or {}, BASE_URL_VARIABLE) or PRODUCTION


def _variable(environment: Mapping[str, str], name: str) -> str:
    # A blank variable is how shells, compose files and CI say that one is not set.
    return environment.get(name, "").strip()


def _only_one(found: Mapping[str, object]) -> tuple[str, Any] | None:
    if len(found) > 1:
        raise ConfigurationError(f"{' and '.join(found)} are both given: keep one of these credentials")
    return next(iter(found.items()), None)
