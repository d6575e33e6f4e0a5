from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.concurrency.server import Server


@pytest.fixture(autouse=True)
def _direct(without_proxies: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    """No proxy stands between, in other processes neither; long lists are fetched several pages at a time."""
    monkeypatch.setattr("factorialhr._core.pages.SECONDS_WORTH_ONE", 1e-9)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running
