from __future__ import annotations

from pytest_httpx import HTTPXMock

from tests.halves import factorialhr_async as sdk


async def test_one_record(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(json={"id": "7", "name": "First aid", "training_id": "1", "subsidized": False})
    async with sdk.ApiClient(auth=sdk.ApiKeyAuth("key")) as api:
        session = await api.trainings.sessions.get_by_id(7)
    assert session.name == "First aid"
