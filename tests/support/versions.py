"""A sandbox for the tests of versions."""

from __future__ import annotations

from factorialhr._core.versions import API_VERSIONS
from factorialhr.testing import Sandbox

__all__ = ["API_VERSIONS", "company"]


def company() -> Sandbox:
    """A small company, the same one for every version."""
    return Sandbox.company(employees=8, seed=3)
