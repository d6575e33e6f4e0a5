"""The policy of a call as values: which steps it asks for, driven by hand, without a transport or a client."""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial
from typing import Any

import httpx
import msgspec
import pytest

from factorialhr._core.call import Call, Terms
from factorialhr._core.errors import (
    ApiConnectionError,
    ApiTimeoutError,
    ConfigurationError,
    NotFoundError,
    RateLimiterError,
    RateLimitError,
    ServerError,
)
from factorialhr._core.events import RateLimitEvent, RetryEvent
from factorialhr._core.flows import authorize_with
from factorialhr._core.issues import IssueLog
from factorialhr._core.outgoing import make_outgoing
from factorialhr._core.settings import make_settings
from factorialhr._core.steps import Finish, OutOfTime, Pace, Send, Sleep, Slot, Tell, Turn

OPTIONS = {
    "api_version": "2026-10-01",
    "timeout": 60.0,
    "max_retries": 2,
    "strict": False,
    "deadline": None,
    "on_event": None,
    "slow_call_seconds": 10.0,
    "concurrency": None,
    "headers": {},
}
WRITE = {"name": "x"}


class Thing(msgspec.Struct):
    id: str


class Ticket:
    def __init__(self, wait_seconds: float) -> None:
        self.wait_seconds = wait_seconds
        self.given_back = 0

    def give_back(self) -> None:
        self.given_back += 1


class Limiter:
    def __init__(self, *, blocks: bool = False, wait: float = 0.0, pauses: list[float] | None = None) -> None:
        self.blocks = blocks
        self.tickets: list[Ticket] = []
        self.told: list[float] = []
        self._wait, self._pauses = wait, pauses or []

    def take(self, verb: str) -> Ticket | None:  # noqa: ARG002
        self.tickets.append(Ticket(self._wait))
        return self.tickets[-1]

    def paused_seconds(self) -> float:
        return self._pauses.pop(0) if self._pauses else 0.0

    def pause(self, seconds: float) -> bool | None:
        self.told.append(seconds)
        return None


class KeyAuth(httpx.Auth):
    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["x-key"] = "k"
        yield request


class OwnFlowAuth(KeyAuth):
    """A credential that waits on its own, so only its half can drive it."""

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        yield from self.auth_flow(request)


def call_of(
    verb: str = "GET", limiter: Limiter | None = None, auth: httpx.Auth | None = None, **options: Any
) -> Call[Thing]:
    settings = make_settings("https://h", OPTIONS)
    auth = auth or KeyAuth()
    authorize = authorize_with(auth, auth.sync_auth_flow, httpx.Auth.sync_auth_flow)
    terms = Terms(settings, authorize, limiter or Limiter(), IssueLog(lambda _operation, _issue: None))
    given: Any = {} if verb == "GET" else {"body": WRITE}
    return Call(terms, make_outgoing(settings, verb, ("things", "7"), options, None, given), Thing)


def answered(status: int = 200, content: object = None, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json=content or {"id": "7"}, headers=named)


class Driven:
    """Carries the steps out with the outcomes given for its sends, and keeps what was asked for."""

    def __init__(self, call: Call[Thing], *outcomes: httpx.Response | Exception) -> None:
        self.asked: list[Any] = []
        self.result: Thing | None = None
        self._outcomes = list(outcomes)
        steps = call.steps()
        advance: Callable[[], Any] = partial(next, steps)
        while True:
            try:
                step = advance()
            except StopIteration as end:
                self.result = end.value
                return
            self.asked.append(step)
            outcome: Any = None
            if isinstance(step, Send):
                outcome = self._outcomes.pop(0)
            elif isinstance(step, Pace):
                outcome = step()
            elif isinstance(step, Turn):
                outcome = next(step.flow, None) if step.response is None else _next_of(step)
            failed = isinstance(outcome, Exception)
            advance = partial(steps.throw if failed else steps.send, outcome)

    @property
    def kinds(self) -> list[str]:
        return [type(step).__name__ for step in self.asked]


def _next_of(step: Turn) -> httpx.Request | None:
    try:
        request: httpx.Request = step.flow.send(step.response)
    except StopIteration:
        return None
    return request


def test_a_call_takes_a_slot_and_sends() -> None:
    driven = Driven(call_of(), answered())
    assert driven.kinds == ["Slot", "Send"]
    assert driven.result == Thing("7")
    assert driven.asked[1].request.headers["x-key"] == "k"


def test_a_limiter_that_blocks_is_asked_in_steps() -> None:
    limiter = Limiter(blocks=True)
    assert Driven(call_of(limiter=limiter), answered()).kinds == ["Pace", "Slot", "Pace", "Send"]
    assert [ticket.given_back for ticket in limiter.tickets] == [0]


