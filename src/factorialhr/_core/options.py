"""Options that every call takes, and every list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TypedDict

import httpx

from factorialhr._core.events import EventHook
from factorialhr._core.pace import RateLimiter
from factorialhr._core.paging import Paging
from factorialhr._core.secrets import Secret


class RequestOptions(TypedDict, total=False):
    """Options of one call; they win over the client's settings."""

    params: Mapping[str, object]
    """Query parameters that have no keyword here; lists repeat their name as given (``"ids[]"``)."""
    headers: Mapping[str, str]
    """Headers of this request alone."""
    timeout: float | httpx.Timeout
    """Seconds to wait for connecting, for sending and for each part of the answer."""
    max_retries: int
    """How often to repeat the request where that is safe; 0 never."""
    deadline: float
    """Seconds for the whole call: waiting, repeats and token refreshes included; of ``all()`` for all its pages
    together, of a stream for each page."""
    repeat_writes: bool
    """Repeat this write as if it were a read: for writes that may be done twice without harm."""


class PageOptions(RequestOptions, Paging, total=False):
    """Options of one page of a list."""


class WalkOptions(TypedDict, total=False):
    """Options of calls that fetch a whole list."""

    concurrency: int | None
    """Requests of this list in flight at once, from 1 to the client's ``max_in_flight``."""
    place: str | None
    """Where an earlier stream of the same list was, its ``place``: go on behind it."""


class SinceOptions(TypedDict, total=False):
    """Options of lists that can say what has changed."""

    since: dt.datetime | None
    """Keep what has changed since this moment, with time zone. If the API counts in days, that day and the day before
    it are read again: take a record that comes twice for its newer state."""


class WindowOptions(TypedDict, total=False):
    """Options of lists with a range of days."""

    window_days: int | None
    """Ask for the range in windows of at most so many days, one after the other. Needs both ends of the range."""


OPTIONS = frozenset(RequestOptions.__annotations__)


class DownloadOptions(TypedDict, total=False):
    """Options of one download; they win over the client's settings."""

    timeout: float | httpx.Timeout
    """Seconds to wait for connecting and for each part of the file."""
    max_retries: int
    """How often to retry; 0 never."""
    deadline: float
    """Seconds for the whole download."""


class ClientOptions(TypedDict, total=False):
    """Settings of a client that a copy may have otherwise, see ``ApiClient.with_options``."""

    auth: httpx.Auth
    """Another credential; at most one of ``auth``, ``api_key`` and ``access_token``."""
    api_key: Secret
    """An API key."""
    access_token: Secret
    """An OAuth2 access token."""
    api_version: str
    """The version to speak, by its date."""
    timeout: float | httpx.Timeout
    """Seconds to wait for connecting, for sending and for each part of a response."""
    max_retries: int
    """How often to retry a request if that is safe."""
    strict: bool
    """Raise ``DecodeError`` if a response disagrees with the API's description."""
    deadline: float | None
    """Seconds for a whole call; ``None``: no limit."""
    rate_limiter: RateLimiter
    """The limiter of the copy; it is the client's own unless the credential changes."""
    on_event: EventHook | None
    """Called with each event."""
    slow_call_seconds: float
    """Calls that take longer are reported as ``SlowCallEvent``."""
    concurrency: int | None
    """Requests that every list has in flight at once; ``None``: 8 for ``all()``, 1 for streams."""
    headers: Mapping[str, str]
    """Headers of every request, instead of the client's."""
