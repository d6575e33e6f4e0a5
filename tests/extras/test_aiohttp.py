"""The extra ``aiohttp``: the async half over aiohttp's connections instead of httpcore's."""

from __future__ import annotations

import asyncio

from httpx_aiohttp import AiohttpTransport, HttpxAiohttpClient

from factorialhr import ApiClient, ApiKeyAuth
from factorialhr.testing import Sandbox


def test_as_a_transport() -> None:
    async def run(sandbox: Sandbox) -> list[str]:
        auth = ApiKeyAuth(sandbox.api_key)
        async with ApiClient(sandbox.url, auth=auth, transport=AiohttpTransport()) as api:
            return [training.name async for training in api.trainings.trainings.iter()]

    with Sandbox.company(employees=4, seed=1) as sandbox:
        assert len(asyncio.run(run(sandbox))) == len(sandbox.trainings.trainings)


def test_as_an_httpx_client() -> None:
    async def run(sandbox: Sandbox) -> int:
        auth = ApiKeyAuth(sandbox.api_key)
        async with (
            HttpxAiohttpClient() as http_client,
            ApiClient(sandbox.url, auth=auth, http_client=http_client) as api,
        ):
            return len(await api.trainings.sessions.all())

    with Sandbox.company(employees=4, seed=1) as sandbox:
        assert asyncio.run(run(sandbox)) == len(sandbox.trainings.sessions)
