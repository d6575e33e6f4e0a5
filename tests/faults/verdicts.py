"""What a call came to, held against what the server knows of it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple

from tests.faults.company import IDS
from tests.faults.ledger import Ledger
from tests.faults.server import BEFORE, CALL_HEADER, LATE, OF_LISTS

REQUESTS = int(os.environ.get("FACTORIALHR_FAULT_REQUESTS", "1000"))
LISTS = ("all", "iter", "iter on", "pages")
KINDS = ("all", "create", "iter", "all", "get_by_id", "iter on", "all", "create", "pages")
HARMLESS = {"slow", "another content type", LATE, *OF_LISTS}
ENDS_A_WALK = {"stuck cursor", "duplicated page"}


class Plan(NamedTuple):
    """One call to make."""

    url: str
    number: str
    kind: str
    limit: int
    one: str

    @property
    def options(self) -> dict[str, Any]:
        return {"headers": {CALL_HEADER: self.number}}

    @property
    def expected(self) -> list[str]:
        return IDS if self.kind in LISTS else [self.one]


@dataclass
class Outcome:
    """What the caller got."""

    plan: Plan
    ids: list[object] = field(default_factory=list)
    error: Exception | None = None
    told: bool = False
    """An issue, an event or a warning says that something is odd."""


def plans(url: str, seed: int) -> Iterator[Plan]:
    """Calls of all kinds, without end."""
    dice = Random(seed)  # noqa: S311
    number = 0
    while True:
        number += 1
        kind = KINDS[number % len(KINDS)]
        one = f"marker {seed} {number}" if kind == "create" else dice.choice(IDS)
        yield Plan(url, str(number), kind, dice.choice([3, 4, 5, 7, 10]), one)


@dataclass
class Totals:
    """The sums of a run."""

    calls: int = 0
    errors: int = 0
    told: int = 0
    lost: int = 0
    doubled: int = 0
    misplaced: int = 0
    false_alarms: int = 0
    unexplained: int = 0
    writes_doubled: int = 0
    writes_lost: int = 0

    def add(self, outcome: Outcome, ledger: Ledger) -> None:
        struck = ledger.struck[outcome.plan.number]
        self.calls += 1
        self.errors += outcome.error is not None
        self.told += outcome.told
        # Told of an end that is none, or of nothing at all.
        self.false_alarms += outcome.told and not struck & ENDS_A_WALK
        # A reset before anything was read has hit a call that nobody knows the number of.
        self.unexplained += outcome.error is not None and struck <= HARMLESS
        if outcome.plan.kind == "create":
            self._add_write(outcome, ledger)
        else:
            self._add_read(outcome, struck)

    def _add_write(self, outcome: Outcome, ledger: Ledger) -> None:
        arrived = ledger.arrived[outcome.plan.one]
        self.writes_doubled += max(0, arrived - 1)
        self.writes_lost += outcome.error is None and (arrived != 1 or outcome.ids != outcome.plan.expected)

    def _add_read(self, outcome: Outcome, struck: set[str]) -> None:
        if outcome.error is not None or outcome.told:
            return
        expected, found = Counter(outcome.plan.expected), Counter(map(str, outcome.ids))
        self.lost += (expected - found).total()
        self.doubled += (found - expected).total()
        in_order = outcome.ids == outcome.plan.expected
        self.misplaced += not in_order and "reordered pages" not in struck and expected == found

    def faultless(self, ledger: Ledger) -> Totals:
        """The same run as it should have been."""
        unexplained = min(self.unexplained, ledger.faults[BEFORE])
        return Totals(self.calls, self.errors, self.told, unexplained=unexplained)
