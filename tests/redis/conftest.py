from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.redis.server import PROGRAM, RedisServer


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """One for all tests; who stops or fills one starts another."""
    need_redis()
    with RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def database(redis_server: RedisServer) -> Iterator[Any]:
    """A client of an empty database."""
    with redis_server.client() as client:
        client.flushall()
        yield client


@pytest.fixture(autouse=True)
def _direct(without_proxies: None) -> None:
    """Loopback is not to be reached through a proxy."""


def need_redis() -> None:
    """Skip where no redis-server is installed; CI has one."""
    if PROGRAM is None and os.environ.get("CI", "").lower() in ("", "0", "false"):
        pytest.skip("no redis-server: apt-get install redis-server")
    assert PROGRAM is not None, "CI tests against a real redis-server: apt-get install redis-server"
