"""How much is tried: the same few examples in every run, new ones in a full campaign."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, settings

from tests.support import campaign

SMALLEST = 3
IS_FULL = campaign.FACTOR >= 1


def bounded(examples: int) -> Callable[[Any], Any]:
    """The settings of one test, with its number of examples at a tenth of a campaign, as CI runs it."""
    return settings(
        max_examples=campaign.size(10 * examples, sample=max(SMALLEST, examples // 4)),
        derandomize=not IS_FULL,
        database=None,
        deadline=None,
        # Seeds say nothing when they are smaller: in CI the first failure is as good as the shortest.
        phases=[Phase.generate, Phase.shrink] if IS_FULL else [Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
