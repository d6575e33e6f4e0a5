"""What may be repeated, and how long to wait before it."""

from __future__ import annotations

import random

import httpx

from factorialhr._core.reasons import is_permanent, never_sent
from factorialhr._core.retry_after import retry_after_seconds

# 520 to 524, 529 and 530 are those of CDNs that could not reach the API, or found it overloaded.
REPEATABLE_STATUSES = frozenset({408, 500, 502, 503, 504, *range(520, 525), 529, 530})
FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 30.0
# A caller would rather have the error, with the number, than a thread that sleeps for longer.
LONGEST_RETRY_AFTER_SECONDS = 60.0


def wait_before_retry(attempt: int, outcome: httpx.Response | httpx.RequestError, *, repeatable: bool) -> float | None:
    """Seconds to wait before sending the request again, or ``None`` if it must not be.

    Args:
        attempt: How many retries there were before.
        outcome: The response, or what httpx raised instead of one.
        repeatable: Whether the request may arrive twice without harm.
    """
    if isinstance(outcome, httpx.RequestError):
        safe = repeatable or never_sent(outcome)
        return jitter(attempt) if safe and not is_permanent(outcome) else None
    if not _may_repeat(outcome.status_code, repeatable=repeatable):
        return None
    asked = retry_after_seconds(outcome.headers.get("retry-after"))
    if asked is None:
        return jitter(attempt)
    return asked if asked <= LONGEST_RETRY_AFTER_SECONDS else None


def _may_repeat(status: int, *, repeatable: bool) -> bool:
    # A 429 was refused before anything was done; after a 5xx a write may have taken place.
    return status == 429 or (repeatable and status in REPEATABLE_STATUSES)


def jitter(attempt: int) -> float:
    """Full jitter: anything from nothing to a bound that doubles with each repeat."""
    return random.uniform(0, min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2**attempt))  # noqa: S311
