"""What a call asks its driver to do.

The policy of a call is a generator of these steps, written once; a driver in each half carries them out and sends
the outcome back in, or throws what went wrong.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from typing import Any, NamedTuple, Protocol, TypeAlias, TypeVar, runtime_checkable

import httpx

from factorialhr._core.events import Event

T = TypeVar("T")


class Slot(NamedTuple):
    """Take a place among the requests in flight; a sleep gives it back."""


class Sink(Protocol):
    """Where the body of a download goes."""

    def begin(self) -> object:
        """Begin anew: an attempt before may have left something."""
        ...

    def write(self, chunk: bytes, /) -> object:
        """Add to it."""
        ...


class Send(NamedTuple):
    """Send a request on the place that the call has; the outcome is its response, with the body read."""

    request: httpx.Request
    sink: Sink | None = None
    """What takes the body of a success, instead of the response itself."""


class Sleep(NamedTuple):
    """Wait, without a place among the requests in flight."""

    seconds: float


class Turn(NamedTuple):
    """Let a credential of the caller's own go on, with the response to what it sent; ``None`` at first.

    The outcome is the next request that it wants sent, ``None`` when it is done.
    """

    flow: Any
    """The generator of the credential, of the kind that the half can drive."""
    response: httpx.Response | None


class Finish(NamedTuple):
    """Close the generator of a credential of the caller's own before it is done."""

    flow: Any


class Tell(NamedTuple):
    """Hand an event to the log and to the client's hook."""

    event: Event


class Job:
    """Work that may block on a disk or a network; the outcome is what it returns.

    It is done at most once, in whichever thread is first. A job with ``undo`` may be left by a caller whose time is
    up: what it brings later is undone. A job without is always waited for.
    """

    __slots__ = ("_begun", "_done", "_left", "_mutex", "_outcome", "_undo", "_work")

    def __init__(self, work: Callable[[], object], undo: Callable[[Any], object] | None = None) -> None:
        self._work = work
        self._undo = undo
        self._mutex = threading.Lock()
        self._begun = self._done = self._left = False
        self._outcome: object = None

    @property
    def may_be_left(self) -> bool:
        """Whether a caller whose time is up goes on without it."""
        return self._undo is not None

    def __call__(self) -> Any:
        """Do it; nothing if it was begun, or left, before."""
        with self._mutex:
            if self._begun or self._left:
                return None
            self._begun = True
        outcome = self._work()
        with self._mutex:
            self._outcome, self._done, left = outcome, True, self._left
        if left:
            self._take_back()
        return outcome

    def leave(self) -> None:
        """Nobody waits any more: do not begin it, and undo what it has brought or will bring."""
        with self._mutex:
            left, self._left = self._left, True
        if self._done and not left:
            self._take_back()

    def _take_back(self) -> None:
        if self._undo is not None:
            self._undo(self._outcome)


class Pace(Job):
    """A question to the rate limiter."""


class OutOfTime(Exception):  # noqa: N818  # a message to the steps, not an error that leaves them
    """Thrown into the steps by the driver: the deadline was over before the step was carried out."""


Step: TypeAlias = Slot | Send | Sleep | Turn | Finish | Tell | Job
Steps: TypeAlias = Generator[Step, Any, T]


class AuthorizedCall(Protocol):
    """One request with a credential that may have to wait: for a lock, a disk, the token endpoint."""

    @property
    def sending(self) -> httpx.Request:
        """The request of the last ``Send``: where it is not the call's own, no answer came for the token."""
        ...

    @property
    def refusal_note(self) -> str | None:
        """Why a 401 was not followed by another token; for the message of the error, without secrets."""
        ...

    def steps(self) -> Steps[httpx.Response]:
        """Authorize and send the request, once more where a newer token is worth it; the outcome is its response.

        They begin on a place among the requests in flight, and take one again after each sleep before they send.
        Failures of httpx are thrown in at the ``Send`` that they belong to.
        """
        ...

    def leftover(self) -> Job | None:
        """What is to be done when the call has left and its steps are closed: give back what is still locked."""
        ...


@runtime_checkable
class SteppingAuth(Protocol):
    """A credential whose waits are steps of the call, so that one clock bounds them all."""

    @property
    def base_url(self) -> str:
        """Scheme and host that the credential is for."""
        ...

    def start_call(self, request: httpx.Request) -> AuthorizedCall:
        """Begin one request; each repeat of it is begun anew."""
        ...
