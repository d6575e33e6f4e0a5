"""An invented company: which records every list holds before anyone wrote to it.

The same seed gives the same company on every machine. A list is made when it is first asked for, and
the ids of a list are known before its records are: so every reference resolves, in whatever order the
lists are made.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from random import Random
from zlib import crc32

from factorialhr.testing import words
from factorialhr.testing._tables.index import COLLECTIONS
from factorialhr.testing.description import common_fields
from factorialhr.testing.dice import dice
from factorialhr.testing.invention import Inventor
from factorialhr.testing.references import ACCESSES, COMPANY, EMPLOYEES

DEFAULT_EMPLOYEES = 12
DEFAULT_SEED = 7
DEFAULT_TODAY = dt.date(2026, 10, 1)
MOST_EMPLOYEES = 5_000

IDS_OF_ONE_LIST = 10_000
WORKDAYS_OF_SHIFTS = 5


@dataclass(frozen=True)
class Person:
    """Who an employee is; the same person in every list."""

    employee_id: int
    access_id: int
    first_name: str
    last_name: str
    email: str

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}"


class Company:
    """Seeds of records, and nothing that changes."""

    def __init__(self, employees: int, seed: int, today: dt.date, id_offset: int = 0, *, empty: bool = False) -> None:
        self.employees = employees
        self.seed = seed
        self.today = today
        self.id_offset = id_offset
        self.empty = empty

    @property
    def id(self) -> int:
        return self.first_id(COMPANY)

    def first_id(self, path: str) -> int:
        """The first id of a list; lists start far apart, so that an id of the wrong list is not found by luck."""
        return self.id_offset + (crc32(path.encode()) % 90_000 + 10_000) * IDS_OF_ONE_LIST + 1

    def ids(self, path: str) -> range:
        """The ids that a list starts with."""
        first = self.first_id(path)
        return range(first, first + self.count(path))

    def count(self, path: str) -> int:
        if path == COMPANY:
            return 1
        if self.empty:
            return 0
        if path in (ACCESSES, EMPLOYEES):
            return self.employees
        if path in self._counts:
            return self._counts[path]
        fields = common_fields(COLLECTIONS[path])
        per_employee = "employee_id" in fields and fields["employee_id"].required
        return self.employees if per_employee else 3

    @cached_property
    def _counts(self) -> dict[str, int]:
        teams = max(2, min(len(words.TEAMS), self.employees // 5))
        trainings = max(2, min(len(words.TRAININGS), self.employees // 3))
        return {
            "api_public/credentials": 1,
            "api_public/webhook_subscriptions": 0,
            "attendance/open_shifts": self.employees // 10,
            "attendance/shifts": self.employees * WORKDAYS_OF_SHIFTS,
            "companies/legal_entities": 1,
            "documents/download_urls": 0,
            "integrations/sync_run_outputs": 0,
            "locations/locations": 2,
            "performance/review_evaluations": self.employees * 2,
            "performance/review_processes": len(words.REVIEWS),
            "performance/review_process_targets": self.employees,
            "performance/agreements": max(1, self.employees // 2),
            "teams/memberships": self.employees,
            "teams/teams": teams,
            "timeoff/leave_types": len(words.LEAVE_TYPES),
            "timeoff/leaves": self.employees * 2,
            "timeoff/policies": 1,
            "trainings/categories": len(words.CATEGORIES),
            "trainings/session_access_memberships": self.employees * 2,
            "trainings/session_attendances": self.employees * 2,
            "trainings/sessions": trainings * 2,
            "trainings/training_classes": trainings,
            "trainings/training_memberships": self.employees,
            "trainings/trainings": trainings,
        }

    def person(self, number: int) -> Person:
        """The employee of a position in the list, counted from zero and around the end."""
        number %= max(1, self.employees)
        random = dice(self.seed, "person", number)
        first, last = random.choice(words.FIRST_NAMES), random.choice(words.LAST_NAMES)
        return Person(
            employee_id=self.first_id(EMPLOYEES) + number,
            access_id=self.first_id(ACCESSES) + number,
            first_name=first,
            last_name=last,
            email=f"{first}.{last}.{number + 1}@example.com".lower(),
        )

    def reference(self, path: str, random: Random) -> int | None:
        """The id of some record that a list starts with; ``None`` where it starts empty."""
        known = self.ids(path)
        return random.choice(known) if known else None

    def inventor(self, path: str, number: int) -> Inventor:
        random = dice(self.seed, path, number)
        return Inventor(random, self.today, path.partition("/")[0], self.reference)
