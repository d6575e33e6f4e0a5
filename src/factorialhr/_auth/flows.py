"""Access tokens that refresh themselves, as ``httpx.Auth``: the same classes for both halves.

What happens is in ``refreshing.py`` and ``calls.py``. Our clients carry out the steps themselves, on the clock of
the call; the two drivers here do it for any other httpx client.
"""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import suppress
from types import EllipsisType
from typing import Protocol, Self, TypeVar, overload

import anyio
import httpx
from anyio.to_thread import run_sync

from factorialhr._auth.calls import UNAUTHORIZED, FreshTokenCall, RefreshingCall
from factorialhr._auth.oauth import OAuthApp, Token
from factorialhr._auth.refreshing import Clock, Refresher
from factorialhr._auth.stores import FileTokenStore, MemoryTokenStore, TokenStore
from factorialhr._core.errors import ConfigurationError, FactorialError
from factorialhr._core.events import Events
from factorialhr._core.secrets import Secret, secret_text, token_text
from factorialhr._core.settings import PRODUCTION
from factorialhr._core.steps import Job, Send, Sleep, Step, Steps, Tell
from factorialhr._core.uncopied import Uncopied

T_co = TypeVar("T_co", covariant=True)

DEFAULT_MARGIN_SECONDS = 60.0
DEFAULT_LOCK_TIMEOUT_SECONDS = 60.0
TO_THE_LOG = Events(None)


class RefreshingAuth(Uncopied, httpx.Auth):
    """Sends the access token, and refreshes it shortly before it ends or when the API refuses it."""

    _instead = "make one in each process, after it has started, with a store that they share"

    # Responses are read here where they matter: the 401 and the token's own. Others may be streamed.
    requires_response_body = False

    _refresher: Refresher

    @property
    def base_url(self) -> str:
        """Scheme and host that the token is for."""
        return self._refresher.base_url

    @property
    def expires_in_seconds(self) -> float | None:
        """Seconds until the access token in use ends; ``None`` where it does not, or nothing is known yet."""
        return self._refresher.expires_in_seconds

    def start_call(self, request: httpx.Request) -> RefreshingCall:
        """Begin one request, for a client that carries out its steps (see ``SteppingAuth``)."""
        return RefreshingCall(self._refresher, request)

    def start_refresh(self, seconds: float, timeouts: Mapping[str, float]) -> FreshTokenCall:
        """Begin to refresh the token if it ends within so many seconds; see ``OAuthClient.ensure_fresh``."""
        return FreshTokenCall(self._refresher, seconds, timeouts)

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Drive the steps of one request in a thread."""
        return drive(self.start_call(request), request)

    def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Drive the steps of one request in an event loop."""
        return drive_async(self.start_call(request), request)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(***)"


class Drivable(Protocol[T_co]):
    """What the drivers carry out."""

    def steps(self) -> Steps[T_co]:
        """The steps; what they come to is the outcome."""
        ...

    def leftover(self) -> Job | None:
        """What is to be done when the steps are closed."""
        ...


def drive(call: Drivable[object], own: httpx.Request | None = None) -> Generator[httpx.Request, httpx.Response, None]:
    """Carry out the steps of a call; each request goes out to who has the connections.

    Args:
        call: What is to be done.
        own: The request that is no token request: its response may be streamed.
    """
    steps = call.steps()
    outcome: object = None
    try:
        while (step := _next_step(steps, outcome)) is not None:
            outcome = None
            if isinstance(step, Send):
                outcome = response = yield step.request
                if step.request is not own or response.status_code == UNAUTHORIZED:
                    # Who waits for a token must not keep a connection from the one who fetches it.
                    response.read()
            elif isinstance(step, Job):
                outcome = step()
            elif isinstance(step, Sleep):
                time.sleep(step.seconds)
            elif isinstance(step, Tell):
                TO_THE_LOG.emit(step.event)
    finally:
        steps.close()
        leftover = call.leftover()
        if leftover is not None:
            leftover()