def test_a_place_in_the_rate_limit_is_waited_for_without_a_slot() -> None:
    driven = Driven(call_of("POST", Limiter(wait=3.0)), answered(201))
    assert driven.asked[:3] == [Tell(RateLimitEvent("POST things/7", 3.0)), Sleep(3.0), Slot()]


def test_a_pause_is_looked_for_in_the_slot_and_waited_for_outside() -> None:
    driven = Driven(call_of(limiter=Limiter(pauses=[2.0, 1.0])), answered())
    assert driven.kinds == ["Slot", "Tell", "Sleep", "Slot", "Tell", "Sleep", "Slot", "Send"]


@pytest.mark.parametrize(("verb", "times"), [("GET", 3), ("POST", 1)])
def test_a_server_that_fails_is_asked_again_for_reads_alone(verb: str, times: int) -> None:
    with pytest.raises(ServerError):
        Driven(call_of(verb), *[answered(503, retry_after="1") for _ in range(times)])


def test_a_retry_is_told_and_waited_for() -> None:
    driven = Driven(call_of(), answered(503, retry_after="4"), answered())
    told = Tell(RetryEvent("GET things/7", 1, 4.0, "503"))
    assert driven.asked[2:5] == [told, Sleep(4.0), Slot()]
    assert driven.result == Thing("7")


@pytest.mark.parametrize("verb", ["GET", "POST"])
def test_a_refusal_is_told_to_the_limiter_and_any_verb_goes_again(verb: str) -> None:
    limiter = Limiter()
    Driven(call_of(verb, limiter), answered(429, retry_after="5"), answered())
    assert limiter.told == [5.0]


def test_a_refusal_that_is_final_is_told_as_well() -> None:
    limiter = Limiter()
    with pytest.raises(RateLimitError):
        Driven(call_of(limiter=limiter, max_retries=0), answered(429, retry_after="500"))
    assert limiter.told == [500.0]


def test_what_never_left_goes_again_and_its_place_is_free() -> None:
    limiter = Limiter()
    Driven(call_of("POST", limiter), httpx.ConnectError(""), answered())
    assert [ticket.given_back for ticket in limiter.tickets] == [1, 0]


def test_a_write_that_may_have_arrived_does_not_go_again() -> None:
    limiter = Limiter()
    with pytest.raises(ApiConnectionError) as caught:
        Driven(call_of("POST", limiter), httpx.ReadError(""))
    assert caught.value.maybe_received
    assert [ticket.given_back for ticket in limiter.tickets] == [0]


def test_a_wait_beyond_the_deadline_is_not_begun() -> None:
    limiter = Limiter(wait=10.0)
    with pytest.raises(ApiTimeoutError, match="not finished within the deadline of 5 s") as caught:
        Driven(call_of("POST", limiter, deadline=5))
    assert not caught.value.maybe_received
    assert [ticket.given_back for ticket in limiter.tickets] == [1]


@pytest.mark.parametrize(("at", "maybe_received"), [(Slot, False), (Send, True)])
def test_the_deadline_ends_any_step(at: type, maybe_received: bool) -> None:
    limiter = Limiter()
    steps = call_of("POST", limiter, deadline=5).steps()
    step = next(steps)
    while not isinstance(step, at):
        step = steps.send(None)
    with pytest.raises(ApiTimeoutError) as caught:
        steps.throw(OutOfTime())
    assert caught.value.maybe_received is maybe_received
    assert [ticket.given_back for ticket in limiter.tickets] == [0 if maybe_received else 1]


@pytest.mark.parametrize(("at", "given_back"), [(Slot, 1), (Send, 0)])
def test_a_call_that_is_left_returns_its_place_unless_it_was_sent(at: type, given_back: int) -> None:
    limiter = Limiter()
    steps = call_of("POST", limiter).steps()
    step = next(steps)
    while not isinstance(step, at):
        step = steps.send(None)
    steps.close()
    assert [ticket.given_back for ticket in limiter.tickets] == [given_back]


def test_timeouts_fit_into_what_is_left() -> None:
    driven = Driven(call_of(deadline=5), answered())
    assert all(4 < seconds <= 5 for seconds in driven.asked[-1].request.extensions["timeout"].values())


def test_a_hook_that_raises_for_status_is_a_response_all_the_same() -> None:
    gone = httpx.Response(404, stream=httpx.ByteStream(b"{}"), headers={"content-encoding": "gzip"})
    error = httpx.HTTPStatusError("", request=httpx.Request("GET", "https://h"), response=gone)
    with pytest.raises(NotFoundError) as caught:
        Driven(call_of(), error)
    assert caught.value.body == b""


