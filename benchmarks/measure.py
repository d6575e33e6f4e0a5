"""Compares two ways of doing the same: in turns, so that a busy machine hits both alike."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two sides cost, and the median of their ratios over all rounds."""

    ratio: float
    ours: float
    """Seconds of one turn, the median."""
    other: float
    """Seconds of one turn, the median."""


Turn = Callable[[], object]


class Cost(NamedTuple):
    """Seconds of one turn."""

    cpu: float
    """In this process, all its threads together."""
    wall: float


def compare(ours: Turn, other: Turn, rounds: int) -> Comparison:
    """Run both sides in turns and relate their CPU time; arguments as in ``compare_both``."""
    return compare_both(ours, other, rounds)[0]


def compare_both(ours: Turn, other: Turn, rounds: int) -> tuple[Comparison, Comparison]:
    """Run both sides in turns and relate their CPU time, and what the clock on the wall says.

    Args:
        ours: One turn of this package's work.
        other: One turn of what it is compared with.
        rounds: How many turns each side gets, after one that is not counted.
    """
    found = [_round(ours, other, swapped=bool(number % 2)) for number in range(rounds + 1)][1:]
    return (
        _comparison([(mine.cpu, theirs.cpu) for mine, theirs in found]),
        _comparison([(mine.wall, theirs.wall) for mine, theirs in found]),
    )


def _comparison(pairs: Sequence[tuple[float, float]]) -> Comparison:
    return Comparison(
        ratio=median(mine / theirs for mine, theirs in pairs),
        ours=median(mine for mine, _ in pairs),
        other=median(theirs for _, theirs in pairs),
    )


def _round(ours: Turn, other: Turn, *, swapped: bool) -> tuple[Cost, Cost]:
    # Whoever goes second finds warmer caches: the sides take turns at that as well.
    if swapped:
        theirs = cost(other)
        return cost(ours), theirs
    return cost(ours), cost(other)


def cost(turn: Turn) -> Cost:
    """Measure one turn; what it returns is freed after the clocks have stopped."""
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    kept = turn()
    found = Cost(time.process_time() - cpu, time.perf_counter() - wall)
    del kept
    return found
