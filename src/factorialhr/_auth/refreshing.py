"""When a token is refreshed, by whom, and what becomes of the answer; written once for both halves.

``Refresher.steps`` is a generator of steps: a request to send, a job that may block, seconds to wait.
Who drives it sends the request's answer, or the job's result, back in.
"""

from __future__ import annotations

import copy
import datetime as dt
import math
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeAlias, TypeVar

import httpx

from factorialhr._auth.leases import Job, Lease
from factorialhr._auth.oauth import OAuthApp, Token, TokenRefreshError, read_token
from factorialhr._auth.stores import TokenStore, TokenStoreError
from factorialhr._core.errors import ConfigurationError
from factorialhr._system.locks import ProcessLock

T = TypeVar("T")
Step: TypeAlias = httpx.Request | Job | float
Steps: TypeAlias = Generator[Step, Any, T]

# A new token is believed for this long, whatever a clock or a 401 says: nothing makes us refresh on every call.
TRUSTED_SECONDS = 10.0
# The user has to authorise again; asking more often for the same refresh token changes nothing.
REFUSED_SECONDS = 60.0
# While the old token still lives, a failed refresh is tried again after this long.
POSTPONED_SECONDS = 10.0
MOST_TOKEN_REQUEST_SECONDS = 30.0
FIRST_PAUSE_SECONDS = 0.005
LONGEST_PAUSE_SECONDS = 0.1
UNAUTHORIZED = 401


class Clock:
    """The time; tests bring their own."""

    def now(self) -> dt.datetime:
        """The time of day, in UTC; it may jump."""
        return dt.datetime.now(dt.UTC)

    def monotonic(self) -> float:
        """Seconds since whenever; they never jump."""
        return time.monotonic()


@dataclass(frozen=True, slots=True)
class Held:
    """A token in use; moments are seconds of the monotonic clock, so that no jump of the other moves them."""

    token: Token
    header: str
    due_at: float
    """From then on it is refreshed before it is used."""
    ends_at: float
    trusted_until: float


@dataclass(frozen=True, slots=True)
class Unsaved:
    """A new pair that could not be stored; the old one is used up, so it must not get lost."""

    token: Token
    instead_of: Token


