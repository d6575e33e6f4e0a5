"""The connections of a client: as many as requests are in flight, kept while they are good, replaced when they are not."""

from __future__ import annotations

import ssl
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import httpx
import pytest
import trustme

from factorialhr._system import tls, twins
from tests.halves import factorialhr_async as sdk
from tests.support import answers
from tests.support.half_way import HalfWay, Interruption
from tests.support.loopback import Answer, Loopback, Request, pause, whole
from tests.support.script import Script

KEY = sdk.ApiKeyAuth("key")
SESSION = whole(answers.session())


def answering(_: Request) -> Answer:
    return Answer((SESSION,))


def slowly(_: Request) -> Answer:
    return Answer((pause(0.05), SESSION))


async def get(api: sdk.ApiClient, number: int = 7) -> sdk.Session:
    return await api.trainings.sessions.get_by_id(number)


async def test_calls_one_after_the_other_share_one_connection() -> None:
    with Loopback(answering) as server:
        async with sdk.ApiClient(server.url, auth=KEY) as api:
            for _ in range(5):
                await get(api)
        assert server.accepted == 1


async def test_never_more_connections_than_requests_in_flight() -> None:
    with Loopback(slowly) as server:
        async with sdk.ApiClient(server.url, auth=KEY, max_in_flight=3) as api:
            await twins.agather(lambda number: get(api, number), range(12), 12)
            assert api._connections.slots.taken == 0
        assert (server.accepted, server.most_open) == (3, 3)


async def test_after_a_burst_the_warmest_connection_is_used() -> None:
    ports: list[int] = []

    def answer(request: Request) -> Answer:
        ports.append(request.port)
        return slowly(request)

    with Loopback(answer) as server:
        async with sdk.ApiClient(server.url, auth=KEY) as api:
            await twins.agather(lambda number: get(api, number), range(4), 4)
            for _ in range(3):
                await get(api)
    assert len(set(ports)) == 4
    assert len(set(ports[4:])) == 1


async def test_a_connection_that_was_idle_for_too_long_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    from factorialhr._async import connections

    assert connections.ONE_CONNECTION.keepalive_expiry == connections.IDLE_SECONDS == 30
    limits = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=0.0)
    monkeypatch.setattr(connections, "ONE_CONNECTION", limits)
    with Loopback(answering) as server:
        async with sdk.ApiClient(server.url, auth=KEY) as api:
            for _ in range(3):
                await get(api)
        assert server.accepted == 3


async def test_a_connection_that_the_server_closed_takes_no_write() -> None:
    with Loopback(lambda _: Answer((SESSION,), stays_open=False)) as server:
        async with sdk.ApiClient(server.url, auth=KEY, max_retries=0) as api:
            for number in range(1, 4):
                await api.trainings.sessions.create({"name": "x"})
                assert server.closed.acquire(timeout=20)  # it is counted as closed a moment before it is
                assert server.accepted == number


async def test_a_connection_that_was_left_half_way_is_replaced() -> None:
    def answer(request: Request) -> Answer:
        return Answer((pause(20),)) if request.path.endswith("/1") else answering(request)

    with Loopback(answer) as server:
        async with sdk.ApiClient(server.url, auth=KEY, max_in_flight=1, max_retries=0) as api:
            await get(api)
            with pytest.raises(sdk.ApiTimeoutError):
                await api.trainings.sessions.get_by_id(1, timeout=0.05)
            await get(api)
            assert api._connections.slots.taken == 0
        assert server.accepted == 2


async def test_a_response_of_the_callers_own_transport_that_was_left_half_way_is_closed() -> None:
    # Our own connections would be replaced; one of the caller's own knows only by this that it is free.
    body = HalfWay()
    async with sdk.ApiClient(auth=KEY, transport=Script(httpx.Response(200, stream=body))) as api:
        with pytest.raises(Interruption):
            await get(api)
        assert body.closed == 1


