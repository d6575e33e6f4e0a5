from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _direct(without_proxies: None) -> None:
    """What these tests mock or record is reached directly."""
