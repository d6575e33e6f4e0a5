"""Access tokens that refresh themselves, as ``httpx.Auth``: the same classes for both halves.

What happens is in ``refresher.py``; the two flows here differ only in how they carry out its steps.
"""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import suppress

import anyio
import httpx
from anyio.to_thread import run_sync

from factorialhr._auth.leases import Job, Lease
from factorialhr._auth.oauth import OAuthApp, Token
from factorialhr._auth.refreshing import UNAUTHORIZED, Clock, Refresher
from factorialhr._auth.stores import FileTokenStore, MemoryTokenStore, TokenStore
from factorialhr._core.errors import ConfigurationError, FactorialError
from factorialhr._core.settings import PRODUCTION

DEFAULT_MARGIN_SECONDS = 60.0
DEFAULT_LOCK_TIMEOUT_SECONDS = 60.0


class _RefreshingAuth(httpx.Auth):
    """Sends the access token, and refreshes it shortly before it ends or when the API refuses it."""

    # Answers are read here where they matter: the 401 and the token's own. Others may be streamed.
    requires_response_body = False

    _refresher: Refresher

    @property
    def expires_in_seconds(self) -> float | None:
        """Seconds until the access token in use ends; ``None`` where it does not, or nothing is known yet."""
        return self._refresher.expires_in_seconds

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        lease = Lease()
        steps = self._refresher.steps(request, lease)
        result: object = None
        try:
            while True:
                try:
                    step = steps.send(result)
                except StopIteration:
                    return
                if isinstance(step, httpx.Request):
                    response = yield step
                    if step is not request or response.status_code == UNAUTHORIZED:
                        # Who waits for a token must not keep a connection from the one who fetches it.
                        response.read()
                    result = response
                elif isinstance(step, Job):
                    result = step()
                else:
                    time.sleep(step)
        finally:
            steps.close()
            lease.close()

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        lease = Lease()
        steps = self._refresher.steps(request, lease)
        result: object = None
        try:
            while True:
                try:
                    step = steps.send(result)
                except StopIteration:
                    return
                if isinstance(step, httpx.Request):
                    response = yield step
                    if step is not request:
                        # The old pair is used up: the new one must not be lost to a cancellation.
                        with anyio.CancelScope(shield=True):
                            await response.aread()
                    elif response.status_code == UNAUTHORIZED:
                        await response.aread()
                    result = response
                elif isinstance(step, Job):
                    result = await _in_thread(step)
                else:
                    await anyio.sleep(step)
        finally:
            steps.close()
            if lease.is_held:
                await _in_thread(Job(lease, lease.close))

    def __repr__(self) -> str:
        return f"{type(self).__name__}(***)"


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


class RefreshTokenAuth(_RefreshingAuth):
    """An OAuth2 access token that is refreshed shortly before it ends, and when the API refuses it.

    Share one instance between clients, threads and tasks: one of them refreshes, the others wait for it.
    With a ``store`` that processes share, one process refreshes for all.

    A refresh token buys one new pair. It is stored before it is used; where it cannot be stored, the call
    fails, and the pair is kept in memory and stored with the next one.
    """

    def __init__(
        self,
        access_token: str,
        refresh_token: str | None,
        *,
        client_id: str,
        client_secret: str,
        base_url: str = PRODUCTION,
        store: TokenStore | None = None,
        expires_at: dt.datetime | None = None,
        margin_seconds: float = DEFAULT_MARGIN_SECONDS,
        lock_timeout_seconds: float = DEFAULT_LOCK_TIMEOUT_SECONDS,
    ) -> None:
        """Check the settings; nothing is read or sent yet.

        Args:
            access_token: The token to begin with.
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
            ConfigurationError: A setting cannot work; the message says what to change.

        Calls raise, besides their own errors:

        - ``TokenRefreshError``: the user has to authorise again, or (``retryable``) the server is out of order.
        - ``TokenStoreError``: the store cannot be read or written.
        """
        self._refresher = Refresher(
            OAuthApp(client_id, client_secret, base_url=base_url),
            _checked_store(store),
            Token(access_token=access_token, refresh_token=refresh_token, expires_at=expires_at),
            margin_seconds=margin_seconds,
            lock_timeout_seconds=lock_timeout_seconds,
            clock=Clock(),
        )


class RefreshTokenAuthFile(_RefreshingAuth):
    """An OAuth2 access token from a file, refreshed there; processes that share the file share the token.

    Make the file with ``FileTokenStore(path).save(token)``, with a token of ``OAuthClient.exchange``.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        client_id: str,
        client_secret: str,
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


def _checked_store(store: TokenStore | None) -> TokenStore:
    if store is None:
        return MemoryTokenStore()
    if not isinstance(store, TokenStore):
        raise ConfigurationError(
            f"store has load, save and try_lock, such as FileTokenStore(path); not {type(store).__name__}"
        )
    return store
