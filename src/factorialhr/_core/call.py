"""One call, without the waiting: builds its request, says when to repeat it, reads its answer."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeVar

import httpx

from factorialhr._core.decoding import Answer, decode, empty
from factorialhr._core.errors import (
    NEVER_SENT,
    ApiTimeoutError,
    ConfigurationError,
    UnexpectedKeywordError,
    UnsupportedOperationError,
    connection_error,
    status_error,
)
from factorialhr._core.events import RetryEvent
from factorialhr._core.issues import IssueLog
from factorialhr._core.multipart import make_form
from factorialhr._core.narrowing import is_mapping, readable_again
from factorialhr._core.options import OPTIONS, PAGING, RequestOptions
from factorialhr._core.retry import wait_before_retry
from factorialhr._core.settings import Settings, checked_retries, checked_seconds, encode_headers, merge_headers
from factorialhr._core.versions import Filter, Served
from factorialhr._core.wire import check_paging, json_body, path_of, query_of, query_pairs, timeout_extension

T = TypeVar("T")


class Nothing:
    """Stands for a body that the operation does not have; ``None`` would be a mistake of the caller's."""


NOTHING: Final = Nothing()
NO_ANSWER: Final = httpx.Response(0)
"""Stands for the answer of an attempt that failed."""
LONGEST_URL: Final = 60_000
"""httpx refuses a little more; most servers refuse far less."""
NO_CONTENT: Final = 204
TOO_MANY_REQUESTS: Final = 429
EVERY_VERSION: Final = Served()


