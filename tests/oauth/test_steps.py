"""What a call with a token asks its driver to do, step by step, without a transport and without waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from factorialhr._auth import calls
from factorialhr._auth.calls import FreshTokenCall, RefreshingCall
from factorialhr._auth.flows import RefreshTokenAuth
from factorialhr._auth.keys import AccessTokenAuth
from factorialhr._auth.leases import TokenCall
from factorialhr._auth.oauth import Token, TokenRefreshError
from factorialhr._auth.stores import MemoryTokenStore
from factorialhr._core.events import RefreshEvent, RefreshPostponedEvent
from factorialhr._core.steps import Job, Send, Sleep, Slot, SteppingAuth, Tell
from tests._async.refreshing import refreshing
from tests.oauth.server import APP, FakeClock, TokenServer, access, pair, sent_token, with_clock
from tests.support import answers

URL = "https://api.factorialhr.com/api/x"
TIMEOUTS = {"connect": 40.0, "read": 40.0, "write": 40.0, "pool": 40.0}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def server() -> TokenServer:
    return TokenServer()


def get(**settings: Any) -> httpx.Request:
    return httpx.Request("GET", URL, extensions={"timeout": TIMEOUTS}, **settings)


class ByHand:
    """Carries out the steps of a call, and keeps what was asked for; jobs are done and not listed."""

    def __init__(
        self, call: RefreshingCall | FreshTokenCall, answer: Callable[[httpx.Request], httpx.Response]
    ) -> None:
        self.call = call
        self.steps = call.steps()
        self.answer = answer
        self.before_sleep: Callable[[], object] = lambda: None
        self.asked: list[object] = []
        self.outcome: Any = None

    def run(self) -> Any:
        outcome: Any = None
        throw: httpx.RequestError | None = None
        while True:
            try:
                step = self.steps.send(outcome) if throw is None else self.steps.throw(throw)
            except StopIteration as end:
                self.outcome = end.value
                return end.value
            outcome, throw = None, None
            if isinstance(step, Job):
                assert not step.may_be_left
                outcome = step()
                continue
            self.asked.append(shown(step))
            if isinstance(step, Send):
                assert self.call._sending is step.request
                try:
                    outcome = self.answer(step.request)
                except httpx.RequestError as error:
                    throw = error
            elif isinstance(step, Sleep):
                self.before_sleep()


def shown(step: object) -> object:
    if isinstance(step, Send):
        return "token" if step.request.url.path == "/oauth/token" else sent_token(step.request)
    if isinstance(step, Sleep):
        return "sleep"
    return step.event if isinstance(step, Tell) else step


def run(auth: RefreshTokenAuth, server: TokenServer, request: httpx.Request | None = None) -> ByHand:
    hand = ByHand(auth.start_call(request or get()), server.answer)
    hand.run()
    assert hand.call.leftover() is None
    return hand


def test_the_classes_that_refresh_offer_steps_and_others_do_not(clock: FakeClock) -> None:
    auth = refreshing(clock, base_url="https://api.example.com/")
    assert isinstance(auth, SteppingAuth)
    assert auth.base_url == "https://api.example.com"
    assert not isinstance(AccessTokenAuth("x"), SteppingAuth)


def test_a_living_token_is_one_request(server: TokenServer, clock: FakeClock) -> None:
    hand = run(refreshing(clock, 3600), server)
    assert hand.asked == [access(0)]
    assert hand.outcome.status_code == 200


def test_an_ended_token_is_bought_and_told_before_the_request(server: TokenServer, clock: FakeClock) -> None:
    hand = run(refreshing(clock), server)
    assert hand.asked == ["token", RefreshEvent(7200), access(1)]
    assert server.token_requests[0].extensions["timeout"] == dict.fromkeys(TIMEOUTS, 30.0)


def test_a_pair_that_somebody_else_bought_is_no_event(server: TokenServer, clock: FakeClock) -> None:
    store = MemoryTokenStore()
    auth = refreshing(clock, 3600, store=store)
    run(auth, server)
    server.issue()
    store.save(pair(1))
    assert run(auth, server).asked == [access(0), access(1)]


def test_a_race_lost_leaves_nothing_locked_while_the_request_is_under_way(
    server: TokenServer, clock: FakeClock
) -> None:
    store = MemoryTokenStore()

    def somebody_is_faster(_: httpx.Request) -> httpx.Response:
        server.issue()
        store.save(pair(1))
        return answers.json({"error": "invalid_grant"}, 400)

    def unlocked(_: httpx.Request) -> None:
        release = store.try_lock()
        assert release is not None
        release()

    server.on_token, server.on_api = somebody_is_faster, unlocked
    assert run(refreshing(clock, store=store), server).asked == ["token", access(1)]


def test_a_pair_is_read_from_the_store_once(server: TokenServer, clock: FakeClock) -> None:
    store = MemoryTokenStore(pair(0))
    auth = with_clock(RefreshTokenAuth(store=store, **APP), clock)
    run(auth, server)
    store.save(pair(7))
    assert run(auth, server).asked == [access(0)]


def no_answer(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("canary", request=request)


POSTPONED = {
    "an error": (lambda _: answers.json({"canary": 1}, 503), "refreshing the access token: 503: try later"),
    "no answer": (no_answer, "no answer (ReadTimeout)"),
}


@pytest.mark.parametrize("case", POSTPONED)
@pytest.mark.parametrize(("ends_in", "retry_in"), [(50, 10), (4, 4)])
def test_a_failed_refresh_is_put_off_while_the_old_token_lives(
    server: TokenServer, clock: FakeClock, case: str, ends_in: float, retry_in: float
) -> None:
    server.on_token, reason = POSTPONED[case]
    auth = refreshing(clock, ends_in)
    assert run(auth, server).asked == ["token", RefreshPostponedEvent(reason, retry_in), access(0)]
    assert run(auth, server).asked == [access(0)]
    server.on_token = lambda _: None
    clock.seconds += retry_in
    assert run(auth, server).asked == ["token", RefreshEvent(7200), access(1)]


def test_no_answer_for_an_ended_token_is_thrown_as_the_token_requests_own(
    server: TokenServer, clock: FakeClock
) -> None:
    server.on_token = no_answer
    request, store = get(), MemoryTokenStore()
    hand = ByHand(refreshing(clock, store=store).start_call(request), server.answer)
    with pytest.raises(httpx.ReadTimeout):
        hand.run()
    assert hand.asked == ["token"]
    assert hand.call.sending is not request
    assert hand.call.sending.extensions["timeout"]["read"] == 30
    check_leftover(hand.call, store)


def test_no_answer_for_the_request_is_thrown_as_its_own(server: TokenServer, clock: FakeClock) -> None:
    server.on_api = no_answer
    request = get()
    hand = ByHand(refreshing(clock).start_call(request), server.answer)
    assert hand.call.sending is request
    with pytest.raises(httpx.ReadTimeout):
        hand.run()
    assert hand.asked == ["token", RefreshEvent(7200), access(1)]
    assert hand.call.sending is request
    assert hand.call.leftover() is None


def check_leftover(call: TokenCall, store: MemoryTokenStore) -> None:
    """The store is locked until what is left over is done, once."""
    assert store.try_lock() is None
    leftover = call.leftover()
    assert leftover is not None
    assert not leftover.may_be_left
    leftover()
    release = store.try_lock()
    assert release is not None
    leftover()
    release()
    assert call.leftover() is None


@pytest.mark.parametrize("ends_in", [-1, 50])
def test_a_call_left_in_the_middle_of_a_refresh_says_what_to_give_back(
    server: TokenServer, clock: FakeClock, ends_in: float
) -> None:
    store = MemoryTokenStore()
    auth = refreshing(clock, ends_in, store=store)
    call = auth.start_call(get())
    steps = call.steps()
    outcome: object = None
    while not isinstance(step := steps.send(outcome), Send):
        outcome = step() if isinstance(step, Job) else None
    steps.close()
    check_leftover(call, store)
    wanted = [access(0)] if ends_in > 0 else ["token", RefreshEvent(7200), access(1)]
    assert run(auth, server).asked == wanted


def held_gate(auth: RefreshTokenAuth, _: MemoryTokenStore) -> Any:
    return auth._refresher._gate.try_lock()


def held_store(_: RefreshTokenAuth, store: MemoryTokenStore) -> Any:
    return store.try_lock()


@pytest.mark.parametrize("lock", [held_gate, held_store])
def test_each_wait_is_a_sleep_and_the_place_is_taken_again_before_sending(
    server: TokenServer, clock: FakeClock, lock: Any
) -> None:
    store = MemoryTokenStore()
    auth = refreshing(clock, store=store)
    release = lock(auth, store)
    hand = ByHand(auth.start_call(get()), server.answer)
    moments: Iterator[int] = iter(range(3))

    def third_time_lucky() -> None:
        if next(moments) == 2:
            release()

    hand.before_sleep = third_time_lucky
    hand.run()
    assert hand.asked == [*["sleep"] * 3, Slot(), "token", RefreshEvent(7200), access(1)]


def test_who_finds_the_new_pair_behind_the_gate_takes_a_place_too(server: TokenServer, clock: FakeClock) -> None:
    auth = refreshing(clock)
    release = auth._refresher._gate.try_lock()
    hand = ByHand(auth.start_call(get()), server.answer)

    def another_call_brings_it() -> None:
        release()
        run(auth, server)

    hand.before_sleep = another_call_brings_it
    hand.run()
    assert hand.asked == ["sleep", Slot(), access(1)]


def refused(_: httpx.Request) -> httpx.Response:
    return answers.json({}, 401)


def test_a_token_that_was_accepted_is_refreshed_whenever_it_is_refused(server: TokenServer, clock: FakeClock) -> None:
    auth = refreshing(clock)
    run(auth, server)
    ended: set[str] = set()
    server.on_api = lambda request: refused(request) if sent_token(request) in ended else None
    for number in (1, 2, 3):
        ended.add(access(number))
        hand = run(auth, server)
        assert hand.asked == [access(number), "token", RefreshEvent(7200), access(number + 1)]
        assert (hand.outcome.status_code, hand.call.refusal_note) == (200, None)


def test_a_token_refused_before_it_was_accepted_is_left_alone_for_a_while(
    server: TokenServer, clock: FakeClock
) -> None:
    server.on_api = refused
    auth = refreshing(clock, None)
    first = run(auth, server)
    assert first.asked == [access(0), "token", RefreshEvent(7200), access(1)]
    assert (first.outcome.status_code, first.call.refusal_note) == (401, calls.REFUSED_AGAIN)
    clock.seconds += 9.9
    second = run(auth, server)
    assert second.asked == [access(1)]
    assert (second.outcome.status_code, second.call.refusal_note) == (401, calls.NEW_AND_REFUSED)
    assert "within 10 s" in calls.NEW_AND_REFUSED
    clock.seconds += 0.1
    assert run(auth, server).asked == [access(1), "token", RefreshEvent(7200), access(2)]


def test_an_error_is_no_acceptance(server: TokenServer, clock: FakeClock) -> None:
    auth = refreshing(clock)
    server.on_api = lambda _: answers.json({}, 503)
    run(auth, server)
    server.on_api = refused
    assert run(auth, server).asked == [access(1)]


def test_a_new_token_whose_end_has_passed_is_refreshed_when_it_is_refused(clock: FakeClock) -> None:
    server = TokenServer(expires_in=5)
    auth = refreshing(clock)

    def late(_: httpx.Request) -> httpx.Response | None:
        server.on_api = lambda _: None
        clock.seconds += 5
        return answers.json({}, 401)

    server.on_api = late
    assert run(auth, server).asked == ["token", RefreshEvent(5), access(1), "token", RefreshEvent(5), access(2)]


@pytest.mark.parametrize("content", [b"whole", iter([b"once"])], ids=["whole", "once"])
def test_a_company_token_that_is_refused_says_what_to_do(server: TokenServer, clock: FakeClock, content: Any) -> None:
    server.on_api = refused
    auth = with_clock(RefreshTokenAuth(access(0), None, **APP), clock)
    for _ in range(2):
        hand = run(auth, server, httpx.Request("POST", URL, content=content))
        assert hand.asked == [access(0)]
        assert hand.call.refusal_note == calls.NO_REFRESH_TOKEN


def test_a_body_that_can_be_read_once_says_that_the_next_request_refreshes(
    server: TokenServer, clock: FakeClock
) -> None:
    server.on_api = refused
    auth = refreshing(clock, None)
    hand = run(auth, server, httpx.Request("POST", URL, content=iter([b"once"])))
    assert hand.asked == [access(0)]
    assert hand.call.refusal_note == calls.BODY_IS_GONE
    server.on_api = lambda _: None
    assert run(auth, server).asked == ["token", RefreshEvent(7200), access(1)]


# -- ensure_fresh ---------------------------------------------------------------------------------------


def fresh(auth: RefreshTokenAuth, server: TokenServer, seconds: float = 60) -> ByHand:
    return ByHand(auth.start_refresh(seconds, TIMEOUTS), server.answer)


@pytest.mark.parametrize(("ends_in", "seconds", "refreshes"), [(61, 60, 0), (60, 60, 1), (3600, 3600, 1), (-1, 1, 1)])
def test_a_token_that_ends_soon_is_refreshed_ahead(
    server: TokenServer, clock: FakeClock, ends_in: float, seconds: float, refreshes: int
) -> None:
    hand = fresh(refreshing(clock, ends_in), server, seconds)
    token: Token = hand.run()
    assert hand.asked == ["token", RefreshEvent(7200)] * refreshes
    assert token.access_token == access(refreshes)
    assert hand.call.leftover() is None


def test_a_new_token_that_lives_for_less_is_not_refreshed_again_at_once(clock: FakeClock) -> None:
    server = TokenServer(expires_in=30)
    auth = refreshing(clock)
    for asked in (["token", RefreshEvent(30)], [], []):
        hand = fresh(auth, server)
        hand.run()
        assert hand.asked == asked
    clock.seconds += 10
    hand = fresh(auth, server)
    hand.run()
    assert hand.asked == ["token", RefreshEvent(30)]


def test_a_company_token_is_fresh_as_it_is(server: TokenServer, clock: FakeClock) -> None:
    auth = with_clock(RefreshTokenAuth(access(0), None, **APP), clock)
    hand = fresh(auth, server)
    assert hand.run() == Token(access_token=access(0))
    assert hand.asked == []


def test_a_token_that_cannot_be_refreshed_ahead_is_an_error_there_and_none_for_calls(
    server: TokenServer, clock: FakeClock
) -> None:
    server.on_token = lambda _: answers.json({}, 503)
    auth = refreshing(clock, 50)
    hand = fresh(auth, server)
    with pytest.raises(TokenRefreshError, match="503"):
        hand.run()
    assert hand.asked == ["token", RefreshPostponedEvent("refreshing the access token: 503: try later", 10)]
    assert hand.call.leftover() is None
    assert run(auth, server).asked == [access(0)]


def test_what_is_kept_of_tokens_shows_none(server: TokenServer, clock: FakeClock) -> None:
    auth = refreshing(clock)
    run(auth, server)
    server.on_token = lambda _: answers.json({"error": "invalid_grant"}, 400)
    clock.seconds += 7200
    with pytest.raises(TokenRefreshError):
        run(auth, server)
    refresher = auth._refresher
    assert "accepted=True" in repr(refresher._held)
    assert "Refusal(" in repr(refresher._refusal)
    assert "canary" not in repr(refresher._held) + repr(refresher._refusal)
