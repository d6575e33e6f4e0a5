"""A client that was used and never closed is told of, once, when it is garbage."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pytest_httpx import HTTPXMock

from tests.halves import factorialhr_async as sdk
from tests.support import answers
from tests.support.script import Script

WARNING = "unclosed ApiClient https://api.factorialhr.com: use it in a with block or close it"


class Told:
    """The warnings of unclosed resources."""

    def __init__(self, caught: list[warnings.WarningMessage]) -> None:
        self._caught = caught

    def now(self) -> list[str]:
        """Those so far, garbage included."""
        gc.collect()
        return [str(one.message) for one in self._caught if one.category is ResourceWarning]


@pytest.fixture
def told() -> Iterator[Told]:
    gc.collect()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield Told(caught)


@pytest.fixture
def answered(httpx_mock: HTTPXMock) -> None:
    """Every request is answered, without a socket that would warn of itself."""
    httpx_mock.add_response(json=answers.session(), is_reusable=True)


async def use(api: Any) -> Any:
    await api.trainings.sessions.get_by_id(7)
    return api


@pytest.mark.usefixtures("answered")
async def test_a_client_that_was_used(told: Told) -> None:
    api = await use(sdk.ApiClient(api_key="key"))
    assert told.now() == []
    del api
    assert told.now() == [WARNING]


@pytest.mark.usefixtures("answered")
async def test_calls_and_downloads_of_one_client_are_one_warning(told: Told, tmp_path: Path) -> None:
    api = await use(sdk.ApiClient(api_key="key"))
    await api.download("https://storage.example/file", tmp_path / "file")
    del api
    assert told.now() == [WARNING]


@pytest.mark.usefixtures("answered")
async def test_a_client_that_only_downloaded(told: Told, tmp_path: Path) -> None:
    await sdk.ApiClient(api_key="key").download("https://storage.example/file", tmp_path / "file")
    assert told.now() == [WARNING]


@pytest.mark.usefixtures("answered")
async def test_two_clients_are_two_warnings(told: Told) -> None:
    await use(sdk.ApiClient(api_key="key"))
    await use(sdk.ApiClient(api_key="key"))
    assert told.now() == [WARNING] * 2


@pytest.mark.usefixtures("answered")
async def test_a_copy_that_outlives_the_first(told: Told) -> None:
    copy = (await use(sdk.ApiClient(api_key="key"))).with_options(timeout=5)
    assert told.now() == []  # the connections are still in use
    await use(copy)
    del copy
    assert told.now() == [WARNING]


@pytest.mark.usefixtures("answered")
async def test_an_endpoint_that_outlives_the_client(told: Told) -> None:
    sessions = sdk.SessionsEndpoint(sdk.ApiClient(api_key="key"))
    await sessions.get_by_id(7)
    assert told.now() == []
    del sessions
    assert told.now() == [WARNING]


@pytest.mark.usefixtures("answered")
async def test_a_client_that_was_closed(told: Told) -> None:
    api = await use(sdk.ApiClient(api_key="key"))
    await api.aclose()
    del api
    async with sdk.ApiClient(api_key="key") as api:
        await use(api)
        await use(api.with_options(timeout=5))
    del api
    assert told.now() == []


def test_a_client_that_was_never_used(told: Told) -> None:
    sdk.ApiClient(api_key="key").with_options(timeout=5)
    assert told.now() == []


@pytest.mark.parametrize("name", ["transport", "http_client"])
async def test_connections_of_the_callers_own(name: str, told: Told) -> None:
    script = Script(answers.json(answers.session()))
    own = script if name == "transport" else httpx.AsyncClient(transport=script)
    await use(sdk.ApiClient(api_key="key", **{name: own}))
    assert told.now() == []
