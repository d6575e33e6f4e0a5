"""What the client makes of a refresh: an event, and a request that surely was not sent where it fails."""

from __future__ import annotations

import httpx
import pytest

from tests._sync.refreshing import BODY, over, read, refreshing
from tests.halves import factorialhr_sync as sdk
from tests.oauth.server import FakeClock, TokenServer


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def server() -> TokenServer:
    return TokenServer()


def test_a_refresh_is_an_event_and_a_call_without_one_is_none(server: TokenServer, clock: FakeClock) -> None:
    events: list[sdk.Event] = []
    with over(server, refreshing(clock), on_event=events.append) as api:
        read(api, times=3)
    assert [type(event) for event in events] == [sdk.RefreshEvent]
    assert events[0].expires_in_seconds == pytest.approx(7200, abs=60)


@pytest.mark.parametrize("failure", [httpx.ReadError, httpx.ReadTimeout, httpx.RemoteProtocolError, httpx.ConnectError])
def test_a_write_whose_token_request_broke_was_not_sent_and_is_sent_once(
    failure: type[httpx.RequestError], server: TokenServer, clock: FakeClock
) -> None:
    broken, writes = [1], []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/oauth/token") and broken:
            broken.pop()
            raise failure("", request=request)
        if request.method == "POST" and "resources" in request.url.path:
            writes.append(request)
        return server.answer(request)

    transport = httpx.MockTransport(answer)
    with sdk.ApiClient(auth=refreshing(clock), transport=transport) as api:
        api.request("POST", "trainings/sessions", data=BODY)
    assert len(writes) == 1


def test_a_token_endpoint_that_is_away_leaves_no_doubt_about_the_write(clock: FakeClock) -> None:
    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("", request=request)

    transport = httpx.MockTransport(away)
    with sdk.ApiClient(auth=refreshing(clock), transport=transport, max_retries=0) as api:
        with pytest.raises(sdk.ApiConnectionError) as caught:
            api.request("POST", "trainings/sessions", data=BODY)
    assert not caught.value.maybe_received