async def test_a_transport_that_was_left_half_way_is_replaced_and_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    # httpcore cleans up behind itself, unless it is interrupted while it does: nobody is to rely on it.
    made: list[httpx.AsyncHTTPTransport] = []
    closed: list[httpx.AsyncHTTPTransport] = []

    class Interrupted(httpx.AsyncHTTPTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:  # noqa: ARG002
            if self is made[0]:
                raise Interruption
            return answers.json(answers.session())

        async def aclose(self) -> None:
            closed.append(self)

    def make(**_: object) -> httpx.AsyncHTTPTransport:
        made.append(Interrupted())
        return made[-1]

    monkeypatch.setattr(httpx, "AsyncHTTPTransport", make)
    async with sdk.ApiClient(auth=KEY) as api:
        with pytest.raises(Interruption):
            await get(api)
        assert closed == made[:1]
        await get(api)
        assert (len(made), len(closed)) == (2, 1)


async def test_a_copy_uses_the_connections_of_its_original() -> None:
    with Loopback(answering) as server:
        async with sdk.ApiClient(server.url, auth=KEY) as api:
            await get(api)
            await get(api.with_options(timeout=5))
            await get(api.with_options(api_key="another"))
        assert server.accepted == 1


@pytest.fixture
def secure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """What a server needs that only ``SSL_CERT_FILE`` makes trustworthy."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    monkeypatch.setattr(tls, "_shared", {})
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


async def test_one_client_speaks_http_and_https(secure: ssl.SSLContext) -> None:
    class TokenAuth(httpx.Auth):
        """Fetches a token from elsewhere, each time."""

        def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
            response = yield httpx.Request("POST", f"{elsewhere.url}/token", extensions=request.extensions)
            request.headers["x-token"] = response.json()["token"]
            yield request

    with (
        Loopback(lambda _: Answer((whole({"token": "t"}),)), tls=secure) as elsewhere,
        Loopback(answering) as server,
    ):
        async with sdk.ApiClient(server.url, auth=TokenAuth()) as api:
            for _ in range(3):
                await get(api)
        assert (elsewhere.accepted, server.accepted) == (1, 1)
        assert [request.headers["x-token"] for request in server.requests] == ["t"] * 3


async def test_a_custom_authority_is_trusted(secure: ssl.SSLContext) -> None:
    with Loopback(answering, tls=secure) as server:
        async with sdk.ApiClient(server.url, auth=KEY) as api:
            assert (await get(api)).id == "7"


async def test_an_authority_that_is_not_there_is_named(secure: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/authority.pem")
    with Loopback(answering, tls=secure) as server:
        async with sdk.ApiClient(server.url, auth=KEY) as api:
            with pytest.raises(sdk.ConfigurationError, match=r"SSL_CERT_FILE is '/nowhere/authority.pem', which does"):
                await get(api)
        assert server.accepted == 0


async def test_a_certificate_that_is_not_trusted_is_not_tried_again(
    secure: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with Loopback(answering, tls=secure) as server:
        async with sdk.ApiClient(server.url, auth=KEY) as api:
            with pytest.raises(sdk.ApiConnectionError, match="an issuer that is not trusted") as caught:
                await get(api)
        assert not caught.value.maybe_received
        assert server.accepted == 1


async def test_a_credential_that_waits_on_its_own_is_driven_and_closed() -> None:
    ended: list[str] = []

    class OwnAuth(httpx.Auth):
        """Does its own waiting, in the way of its half."""

        async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
            try:
                await twins.asleep(0)
                request.headers["x-own"] = "o"
                yield request
                ended.append("done")
            finally:
                ended.append("closed")

    with Loopback(answering) as server:
        async with sdk.ApiClient(server.url, auth=OwnAuth()) as api:
            await get(api)
        assert server.requests[0].headers["x-own"] == "o"
    assert ended == ["done", "closed"]
