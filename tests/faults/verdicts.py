"""What a call came to, held against what the server knows of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple

from tests.faults.company import IDS
from tests.faults.ledger import Ledger
from tests.faults.server import BEFORE, CALL_HEADER, LATE, OF_LISTS
from tests.support import campaign
from tests.support.counting import CountingLimiter, Sends

REQUESTS = campaign.size(10_000, sample=1_000)
LISTS = ("all", "iter", "iter on", "pages")
KINDS = ("all", "create", "iter", "all", "get_by_id", "iter on", "all", "create", "pages")
FATES = ("deadline", "patience", "", "", "", "", "", "")
HURRY_SECONDS = 0.03
HARMLESS = {"slow", "another content type", LATE, *OF_LISTS}
ENDS_A_WALK = {"stuck cursor", "duplicated page", "reordered pages"}


class Plan(NamedTuple):
    """One call to make."""

    url: str
    number: str
    kind: str
    limit: int
    one: str
    deadline: float | None = None
    patience: float | None = None
    """Seconds after which the call is cancelled, where that can be done: nothing cancels a thread."""

    @property
    def options(self) -> dict[str, Any]:
        options: dict[str, Any] = {"headers": {CALL_HEADER: self.number}}
        return options if self.deadline is None else options | {"deadline": self.deadline}

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
    cancelled: bool = False
    slots_lost: int = 0
    """Of a client that was made for this call alone."""

    @property
    def is_late(self) -> bool:
        return self.plan.deadline is not None and isinstance(self.error, TimeoutError)


def plans(url: str, seed: int, *, hurried: bool = False) -> Iterator[Plan]:
    """Calls of all kinds, without end; of the hurried ones, many have a deadline or are cancelled."""
    dice = Random(seed)  # noqa: S311
    number = 0
    while True:
        number += 1
        kind = KINDS[number % len(KINDS)]
        one = f"marker {seed} {number}" if kind == "create" else dice.choice(IDS)
        plan = Plan(url, str(number), kind, dice.choice([3, 4, 5, 7, 10]), one)
        if hurried:
            fate, seconds = dice.choice(FATES), 0.0005 + dice.random() * HURRY_SECONDS
            plan = plan._replace(**{fate: seconds}) if fate else plan
        yield plan


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
    writes_denied: int = 0
    """Errors that say that a write did not arrive, where it did."""
    late: int = 0
    cancelled: int = 0
    slots_lost: int = 0
    tickets_lost: int = 0
    """Tickets that were kept for requests that were never begun."""
    tickets_short: int = 0
    """Requests that arrived and whose ticket was given back, or that never had one."""
    tickets_returned_twice: int = 0

    def add(self, outcome: Outcome, ledger: Ledger) -> None:
        struck = ledger.struck[outcome.plan.number]
        self.calls += 1
        self.errors += outcome.error is not None
        self.told += outcome.told
        # Told of an end that is none, or of nothing at all.
        self.false_alarms += outcome.told and not struck & ENDS_A_WALK
        # A reset before anything was read has hit a call that nobody knows the number of.
        self.unexplained += outcome.error is not None and not outcome.is_late and struck <= HARMLESS
        self.late += outcome.is_late
        self.cancelled += outcome.cancelled
        self.slots_lost += outcome.slots_lost
        if outcome.plan.kind == "create":
            self._add_write(outcome, ledger)
        else:
            self._add_read(outcome, struck)

    def _add_write(self, outcome: Outcome, ledger: Ledger) -> None:
        arrived = ledger.arrived[outcome.plan.one]
        self.writes_doubled += max(0, arrived - 1)
        self.writes_denied += arrived > 0 and getattr(outcome.error, "maybe_received", None) is False
        got_answer = outcome.error is None and not outcome.cancelled
        self.writes_lost += got_answer and (arrived != 1 or outcome.ids != outcome.plan.expected)

    def _add_read(self, outcome: Outcome, struck: set[str]) -> None:
        if outcome.error is not None or outcome.told:
            return
        expected, found = Counter(outcome.plan.expected), Counter(map(str, outcome.ids))
        if outcome.cancelled:
            # What came before was part of the list, from its beginning, each record once.
            self.doubled += (found - expected).total()
            return
        self.lost += (expected - found).total()
        self.doubled += (found - expected).total()
        in_order = outcome.ids == outcome.plan.expected
        self.misplaced += not in_order and "reordered pages" not in struck and expected == found

    def add_leftovers(self, slots_taken: int, limiter: CountingLimiter, sends: Sends, ledger: Ledger) -> None:
        """Add what is still held once all calls have left."""
        self.slots_lost += slots_taken
        self.tickets_lost += max(0, limiter.kept - sends.begun)
        self.tickets_short += max(0, ledger.requests - limiter.kept)
        self.tickets_returned_twice += limiter.returned_twice

    def faultless(self, ledger: Ledger) -> Totals:
        """The same run as it should have been."""
        unexplained = min(self.unexplained, ledger.faults[BEFORE])
        return Totals(
            self.calls, self.errors, self.told, unexplained=unexplained, late=self.late, cancelled=self.cancelled
        )