class Exchange:
    """The request of one call, and what is known of its fate."""

    __slots__ = (
        "_attempt",
        "_deadline",
        "_form",
        "_log",
        "_most_retries",
        "_repeatable",
        "_started",
        "_strict",
        "operation",
        "request",
    )

    def __init__(
        self,
        settings: Settings,
        log: IssueLog,
        verb: str,
        path: tuple[object, ...],
        options: RequestOptions,
        *,
        filters: Mapping[str, str] | None = None,
        body: object = NOTHING,
        form: object = NOTHING,
        files: tuple[str, ...] = (),
        served: Served = EVERY_VERSION,
    ) -> None:
        quoted = path_of(path)
        self.operation = f"{verb} {quoted}"
        self._log = log
        self._strict = settings.strict
        self._attempt = 0
        self._most_retries = settings.max_retries
        self._started = time.monotonic()
        self._deadline, self._repeatable = settings.deadline, verb == "GET"
        timeout, query = None, ""
        headers: tuple[tuple[bytes, bytes], ...] = ()
        if not served.covers(settings.api_version):
            raise UnsupportedOperationError(
                f"{self.operation} is not in API version {settings.api_version}; these have it: {served}"
            )
        if options:
            query = query_of(self._pairs(options, filters, settings.api_version))
            timeout = checked_seconds("timeout", options["timeout"]) if "timeout" in options else None
            if "headers" in options:
                headers = encode_headers(options["headers"])
            if "max_retries" in options:
                self._most_retries = checked_retries(options["max_retries"])
            if "deadline" in options:
                self._deadline = checked_seconds("deadline", options["deadline"])
            if options.get("repeat_writes"):
                self._repeatable = True
        content = None
        if body is not NOTHING:
            content = json_body(body, self.operation)
        self._form = None if form is NOTHING else make_form(form, files, self.operation)
        if self._form is not None and not self._form.repeatable:
            self._most_retries = 0
        url = f"{settings.resources_url}{quoted}?{query}" if query else settings.resources_url + quoted
        if len(url) > LONGEST_URL:
            raise ConfigurationError(f"{self.operation}: the filters make an address that is too long; split the list")
        if self._form is None and not headers:
            self.request = settings.prepared.request(verb, url, content, timeout)
            return
        typed = ((b"Content-Type", b"application/json"),) if content is not None else ()
        self.request = httpx.Request(
            verb,
            url,
            headers=merge_headers(settings.headers, typed + headers),
            content=content,
            files=self._form.files if self._form else None,
            extensions={
                **timeout_extension(timeout or settings.timeout),
                "repeatable": self._form is None or self._form.repeatable,
            },
        )

    def _pairs(
        self, options: Mapping[str, Any], filters: Mapping[str, str] | None, version: str
    ) -> Iterator[tuple[str, object]]:
        """The query of a call: its filters and paging under their names on the wire, then ``params``."""
        sent: set[str] = set()
        for name, given in options.items():
            if name in OPTIONS:
                continue
            wire_name = None if filters is None else filters.get(name) or PAGING.get(name)
            if wire_name is None:
                raise self._unexpected(name, filters)
            if given is not None:
                value = readable_again(given)
                if next(query_pairs(wire_name, value), None) is None:
                    # Nothing of it would be sent, and the API would answer with everything.
                    raise ConfigurationError(
                        f"{self.operation}: {name!r} is empty, and the API would answer as if it were not given; "
                        "leave the filter out, or the call"
                    )
                _check_served(wire_name, name, version, self.operation)
                check_paging(wire_name, value)
                sent.add(wire_name)
                yield wire_name, value
        params: object = options.get("params") or {}
        if not is_mapping(params):
            raise ConfigurationError(f"{self.operation}: 'params' is a mapping, not {type(params).__name__}")
        for key, value in params.items():
            if not isinstance(key, str):
                raise ConfigurationError(f"{self.operation}: names in 'params' are str, not {type(key).__name__}")
            if key in sent:
                raise ConfigurationError(f"{self.operation}: {key!r} is given as a keyword and in 'params'; keep one")
            check_paging(key, value)
            yield key, value

    def _unexpected(self, name: str, filters: Mapping[str, str] | None) -> UnexpectedKeywordError:
        import difflib  # for mistakes alone

        known = [*OPTIONS, *(filters or ()), *(PAGING if filters is not None else ())]
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"it takes {', '.join(sorted(known))}"
        return UnexpectedKeywordError(f"{self.operation} takes no keyword {name!r}: {hint}")

    def close(self) -> None:
        """Close the files that were opened for the request."""
        if self._form is not None:
            self._form.opened.close()

    def wait_before_retry(self, response: httpx.Response, failure: httpx.RequestError | None) -> float | None:
        """Seconds to wait before sending the request again; ``None`` where this attempt was the last."""
        if self._attempt >= self._most_retries:
            return None
        wait = wait_before_retry(self._attempt, response, failure, repeatable=self._repeatable)
        left = self.seconds_left()
        if wait is None or (left is not None and wait >= left):
            return None
        self._attempt += 1
        return wait

    def seconds(self) -> float:
        """How long the call has taken so far."""
        return time.monotonic() - self._started

    def seconds_left(self) -> float | None:
        """What is left of the deadline, ``None`` without one."""
        return None if self._deadline is None else self._deadline - self.seconds()

    def is_over(self) -> bool:
        """Whether the deadline is over; without one it never is."""
        left = self.seconds_left()
        return left is not None and left <= 0

    def begin_attempt(self, wait: float = 0.0) -> None:
        """Fit the timeouts of the next attempt into the deadline.

        Raises:
            ApiTimeoutError: The deadline is over, or would be after waiting this long.
        """
        left = self.seconds_left()
        if left is None:
            return
        if wait >= left:
            raise self.out_of_time()
        timeouts: dict[str, float] = self.request.extensions["timeout"]
        fitting = {phase: min(seconds, left - wait) for phase, seconds in timeouts.items()}
        # Others share what was there: the timeouts of a client are one object.
        self.request.extensions = {**self.request.extensions, "timeout": fitting}

    def out_of_time(self, *, maybe_received: bool = False) -> ApiTimeoutError:
        """The error of a call whose deadline is over."""
        message = f"{self.operation}: not finished within the deadline of {self._deadline:g} s"
        return ApiTimeoutError(message, request=self.request, maybe_received=maybe_received)

    def failure(self, error: httpx.RequestError, outgoing: httpx.Request) -> httpx.RequestError:
        """What a failed attempt amounts to: while a token was fetched, the request itself was not sent."""
        if outgoing is self.request or isinstance(error, NEVER_SENT):
            return error
        unsent = httpx.ConnectError(f"{type(error).__name__} while a token was fetched", request=self.request)
        unsent.__cause__ = error
        return unsent

    def retry_event(self, wait: float, response: httpx.Response, failure: httpx.RequestError | None) -> RetryEvent:
        reason = type(failure).__name__ if failure is not None else str(response.status_code)
        return RetryEvent(self.operation, self._attempt, wait, reason)

    def finish(self, response: httpx.Response, failure: httpx.RequestError | None, result: type[T]) -> T:
        """Turn the last attempt into what the caller gets: the decoded answer, or an error."""
        if failure is not None:
            raise connection_error(self.operation, self.request, failure) from failure
        if not response.is_success:
            raise status_error(self.operation, self.request, response)
        if response.status_code == NO_CONTENT:
            return empty(result)
        content_type = response.headers.get("content-type", "")
        return decode(result, Answer(self.operation, response.content, content_type, self._strict, self._log))


def _check_served(wire_name: str, name: str, version: str, operation: str) -> None:
    if isinstance(wire_name, Filter) and not wire_name.served.covers(version):
        raise UnsupportedOperationError(
            f"{operation}: the filter {name!r} is not in API version {version}; these have it: {wire_name.served}"
        )
