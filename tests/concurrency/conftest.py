from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.concurrency.server import Server


@pytest.fixture(autouse=True)
def _direct(without_proxies: None) -> None:
    """No proxy stands between, in other processes neither."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running
