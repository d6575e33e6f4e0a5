"""The records of a sandbox as a test sees them: ``sandbox.trainings.sessions``."""

from __future__ import annotations

import copy
import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from factorialhr.testing.company import Company
from factorialhr.testing.description import DOMAINS, common_fields, newest_fields, unshown_fields
from factorialhr.testing.engine import Engine
from factorialhr.testing.errors import SandboxError
from factorialhr.testing.references import collection_of
from factorialhr.testing.shapes import as_list, is_list, is_object
from factorialhr.testing.state import Collection, Stored

MOST_NAMED_IN_AN_ERROR = 5


class Table:
    """One list of records.

    Records are plain dictionaries over the fields of all versions; ids are integers here, and are sent as
    each version spells them. What a test gets is a copy: ``update`` changes what the API answers.
    """

    def __init__(self, engine: Engine, path: str) -> None:
        self._engine = engine
        self.path = path

    @property
    def _collection(self) -> Collection:
        return self._engine.state.collection(self.path)

    @property
    def records(self) -> list[dict[str, Any]]:
        """Copies of all records, in the order of the list."""
        with self._engine.lock:
            return self._collection.snapshot()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.records)

    def __len__(self) -> int:
        with self._engine.lock:
            return len(self._collection)

    def get(self, key: int | str) -> dict[str, Any] | None:
        """A copy of one record, by its id as number or text; ``None`` where there is none."""
        with self._engine.lock:
            stored = self._collection.find(key)
            return None if stored is None else copy.deepcopy(stored.fields)

    def add(
        self, *, extra_fields: Mapping[str, object] | None = None, beside: bool = False, **fields: object
    ) -> dict[str, Any]:
        """Add a record; fields that are not given are made up, as in the rest of the company.

        Lists are in the order of their ids: one with a smaller ``id`` than others comes before them.

        Args:
            extra_fields: Fields that no version describes, as a later API may send them.
            beside: Keep records with the same id, as in lists whose key is more than the id; they are replaced
                otherwise.
            **fields: Exact values; ``None`` and values of a wrong type are served as they are where JSON allows it.

        Raises:
            TypeError: A field is not one of this record's.
        """
        self.check_names(fields)
        with self._engine.lock:
            collection, company = self._collection, self._engine.company
            key = fields.get("id")
            if key is None:
                key = collection.new_id()
            record = {"id": key, **self._made_up(company, key), **copy.deepcopy(fields)}
            record.update(extra_fields or {})
            record["id"] = key
            return copy.deepcopy(collection.put(record, beside=beside).fields)

    def update(self, key: int | str, *, where: Mapping[str, object] | None = None, **fields: object) -> dict[str, Any]:
        """Change fields of a record, as if the company had done so itself; no webhook is sent.

        Args:
            key: Its id.
            where: Values of fields that tell it from other records with the same id.
            **fields: Values to set.

        Raises:
            SandboxError: There is no such record, or there are several.
            TypeError: A field is not one of this record's.
        """
        self.check_names(fields)
        with self._engine.lock:
            found = self._found(key, where)
            if len(found) != 1:
                some = f"{len(found)} records" if found else "no record"
                raise SandboxError(
                    f"{self.path} has {some} with id {key}{'; tell them apart by where' if found else ''}"
                )
            found[0].change(copy.deepcopy(fields))
            return copy.deepcopy(found[0].fields)

    def remove(self, key: int | str, *, where: Mapping[str, object] | None = None) -> None:
        """Take a record out of the list; one that is not there is no mistake.

        Args:
            key: Its id; all records with it go.
            where: Values of fields: of several records with this id, only those that have them go.
        """
        with self._engine.lock:
            for stored in self._found(key, where):
                self._collection.take(stored)

    def _found(self, key: object, where: Mapping[str, object] | None) -> list[Stored]:
        self.check_names(where or ())
        wanted = (where or {}).items()
        return [
            stored
            for stored in self._collection.find_all(key)
            if all(stored.fields.get(name) == value for name, value in wanted)
        ]

    def clear(self) -> None:
        """Empty the list."""
        with self._engine.lock:
            self._collection.clear()

    def _made_up(self, company: Company, key: object) -> dict[str, Any]:
        inventor = company.inventor(f"{self.path}/{key}", 0)
        described = common_fields(self._collection.model)
        record = {name: inventor.value(name, field.type) for name, field in described.items() if name != "id"}
        record.update({name: inventor.value(name, "date-time") for name in unshown_fields(self.path)})
        if "company_id" in record:
            record["company_id"] = company.id
        return record

    def check_names(self, names: Iterable[str]) -> None:
        """Refuse names that no field of these records has."""
        known = {"id", *newest_fields(self._collection.model), *unshown_fields(self.path)}
        for name in sorted(set(names) - known):
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else "pass fields of later versions in extra_fields"
            raise TypeError(f"{self.path} has no field {name!r}: {hint}")

    def __repr__(self) -> str:
        return f"<{self.path}: {len(self)} records>"


class DomainTables:
    """The lists of one domain, as attributes."""

    def __init__(self, engine: Engine, domain: str) -> None:
        self._engine = engine
        self._domain = domain

    def table(self, name: str) -> Table:
        """A list by its name; as an attribute it is the same."""
        path = f"{self._domain}/{name}"
        if path not in DOMAINS[self._domain]:
            close = difflib.get_close_matches(path, DOMAINS[self._domain], n=1)
            hint = f"; did you mean {close[0].partition('/')[2]!r}?" if close else ""
            raise AttributeError(f"the API has no {path}{hint}")
        return Table(self._engine, path)

    if TYPE_CHECKING:  # they know each list by name, and so find a misspelt one
        pass
    else:
        __getattr__ = table

    def __dir__(self) -> list[str]:
        return [path.partition("/")[2] for path in DOMAINS[self._domain]]

    def __repr__(self) -> str:
        return f"<{self._domain}: {', '.join(dir(self))}>"


def load(engine: Engine, lists: Mapping[str, Any]) -> None:
    """Replace lists by the records of a seed, and check that every reference among them resolves.

    Raises:
        SandboxError: The seed has an unknown list or field, a record that is none, or dangling references.
    """
    tables = {path: Table(engine, path) for path in lists}
    for path, records in lists.items():
        if path not in DOMAINS.get(str(path).partition("/")[0], ()):
            raise SandboxError(f"the seed has a list {path!r}, which the API has not; 'trainings/sessions' is one")
        if not is_list(records) or not all(is_object(record) for record in records):
            raise SandboxError(f"the seed's {path} is not a list of objects")
    with engine.lock:
        for path, table in tables.items():
            table.clear()
            for record in lists[path]:
                try:
                    table.add(**record)
                except TypeError as error:
                    raise SandboxError(f"the seed's {path}: {error}") from None
        dangling = list(_dangling(engine, lists))
    if dangling:
        more = f", and {len(dangling) - MOST_NAMED_IN_AN_ERROR} more" if len(dangling) > MOST_NAMED_IN_AN_ERROR else ""
        raise SandboxError(
            f"the seed refers to records that are not there: {', '.join(dangling[:MOST_NAMED_IN_AN_ERROR])}{more}"
        )


def _dangling(engine: Engine, lists: Mapping[str, Any]) -> Iterator[str]:
    for path, records in lists.items():
        domain = path.partition("/")[0]
        for number, record in enumerate(records):
            for name, value in record.items():
                target = collection_of(name, domain)
                for key in as_list(value) if target is not None else []:
                    if key is not None and not engine.state.exists(str(target), key):
                        yield f"{path}[{number}].{name}"
