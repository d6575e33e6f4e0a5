"""What the sandbox holds: lists of records, made when first asked for, changed by writes."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, TypeAlias

from factorialhr.testing._tables.index import COLLECTIONS
from factorialhr.testing.company import Company
from factorialhr.testing.references import ACCESSES, COMPANY, EMPLOYEES
from factorialhr.testing.stories import records_of

Place: TypeAlias = tuple[tuple[bool, int, str], ...]


def in_order(key: str) -> Place:
    """Where an id belongs: 9 before 10, and ``7_2026-10-01`` before ``7_2026-11-01``."""
    parts = re.split(r"([0-9]+)", key)
    return tuple((not part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts if part)


class Stored:
    """One record over all versions, with its text in the versions that asked for it."""

    __slots__ = ("fields", "key", "rendered")

    def __init__(self, key: str, fields: dict[str, Any]) -> None:
        self.key = key
        self.fields = fields
        self.rendered: dict[str, bytes] = {}

    def change(self, fields: Mapping[str, Any]) -> None:
        self.fields.update(fields)
        self.rendered.clear()


class Collection:
    """One list of records, in the order of their ids."""

    def __init__(self, path: str, company: Company) -> None:
        self.path = path
        self.domain = path.partition("/")[0]
        self.model = COLLECTIONS[path]
        self._company = company
        self._records: dict[str, Stored] = {}
        self._twins: dict[str, list[Stored]] = {}
        """Further records under an id, in lists whose key is more than the id."""
        self._in_order = True
        self._next_id = company.ids(path).stop
        for fields in records_of(company, path):
            key = str(fields["id"])
            self._records[key] = Stored(key, fields)

    def __len__(self) -> int:
        return len(self._records) + sum(map(len, self._twins.values()))

    def __iter__(self) -> Iterator[Stored]:
        if not self._in_order:
            self._records = {key: self._records[key] for key in sorted(self._records, key=in_order)}
            self._in_order = True
        if not self._twins:
            return iter(list(self._records.values()))
        return chain.from_iterable([[stored, *self._twins.get(key, ())] for key, stored in self._records.items()])

    def find(self, key: object) -> Stored | None:
        """The record with an id, the first of several."""
        return self._records.get(str(key))

    def find_all(self, key: object) -> list[Stored]:
        """Every record with an id: several in lists whose key is more than the id."""
        stored = self.find(key)
        return [] if stored is None else [stored, *self._twins.get(stored.key, ())]

    def new_id(self) -> int:
        while str(self._next_id) in self._records:
            self._next_id += 1
        self._next_id += 1
        return self._next_id - 1

    def put(self, fields: dict[str, Any], *, beside: bool = False) -> Stored:
        """Keep a record under its own id; those with the same id are replaced, unless it is to stand beside them."""
        key = str(fields["id"])
        stored = Stored(key, fields)
        if beside and key in self._records:
            self._twins.setdefault(key, []).append(stored)
            return stored
        if key not in self._records and self._records and in_order(key) < in_order(next(reversed(self._records))):
            self._in_order = False
        self._records[key] = stored
        self._twins.pop(key, None)
        return stored

    def remove(self, key: str) -> None:
        """Take out what has this id."""
        del self._records[key]
        self._twins.pop(key, None)

    def take(self, stored: Stored) -> None:
        """Take out this record alone; others may have its id."""
        kept = [one for one in self.find_all(stored.key) if one is not stored]
        if not kept:
            self.remove(stored.key)
            return
        self._records[stored.key] = kept[0]
        self._twins[stored.key] = kept[1:]

    def clear(self) -> None:
        self._records.clear()
        self._twins.clear()
        self._in_order = True

    def snapshot(self) -> list[dict[str, Any]]:
        """Copies of the records: a test may do with them what it likes."""
        return [copy.deepcopy(stored.fields) for stored in self]


class State:
    """Every list of one sandbox."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self._collections: dict[str, Collection] = {}

    def collection(self, path: str) -> Collection:
        found = self._collections.get(path)
        if found is None:
            found = self._collections[path] = Collection(path, self.company)
        return found

    def exists(self, path: str, key: object) -> bool:
        """Whether an id names a record of a list, of the logins, or the company."""
        if path == COMPANY:
            return str(key) == str(self.company.id)
        if path == ACCESSES:
            return any(str(stored.fields.get("access_id")) == str(key) for stored in self.collection(EMPLOYEES))
        return self.collection(path).find(key) is not None

    def holds(self, path: str) -> bool:
        """Whether there is anything that a reference to this list could name."""
        return path == COMPANY or len(self.collection(EMPLOYEES if path == ACCESSES else path)) > 0
