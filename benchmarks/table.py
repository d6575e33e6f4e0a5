"""The output: one line for each comparison."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from benchmarks.measure import Comparison


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison, as it is printed."""

    name: str
    ratio: float
    ours: str
    other: str
    aim: str = ""
    """Empty where the figure is there for information only."""
    met: bool = True


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured: rounds of turns, and how much one turn does."""

    rounds: int
    calls: int
    """Single calls in a turn, at least as many as tasks."""
    pages: int
    """Pages of 100 records in a turn."""
    kept: int
    """Records that are held in memory."""
    slow_rounds: int
    """Rounds of turns that mostly wait: a busy machine hits them less."""
    starts: int
    """Fresh interpreters for each import."""
    lists: tuple[int, ...]
    """Pages of the lists that are fetched with several requests at a time."""
    late_rounds: int
    """Rounds of such a list of 100 pages that wait; longer ones have one."""
    longest_wait: float
    """Seconds: what waits longer is left out."""
    streamed: int
    """Pages of the list whose stream is to take no more memory than a short one."""


Benchmark = Callable[[Sizes], Iterator[Row]]

FULL = Sizes(
    rounds=9,
    calls=100,
    pages=100,
    kept=100_000,
    slow_rounds=1,
    starts=11,
    lists=(100, 1000),
    late_rounds=3,
    longest_wait=1_000,
    streamed=10_000,
)
QUICK = replace(FULL, rounds=5, pages=20, kept=20_000, starts=5, late_rounds=1, longest_wait=10.5, streamed=1_000)


def at_most(name: str, found: Comparison, bound: float | None, unit: Callable[[float], str]) -> Row:
    """Make a line whose aim is a bound of the ratio; without a bound it is a figure alone."""
    return Row(
        name,
        found.ratio,
        unit(found.ours),
        unit(found.other),
        aim="" if bound is None else f"<= {bound:.2f}",
        met=bound is None or found.ratio <= bound,
    )


def milliseconds(seconds: float) -> str:
    """Spell the time of a whole turn."""
    return f"{seconds * 1e3:,.1f} ms"


def per_item(count: int) -> Callable[[float], str]:
    """Spell the time of a turn as that of one of its items, in microseconds."""
    return lambda seconds: f"{seconds / count * 1e6:,.2f} us"


HEAD = ("", "ratio", "aim", "", "ours", "other")


def line(cells: tuple[str, ...]) -> str:
    """Lay out one line: names to the left, numbers to the right."""
    name, ratio, aim, verdict, ours, other = cells
    return f"{name:<86} {ratio:>7}  {aim:<10} {verdict:<6} {ours:>14} {other:>14}"


def row_line(row: Row) -> str:
    """Lay out one comparison."""
    verdict = "" if not row.aim else "met" if row.met else "MISSED"
    return line((row.name, f"{row.ratio:.2f}", row.aim, verdict, row.ours, row.other))
