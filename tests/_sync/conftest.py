from __future__ import annotations

import pytest

from factorialhr._core.versions import API_VERSIONS


@pytest.fixture(autouse=True)
def _calm(waits: list[float], without_proxies: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    """No test waits, none goes through a proxy that it did not set up, and none fails as versions grow old."""
    monkeypatch.setattr("factorialhr._core.versions._warned", set(API_VERSIONS))
    # Lists are walked one page after the other, however slow this machine is; test_concurrency.py asks for more.
    monkeypatch.setattr("factorialhr._core.pages.SECONDS_WORTH_ONE", float("inf"))
