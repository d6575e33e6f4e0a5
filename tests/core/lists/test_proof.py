"""The proof: a list changes at random between any two requests, and what is called whole is whole.

Counted in every run: records that were there from the first request to the last and did not arrive, and records that
arrived twice. ``FACTORIALHR_CAMPAIGN`` says how many runs.
"""

from __future__ import annotations

import random
from collections import Counter
from typing import NamedTuple

import pytest

from factorialhr._core.listing import Listing
from tests.core.lists.server import Row, Server, fetch
from tests.support import campaign

RUNS = campaign.size(24_000, sample=2_400)
CONCURRENCIES = (1, 2, 8, 16)
RATES = (0.02, 0.15, 0.5)
"""How likely the list changes before a request, and once more after each change."""


class Kind(NamedTuple):
    """A kind of list."""

    cursors: str | None
    numbers: bool = True
    shared_ids: bool = False
    """Whether several records have one id: the day tells them apart."""
    from_one: bool = False
    """Whether the ids begin at 1 without a gap: then an id looks like a position."""

    @property
    def listing(self) -> Listing:
        return Listing(("id", "day") if self.shared_ids else ("id",), "numbers" if self.numbers else "cursor")


KINDS = {
    "id cursors": Kind("ids"),
    "id cursors without numbers": Kind("ids", numbers=False),
    "position cursors": Kind("positions"),
    "positions that look like ids": Kind("positions", from_one=True),
    "ids that look like positions": Kind("ids", from_one=True),
    "positions without numbers": Kind("positions", numbers=False),
    "positions without numbers that look like ids": Kind("positions", numbers=False, from_one=True),
    "no cursors": Kind(None),
    "ids that several records share": Kind("positions", shared_ids=True),
}


class ChangingList:
    """A list in the order of its keys; records go, come back in the middle, and are appended."""

    def __init__(self, kind: Kind, dice: random.Random, rate: float) -> None:
        self._dice = dice
        self._rate = rate
        count = dice.choice((7, 30, 60, 90))
        numbers = range(1, count * 2) if kind.from_one else sorted(dice.sample(range(1, count * 6), count * 2))
        everything = [Row(n // 3, n % 3) if kind.shared_ids else Row(n) for n in numbers]
        self.rows = everything[:count] if kind.from_one else sorted(dice.sample(everything, count))
        self._hidden = [row for row in everything if row not in self.rows]
        self.throughout = set(self.rows)
        self.ever = set(self.rows)
        self._has_begun = False

    def change(self, rows: list[Row]) -> None:
        """Change it; nothing is asked before the first request, so nothing changes before it either."""
        if not self._has_begun:
            self._has_begun = True
            return
        while self._dice.random() < self._rate:
            fate = self._dice.random()
            if fate < 0.5 and rows:
                self._remove(rows, 1 if fate < 0.45 else self._dice.randint(1, 12))
            elif fate < 0.75:
                rows.append(Row((rows[-1].id if rows else 0) + self._dice.randint(1, 3)))
            elif self._hidden:
                rows.append(self._hidden.pop(self._dice.randrange(len(self._hidden))))
                rows[:] = sorted(set(rows))
            self.ever.update(rows)

    def _remove(self, rows: list[Row], count: int) -> None:
        start = self._dice.randrange(len(rows))
        gone = rows[start : start + count]
        del rows[start : start + count]
        self._hidden += gone
        self.throughout.difference_update(gone)


@pytest.mark.fuzz
@pytest.mark.filterwarnings("ignore::factorialhr._core.issues.DecodeWarning")
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_what_is_called_whole_is_whole(kind: Kind, record_property: pytest.RecordProperty) -> None:
    totals: Counter[str] = Counter()
    for seed in range(RUNS // len(KINDS)):
        dice = random.Random(seed)  # noqa: S311
        changing = ChangingList(kind, dice, RATES[seed % len(RATES)])
        server = Server(changing.rows, cursors=kind.cursors, numbers=kind.numbers, change=changing.change)
        size, concurrency = dice.choice((3, 5, 10)), CONCURRENCIES[seed % len(CONCURRENCIES)]
        found = fetch(server, kind.listing, eager=seed % 5 < 3, limit=size, concurrency=concurrency)
        lost = changing.throughout - set(found.rows)
        outcome = found.whole.report.outcome
        assert outcome is not None
        totals.update(
            runs=1,
            requests=len(server.requests),
            lost=bool(lost),
            lost_and_called_whole=bool(lost) and outcome == "whole",
            doubled=len(found.rows) != len(set(found.rows)),
            made_up=bool(set(found.rows) - changing.ever),
            **{outcome: 1},
        )
    print(dict(totals))
    for name, count in totals.items():
        record_property(name, count)
    assert (totals["lost_and_called_whole"], totals["doubled"], totals["made_up"]) == (0, 0, 0)
    assert totals["whole"]


@pytest.mark.parametrize("concurrency", CONCURRENCIES)
@pytest.mark.parametrize("kind", [kind for kind in KINDS.values() if kind.numbers or kind.cursors == "ids"])
def test_a_list_that_rests_is_always_whole(kind: Kind, concurrency: int) -> None:
    for seed in range(40):
        dice = random.Random(seed)  # noqa: S311
        resting = ChangingList(kind, dice, 0)
        server = Server(list(resting.rows), cursors=kind.cursors, numbers=kind.numbers)
        found = fetch(server, kind.listing, eager=seed % 2 == 0, limit=dice.choice((3, 5, 10)), concurrency=concurrency)
        assert (found.rows, found.whole.report.outcome) == (resting.rows, "whole")
        assert not found.whole.report.issues