async def drive_async(
    call: Drivable[object], own: httpx.Request | None = None
) -> AsyncGenerator[httpx.Request, httpx.Response]:
    """Carry out the steps of a call; each request goes out to who has the connections.

    Args:
        call: What is to be done.
        own: The request that is no token request: its response may be streamed.
    """
    steps = call.steps()
    outcome: object = None
    try:
        while (step := _next_step(steps, outcome)) is not None:
            outcome = None
            if isinstance(step, Send):
                outcome = response = yield step.request
                if step.request is not own:
                    # The old pair is used up: the new one must not be lost to a cancellation.
                    with anyio.CancelScope(shield=True):
                        await response.aread()
                elif response.status_code == UNAUTHORIZED:
                    await response.aread()
            elif isinstance(step, Job):
                outcome = await _in_thread(step)
            elif isinstance(step, Sleep):
                await anyio.sleep(step.seconds)
            elif isinstance(step, Tell):
                TO_THE_LOG.emit(step.event)
    finally:
        steps.close()
        leftover = call.leftover()
        if leftover is not None:
            await _in_thread(leftover)


def _next_step(steps: Steps[object], outcome: object) -> Step | None:
    """The next step; ``None`` at the end. A place (``Slot``) is the business of who drives several calls."""
    try:
        return steps.send(outcome)
    except StopIteration:
        return None


async def _in_thread(job: Job) -> object:
    """Do a job in a worker thread; once it is due it is done, even where nobody waits for it any more."""
    result: object = None
    try:
        # A limiter of its own: the default one may be used up by threads that wait for this very call.
        with anyio.CancelScope(shield=True):
            result = await run_sync(job, limiter=anyio.CapacityLimiter(1))
    except BaseException:
        # asyncio's own cancellation passes through shields: a thread that has begun goes on without us,
        # and what was not begun is done here. The error of the cancelled caller is the one to raise.
        with suppress(FactorialError):
            job()
        raise
    return result


class RefreshTokenAuth(RefreshingAuth):
    """An OAuth2 access token that is refreshed shortly before it ends, and when the API refuses it.

    Share one instance between clients, threads and tasks: one of them refreshes, the others wait for it.
    With a ``store`` that processes share, one process refreshes for all.

    A refresh token buys one new pair. It is stored before it is used; where it cannot be stored, the call
    fails, and the pair is kept in memory and stored with the next one.
    """

    @overload
    def __init__(
        self,
        access_token: Secret,
        refresh_token: Secret | None,
        *,
        client_id: str,
        client_secret: Secret,
        base_url: str = PRODUCTION,
        store: TokenStore | None = None,
        expires_at: dt.datetime | None = None,
        margin_seconds: float = DEFAULT_MARGIN_SECONDS,
        lock_timeout_seconds: float = DEFAULT_LOCK_TIMEOUT_SECONDS,
    ) -> None: ...

    @overload
    def __init__(
        self,
        *,
        client_id: str,
        client_secret: Secret,
        base_url: str = PRODUCTION,
        store: TokenStore,
        margin_seconds: float = DEFAULT_MARGIN_SECONDS,
        lock_timeout_seconds: float = DEFAULT_LOCK_TIMEOUT_SECONDS,
    ) -> None: ...

    def __init__(
        self,
        access_token: Secret | None = None,
        # Left out is a mistake beside an access token, None is a company token.
        refresh_token: Secret | EllipsisType | None = ...,
        *,
        client_id: str,
        client_secret: Secret,
        base_url: str = PRODUCTION,
        store: TokenStore | None = None,
        expires_at: dt.datetime | None = None,
        margin_seconds: float = DEFAULT_MARGIN_SECONDS,
        lock_timeout_seconds: float = DEFAULT_LOCK_TIMEOUT_SECONDS,
    ) -> None:
        """Check the settings; nothing is read or sent yet.

        Args:
            access_token: The token to begin with; left out, with what belongs to it, where ``store`` holds a pair.
            refresh_token: Its refresh token; ``None`` for a company token, which has none.
            client_id: The application that the tokens were issued to.
            client_secret: Its secret.
            base_url: Scheme and host, the same as the client's. The token goes to no other.
            store: Where new pairs are kept. What it holds wins over the tokens given here: it is newer.
                Save a pair in it after the user has authorised again. Left out: in memory, for this process.
            expires_at: When the access token ends, with a time zone; left out: not known, used until refused.
            margin_seconds: How long before its end the token is refreshed.
            lock_timeout_seconds: How long to wait for another thread, task or process that is refreshing.

        Raises:
            ConfigurationError: A setting is missing or cannot work; the message says what to change.

        Calls raise, besides their own errors:

        - ``TokenRefreshError``: the user has to authorise again, or (``retryable``) the server is out of order.
        - ``TokenStoreError``: the store cannot be read or written, or holds no pair and none was given here.
        """
        self._refresher = Refresher(
            OAuthApp(client_id, client_secret, base_url=base_url),
            _checked_store(store),
            _first_token(access_token, refresh_token, expires_at, store),
            margin_seconds=margin_seconds,
            lock_timeout_seconds=lock_timeout_seconds,
            clock=Clock(),
        )

    @classmethod
    def of(
        cls,
        app: OAuthApp,
        token: Token | None,
        store: TokenStore | None,
        *,
        margin_seconds: float,
        lock_timeout_seconds: float,
    ) -> Self:
        """Make one for an application; see ``OAuthClient.auth``."""
        if token is None and store is None:
            raise ConfigurationError(NOTHING_TO_BEGIN_WITH.format("token"))
        if token is not None and not isinstance(token, Token):
            raise ConfigurationError(f"token is a Token, such as exchange() returns; got {type(token).__name__}")
        auth = cls.__new__(cls)
        auth._refresher = Refresher(
            app,
            _checked_store(store),
            token,
            margin_seconds=margin_seconds,
            lock_timeout_seconds=lock_timeout_seconds,
            clock=Clock(),
        )
        return auth


