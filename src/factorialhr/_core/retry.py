"""What may be repeated, and how long to wait before it."""

from __future__ import annotations

import datetime as dt
import math
import random
from email.utils import parsedate_to_datetime

import httpx

from factorialhr._core.errors import NEVER_SENT

REPEATABLE_STATUSES = frozenset({500, 502, 503, 504})
FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 30.0
# A caller would rather have the error, with the number, than a thread that sleeps for longer.
LONGEST_RETRY_AFTER_SECONDS = 60.0


def wait_before_retry(
    attempt: int, response: httpx.Response, failure: httpx.RequestError | None, *, repeatable: bool
) -> float | None:
    """Seconds to wait before sending the request again, or ``None`` where it must not be.

    Args:
        attempt: How many repeats there were before.
        response: The answer, where ``failure`` is ``None``.
        failure: What httpx raised where no answer came.
        repeatable: Whether the request may arrive twice without harm.
    """
    if failure is not None:
        safe = isinstance(failure, NEVER_SENT) or repeatable
        return jitter(attempt) if safe else None
    if not _may_repeat(response.status_code, repeatable=repeatable):
        return None
    asked = retry_after_seconds(response.headers.get("retry-after"))
    if asked is None:
        return jitter(attempt)
    return asked if asked <= LONGEST_RETRY_AFTER_SECONDS else None


def _may_repeat(status: int, *, repeatable: bool) -> bool:
    # A 429 was refused before anything was done; after a 5xx a write may have taken place.
    return status == 429 or (repeatable and status in REPEATABLE_STATUSES)


def jitter(attempt: int) -> float:
    """Full jitter: anything from nothing to a bound that doubles with each repeat."""
    return random.uniform(0, min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2**attempt))  # noqa: S311


def retry_after_seconds(value: str | None, now: dt.datetime | None = None) -> float | None:
    """Read a ``Retry-After`` header: seconds, a fraction of them, or an HTTP date; ``None`` for anything else."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            moment = parsedate_to_datetime(value)
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=dt.UTC)
            seconds = (moment - (now or dt.datetime.now(dt.UTC))).total_seconds()
        except (ValueError, OverflowError):
            return None
    return None if math.isnan(seconds) else max(0.0, seconds)
