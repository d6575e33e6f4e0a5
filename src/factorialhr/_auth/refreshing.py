"""When a token is refreshed, by whom, and what becomes of the answer; written once for both halves, as steps.

What one call does with it is in ``calls.py``, who carries the steps out in ``flows.py`` and in the clients.
"""

from __future__ import annotations

import copy
import datetime as dt
import math
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NamedTuple

import httpx

from factorialhr._auth.leases import TokenCall
from factorialhr._auth.oauth import OAuthApp, Token, TokenRefreshError, read_token
from factorialhr._auth.stores import TokenStore, TokenStoreError
from factorialhr._core.errors import ConfigurationError
from factorialhr._core.events import RefreshEvent, RefreshPostponedEvent
from factorialhr._core.steps import Steps, Tell
from factorialhr._system.locks import ProcessLock

# A new token that was refused is not refreshed again for this long: nothing makes us refresh on every call.
TRUSTED_SECONDS = 10.0
# The user has to authorise again; asking more often for the same refresh token changes nothing.
REFUSED_SECONDS = 60.0
# While the old token still lives, a failed refresh is tried again after this long.
POSTPONED_SECONDS = 10.0
FIRST_PAUSE_SECONDS = 0.005
LONGEST_PAUSE_SECONDS = 0.1


class Clock:
    """The time; tests bring their own."""

    def now(self) -> dt.datetime:
        """The time of day, in UTC; it may jump."""
        return dt.datetime.now(dt.UTC)

    def monotonic(self) -> float:
        """Seconds since whenever; they never jump."""
        return time.monotonic()


@dataclass(slots=True, eq=False)
class Held:
    """A token in use; moments are seconds of the monotonic clock, so that no jump of the other moves them."""

    token: Token
    header: str = field(repr=False)
    due_at: float
    """From then on it is refreshed before it is used."""
    ends_at: float
    trusted_until: float
    accepted: bool = False
    """Whether the API took it once. Set by each call that sees it, and never taken back."""


class Wanted(NamedTuple):
    """What is wrong with a token that is to be renewed."""

    is_due: Callable[[Held], bool]
    """Whether a token that was found meanwhile will not do either."""
    timeouts: Mapping[str, float]
    """Those of the token request, in seconds."""
    refused: bool = False
    """Whether the API refused it: then it is used on by nobody."""
    old_will_do: bool = True
    """Whether the call goes on with it, where it cannot be renewed and still lives."""


@dataclass(frozen=True, slots=True)
class Unsaved:
    """A new pair that could not be stored; the old one is used up, so it must not get lost."""

    token: Token
    instead_of: Token


@dataclass(frozen=True, slots=True)
class Refusal:
    """The server said for good that a refresh token is worth nothing."""

    refresh_token: str | None = field(repr=False)
    error: TokenRefreshError
    until: float


