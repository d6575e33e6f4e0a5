"""Fixtures of all tests."""

from __future__ import annotations

import os

import pytest

from factorialhr._core import compat
from factorialhr._core.limits import TokenBucket


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Both halves wait for nothing; the seconds they asked for are kept here, and pass on the limiter's clock."""
    waited: list[float] = []

    async def asleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(compat, "asleep", asleep)
    monkeypatch.setattr(compat, "sleep", waited.append)
    monkeypatch.setitem(TokenBucket.__init__.__kwdefaults__, "clock", lambda: sum(waited))
    return waited


@pytest.fixture
def without_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own proxies are none of the tests' business."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
