"""Both halves under names that the mirror of the tests can swap."""

from __future__ import annotations

from types import ModuleType

import factorialhr as factorialhr_async
import factorialhr.sync as factorialhr_sync

__all__ = ["factorialhr_async", "factorialhr_sync", "other_half"]


def other_half(half: ModuleType) -> ModuleType:
    """The half that the mirror would swap this one for."""
    return factorialhr_sync if half is factorialhr_async else factorialhr_async
