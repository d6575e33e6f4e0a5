from __future__ import annotations

import pytest

from factorialhr._core.versions import API_VERSIONS


@pytest.fixture(autouse=True)
def _calm(waits: list[float], without_proxies: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    """No test waits, finds a proxy or credential that it did not set up, or fails as versions grow old."""
    for name in ("FACTORIAL_API_KEY", "FACTORIAL_ACCESS_TOKEN", "FACTORIAL_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("factorialhr._core.versions._warned", set(API_VERSIONS))
