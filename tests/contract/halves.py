"""Both halves behind one interface, so that a contract is written once and holds for each."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType
from typing import Any

import httpx

import factorialhr
import factorialhr.sync
from factorialhr import UnsupportedOperationError
from tests.support.openapi import VERSIONS

HALVES: dict[str, ModuleType] = {"async": factorialhr, "sync": factorialhr.sync}
LIST_METHODS = ("get", "all", "iter", "pages")
PATH_ID = "PATH-ID"
WITHOUT_LIMIT = 10**9


@dataclass(frozen=True)
class Method:
    """One public method of one endpoint class."""

    endpoint: str
    name: str
    arguments: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.endpoint}.{self.name}"


@dataclass
class Wire:
    """A network that answers everything alike and keeps what was sent."""

    content: object = field(default_factory=dict)
    status: int = 200
    requests: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(self.status, json=self.content)

    @property
    def request(self) -> httpx.Request:
        (only,) = self.requests
        return only


class Half:
    """Calls methods of one half, whether they wait or not."""

    def __init__(self, sdk: ModuleType) -> None:
        self.sdk = sdk
        self.name = next(name for name, one in HALVES.items() if one is sdk)
        self._runner = asyncio.Runner()
        self._wire: Callable[[httpx.Request], httpx.Response] = Wire()
        self._clients: dict[tuple[str, bool], Any] = {}

    def client(self, version: str, *, strict: bool = True) -> Any:
        """One client serves many calls: making it costs more than a call does."""
        key = (version, strict)
        if key not in self._clients:
            self._clients[key] = self.sdk.ApiClient(
                auth=self.sdk.ApiKeyAuth("key"),
                api_version=version,
                transport=httpx.MockTransport(self._answer),
                max_retries=0,
                rate_limiter=self.sdk.TokenBucket(WITHOUT_LIMIT),
                strict=strict,
            )
        return self._clients[key]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        return self._wire(request)

    def forget_clients(self) -> None:
        """Let the next calls have new clients: each warns of an issue once."""
        self._clients.clear()

    def call(
        self, wire: Wire, version: str, method: Method, /, *arguments: object, strict: bool = True, **request: object
    ) -> Any:
        self._wire = wire
        endpoint = getattr(self.sdk, method.endpoint)(self.client(version, strict=strict))
        value = getattr(endpoint, method.name)(*arguments, **request)
        if inspect.iscoroutine(value):
            return self._runner.run(value)
        if hasattr(value, "__anext__"):
            return self._runner.run(_collected(value))
        return list(value) if hasattr(value, "__next__") else value

    def close(self) -> None:
        self._runner.close()


async def _collected(values: Any) -> list[Any]:
    return [value async for value in values]


def methods_of(sdk: ModuleType) -> list[Method]:
    """Every public method of every endpoint class."""
    return [
        Method(name, method, tuple(inspect.signature(function).parameters)[1:-1])
        for name in sdk.__all__
        if name.endswith("Endpoint")
        for method, function in vars(getattr(sdk, name)).items()
        if inspect.isfunction(function) and not method.startswith("_")
    ]


def dummy_arguments(method: Method) -> list[Any]:
    """Something for every argument: a mapping as ``data``, a list for what is spelt in the plural, else an id."""
    return [{} if one == "data" else ["1"] if one.endswith("_ids") else PATH_ID for one in method.arguments]


@cache
def methods_by_operation(half_name: str) -> dict[str, list[Method]]:
    """Methods by the verb and path that they send, found by calling each in the newest version that has it."""
    half = Half(HALVES[half_name])
    found: dict[str, list[Method]] = {}
    for method in methods_of(half.sdk):
        found.setdefault(_operation_of(half, method), []).append(method)
    half.close()
    return found


def _operation_of(half: Half, method: Method) -> str:
    for version in reversed(VERSIONS):
        wire = Wire(status=204)
        try:
            half.call(wire, version, method, *dummy_arguments(method))
        except UnsupportedOperationError:
            continue
        except factorialhr.DecodeError:
            pass  # the empty object is no answer of this method; its request is all that is wanted here
        path = wire.request.url.path.removeprefix(f"/api/{version}/resources/").replace(PATH_ID, "{id}")
        return f"{wire.request.method} {path}"
    raise AssertionError(f"{method} is in no version")
