from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.redis.server import PROGRAM, RedisServer

FOLDER = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of this folder are tests of services; the hook is given the tests of other folders, too."""
    for item in items:
        if item.path.is_relative_to(FOLDER):
            item.add_marker(pytest.mark.services)


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
    """Fail where no redis-server is installed: whoever asks for the tests of services wants to see them run."""
    assert PROGRAM is not None, "these tests need a real redis-server: apt-get install redis-server"
