"""Reads the ``Retry-After`` header: what errors show, and what retries obey."""

from __future__ import annotations

import datetime as dt
import math
from email.utils import parsedate_to_datetime

# Servers also send infinity and epochs here; nobody can wait for those, and sleeping for them fails.
LONGEST_BELIEVABLE_SECONDS = 10 * 366 * 86400


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
    if not math.isfinite(seconds) or seconds > LONGEST_BELIEVABLE_SECONDS:
        return None
    return max(0.0, seconds)
