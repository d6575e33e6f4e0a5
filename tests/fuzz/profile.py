"""How much is tried: the same few examples in every run, or as many new ones as the environment asks for."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

EXAMPLES = int(os.environ.get("FACTORIALHR_FUZZ_EXAMPLES", "0"))
"""Examples of each test; 0 takes the few of CI, always the same."""


def bounded(examples: int) -> settings:
    """The settings of one test, with its number of examples in CI."""
    return settings(
        max_examples=EXAMPLES or examples,
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        # Seeds say nothing when they are smaller: in CI the first failure is as good as the shortest.
        phases=[Phase.generate, Phase.shrink] if EXAMPLES else [Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
