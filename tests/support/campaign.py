"""How much a campaign tries: a sample in every run of the tests, and a part of the whole in a session of its own."""

from __future__ import annotations

import os

FACTOR = float(os.environ.get("FACTORIALHR_CAMPAIGN", "0"))
"""The part of a full campaign that is asked for: 1 for all of it, 0.1 in CI, 0 for the samples."""


def size(full: int, sample: int) -> int:
    """How many to try."""
    return max(sample, round(full * FACTOR))
