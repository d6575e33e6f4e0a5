"""A client's settings, checked when the client is made rather than when a request fails."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from factorialhr._core.errors import ConfigurationError
from factorialhr._core.narrowing import is_mapping
from factorialhr._core.versions import API_VERSIONS, DEFAULT_API_VERSION, warn_of_ending_support
from factorialhr._version import __version__

PRODUCTION = "https://api.factorialhr.com"
DEFAULT_TIMEOUT_SECONDS = 60.0
DEFAULT_MAX_RETRIES = 2
# The pool keeps as many connections as are ever in flight: none is opened to be thrown away.
MOST_IN_FLIGHT = 16


@dataclass(frozen=True, slots=True)
class Settings:
    """What every request of a client shares."""

    resources_url: str
    """Everything before the path of an operation."""
    api_version: str
    headers: tuple[tuple[bytes, bytes], ...]
    timeout: float
    max_retries: int
    strict: bool


def make_settings(
    *,
    base_url: str,
    api_version: str,
    timeout: float,
    max_retries: int,
    strict: bool,
    headers: Mapping[str, str] | None,
) -> Settings:
    if api_version not in API_VERSIONS:
        raise ConfigurationError(
            f"unknown api_version {api_version!r}: this SDK speaks {', '.join(API_VERSIONS)} "
            f"(default {DEFAULT_API_VERSION})"
        )
    warn_of_ending_support(api_version)
    own = {
        "Accept": "application/json",
        "Accept-Encoding": "gzip, deflate",
        "Connection": "keep-alive",
        "User-Agent": f"factorialhr/{__version__} python/{platform.python_version()}",
    }
    return Settings(
        resources_url=f"{_checked_base_url(base_url)}/api/{api_version}/resources/",
        api_version=api_version,
        headers=encode_headers({**own, **(headers or {})}),
        timeout=checked_timeout(timeout),
        max_retries=checked_retries(max_retries),
        strict=strict,
    )


def _checked_base_url(base_url: str) -> str:
    if not isinstance(base_url, str):
        raise ConfigurationError(f"base_url is a str such as {PRODUCTION!r}, not {type(base_url).__name__}")
    parts = urlsplit(base_url.strip())
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ConfigurationError(f"base_url needs a scheme and a host, as in {PRODUCTION!r}")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ConfigurationError(
            f"base_url ends with the host, as in {PRODUCTION!r}: path and version are added by the client"
        )
    if parts.username or parts.password:
        raise ConfigurationError(
            "base_url carries no credentials: pass auth=AccessTokenAuth(...) or auth=ApiKeyAuth(...)"
        )
    return f"{parts.scheme}://{parts.netloc}"


def checked_timeout(timeout: object) -> float:
    if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not 0 < timeout < float("inf"):
        raise ConfigurationError("timeout is a positive, finite number of seconds")
    return float(timeout)


def checked_retries(max_retries: object) -> int:
    if isinstance(max_retries, bool) or not isinstance(max_retries, int) or max_retries < 0:
        raise ConfigurationError("max_retries is a whole number from 0 on")
    return max_retries


def encode_headers(headers: object) -> tuple[tuple[bytes, bytes], ...]:
    if not is_mapping(headers):
        raise ConfigurationError(f"headers is a mapping of str to str, not {type(headers).__name__}")
    encoded: list[tuple[bytes, bytes]] = []
    for name, value in headers.items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise ConfigurationError("headers is a mapping of str to str")
        if not (name + value).isprintable() or not (name + value).isascii() or not name:
            # The value may be a secret: the name alone is shown.
            raise ConfigurationError(f"the header {name!r} has characters that no header can hold")
        encoded.append((name.encode(), value.encode()))
    return tuple(encoded)
