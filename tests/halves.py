"""Both halves under names that the mirror of the tests can swap."""

from __future__ import annotations

import factorialhr as factorialhr_async
import factorialhr.sync as factorialhr_sync

__all__ = ["factorialhr_async", "factorialhr_sync"]
