"""Writes: what creating, changing and deleting do to the lists, by the description alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from factorialhr.testing.answers import RefusedError
from factorialhr.testing.bodies import Body, Upload, plain_fields
from factorialhr.testing.description import (
    NEWEST_VERSION,
    Field,
    Operation,
    common_fields,
    newest_fields,
    unshown_fields,
)
from factorialhr.testing.dice import dice
from factorialhr.testing.invention import Inventor
from factorialhr.testing.references import EMPLOYEES, collection_of
from factorialhr.testing.shapes import as_list
from factorialhr.testing.state import Collection, State, Stored
from factorialhr.testing.stories import person_fields
from factorialhr.testing.values import MISMATCH, complaint, fit

RENAMED = {
    "subscription_type": "type",
    "address_line1": "address_line_1",
    "file_filename": "filename",
    "manual_id": "id",
}
"""Names of a body that the record spells otherwise."""
BINARY: tuple[Any, ...] = ("binary", {"array": "binary"})


@dataclass
class Change:
    """One record that a write touched."""

    action: str
    """``create``, ``update``, ``delete``, or the action of the path."""
    collection: Collection
    stored: Stored


@dataclass
class Write:
    """One write on its way through the lists."""

    operation: Operation
    collection: Collection
    body: Body
    target: Stored | None = None
    """The record that the path names."""
    base_url: str = ""
    """Scheme and host under which the caller reached the sandbox, for links in answers."""
    changes: list[Change] = field(default_factory=list[Change])

    @property
    def fields(self) -> Mapping[str, Any]:
        return plain_fields(self.body)


class Writer:
    """Keeps the lists in order; it knows nothing of HTTP."""

    def __init__(self, state: State, now: Callable[[], str], *, check_references: bool) -> None:
        self.state = state
        self.now = now
        self._check_references = check_references
        self.files: dict[str, Upload] = {}
        """Uploaded files by the path below ``/files/`` under which they can be fetched."""

    # -- one record ---------------------------------------------------------------------------------

    def create(self, write: Write, collection: Collection, fields: Mapping[str, Any]) -> Stored:
        """Add a record: what was given, what every record must have, and null for the rest."""
        described = common_fields(collection.model)
        given = _renamed(fields, newest_fields(collection.model))
        given.pop("id", None)
        key = collection.new_id()
        record: dict[str, Any] = {"id": key}
        self._complete_person(given, described)
        inventor = self._inventor(collection, key)
        for name, about in described.items():
            if name == "id":
                continue
            if name in given:
                record[name] = given[name]
            elif name in ("created_at", "updated_at"):
                record[name] = self.now() if about.type != "integer" else 0
            elif name == "full_name" and given.get("first_name"):
                record[name] = f"{given['first_name']} {given.get('last_name') or ''}".strip()
            else:
                record[name] = self._neutral(inventor, about, collection.domain) if about.required else None
        record.update(dict.fromkeys(unshown_fields(collection.path), self.now()))
        stored = collection.put(record)
        self._keep_uploads(write, collection, stored)
        write.changes.append(Change("create", collection, stored))
        return stored

    def change(
        self, write: Write, stored: Stored, fields: Mapping[str, Any], collection: Collection | None = None
    ) -> Stored:
        """Set the fields that the record has; everything else of a body is an order, not a value."""
        collection = collection or write.collection
        described = newest_fields(collection.model)
        values = {
            name: value for name, value in _renamed(fields, described).items() if name in described and name != "id"
        }
        if {"first_name", "last_name"} & values.keys() and "full_name" in described:
            names = {**stored.fields, **values}
            values.setdefault("full_name", f"{names.get('first_name') or ''} {names.get('last_name') or ''}".strip())
        if "updated_at" in described and described["updated_at"].type != "integer":
            values["updated_at"] = self.now()
        stored.change({**values, **dict.fromkeys(unshown_fields(collection.path), self.now())})
        self._keep_uploads(write, collection, stored)
        write.changes.append(Change("update", collection, stored))
        return stored

    def delete(self, write: Write, stored: Stored, collection: Collection | None = None) -> Stored:
        collection = collection or write.collection
        collection.take(stored)
        write.changes.append(Change("delete", collection, stored))
        return stored

    def duplicate(self, write: Write, stored: Stored, fields: Mapping[str, Any]) -> Stored:
        kept = {name: value for name, value in stored.fields.items() if name not in ("created_at", "updated_at")}
        return self.create(write, write.collection, {**kept, **_renamed(fields, newest_fields(write.collection.model))})

    def addressed(self, write: Write, key: object) -> Stored:
        """The record that an id in a body names; the API refuses an unknown one before anything else happens."""
        stored = write.collection.find(key)
        if stored is None:
            raise RefusedError(400, f"There is no {write.collection.model} with this id.", "id", "missing_resource")
        return stored

    # -- references and defaults --------------------------------------------------------------------

    def check_references(self, write: Write) -> None:
        """Refuse ids in the body that name nothing, as the API's own check does ahead of every endpoint."""
        if not self._check_references:
            return
        for name, value in write.fields.items():
            path = collection_of(name, write.collection.domain)
            if path in (None, "company") or not self.state.holds(path):
                continue
            for key in as_list(value):
                if isinstance(key, int | str) and not self.state.exists(path, key):
                    raise RefusedError(
                        400, f"{name} names no record that this credential can see.", name, "missing_resource"
                    )

    def _complete_person(self, given: dict[str, Any], described: Mapping[str, Field]) -> None:
        """Fill what a record repeats of its employee; either of employee and access tells the other."""
        for name, key in (("employee_id", "id"), ("access_id", "access_id")):
            if name not in described or given.get(name) is None:
                continue
            employees = self.state.collection(EMPLOYEES)
            found = next((one for one in employees if str(one.fields.get(key)) == str(given[name])), None)
            if found is not None:
                repeated = person_fields({**found.fields, "employee_id": found.fields["id"]}, found.fields["full_name"])
                for field_name, value in repeated.items():
                    if field_name in described and given.get(field_name) is None:
                        given[field_name] = value
                return

    def _neutral(self, inventor: Inventor, about: Field, domain: str) -> Any:
        if about.name.endswith("_url") or about.name == "url":
            return ""
        value = inventor.neutral(about)
        # A list may be empty: then a reference that must be there points nowhere.
        return 0 if value is None and collection_of(about.name, domain) is not None else value

    def _inventor(self, collection: Collection, key: int) -> Inventor:
        company = self.state.company
        random = dice(company.seed, collection.path, key)
        return Inventor(random, company.today, collection.domain, self._reference)

    def _reference(self, path: str, _: Random) -> int | str | None:
        """The first record that there is now: what a test deleted or never had is not pointed to."""
        if path == "company":
            return self.state.company.id
        if path == "accesses":
            found = next(iter(self.state.collection(EMPLOYEES)), None)
            return None if found is None else found.fields.get("access_id")
        collection = self.state.collection(path)
        found = next(iter(collection), None)
        return None if found is None else found.fields["id"]

    def _keep_uploads(self, write: Write, collection: Collection, stored: Stored) -> None:
        described = newest_fields(collection.model)
        for number, upload in enumerate(write.body.uploads):
            suffix = "" if number == 0 else f"/{number}"
            self.files[f"{collection.path}/{stored.key}{suffix}"] = upload
            facts = {
                "filename": write.fields.get("file_filename") or upload.filename,
                "file_name": write.fields.get("file_name") or upload.filename,
                "content_type": upload.content_type,
                "file_size": len(upload.content),
                "extension": upload.filename.rpartition(".")[2],
            }
            stored.change({name: value for name, value in facts.items() if name in described})