def test_a_flow_of_its_own_goes_on_turn_by_turn() -> None:
    call = call_of(auth=OwnFlowAuth())
    driven = Driven(call, answered())
    assert driven.kinds == ["Turn", "Slot", "Send", "Turn"]
    assert call.owed == []


def test_a_flow_of_its_own_is_closed_before_the_next_attempt() -> None:
    driven = Driven(call_of(auth=OwnFlowAuth()), httpx.ReadError(""), answered())
    assert driven.kinds == ["Turn", "Slot", "Send", "Finish", "Tell", "Sleep", "Turn", "Slot", "Send", "Turn"]


def test_a_flow_of_its_own_is_owed_by_a_call_that_is_left() -> None:
    call = call_of(auth=OwnFlowAuth())
    steps = call.steps()
    next(steps)
    steps.close()
    assert [type(step) for step in call.owed] == [Finish]


def test_a_credential_that_sends_nothing_is_refused() -> None:
    class Silent(httpx.Auth):
        def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:  # noqa: ARG002
            yield from ()

    with pytest.raises(ConfigurationError, match="Silent sends nothing"):
        Driven(call_of(auth=Silent()))


def test_a_request_for_a_token_takes_no_place_and_its_failure_lets_a_write_go_again() -> None:
    class TokenAuth(httpx.Auth):
        def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
            timeouts = {"timeout": {"read": 30.0}}
            yield httpx.Request("POST", "https://h/oauth/token", extensions=timeouts)
            yield request

    limiter = Limiter()
    driven = Driven(call_of("POST", limiter, TokenAuth()), httpx.ReadTimeout(""), answered(), answered(201))
    assert driven.kinds == ["Slot", "Send", "Tell", "Sleep", "Slot", "Send", "Send"]
    assert len(limiter.tickets) == 1
    with pytest.raises(
        ApiTimeoutError, match=r"no answer within 30 s \(ReadTimeout\) while the access token was being refreshed$"
    ) as caught:
        Driven(call_of("POST", limiter, TokenAuth(), max_retries=0), httpx.ReadTimeout(""))
    assert not caught.value.maybe_received


class BareTokenAuth(httpx.Auth):
    """Fetches a token with a request that says nothing of timeouts."""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        yield httpx.Request("POST", "https://h/oauth/token")
        yield request


@pytest.mark.parametrize(("options", "most"), [({}, 60.0), ({"deadline": 5}, 5.0)])
def test_a_request_of_a_credential_has_the_timeouts_of_the_call(options: dict[str, Any], most: float) -> None:
    driven = Driven(call_of(auth=BareTokenAuth(), **options), answered(), answered())
    for sent in (step.request for step in driven.asked if isinstance(step, Send)):
        assert set(sent.extensions["timeout"]) == {"connect", "read", "write", "pool"}
        assert all(most - 1 < seconds <= most for seconds in sent.extensions["timeout"].values())


def test_a_token_that_does_not_come_is_told_with_the_timeout_of_the_call() -> None:
    with pytest.raises(ApiTimeoutError, match=r"no answer within 60 s .* while the access token was being refreshed"):
        Driven(call_of(auth=BareTokenAuth(), max_retries=0), httpx.ReadTimeout(""))


@pytest.mark.parametrize("ticket", [3.0, object(), type("Odd", (), {"wait_seconds": "soon"})()])
def test_a_limiter_that_returns_no_ticket_is_an_error_that_says_so(ticket: Any) -> None:
    class Odd(Limiter):
        def take(self, verb: str) -> Any:  # noqa: ARG002
            return ticket

    with pytest.raises(RateLimiterError, match=f"must return a ticket.*; got {type(ticket).__name__}"):
        Driven(call_of("POST", Odd()))


def test_a_pause_that_is_no_number_is_an_error() -> None:
    class Odd(Limiter):
        def paused_seconds(self) -> Any:
            return None

    limiter = Odd()
    with pytest.raises(RateLimiterError, match="the rate limiter raised TypeError; the request was not sent"):
        Driven(call_of("POST", limiter))
    assert [ticket.given_back for ticket in limiter.tickets] == [1]


def test_a_limiter_that_stays_busy_does_not_cost_the_refusal_its_place() -> None:
    class Busy(Limiter):
        def pause(self, seconds: float) -> bool | None:  # noqa: ARG002
            return False

    call = call_of(limiter=Busy(), deadline=0.05, max_retries=0)
    steps = call.steps()
    assert isinstance(next(steps), Slot)
    assert isinstance(steps.send(None), Send)
    assert isinstance(steps.send(answered(429, retry_after="3")), Sleep)
    with pytest.raises(RateLimitError):
        steps.throw(OutOfTime())
