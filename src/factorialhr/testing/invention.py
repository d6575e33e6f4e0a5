"""Makes up a value for any field: plausible by the field's name, always of the type that the API describes."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from random import Random
from typing import Any

from factorialhr.testing import words
from factorialhr.testing.description import Field, Type
from factorialhr.testing.references import collection_of

Reference = Callable[[str, Random], "int | str | None"]
"""Answers with the id of some record of a list."""

DATES_THAT_MAY_COME = ("due", "end", "expir", "finish", "deadline", "terminat", "until")
LARGEST_DEPTH = 6


class Inventor:
    """Values for one record, always the same ones for the same seed."""

    def __init__(self, random: Random, today: dt.date, domain: str, reference: Reference) -> None:
        self._random = random
        self._today = today
        self._domain = domain
        self._reference = reference

    def value(self, name: str, kind: Type, depth: int = 0) -> Any:
        """A value of a type, chosen by the name of its field."""
        if isinstance(kind, str):
            return self._word(name, kind)
        if "enum" in kind:
            return self._random.choice(kind["enum"]) if kind["enum"] else None
        if "array" in kind:
            return self._items(name, kind["array"], depth)
        if "object" in kind:
            return self._object(kind["object"], depth)
        # Of several types the text comes first: the API writes amounts as text where it may also send an object.
        options = kind["union"]
        return self.value(name, "string" if "string" in options else options[0], depth)

    def neutral(self, field: Field) -> Any:
        """What a required field holds in a record that nothing was said about: zero, no, none."""
        kind = field.type
        if isinstance(kind, str) and kind in ("boolean", "integer", "number"):
            # Clock-like and calendar-like numbers have no sensible zero.
            return self.value(field.name, kind) if field.name == "year" else {"boolean": False}.get(kind, 0)
        if isinstance(kind, dict) and "array" in kind:
            return []
        if isinstance(kind, dict) and "enum" in kind:
            starting = [value for value in ("draft", "pending", "created", "active", "none") if value in kind["enum"]]
            return starting[0] if starting else (kind["enum"] or [None])[0]
        return self.value(field.name, kind)

    def _items(self, name: str, kind: Type, depth: int) -> list[Any]:
        if depth >= LARGEST_DEPTH:
            return []
        found = [self.value(name, kind, depth + 1) for _ in range(self._random.randint(1, 2))]
        return [item for number, item in enumerate(found) if item is not None and item not in found[:number]]

    def _object(self, fields: dict[str, Any], depth: int) -> dict[str, Any]:
        if depth >= LARGEST_DEPTH:
            fields = {name: facts for name, facts in fields.items() if facts.get("required")}
        return {name: self.value(name, facts["type"], depth + 1) for name, facts in fields.items()}

    def _word(self, name: str, kind: str) -> Any:
        path = collection_of(name, self._domain) if kind in ("id", "string", "integer", "any") else None
        if path is not None:
            return self._reference(path, self._random)
        makers: dict[str, Callable[[str], Any]] = {
            "id": self._number_of_something,
            "string": self._text,
            "integer": self._integer,
            "number": self._number,
            "boolean": lambda _: self._random.random() < 0.5,
            "date": self._date,
            "date-time": self._moment,
            "time": lambda _: f"{self._random.randint(7, 18):02d}:{self._random.choice((0, 15, 30, 45)):02d}",
            "binary": lambda _: "https://files.example.com/example.pdf",
        }
        maker = makers.get(kind)
        return None if maker is None else maker(name)

    def _number_of_something(self, _: str) -> int:
        return self._random.randint(1_000_000, 9_999_999)

    def _text(self, name: str) -> str:
        # A table of rules, the first that fits wins.
        if name == "uuid" or name.endswith("uuid"):
            return str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        if name in words.BY_NAME:
            return self._random.choice(words.BY_NAME[name])
        if name.endswith("_id"):
            return str(self._number_of_something(name))
        if "email" in name:
            return f"{self._random.choice(words.FIRST_NAMES).lower()}@example.com"
        if name.endswith("first_name") or name == "preferred_name":
            return self._random.choice(words.FIRST_NAMES)
        if name.endswith(("last_name", "birth_name")):
            return self._random.choice(words.LAST_NAMES)
        if name.endswith(("full_name", "employee_name", "contact_name", "approver", "author")):
            return f"{self._random.choice(words.FIRST_NAMES)} {self._random.choice(words.LAST_NAMES)}"
        return self._text_by_part(name)

    def _text_by_part(self, name: str) -> str:
        place = self._random.choice(words.CITIES)
        parts = {
            "timezone": place[4],
            "country": place[3],
            "city": place[0],
            "postal_code": place[2],
            "state": place[1],
            "birthplace": place[0],
            "url": f"https://files.example.com/{self._random.randint(1000, 9999)}",
            "link": f"https://meet.example.com/{self._random.randint(1000, 9999)}",
            "avatar": "https://files.example.com/avatar.png",
            "logo": "https://files.example.com/logo.png",
            "currency": "EUR",
            "cost": f"{self._random.randint(100, 2000)}.00",
            "amount": f"{self._random.randint(10, 900)}.00",
            "date": self._date(name),
            "phone": "+34 600 000 003",
            "number": str(self._random.randint(10_000_000, 99_999_999)),
            "code": f"C{self._random.randint(100, 999)}",
        }
        for part, text in parts.items():
            if name == part or name.endswith(f"_{part}") or name.startswith(f"{part}_"):
                return str(text)
        if any(word in name for word in words.SENTENCE_FIELDS):
            return self._random.choice(words.SENTENCES)
        return f"{name.replace('_', ' ').capitalize()} {self._random.randint(1, 99)}"

    def _integer(self, name: str) -> int:
        for part, (lowest, highest) in INTEGER_RANGES.items():
            if part in name:
                return self._random.randint(lowest, highest)
        if name.endswith("_at"):
            # The one domain that sends moments as numbers sends Unix seconds.
            return int(dt.datetime.combine(self._today, dt.time(), dt.UTC).timestamp())
        return self._today.year if name == "year" else self._random.randint(1, 20)

    def _number(self, name: str) -> float:
        if name.endswith(("latitude", "longitude")):
            place = self._random.choice(words.CITIES)
            return place[5] if name.endswith("latitude") else place[6]
        return self._random.randint(1, 400) / 4

    def _date(self, name: str) -> str:
        if name.startswith("birth"):
            return (self._today - dt.timedelta(days=self._random.randint(22 * 365, 60 * 365))).isoformat()
        later = any(part in name for part in DATES_THAT_MAY_COME)
        return (
            self._today + dt.timedelta(days=self._random.randint(30, 120) if later else -self._random.randint(1, 300))
        ).isoformat()

    def _moment(self, name: str) -> str:
        return f"{self._date(name)}T{self._random.randint(7, 17):02d}:{self._random.choice((0, 15, 30)):02d}:00.000Z"


INTEGER_RANGES = {
    "salary": (2_400_000, 7_200_000),
    "percentage": (2_500, 10_000),
    "cents": (1_000, 90_000),
    "amount": (1_000, 90_000),
    "cost": (100, 2_000),
    "age": (22, 60),
    "minutes": (30, 480),
    "hours": (20, 40),
    "file_size": (10_000, 900_000),
    "size": (10_000, 900_000),
    "duration": (30, 480),
    "group": (1, 11),
    "weekly": (30, 40),
    "month": (1, 12),
    "position": (0, 9),
}
"""Lowest and highest value by a part of the name; amounts of money are hundredths."""