def _renamed(fields: Mapping[str, Any], described: Mapping[str, Field]) -> dict[str, Any]:
    """A body's fields by the names of the record: ``new_reviewer_access_id`` sets ``reviewer_access_id``."""
    renamed: dict[str, Any] = {}
    for name, value in fields.items():
        target = name if name in described else RENAMED.get(name, name)
        for prefix in ("new_", "destination_"):
            if target not in described and target.removeprefix(prefix) in described:
                target = target.removeprefix(prefix)
        if target in described and described[target].type not in BINARY:
            _check_text(target, value, described[target])
            adapted = _adapted(value, described[target], fields)
            if adapted is not MISMATCH:
                renamed[target] = adapted
    return renamed


def _adapted(value: Any, described: Field, fields: Mapping[str, Any]) -> Any:
    """A body's value as the record holds it; ``MISMATCH`` where the two have nothing in common.

    ``target_strategy`` is one word in bodies and an object with ``strategy`` and ``arguments`` in records.
    """
    kind = described.type
    if isinstance(value, str) and isinstance(kind, dict) and "object" in kind:
        inner = kind["object"]
        choices = [
            name
            for name, facts in inner.items()
            if isinstance(facts["type"], dict) and value in facts["type"].get("enum", [])
        ]
        if choices:
            return {choices[0]: value, **{name: fields[name] for name in inner if name in fields}}
    fitted = fit(value, kind, NEWEST_VERSION, lambda _, __: None)
    return MISMATCH if fitted is MISMATCH else value


def _check_text(name: str, value: Any, described: Field) -> None:
    """A body may describe as text what the record has as a choice of few words, or as a time."""
    kind = described.type
    is_choice = isinstance(kind, dict) and "enum" in kind
    if isinstance(value, str) and (is_choice or kind in ("date", "time", "date-time")):
        found = complaint(value, kind)
        if found is not None:
            raise RefusedError(422, found, name)
