"""Both halves behind one interface, so that a contract is written once and holds for each."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any

import httpx

import factorialhr
import factorialhr.sync

HALVES: dict[str, ModuleType] = {"async": factorialhr, "sync": factorialhr.sync}


def drain(value: Any) -> Any:
    """What a method answers with: awaited, or collected where it is an iterator."""
    if inspect.isawaitable(value):
        return asyncio.run(_awaited(value))
    if hasattr(value, "__anext__"):
        return asyncio.run(_collected(value))
    return list(value) if hasattr(value, "__next__") else value


async def _awaited(value: Any) -> Any:
    return await value


async def _collected(value: Any) -> list[Any]:
    return [item async for item in value]


def client(sdk: ModuleType, handler: Callable[[httpx.Request], httpx.Response], **settings: Any) -> Any:
    """A client of either half over a transport that answers with ``handler``."""
    settings = {"auth": sdk.ApiKeyAuth("key"), "max_retries": 0, **settings}
    return sdk.ApiClient(transport=httpx.MockTransport(handler), **settings)
