"""One call as steps: the whole policy of waiting, sending and retrying, without any waiting of its own.

A driver in each half (``Caller.call``) carries the steps out. What a step took is given back when the call leaves,
however it leaves: the driver holds the place among the requests in flight, the call holds everything else.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Final, Generic, NamedTuple, TypeAlias, TypeVar

import httpx

from factorialhr._core.decoding import Answer, ErrorBodyError, decode, empty
from factorialhr._core.errors import (
    ApiTimeoutError,
    FactorialError,
    RateLimiterError,
    connection_error,
    status_error,
    unexpected_body_error,
)
from factorialhr._core.events import RateLimitEvent, RetryEvent, SlowCallEvent
from factorialhr._core.issues import IssueLog
from factorialhr._core.outgoing import Outgoing
from factorialhr._core.pace import RateLimiter, Ticket
from factorialhr._core.reasons import never_sent
from factorialhr._core.retry import jitter, wait_before_retry
from factorialhr._core.retry_after import retry_after_seconds
from factorialhr._core.settings import Settings
from factorialhr._core.steps import Finish, Job, OutOfTime, Pace, Send, Sleep, Slot, Steps, Tell

T = TypeVar("T")
U = TypeVar("U")

NO_CONTENT = 204
TOO_MANY_REQUESTS = 429
# A limiter that is busy for so long has a holder that was stopped.
LONGEST_BUSY_SECONDS = 10.0
FIRST_POLL_SECONDS = 0.001
LONGEST_POLL_SECONDS = 0.1
# After so long in the line for a slot a ticket says nothing about the rate any more: a newer one is taken.
CLOCKS_APART_SECONDS: Final = 0.02
"""A timeout that ends so little before the deadline was cut to end with it."""
STALE_SECONDS = 1.0
BODY_HEADERS = (b"content-encoding", b"content-length", b"transfer-encoding")
SLOT = Slot()

logger = logging.getLogger("factorialhr")


class Terms(NamedTuple):
    """What all calls of a client share."""

    settings: Settings
    authorize: Authorize
    """How its credential goes about sending a request."""
    limiter: RateLimiter
    log: IssueLog


class Call(Generic[T]):
    """One call: its request, and what is known of its fate."""

    __slots__ = (
        "_attempt",
        "_authorize",
        "_began_at",
        "_has_slot",
        "_limiter",
        "_log",
        "_maybe_received",
        "_out",
        "_result",
        "_settings",
        "_ticket",
        "_ticket_is_for",
        "_underway",
        "note",
        "operation",
        "owed",
        "request",
    )

    def __init__(self, terms: Terms, out: Outgoing, result: type[T]) -> None:
        self._settings, self._authorize, self._limiter, self._log = terms
        self._out = out
        self._result = result
        self._began_at = time.monotonic()
        self._attempt = 0
        self._has_slot = False
        self._maybe_received = False
        self.operation = out.operation
        """Verb and path."""
        self.request = self._underway = out.request
        """The call's own request."""
        self._ticket: Ticket | None = None
        self._ticket_is_for = 0.0
        self.note: str | None = None
        """What a credential has to say about a refusal; part of the error's message."""
        self.owed: list[Job | Finish] = []
        """What is still to be carried out once the call has left: a credential may hold locks."""

    def seconds_left(self) -> float | None:
        """What is left of the deadline, ``None`` without one."""
        return None if self._out.deadline is None else self._out.deadline.left()

    # -- the call ---------------------------------------------------------------------------------------

    def steps(self) -> Steps[T]:
        """Send the request, retry it where that is safe, turn the last response into what the caller gets."""
        try:
            while True:
                outcome = yield from self._try_once()
                wait = self._wait_before_retry(outcome)
                if isinstance(outcome, httpx.Response) and outcome.status_code == TOO_MANY_REQUESTS:
                    yield from self._pause_everybody(outcome, wait)
                if wait is None:
                    return self._finish(outcome)
                yield Tell(RetryEvent(self.operation, self._attempt, wait, _reason(outcome)))
                yield from self.sleep(wait)
        except OutOfTime:
            raise self._out_of_time() from None

    def close(self) -> None:
        """Close the files that were opened for the request."""
        if self._out.form is not None:
            self._out.form.opened.close()

    def slow_call(self) -> SlowCallEvent | None:
        """What to report of a call that is over, if it took long."""
        seconds = time.monotonic() - self._began_at
        return SlowCallEvent(self.operation, seconds) if seconds > self._settings.slow_call_seconds else None

    def _try_once(self) -> Steps[httpx.Response | httpx.RequestError]:
        self._maybe_received = False
        try:
            return (yield from self._authorize(self))
        except httpx.RequestError as error:
            return error
        finally:
            self._return_ticket()

    def _wait_before_retry(self, outcome: httpx.Response | httpx.RequestError) -> float | None:
        """Seconds to wait before the next attempt; ``None`` if this one was the last."""
        if self._attempt >= self._out.max_retries:
            return None
        # While a token was fetched, the request itself was not sent: it may go again, whatever its verb.
        may_repeat = self._out.is_read or self._is_credentials(self._underway)
        wait = wait_before_retry(self._attempt, outcome, repeatable=may_repeat)
        left = self.seconds_left()
        if wait is None or (left is not None and wait >= left):
            return None
        self._attempt += 1
        return wait

    def _finish(self, outcome: httpx.Response | httpx.RequestError) -> T:
        if isinstance(outcome, httpx.RequestError):
            token_request = self._underway if self._is_credentials(self._underway) else None
            if isinstance(outcome, httpx.TimeoutException) and token_request is None and self._is_out_of_time():
                raise self._out_of_time() from outcome
            error = connection_error(self.operation, self.request, outcome, token_request, if_slow=self._out.if_slow)
            raise error from outcome
        if not outcome.is_success:
            raise status_error(self.operation, self.request, outcome, note=self.note)
        if outcome.status_code == NO_CONTENT or self._out.sink is not None:
            return empty(self._result)
        content_type = outcome.headers.get("content-type", "")
        strict, is_write = self._settings.strict, self.request.method != "GET"
        answer = Answer(self.operation, outcome.content, content_type, strict, self._log, is_write)
        with suppress(ErrorBodyError):
            return decode(self._result, answer)
        raise unexpected_body_error(self.operation, self.request, outcome, maybe_received=is_write)

    def _is_out_of_time(self) -> bool:
        """Whether a timeout was what was left of the deadline."""
        left = self.seconds_left()
        return left is not None and left <= CLOCKS_APART_SECONDS

    def _out_of_time(self) -> ApiTimeoutError:
        assert self._out.deadline is not None  # noqa: S101  # nothing else runs out
        message = f"{self.operation}: not finished within the deadline of {self._out.deadline.seconds:g} s"
        if self._out.if_slow is not None:
            message += f"; {self._out.if_slow}"
        return ApiTimeoutError(message, request=self.request, maybe_received=self._maybe_received)

    # -- one request ------------------------------------------------------------------------------------

    def send(self, request: httpx.Request) -> Steps[httpx.Response]:
        """Send the call's request, or one of its credential: in a slot, at the pace allowed, outside of any pause."""
        is_own = not self._is_credentials(request)
        yield from self._until_it_may_go(is_own)
        self._fit_timeouts(request)
        self._underway = request
        self._maybe_received = is_own
        try:
            response: httpx.Response = yield Send(request, self._out.sink)
        except httpx.RequestError as error:
            self._maybe_received = is_own and not never_sent(error)
            raise
        except httpx.HTTPStatusError as error:
            # A response hook of the caller's httpx client that raises for status: it has answered all the same.
            response = _readable(error.response)
        if is_own:
            self._ticket = None
        return response

    def _is_credentials(self, request: httpx.Request) -> bool:
        """Whether a request is the credential's own affair; one to the same address may be a copy of the call's."""
        return request is not self.request and request.url != self.request.url

    def _until_it_may_go(self, is_own: bool) -> Steps[None]:
        while True:
            if is_own and self._ticket is None:
                yield from self._take_ticket()
            if not self._has_slot:
                yield SLOT
                self._has_slot = True
            if is_own and time.monotonic() > self._ticket_is_for + STALE_SECONDS:
                self._return_ticket()
                continue
            paused = yield from self._ask(self._paused_seconds)
            if not paused > 0:
                return
            yield from self._wait_for_the_rate(paused)

    def _paused_seconds(self) -> float:
        return float(self._limiter.paused_seconds())

    def _fit_timeouts(self, request: httpx.Request) -> None:
        left = self.seconds_left()
        if left is None and request is self.request:
            return
        if left is not None and left <= 0:
            raise OutOfTime
        # A request of a credential may have none of its own. The client's are shared by its requests: they stay.
        timeouts: dict[str, float | None] = {
            **self.request.extensions["timeout"],
            **request.extensions.get("timeout", {}),
        }
        if left is not None:
            timeouts = {phase: left if seconds is None else min(seconds, left) for phase, seconds in timeouts.items()}
        request.extensions = {**request.extensions, "timeout": timeouts}

    def sleep(self, seconds: float) -> Steps[None]:
        """Wait without a slot; not at all if the deadline would be over before."""
        left = self.seconds_left()
        if left is not None and seconds >= left:
            raise OutOfTime
        self._has_slot = False
        yield Sleep(seconds)

    # -- the rate limit ---------------------------------------------------------------------------------

    def _take_ticket(self) -> Steps[None]:
        question = partial(self._limiter.take, self.request.method)
        self._ticket = ticket = yield from self._until_not_busy(question, busy=None, undo=_give_back)
        try:
            wait = float(ticket.wait_seconds)
        except (AttributeError, TypeError, ValueError):
            self._ticket = None
            raise RateLimiterError(
                f"{self.operation}: take() of the rate limiter must return a ticket, with wait_seconds and give_back(), "
                f"or None; got {type(ticket).__name__}"
            ) from None
        self._ticket_is_for = time.monotonic() + wait
        if wait > 0:
            yield from self._wait_for_the_rate(wait)

    def _return_ticket(self) -> None:
        if self._ticket is not None and not self._maybe_received:
            self._ticket.give_back()
        self._ticket = None

    def _wait_for_the_rate(self, seconds: float) -> Steps[None]:
        left = self.seconds_left()
        if left is not None and seconds >= left:
            raise OutOfTime  # before anybody is told of a wait that does not take place
        yield Tell(RateLimitEvent(self.operation, seconds))
        yield from self.sleep(seconds)

    def _pause_everybody(self, response: httpx.Response, wait: float | None) -> Steps[None]:
        if wait is None:
            asked = retry_after_seconds(response.headers.get("retry-after"))
            wait = jitter(self._attempt) if asked is None else asked
        try:
            yield from self._until_not_busy(partial(self._limiter.pause, wait), busy=False)
        except (RateLimiterError, OutOfTime) as error:
            # The response is worth more than the pause: the caller gets it, or the retry it allows.
            reason = str(error) or f"{self.operation}: no time was left to tell the rate limiter of a 429"
            logger.warning("%s; others that share the limit go on", reason)

    def _until_not_busy(
        self, question: Callable[[], Any], busy: object, undo: Callable[[Any], object] | None = None
    ) -> Steps[Any]:
        began_at, pause = time.monotonic(), FIRST_POLL_SECONDS
        while (outcome := (yield from self._ask(question, undo))) is busy:
            if time.monotonic() - began_at > LONGEST_BUSY_SECONDS:
                raise RateLimiterError(
                    f"{self.operation}: the rate limiter was busy for {LONGEST_BUSY_SECONDS:g} s; "
                    "check whether a process that shares it was stopped"
                )
            yield from self.sleep(pause)
            pause = min(pause * 2, LONGEST_POLL_SECONDS)
        return outcome

    def _ask(self, question: Callable[[], U], undo: Callable[[Any], object] | None = None) -> Steps[U]:
        try:
            if self._limiter.blocks:
                outcome: U = yield Pace(question, undo or _nothing)
                return outcome
            return question()
        except (FactorialError, OutOfTime):
            raise
        except Exception as error:  # noqa: BLE001  # a limiter may be anybody's
            kind = type(error).__name__
        # Raised out here, without its cause: what others write into their errors is not known.
        raise RateLimiterError(f"{self.operation}: the rate limiter raised {kind}; the request was not sent")


Authorize: TypeAlias = Callable[[Call[Any]], Steps[httpx.Response]]


def _reason(outcome: httpx.Response | httpx.RequestError) -> str:
    return str(outcome.status_code) if isinstance(outcome, httpx.Response) else type(outcome).__name__


def _readable(response: httpx.Response) -> httpx.Response:
    """The response itself, or one without a body if a hook raised before reading it: httpx has closed it then."""
    try:
        response.content  # noqa: B018  # raises if nobody read it
    except httpx.ResponseNotRead:
        kept = [(name, value) for name, value in response.headers.raw if name.lower() not in BODY_HEADERS]
        return httpx.Response(response.status_code, headers=kept, content=b"")
    return response


def _give_back(ticket: Ticket | None) -> None:
    if ticket is not None:
        ticket.give_back()


def _nothing(_: object) -> None:
    """A question that changed nothing has nothing to undo."""
