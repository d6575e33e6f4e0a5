"""From the arguments of a call to its request: everything that can be refused is refused here, before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, TypedDict

import httpx

from factorialhr._core.deadline import Deadline
from factorialhr._core.errors import ConfigurationError, UnsupportedOperationError
from factorialhr._core.listing import Listing
from factorialhr._core.multipart import Form, make_form
from factorialhr._core.options import DownloadOptions
from factorialhr._core.query import Query
from factorialhr._core.settings import (
    Settings,
    checked_options,
    checked_retries,
    checked_timeouts,
    encode_headers,
    merge_headers,
    split_address,
    without_type,
)
from factorialhr._core.steps import Sink
from factorialhr._core.versions import Served
from factorialhr._core.wire import json_body, path_of, timeout_extension


class Nothing:
    """Stands for a body that the operation does not have: ``None`` would be treated as an invalid body."""

    def __repr__(self) -> str:
        return "..."


NOTHING: Final = Nothing()
LONGEST_URL: Final = 60_000
"""httpx refuses a little more; most servers refuse far less."""


class Operation(TypedDict, total=False):
    """What an endpoint's method says of its operation, besides verb and path."""

    filters: Mapping[str, str]
    """Keywords of a list, with their names on the wire."""
    listing: Listing
    """What is known of the list."""
    body: object
    form: object
    files: tuple[str, ...]
    """Fields of the form that hold files."""
    served: Served
    """The API versions that have it."""
    deadline: Deadline | None
    """What bounds the call, where it began before the call: the pages of a list share one."""
    sink: Sink
    """Where the body of a download goes."""


class Outgoing(NamedTuple):
    """A request and what was said about sending it."""

    operation: str
    """Verb and path, as messages name it."""
    request: httpx.Request
    form: Form | None
    max_retries: int
    is_read: bool
    """Whether it may arrive twice without harm."""
    deadline: Deadline | None
    sink: Sink | None = None
    """Where the body goes, if it is a download."""
    if_slow: str | None = None
    """What to do if the response takes too long."""


def make_outgoing(
    settings: Settings,
    verb: str,
    path: tuple[object, ...],
    options: Mapping[str, Any],
    query: Query | None,
    given: Operation,
) -> Outgoing:
    """Build the request of a call.

    Raises:
        ConfigurationError: An argument or option cannot work; the message says what to change.
    """
    served, body, form = given.get("served"), given.get("body", NOTHING), given.get("form", NOTHING)
    quoted = path_of(path)
    operation = f"{verb} {quoted}"
    if served is not None and not served.covers(settings.api_version):
        raise UnsupportedOperationError(
            f"{operation} is not available in API version {settings.api_version}; available in: {served}"
        )
    if query is None:
        query = Query.of(options, given.get("filters"), settings.api_version, operation)
    text = query.text()
    url = f"{settings.resources_url}{quoted}?{text}" if text else settings.resources_url + quoted
    if len(url) > LONGEST_URL:
        raise ConfigurationError(
            f"{operation}: the filters make the URL too long ({LONGEST_URL:,} characters at most); "
            "split the list over several calls"
        )
    timeouts = checked_timeouts(options["timeout"]) if "timeout" in options else None
    headers = encode_headers(options["headers"]) if "headers" in options else ()
    retries = checked_retries(options["max_retries"]) if "max_retries" in options else settings.max_retries
    deadline = given.get("deadline") or Deadline.of(options.get("deadline"), settings.deadline)
    content = None if body is NOTHING else json_body(body, operation)
    if form is not NOTHING and any(name.lower() == b"content-type" for name, _ in headers):
        raise ConfigurationError(
            f"{operation}: the Content-Type of a form says where its parts end: leave the header out of headers="
        )
    # Files are opened last: whatever is refused leaves none open.
    made = None if form is NOTHING else make_form(form, given.get("files", ()), operation)
    if made is None and not headers:
        request = settings.prepared.request(verb, url, content, timeouts)
    else:
        typed = () if content is None else ((b"Content-Type", b"application/json"),)
        defaults = settings.headers if made is None else without_type(settings.headers)
        request = httpx.Request(
            verb,
            url,
            headers=merge_headers(merge_headers(typed, defaults), headers),
            content=content,
            files=made.files if made else None,
            extensions={
                **timeout_extension(timeouts or settings.timeouts),
                "repeatable": made is None or made.repeatable,
            },
        )
    return Outgoing(
        operation,
        request,
        made,
        # A stream that was sent once is gone.
        retries if made is None or made.repeatable else 0,
        verb == "GET" or bool(options.get("repeat_writes")),
        deadline,
        if_slow=_if_slow(given.get("listing")),
    )


def _if_slow(listing: Listing | None) -> str | None:
    """Advice for lists that answer with everything at once: some days of them take seconds, a quarter minutes."""
    if listing is None or listing.paging != "none" or listing.date_range is None:
        return None
    first, last = listing.date_range[:2]
    return (
        f"this list ignores paging: ask for fewer days with {first!r} and {last!r}, "
        "or let all() or iter() do so with window_days="
    )


def make_download(
    settings: Settings, path: tuple[object, ...], options: Mapping[str, Any], operation: Operation
) -> Outgoing:
    """Build the request of a download: without credentials or headers, since the address itself is the permission.

    Raises:
        ConfigurationError: The address or an option cannot work.
    """
    (url,) = path
    if not isinstance(url, str) or split_address(url) is None:
        raise ConfigurationError("the address of a download must begin with https:// and a host")
    checked_options(options, DownloadOptions, "download")
    timeouts = checked_timeouts(options["timeout"]) if "timeout" in options else settings.timeouts
    request = httpx.Request("GET", url, extensions=timeout_extension(timeouts))
    return Outgoing(
        f"GET a file from {request.url.host}",
        request,
        None,
        checked_retries(options["max_retries"]) if "max_retries" in options else settings.max_retries,
        is_read=True,
        deadline=Deadline.of(options.get("deadline"), settings.deadline),
        sink=operation.get("sink"),
    )


def verb_and_path(verb: object, path: object) -> tuple[str, tuple[str, ...]]:
    """What ``request()`` was given, as a call takes it.

    Raises:
        ConfigurationError: One of both is no text.
    """
    if not isinstance(verb, str) or not isinstance(path, str):
        raise ConfigurationError("verb and path must be str, as in request('GET', 'trainings/sessions/7')")
    if "://" in path:
        raise ConfigurationError("the path begins below resources/, as in 'trainings/sessions/7': pass no address")
    if "?" in path or "#" in path:
        raise ConfigurationError("the path has no query: pass it as params=, a mapping of names to values")
    return verb.upper(), tuple(path.strip("/").split("/"))
