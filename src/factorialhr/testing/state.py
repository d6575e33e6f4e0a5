"""What the sandbox holds: lists of records, made when first asked for, changed by writes."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from factorialhr.testing._tables.index import COLLECTIONS
from factorialhr.testing.company import Company
from factorialhr.testing.references import ACCESSES, COMPANY, EMPLOYEES
from factorialhr.testing.stories import records_of


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
        self._next_id = company.ids(path).stop
        for fields in records_of(company, path):
            key = str(fields["id"])
            self._records[key] = Stored(key, fields)

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[Stored]:
        return iter(list(self._records.values()))

    def find(self, key: object) -> Stored | None:
        return self._records.get(str(key))

    def new_id(self) -> int:
        while str(self._next_id) in self._records:
            self._next_id += 1
        self._next_id += 1
        return self._next_id - 1

    def put(self, fields: dict[str, Any]) -> Stored:
        """Keep a record under its own id; one with the same id is replaced."""
        key = str(fields["id"])
        stored = self._records[key] = Stored(key, fields)
        return stored

    def remove(self, key: str) -> None:
        del self._records[key]

    def clear(self) -> None:
        self._records.clear()

    def snapshot(self) -> list[dict[str, Any]]:
        """Copies of the records: a test may do with them what it likes."""
        return [copy.deepcopy(stored.fields) for stored in self._records.values()]


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
