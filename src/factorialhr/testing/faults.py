"""Trouble on request: which answers are late, refused, cut off or strange."""

from __future__ import annotations

import email.utils
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from random import Random
from typing import Any

from factorialhr.testing.answers import Answer, RefusedError, error_answer
from factorialhr.testing.description import Field
from factorialhr.testing.dice import dice
from factorialhr.testing.paging import Paging

UNKNOWN_ENUM_VALUE = "added_by_a_later_version"
NEW_FIELD = "field_added_by_a_later_version"
DAMAGES = (None, "reset", "truncate")


@dataclass
class Drift:
    """How records differ from their description, as they do after the API changed.

    Attributes:
        unknown_enum_values: Share of the enum fields that hold a value nobody knows, from 0.0 to 1.0.
        nulls: Share of the fields that are null, required ones among them; the ``id`` stays.
        missing: Share of the fields that are left out; the ``id`` stays.
        new_fields: Whether each record has a field that no version describes.
        left_out: Names of fields that no record has, the ``id`` among them if it is named.
        seed: The same seed gives the same drift.
    """

    unknown_enum_values: float = 0.0
    nulls: float = 0.0
    missing: float = 0.0
    new_fields: bool = False
    left_out: Sequence[str] = ()
    seed: int = 7
    _random: Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        for share in (self.unknown_enum_values, self.nulls, self.missing):
            if not 0.0 <= share <= 1.0:
                raise ValueError("a share is a number from 0.0 to 1.0")
        if isinstance(self.left_out, str):
            raise ValueError(f"left_out is a list of names; got the text {self.left_out!r}")
        self._random = dice(self.seed)

    def change(self, record: dict[str, Any], fields: Mapping[str, Field]) -> None:
        for name, described in fields.items():
            is_enum = isinstance(described.type, dict) and "enum" in described.type
            if name == "id":
                continue
            if is_enum and self._random.random() < self.unknown_enum_values:
                record[name] = UNKNOWN_ENUM_VALUE
            if self._random.random() < self.nulls:
                record[name] = None
            if self._random.random() < self.missing:
                record.pop(name, None)
        if self.new_fields:
            record[NEW_FIELD] = {"seen": True}
        for name in self.left_out:
            record.pop(name, None)


@dataclass
class Fault:
    """One rule.

    Attributes:
        verb: ``GET``, ``POST`` and so on; ``None`` for all of them.
        path: Path below ``resources/``, or a whole path such as ``/oauth/token``; ``*`` stands for anything.
        status: Answer with this status instead.
        retry_after: The ``Retry-After`` header: seconds as a number, or any text.
        body: Answer with these bytes as HTML instead of the API's error body.
        delay_seconds: Hold the answer back.
        damage: ``reset`` breaks the connection before the answer, ``truncate`` in the middle of it.
        drift: Change the records of the answer.
        paging: Page in another way; what it leaves as it is in ``Paging()`` stays as the list has it.
        takes_effect: Whether a write is done although its answer is refused or lost.
        times: How often; ``None`` for always.
        skip: Let this many matching requests pass first.
        probability: Share of the matching requests that it hits, from 0.0 to 1.0.
    """

    verb: str | None = None
    path: str = "*"
    status: int | None = None
    retry_after: float | str | None = None
    body: bytes | None = None
    delay_seconds: float = 0.0
    damage: str | None = None
    drift: Drift | None = None
    paging: Paging | None = None
    takes_effect: bool = False
    times: int | None = None
    skip: int = 0
    probability: float = 1.0
    hits: int = field(default=0, init=False)
    """How often it has struck."""

    def __post_init__(self) -> None:
        if self.damage not in DAMAGES:
            raise ValueError(f"damage is one of {', '.join(map(str, DAMAGES))}")
        if self.status is not None and not 200 <= self.status <= 599:
            raise ValueError("status is an HTTP status from 200 to 599")
        if not 0.0 <= self.probability <= 1.0:
            raise ValueError("probability is a number from 0.0 to 1.0")
        if self.delay_seconds < 0:
            raise ValueError("delay_seconds is not negative")

    def matches(self, verb: str, path: str) -> bool:
        return (self.verb is None or self.verb.upper() == verb) and fnmatchcase(path, self.path)

    @property
    def name(self) -> str:
        """What ``RecordedRequest.faults`` calls it."""
        return str(self.damage or self.status or ("drift" if self.paging is None else "paging"))

    @property
    def refuses(self) -> bool:
        """Whether the request gets another answer than its own, or none."""
        return self.status is not None or self.damage == "reset"

    def answer(self, version: str | None) -> Answer:
        """The refusal, without its delay and damage."""
        headers = {} if self.retry_after is None else {"retry-after": _seconds(self.retry_after)}
        if self.body is not None:
            return Answer(self.status or 200, {"content-type": "text/html; charset=utf-8", **headers}, self.body)
        status = self.status or 500
        return error_answer(RefusedError(status, "This answer was ordered by the test."), version, headers)


def http_date(unix_seconds: float) -> str:
    """The other form of ``Retry-After``, for ``Fault(retry_after=...)``."""
    return email.utils.formatdate(unix_seconds, usegmt=True)


def _seconds(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"


class Faults:
    """The rules of one sandbox, in the order in which they were added."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._random = dice(seed, "faults")
        self._rules: list[Fault] = []

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)

    def add(self, fault: Fault) -> Fault:
        self._rules.append(fault)
        return fault

    def clear(self) -> None:
        """Forget all rules, and start the dice anew."""
        self._rules.clear()
        self._random = dice(self._seed, "faults")

    def strike(self, verb: str, path: str) -> list[Fault]:
        """The rules that hit this request; each is counted."""
        struck: list[Fault] = []
        for fault in self._rules:
            if (fault.times is not None and fault.hits >= fault.times) or not fault.matches(verb, path):
                continue
            if fault.skip > 0:
                fault.skip -= 1
            elif fault.probability >= 1.0 or self._random.random() < fault.probability:
                fault.hits += 1
                struck.append(fault)
        return struck