class Refresher:
    """Keeps one token fresh for all calls that share it."""

    def __init__(
        self,
        app: OAuthApp,
        store: TokenStore,
        first: Token | None,
        *,
        margin_seconds: float,
        lock_timeout_seconds: float,
        clock: Clock,
    ) -> None:
        for name, seconds in (("margin_seconds", margin_seconds), ("lock_timeout_seconds", lock_timeout_seconds)):
            if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds < math.inf:
                raise ConfigurationError(f"{name} is a finite number of seconds from 0 on")
        self._app = app
        self._origin = httpx.URL(app.base_url)
        self._store = store
        self._first = first
        self._margin = margin_seconds
        self._patience = lock_timeout_seconds
        self._clock = clock
        self._gate = ProcessLock()
        self._held: Held | None = None
        self._unsaved: Unsaved | None = None
        self._refusal: Refusal | None = None
        self._failures = 0
        self._last_failure: TokenRefreshError | None = None

    @property
    def expires_in_seconds(self) -> float | None:
        """Seconds until the token in use ends; ``None`` where it does not, or nothing is known."""
        return None if self._held is None else self._seconds_left(self._held)

    @property
    def base_url(self) -> str:
        """Scheme and host that the token is for."""
        return self._app.base_url

    # -- for calls: see calls.py -------------------------------------------------------------------------

    @property
    def held(self) -> Held | None:
        """The token in use; ``None`` where none was read yet."""
        return self._held

    def is_due(self, held: Held) -> bool:
        """Whether a call is to refresh it first."""
        return self._clock.monotonic() >= held.due_at

    def ends_within(self, held: Held, seconds: float) -> bool:
        """Whether it ends so soon; not asked of a new one, which may live for less."""
        return self._clock.monotonic() >= max(held.ends_at - seconds, held.trusted_until)

    def is_on_trial(self, held: Held) -> bool:
        """Whether it is so new, and was accepted so far by nobody, that refreshing it again would be in vain."""
        return not held.accepted and self._clock.monotonic() < held.trusted_until

    def is_latest(self, held: Held) -> bool:
        """Whether no call has brought a newer one."""
        return self._held is None or self._held.token is held.token

    def refresh_next_time(self, held: Held) -> None:
        """The token was refused, and this call cannot do anything about it any more."""
        self._held = replace(held, due_at=-math.inf)

    def refuse_other_host(self, url: httpx.URL) -> None:
        """Raise ``ConfigurationError`` where the token would go to another host, scheme, port or gateway path."""
        own = self._origin
        is_below = f"{url.path}/".startswith(f"{own.path.rstrip('/')}/")
        if (url.host, url.scheme, url.port) != (own.host, own.scheme, own.port) or not is_below:
            raise ConfigurationError(
                f"the token is for {self._app.base_url}, the request for {url.scheme}://{url.netloc.decode()}: "
                "give client and auth the same base_url"
            )

    # -- one refresh ------------------------------------------------------------------------------------

    def renew(self, call: TokenCall, used: Held | None, wanted: Wanted) -> Steps[Held]:
        """A token that is newer than ``used``: one that somebody else got meanwhile, or a refreshed one.

        Args:
            call: Whose steps these are; what is locked is given back with it.
            used: The token that will not do; ``None`` where none was read yet. It comes back where it has no
                refresh token.
            wanted: What is wrong with it.
        """
        yield from self._enter(call, used)
        held = self._held
        if held is None:
            held = yield from call.do(self._read)
        if not wanted.is_due(held):
            self._held = held
            call.give_back()
            return held
        yield from self._lock_store(call)
        current = yield from call.do(partial(self._reread, held))
        if current is not held and not wanted.is_due(current):
            yield from call.do(call.give_back)
            return current
        return (yield from self._refresh(call, current, wanted))

    def _enter(self, call: TokenCall, used: Held | None) -> Steps[None]:
        """Wait for this process's gate, or for what another call that went through it brings."""
        failures = self._failures
        for pause in self._pauses("another call of this process is still refreshing the access token"):
            release = self._gate.try_lock()
            if release is not None:
                call.hold(release)
                # Those who waited share the outcome; each asking for itself would be a storm.
                if self._last_failure is not None and self._failures != failures and self._held is used:
                    raise copy.copy(self._last_failure)
                return
            yield from call.sleep(pause)

    def _lock_store(self, call: TokenCall) -> Steps[None]:
        for pause in self._pauses("another process is still refreshing the access token"):
            if (yield from call.do(partial(self._try_lock_store, call))):
                return
            yield from call.sleep(pause)

    def _try_lock_store(self, call: TokenCall) -> bool:
        release = self._store.try_lock()
        if release is None:
            return False
        call.hold(release)
        return True

    def _pauses(self, reason: str) -> Generator[float, None, None]:
        """How long to pause after each try, until patience ends: there is always one try."""
        started, pause = self._clock.monotonic(), FIRST_PAUSE_SECONDS
        yield pause
        while self._clock.monotonic() - started < self._patience:
            yield pause
            pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)
        raise TokenRefreshError(f"{reason}, after {self._patience:g} s; try later", retryable=True)

    def _refresh(self, call: TokenCall, held: Held, wanted: Wanted) -> Steps[Held]:
        """Buy a new pair; the store is locked, and holds what ``held`` has."""
        old = held.token
        if old.refresh_token is None:
            # A company token: it is replaced by the user, in the store, or not at all.
            yield from call.do(call.give_back)
            return held
        self._raise_known_refusal(old)
        request = self._app.refresh_request(old.refresh_token, {"timeout": dict(wanted.timeouts)})
        try:
            response = yield from call.send(request)
        except httpx.RequestError as error:
            if (yield from self._goes_on(call, held, wanted, f"no answer ({type(error).__name__})")):
                return held
            raise
        except BaseException:
            # Out of time, or cancelled. While the old token lives, the next call does without.
            self._postpone(held, wanted)
            raise
        try:
            token = read_token(response, request, self._clock.now(), before=old)
        except TokenRefreshError as error:
            found = yield from call.do(partial(self._after_failure, error, held))
            if found is not None:
                yield from call.do(call.give_back)
                return found
            if error.retryable and (yield from self._goes_on(call, held, wanted, str(error))):
                return held
            raise
        new = yield from call.do(partial(self._keep, call, token, old))
        yield Tell(RefreshEvent(self._seconds_left(new)))
        return new

    def _goes_on(self, call: TokenCall, held: Held, wanted: Wanted, reason: str) -> Steps[bool]:
        """Whether the call goes on with the old token after a refresh that failed."""
        wait = self._postpone(held, wanted)
        if wait is None:
            return False
        yield from call.do(call.give_back)
        yield Tell(RefreshPostponedEvent(reason, wait))
        return wanted.old_will_do

    # -- jobs: they may block, and run in a worker thread of the async half ------------------------------

    def _read(self) -> Held:
        return self._hold(self._stored(), new=False)

    def _stored(self) -> Token:
        # Where somebody emptied the store, what is in use is newer than what we began with.
        token = self._store.load() or (self._held.token if self._held else self._first)
        if token is None:
            raise TokenStoreError(
                f"{self._store!r} holds no token yet: authorise (OAuthClient.exchange) and save the token in it",
                reason="missing",
            )
        return token

    def _reread(self, held: Held) -> Held:
        """Look once more, now that nobody else can refresh; ``held`` itself where the store has nothing else."""
        stored, unsaved = self._stored(), self._unsaved
        if unsaved is not None and stored == unsaved.instead_of:
            self._store.save(unsaved.token)
            stored = unsaved.token
        self._unsaved = None
        if stored == held.token:
            return held
        self._held = current = self._hold(stored, new=True)
        return current

    def _keep(self, call: TokenCall, token: Token, old: Token) -> Held:
        """Store the new pair, and only then let it be used."""
        self._unsaved = Unsaved(token, old)
        self._store.save(token)
        self._unsaved = None
        self._held = held = self._hold(token, new=True)
        call.give_back()
        return held

    def _after_failure(self, error: TokenRefreshError, held: Held) -> Held | None:
        """Remember why it failed, unless somebody replaced the token without asking for the lock."""
        stored = self._stored()
        if stored != held.token:
            self._held = current = self._hold(stored, new=True)
            return current
        self._last_failure = copy.copy(error)
        self._failures += 1
        if not error.retryable:
            self._refusal = Refusal(
                held.token.refresh_token, copy.copy(error), self._clock.monotonic() + REFUSED_SECONDS
            )
        return None

    # -- what is known of tokens ------------------------------------------------------------------------

    def _hold(self, token: Token, *, new: bool) -> Held:
        now = self._clock.monotonic()
        left = math.inf if token.expires_at is None else (token.expires_at - self._clock.now()).total_seconds()
        trusted_until = now + min(TRUSTED_SECONDS, max(left, 0.0)) if new else now
        # A token that lives for less than the margin would be due at once.
        margin = min(self._margin, left / 2) if new and left > 0 else self._margin
        due_at = math.inf if token.refresh_token is None else max(now + left - margin, trusted_until)
        return Held(token, f"Bearer {token.access_token}", due_at, now + left, trusted_until)

    def _seconds_left(self, held: Held) -> float | None:
        left = held.ends_at - self._clock.monotonic()
        return None if left == math.inf else left

    def _postpone(self, held: Held, wanted: Wanted) -> float | None:
        """Go on with the old token for so many seconds; ``None`` where it lives no more, or was refused."""
        now = self._clock.monotonic()
        if wanted.refused or now >= held.ends_at:
            return None
        self._held = later = replace(held, due_at=min(now + POSTPONED_SECONDS, held.ends_at))
        return later.due_at - now

    def _raise_known_refusal(self, token: Token) -> None:
        refusal = self._refusal
        if refusal and refusal.refresh_token == token.refresh_token and self._clock.monotonic() < refusal.until:
            raise copy.copy(refusal.error)
