"""The tools that replace httpx's network in tests, used as their own documents show, with clients of both halves."""

from __future__ import annotations

import httpx
import pytest
import respx
from pytest_httpx import HTTPXMock

import factorialhr
import factorialhr.sync
from tests.support import answers

ADDRESS = "https://api.factorialhr.com"
SESSIONS = f"{ADDRESS}/api/2026-10-01/resources/trainings/sessions"
KEY = factorialhr.ApiKeyAuth("key")


async def with_await(**settings: object) -> str:
    """The name of a session, by the async half."""
    async with factorialhr.ApiClient(auth=KEY, **settings) as api:  # type: ignore[arg-type]
        return (await api.trainings.sessions.get_by_id(7)).name


def without_await(**settings: object) -> str:
    """The name of a session, by the blocking half."""
    with factorialhr.sync.ApiClient(auth=KEY, **settings) as api:  # type: ignore[arg-type]
        return api.trainings.sessions.get_by_id(7).name


# -- pytest-httpx -------------------------------------------------------------------------------------


async def test_pytest_httpx_async(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(url=f"{SESSIONS}/7", match_headers={"x-api-key": "key"}, json=answers.session())
    assert await with_await() == "First aid"


def test_pytest_httpx_blocking(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(url=f"{SESSIONS}/7", match_headers={"x-api-key": "key"}, json=answers.session())
    assert without_await() == "First aid"


async def test_pytest_httpx_pages_async(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(
        url=f"{SESSIONS}?limit=1",
        json={"data": answers.sessions("1"), "meta": {"has_next_page": True, "end_cursor": "c1"}},
    )
    httpx_mock.add_response(
        url=f"{SESSIONS}?limit=1&after_id=c1", json={"data": answers.sessions("2"), "meta": {"has_next_page": False}}
    )
    async with factorialhr.ApiClient(auth=KEY) as api:
        assert [session.id async for session in api.trainings.sessions.iter(limit=1)] == ["1", "2"]


def test_pytest_httpx_pages_blocking(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(
        url=f"{SESSIONS}?limit=1",
        json={"data": answers.sessions("1"), "meta": {"has_next_page": True, "end_cursor": "c1"}},
    )
    httpx_mock.add_response(
        url=f"{SESSIONS}?limit=1&after_id=c1", json={"data": answers.sessions("2"), "meta": {"has_next_page": False}}
    )
    with factorialhr.sync.ApiClient(auth=KEY) as api:
        assert [session.id for session in api.trainings.sessions.iter(limit=1)] == ["1", "2"]


async def test_pytest_httpx_body_of_a_write_async(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(method="POST", url=SESSIONS, match_json={"name": "x"}, json=answers.session())
    async with factorialhr.ApiClient(auth=KEY) as api:
        await api.trainings.sessions.create({"name": "x"})


def test_pytest_httpx_body_of_a_write_blocking(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(method="POST", url=SESSIONS, match_json={"name": "x"}, json=answers.session())
    with factorialhr.sync.ApiClient(auth=KEY) as api:
        api.trainings.sessions.create({"name": "x"})


async def test_pytest_httpx_errors_async(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_exception(httpx.ReadTimeout("too late"))
    with pytest.raises(factorialhr.ApiTimeoutError):
        await with_await(max_retries=0)


def test_pytest_httpx_errors_blocking(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_exception(httpx.ReadTimeout("too late"))
    with pytest.raises(factorialhr.ApiTimeoutError):
        without_await(max_retries=0)


# -- respx --------------------------------------------------------------------------------------------


@respx.mock
async def test_respx_async() -> None:
    route = respx.get(f"{SESSIONS}/7").respond(json=answers.session())
    assert await with_await() == "First aid"
    assert route.calls.last.request.headers["x-api-key"] == "key"


@respx.mock
def test_respx_blocking() -> None:
    route = respx.get(f"{SESSIONS}/7").respond(json=answers.session())
    assert without_await() == "First aid"
    assert route.calls.last.request.headers["x-api-key"] == "key"


async def test_respx_of_one_address_async() -> None:
    async with respx.mock(base_url=ADDRESS) as router:
        router.get(path__regex="/trainings/sessions/7$").mock(return_value=answers.json(answers.session()))
        assert await with_await() == "First aid"
        assert router.calls.call_count == 1


def test_respx_of_one_address_blocking() -> None:
    with respx.mock(base_url=ADDRESS) as router:
        router.get(path__regex="/trainings/sessions/7$").mock(return_value=answers.json(answers.session()))
        assert without_await() == "First aid"
        assert router.calls.call_count == 1


@respx.mock
async def test_respx_errors_async() -> None:
    route = respx.get(f"{SESSIONS}/7").mock(side_effect=[httpx.Response(404)])
    with pytest.raises(factorialhr.NotFoundError):
        await with_await()
    assert route.call_count == 1


@respx.mock
def test_respx_errors_blocking() -> None:
    route = respx.get(f"{SESSIONS}/7").mock(side_effect=[httpx.Response(404)])
    with pytest.raises(factorialhr.NotFoundError):
        without_await()
    assert route.call_count == 1


# -- httpx's own --------------------------------------------------------------------------------------


def answer(request: httpx.Request) -> httpx.Response:
    """What a user gives to ``httpx.MockTransport``."""
    assert request.url == f"{SESSIONS}/7"
    return httpx.Response(200, json=answers.session())


async def test_a_mock_transport_async() -> None:
    assert await with_await(transport=httpx.MockTransport(answer)) == "First aid"


def test_a_mock_transport_blocking() -> None:
    assert without_await(transport=httpx.MockTransport(answer)) == "First aid"


async def test_an_httpx_client_async() -> None:
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer), auth=KEY) as http_client:
        async with factorialhr.ApiClient(http_client=http_client) as api:
            assert (await api.trainings.sessions.get_by_id(7)).name == "First aid"
        assert not http_client.is_closed


def test_an_httpx_client_blocking() -> None:
    with httpx.Client(transport=httpx.MockTransport(answer), auth=KEY) as http_client:
        with factorialhr.sync.ApiClient(http_client=http_client) as api:
            assert api.trainings.sessions.get_by_id(7).name == "First aid"
        assert not http_client.is_closed
