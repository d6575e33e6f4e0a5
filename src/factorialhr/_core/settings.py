"""A client's settings, checked when the client is made rather than when a request fails."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import SplitResult, urlsplit

import httpx

from factorialhr._core.errors import ConfigurationError, UnexpectedKeywordError
from factorialhr._core.narrowing import is_mapping
from factorialhr._core.prepared import Prepared
from factorialhr._core.versions import API_VERSIONS, DEFAULT_API_VERSION, warn_of_ending_support
from factorialhr._core.wire import Timeouts
from factorialhr._version import __version__

PRODUCTION = "https://api.factorialhr.com"
DEFAULT_TIMEOUT_SECONDS = 60.0
DEFAULT_MAX_RETRIES = 2
DEFAULT_SLOW_CALL_SECONDS = 10.0
MOST_IN_FLIGHT = 16
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class Settings(NamedTuple):
    """What every request of a client shares."""

    resources_url: str
    """Everything before the path of an operation."""
    api_version: str
    headers: tuple[tuple[bytes, bytes], ...]
    prepared: Prepared
    timeouts: Timeouts
    max_retries: int
    strict: bool
    deadline: float | None
    slow_call_seconds: float
    concurrency: int | None
    """Requests that every list has in flight at once; ``None``: as the call says."""


def make_settings(base_url: str, options: Mapping[str, Any]) -> Settings:
    """Check what a client was given.

    Raises:
        ConfigurationError: A setting cannot work; the message says what to change.
    """
    api_version, headers = options["api_version"], options["headers"]
    if api_version not in API_VERSIONS:
        raise ConfigurationError(
            f"unknown api_version {api_version!r}; choose one of {', '.join(API_VERSIONS)} "
            f"(default {DEFAULT_API_VERSION})"
        )
    hook = options["on_event"]
    if hook is not None and not callable(hook):
        raise ConfigurationError(f"on_event must be a function that takes an event; got {type(hook).__name__}")
    if _is_async(hook):
        raise ConfigurationError(
            "on_event must be a plain function, for nothing awaits it; an async one can be started from it as a task"
        )
    warn_of_ending_support(api_version)
    own = {
        "Accept": "application/json",
        "Accept-Encoding": "gzip, deflate",
        "Connection": "keep-alive",
        "User-Agent": f"factorialhr/{__version__} python/{'.'.join(map(str, sys.version_info[:3]))}",
    }
    resources_url = f"{checked_base_url(base_url)}/api/{api_version}/resources/"
    encoded = merge_headers(encode_headers(own), encode_headers({} if headers is None else headers))
    timeouts, deadline = checked_timeouts(options["timeout"]), options["deadline"]
    return Settings(
        resources_url=resources_url,
        api_version=api_version,
        headers=encoded,
        prepared=Prepared(resources_url, encoded, timeouts),
        timeouts=timeouts,
        max_retries=checked_retries(options["max_retries"]),
        strict=bool(options["strict"]),
        deadline=None if deadline is None else checked_seconds("deadline", deadline),
        slow_call_seconds=checked_seconds("slow_call_seconds", options["slow_call_seconds"]),
        concurrency=options["concurrency"],
    )


def _is_async(function: object) -> bool:
    """Whether a call of a function gives a coroutine; ``inspect`` says it too, and is slow to load."""
    is_coroutine_function = 0x80  # inspect.CO_COROUTINE
    for one in (function, type(function).__call__):
        code = getattr(getattr(one, "__func__", one), "__code__", None)
        if code is not None and code.co_flags & is_coroutine_function:
            return True
    return False


def checked_base_url(base_url: object) -> str:
    """An address without what the client adds: scheme and host, and the path of a gateway if there is one.

    Raises:
        ConfigurationError: It cannot be one; the text itself is not shown, for it may carry credentials.
    """
    if not isinstance(base_url, str):
        raise ConfigurationError(f"base_url is a str such as {PRODUCTION!r}, not {type(base_url).__name__}")
    base_url = base_url.strip()
    if has_blanks(base_url):
        raise ConfigurationError("base_url holds a blank or a character that cannot be seen: take it out")
    parts = split_address(base_url)
    if parts is None:
        raise ConfigurationError(f"base_url needs a scheme and a host, as in {PRODUCTION!r}")
    if "@" in parts.netloc:
        raise ConfigurationError(
            "base_url carries no credentials: pass auth=AccessTokenAuth(...) or auth=ApiKeyAuth(...)"
        )
    if parts.query or parts.fragment:
        raise ConfigurationError(f"base_url ends with its host or the path of a gateway, as in {PRODUCTION!r}")
    path = parts.path.rstrip("/")
    if "/api/" in f"{path}/" or path.endswith("/oauth"):
        raise ConfigurationError(
            f"base_url ends before '/api' and '/oauth', as in {PRODUCTION!r}: path and version are added by the client"
        )
    return f"{parts.scheme}://{parts.netloc}{path}"


def has_blanks(address: str) -> bool:
    """Whether there are characters in an address that no address has."""
    return any(character.isspace() or not character.isprintable() for character in address)


def split_address(address: str) -> SplitResult | None:
    """The parts of an address with a scheme of HTTP and a host; ``None`` for anything else."""
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("https", "http") and bool(parts.hostname) and parts.port != 0
        _ = httpx.URL(address).host  # decodes international names
    except (ValueError, httpx.InvalidURL):  # of brackets that are no address, of a port or a name that is none
        return None
    return parts if usable and not has_blanks(address) else None


def checked_options(given: Mapping[str, Any], known: Any, caller: str) -> dict[str, Any]:
    """Refuse options that a function does not take; type checkers do, but not everybody asks one.

    Args:
        given: The options.
        known: The ``TypedDict`` that names them.
        caller: The function, for the message.
    """
    unknown = sorted(given.keys() - known.__annotations__.keys())
    if unknown:
        raise UnexpectedKeywordError(
            f"{caller} takes no keyword {unknown[0]!r}: it takes {', '.join(known.__annotations__)}"
        )
    return dict(given)


PHASES: Final = ("connect", "read", "write", "pool")


def checked_timeouts(timeout: object) -> Timeouts:
    """The seconds of each phase of a request, from a number or an ``httpx.Timeout``."""
    if isinstance(timeout, httpx.Timeout):
        return {phase: checked_seconds(f"timeout ({phase})", seconds) for phase, seconds in timeout.as_dict().items()}
    if timeout is None:
        raise ConfigurationError("timeout=None would wait for ever: pass a number of seconds, or leave it out")
    return dict.fromkeys(PHASES, checked_seconds("timeout", timeout))


def checked_seconds(name: str, seconds: object) -> float:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds < float("inf"):
        raise ConfigurationError(f"{name} is a positive, finite number of seconds")
    return float(seconds)


def checked_in_flight(most: object) -> int:
    if isinstance(most, bool) or not isinstance(most, int) or most < 1:
        raise ConfigurationError("max_in_flight is a whole number from 1 on")
    return most


def checked_retries(max_retries: object) -> int:
    if isinstance(max_retries, bool) or not isinstance(max_retries, int) or max_retries < 0:
        raise ConfigurationError("max_retries is a whole number from 0 on")
    return max_retries


def merge_headers(
    defaults: tuple[tuple[bytes, bytes], ...], own: tuple[tuple[bytes, bytes], ...]
) -> tuple[tuple[bytes, bytes], ...]:
    """Let headers win over others of the same name, in any case."""
    names = {name.lower() for name, _ in own}
    return (*(pair for pair in defaults if pair[0].lower() not in names), *own)


def without_type(headers: tuple[tuple[bytes, bytes], ...]) -> tuple[tuple[bytes, bytes], ...]:
    """Headers without a ``Content-Type``, for bodies that have one of their own."""
    return tuple(pair for pair in headers if pair[0].lower() != b"content-type")


def encode_headers(headers: object) -> tuple[tuple[bytes, bytes], ...]:
    if not is_mapping(headers):
        raise ConfigurationError(f"headers is a mapping of str to str, not {type(headers).__name__}")
    encoded: list[tuple[bytes, bytes]] = []
    for name, value in headers.items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise ConfigurationError("headers is a mapping of str to str")
        if not HEADER_NAME.fullmatch(name) or not value.isprintable() or not value.isascii() or value != value.strip():
            # The value may be a secret: the name alone is shown.
            raise ConfigurationError(f"the header {name!r} has characters that no header can hold")
        encoded.append((name.encode(), value.encode()))
    return tuple(encoded)