@dataclass(frozen=True, slots=True)
class Refusal:
    """The server said for good that a refresh token is worth nothing."""

    refresh_token: str | None
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
        held = self._held
        left = math.inf if held is None else held.ends_at - self._clock.monotonic()
        return None if left == math.inf else left

    # -- one call ---------------------------------------------------------------------------------------

    def steps(self, request: httpx.Request, lease: Lease) -> Steps[None]:
        """Authorise and send one request; once more where its token was refused and there is a newer one."""
        self._refuse_other_host(request)
        held = self._held
        if held is None or self._clock.monotonic() >= held.due_at:
            held = yield from self._renew(request, lease, held, refused=False)
        request.headers["Authorization"] = held.header
        response: httpx.Response = yield request
        if response.status_code != UNAUTHORIZED:
            return
        newer = yield from self._after_refusal(request, lease, held)
        if newer.token is not held.token:
            request.headers["Authorization"] = newer.header
            yield request

    def _refuse_other_host(self, request: httpx.Request) -> None:
        url, own = request.url, self._origin
        if (url.host, url.scheme, url.port) != (own.host, own.scheme, own.port):
            raise ConfigurationError(
                f"the token is for {self._app.base_url}, the request for {url.scheme}://{url.netloc.decode()}: "
                "give client and auth the same base_url"
            )

    def _after_refusal(self, request: httpx.Request, lease: Lease, used: Held) -> Steps[Held]:
        """What to send the request with once more; ``used`` itself where that would be in vain."""
        latest = self._held is None or self._held.token is used.token
        if latest and self._clock.monotonic() < used.trusted_until:
            return used
        if not _can_be_sent_again(request):
            # Its body is gone. The next call need not run into the same refusal.
            if latest and used.token.refresh_token is not None:
                self._held = replace(used, due_at=-math.inf)
            return used
        return (yield from self._renew(request, lease, used, refused=True))

    # -- one refresh ------------------------------------------------------------------------------------

    def _renew(self, request: httpx.Request, lease: Lease, used: Held | None, *, refused: bool) -> Steps[Held]:
        """A token that is newer than ``used``: one that somebody else got meanwhile, or a refreshed one.

        Args:
            request: The request that waits for it.
            lease: What is locked is given back with it.
            used: The token that is due or was refused; ``None`` where none was read yet.
            refused: Whether the API refused it. Then ``used`` comes back where it cannot be replaced.
        """
        yield from self._enter(lease, used)
        held = self._held
        same = used is not None and held is not None and held.token is used.token
        if held is not None and not self._is_due(held) and not (refused and same):
            lease.close()
            return held
        if held is None:
            held = yield from _do(lease, self._read)
            if not self._is_due(held):
                self._held = held
                lease.close()
                return held
        yield from self._lock_store(lease)
        current = yield from _do(lease, partial(self._reread, held))
        if current is not held and not self._is_due(current):
            yield from _do(lease, lease.close)
            return current
        return (yield from self._refresh(request, lease, current, refused))

    def _enter(self, lease: Lease, used: Held | None) -> Steps[None]:
        """Wait for this process's gate, or for what another call that went through it brings."""
        failures = self._failures
        for pause in self._pauses("another call of this process is still refreshing the access token"):
            release = self._gate.try_lock()
            if release is not None:
                lease.add(release)
                # Those who waited share the outcome; each asking for itself would be a storm.
                if self._last_failure is not None and self._failures != failures and self._held is used:
                    raise copy.copy(self._last_failure)
                return
            yield pause

    def _lock_store(self, lease: Lease) -> Steps[None]:
        for pause in self._pauses("another process is still refreshing the access token"):
            if (yield from _do(lease, partial(self._try_lock_store, lease))):
                return
            yield pause

    def _try_lock_store(self, lease: Lease) -> bool:
        release = self._store.try_lock()
        if release is None:
            return False
        lease.add(release)
        return True

    def _pauses(self, reason: str) -> Generator[float, None, None]:
        """How long to pause after each try, until patience ends: there is always one try."""
        started, pause = self._clock.monotonic(), FIRST_PAUSE_SECONDS
        yield pause
        while self._clock.monotonic() - started < self._patience:
            yield pause
            pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)
        raise TokenRefreshError(f"{reason}, after {self._patience:g} s; try later", retryable=True)

    def _refresh(self, request: httpx.Request, lease: Lease, held: Held, refused: bool) -> Steps[Held]:
        """Buy a new pair; the store is locked, and holds what ``held`` has."""
        old = held.token
        if old.refresh_token is None:
            # A company token: it is replaced by the user, in the store, or not at all.
            yield from _do(lease, lease.close)
            return held
        self._raise_known_refusal(old)
        token_request = self._app.refresh_request(old.refresh_token, {"timeout": _timeout_of(request)})
        try:
            response: httpx.Response = yield token_request
        except GeneratorExit:
            # No answer, or cancelled. While the old token lives, the next call does without.
            self._postpone(held, refused)
            raise
        try:
            token = read_token(response, token_request, self._clock.now(), before=old)
        except TokenRefreshError as error:
            found = yield from _do(lease, partial(self._after_failure, error, held))
            if found is not None:
                return found
            if error.retryable and self._postpone(held, refused):
                yield from _do(lease, lease.close)
                return held
            raise
        return (yield from _do(lease, partial(self._keep, lease, token, old)))

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

    def _keep(self, lease: Lease, token: Token, old: Token) -> Held:
        """Store the new pair, and only then let it be used."""
        self._unsaved = Unsaved(token, old)
        self._store.save(token)
        self._unsaved = None
        self._held = held = self._hold(token, new=True)
        lease.close()
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

    def _is_due(self, held: Held) -> bool:
        return self._clock.monotonic() >= held.due_at

    def _postpone(self, held: Held, refused: bool) -> bool:
        """Go on with the old token for a while, where it still lives."""
        now = self._clock.monotonic()
        if refused or now >= held.ends_at:
            return False
        self._held = replace(held, due_at=min(now + POSTPONED_SECONDS, held.ends_at))
        return True

    def _raise_known_refusal(self, token: Token) -> None:
        refusal = self._refusal
        if refusal and refusal.refresh_token == token.refresh_token and self._clock.monotonic() < refusal.until:
            raise copy.copy(refusal.error)


def _do(lease: Lease, work: Callable[[], T]) -> Steps[T]:
    result: T = yield Job(lease, work)
    return result


def _can_be_sent_again(request: httpx.Request) -> bool:
    """Whether the body can be read again: one in memory, or one of which the sender says so."""
    return isinstance(request.stream, httpx.ByteStream) or bool(request.extensions.get("repeatable"))


def _timeout_of(request: httpx.Request) -> dict[str, float]:
    """The timeouts of the request that waits, in seconds, and never none at all."""
    given: dict[str, float | None] = request.extensions.get("timeout") or {}
    most = MOST_TOKEN_REQUEST_SECONDS
    return {name: min(given.get(name) or most, most) for name in ("connect", "read", "write", "pool")}
