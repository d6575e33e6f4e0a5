"""Metas of every kind, and a server that answers with them in turn, for ever."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, NamedTuple

import httpx

from tests.fuzz.mutations import nested
from tests.support import answers

CURSORS: list[Any] = ["c1", "c2", "c3", "c1", "", " ", "☂&=/+", "\0", "null", None, 17, True, [], {}, ["c1"]]
FLAGS: list[Any] = [True, True, True, False, None, "true", "", 0, 1, 1e300, [], {}]
NUMBERS: list[Any] = [None, 0, 1, 2, 3, 7, -1, 100, 101, 2**63, -(2**70), 1.5, 1e300, True, False, "3", "", [], {}]


class Answer(NamedTuple):
    """One answer of the server: the ids in it, and its meta; ``...`` for none."""

    ids: list[str]
    meta: Any

    @property
    def response(self) -> httpx.Response:
        body = {"data": answers.sessions(*self.ids)}
        return answers.json(body if self.meta is ... else {**body, "meta": self.meta})


def answers_of(seed: int, most_pages: int | None = None) -> list[Answer]:
    """A few answers; most announce a next page."""
    dice = Random(seed)  # noqa: S311
    count = dice.choice([0, 1, 2, 3, 3, 3, 101])
    found = []
    for number in range(dice.randint(1, 6)):
        length = count if dice.random() < 0.7 else dice.randrange(4)
        meta = meta_of(dice, length)
        if most_pages is not None and isinstance(meta, dict) and isinstance(meta.get("total"), int):
            meta["total"] = min(meta["total"], most_pages * length)
        found.append(Answer([f"{number}-{one}" for one in range(length)], meta))
    return found


def meta_of(dice: Random, length: int) -> Any:
    if dice.random() < 0.1:
        return dice.choice([..., None, nested(dice)])
    meta = {
        "has_next_page": dice.choice(FLAGS),
        "end_cursor": dice.choice(CURSORS),
        "limit": length if dice.random() < 0.5 else dice.choice(NUMBERS),
        "total": length * dice.randrange(1, 6) if dice.random() < 0.5 else dice.choice(NUMBERS),
        "start_cursor": dice.choice(CURSORS),
        "has_previous_page": dice.choice(FLAGS),
        "paginateable": dice.choice(FLAGS),
    }
    for name in dice.sample(list(meta), k=dice.randrange(3)):
        del meta[name]
    return meta


class Circle(httpx.MockTransport):
    """Answers with the same few answers, again and again; a walk that does not end fails the test."""

    def __init__(self, circle: Sequence[Answer], most: int) -> None:
        super().__init__(self._answer)
        self._circle = circle
        self._most = most
        self.ids: list[str] = []
        self.first = circle[0].ids
        self.requests: list[httpx.Request] = []

    def _answer(self, request: httpx.Request) -> httpx.Response:
        assert len(self.requests) < self._most, f"more than {self._most} requests"
        answer = self._circle[len(self.requests) % len(self._circle)]
        self.requests.append(request)
        self.ids += answer.ids
        return answer.response