class RefreshTokenAuthFile(RefreshingAuth):
    """An OAuth2 access token from a file, refreshed there; processes that share the file share the token.

    Make the file with ``FileTokenStore(path).save(token)``, with a token of ``OAuthClient.exchange``.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        client_id: str,
        client_secret: Secret,
        base_url: str = PRODUCTION,
        margin_seconds: float = DEFAULT_MARGIN_SECONDS,
        lock_timeout_seconds: float = DEFAULT_LOCK_TIMEOUT_SECONDS,
    ) -> None:
        """Check the settings; the file is read with the first call.

        Args:
            path: The token file; only its owner may read it (0600).
            client_id: The application that the tokens were issued to.
            client_secret: Its secret.
            base_url: Scheme and host, the same as the client's. The token goes to no other.
            margin_seconds: How long before its end the token is refreshed.
            lock_timeout_seconds: How long to wait for another thread, task or process that is refreshing.

        Raises:
            ConfigurationError: A setting cannot work; the message says what to change.

        Calls raise, besides their own errors:

        - ``TokenRefreshError``: the user has to authorise again, or (``retryable``) the server is out of order.
        - ``TokenStoreError``: there is no such file, it is no token file, others may read it, or it cannot be
          written.
        """
        self._refresher = Refresher(
            OAuthApp(client_id, client_secret, base_url=base_url),
            FileTokenStore(path),
            None,
            margin_seconds=margin_seconds,
            lock_timeout_seconds=lock_timeout_seconds,
            clock=Clock(),
        )


NOTHING_TO_BEGIN_WITH = "{} is missing: pass it, or a store that holds a pair, such as FileTokenStore(path)"


def _first_token(
    access_token: Secret | None,
    refresh_token: Secret | EllipsisType | None,
    expires_at: dt.datetime | None,
    store: TokenStore | None,
) -> Token | None:
    """The token to begin with; ``None`` where the store holds it."""
    if access_token is not None:
        if isinstance(refresh_token, EllipsisType):
            raise ConfigurationError("refresh_token is missing: pass it, or None for a company token, which has none")
        return Token(
            access_token=token_text(access_token, "access_token"),
            refresh_token=None if refresh_token is None else secret_text(refresh_token, "refresh_token"),
            expires_at=expires_at,
        )
    if store is None:
        raise ConfigurationError(NOTHING_TO_BEGIN_WITH.format("access_token"))
    for name, given in (("refresh_token", refresh_token not in {None, ...}), ("expires_at", expires_at is not None)):
        if given:
            raise ConfigurationError(
                f"access_token is missing, and {name} belongs to it: pass both, or neither where the store holds a pair"
            )
    return None


def _checked_store(store: TokenStore | None) -> TokenStore:
    if store is None:
        return MemoryTokenStore()
    if not isinstance(store, TokenStore):
        raise ConfigurationError(
            f"store has load, save and try_lock, such as FileTokenStore(path); not {type(store).__name__}"
        )
    return store
