"""What one call does about its token, as steps; what all calls share is in ``refreshing.py``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import httpx

from factorialhr._auth.leases import TokenCall
from factorialhr._auth.oauth import Token
from factorialhr._auth.refreshing import TRUSTED_SECONDS, Held, Refresher, Wanted
from factorialhr._core.steps import Steps

MOST_TOKEN_REQUEST_SECONDS: Final = 30.0
UNAUTHORIZED: Final = 401

NEW_AND_REFUSED: Final = (
    f"the access token is new and the API has not accepted it yet, so it is not refreshed again within "
    f"{TRUSTED_SECONDS:g} s of the last refresh"
)
REFUSED_AGAIN: Final = "the access token was replaced for this request, and the API refused the new one too"
BODY_IS_GONE: Final = (
    "the access token is refreshed with the next request; this one was not sent again, its body can be read only once"
)
NO_REFRESH_TOKEN: Final = "a token without refresh token cannot be refreshed: authorize again and save the new one"  # noqa: S105


class RefreshingCall(TokenCall):
    """One request with a token that is refreshed where it is due, or refused."""

    def __init__(self, refresher: Refresher, request: httpx.Request) -> None:
        super().__init__()
        self._refresher = refresher
        self._request = request
        self._refusal_note: str | None = None

    @property
    def sending(self) -> httpx.Request:
        """The request of the last ``Send``."""
        return self._request if self._sending is None else self._sending

    @property
    def refusal_note(self) -> str | None:
        """Why a 401 was not followed by another token; ``None`` where there is no 401."""
        return self._refusal_note

    def steps(self) -> Steps[httpx.Response]:
        """Authorize and send the request; once more where its token was refused and there is a newer one."""
        refresher = self._refresher
        refresher.refuse_other_host(self._request.url)
        held = refresher.held
        if held is None or refresher.is_due(held):
            held = yield from refresher.renew(self, held, Wanted(refresher.is_due, _timeouts_of(self._request)))
        response = yield from self._send_with(held)
        if response.status_code != UNAUTHORIZED:
            return response
        newer = yield from self._after_refusal(held)
        if newer.token is held.token:
            return response
        response = yield from self._send_with(newer)
        if response.status_code == UNAUTHORIZED:
            self._refusal_note = REFUSED_AGAIN
        return response

    def _send_with(self, held: Held) -> Steps[httpx.Response]:
        self._request.headers["Authorization"] = held.header
        response = yield from self.send(self._request)
        if response.is_success:
            held.accepted = True
        return response

    def _after_refusal(self, used: Held) -> Steps[Held]:
        """What to send the request with once more; ``used`` itself where that would be in vain."""
        refresher = self._refresher
        is_latest, refreshable = refresher.is_latest(used), used.token.refresh_token is not None
        if is_latest and refresher.is_on_trial(used):
            self._refusal_note = NEW_AND_REFUSED if refreshable else NO_REFRESH_TOKEN
            return used
        if not _can_be_sent_again(self._request):
            self._refusal_note = BODY_IS_GONE if refreshable else NO_REFRESH_TOKEN
            if is_latest and refreshable:
                refresher.refresh_next_time(used)
            return used

        def is_due(held: Held) -> bool:
            return held.token is used.token or refresher.is_due(held)

        wanted = Wanted(is_due, _timeouts_of(self._request), refused=True, old_will_do=False)
        newer = yield from refresher.renew(self, used, wanted)
        if newer.token is used.token:
            self._refusal_note = NO_REFRESH_TOKEN
        return newer


class FreshTokenCall(TokenCall):
    """The token in use, refreshed first where it ends soon."""

    def __init__(self, refresher: Refresher, seconds: float, timeouts: Mapping[str, float]) -> None:
        super().__init__()
        self._refresher = refresher
        self._seconds = seconds
        self._timeouts = timeouts
        self.token: Token

    def steps(self) -> Steps[Token]:
        """Refresh the token, if it ends soon; the outcome, ``token`` too, is the one in use then."""
        held = self._refresher.held
        if held is None or self._ends_soon(held):
            wanted = Wanted(self._ends_soon, self._timeouts, old_will_do=False)
            held = yield from self._refresher.renew(self, held, wanted)
        self.token = held.token
        return held.token

    def _ends_soon(self, held: Held) -> bool:
        return self._refresher.ends_within(held, self._seconds)


def _can_be_sent_again(request: httpx.Request) -> bool:
    """Whether the body can be read again: one in memory, or one of which the sender says so."""
    return isinstance(request.stream, httpx.ByteStream) or bool(request.extensions.get("repeatable"))


def _timeouts_of(request: httpx.Request) -> dict[str, float]:
    """The timeouts of the request that waits, in seconds, and never none at all."""
    given: dict[str, float | None] = request.extensions.get("timeout") or {}
    most = MOST_TOKEN_REQUEST_SECONDS
    return {name: min(given.get(name) or most, most) for name in ("connect", "read", "write", "pool")}
