"""Stored records as a version and a credential see them."""

from __future__ import annotations

from typing import Any

import msgspec

from factorialhr.testing.company import Company
from factorialhr.testing.credentials import Credential
from factorialhr.testing.description import Field, Type, newest_fields, record_fields, unshown_fields
from factorialhr.testing.dice import dice
from factorialhr.testing.faults import Drift
from factorialhr.testing.invention import Inventor
from factorialhr.testing.state import Collection, Stored
from factorialhr.testing.values import MISMATCH, fit


class Renderer:
    """Writes records; the text of an unchanged record is written once for each version."""

    def __init__(self, company: Company) -> None:
        self._company = company

    def text(
        self, stored: Stored, collection: Collection, version: str, credential: Credential, drift: Drift | None = None
    ) -> bytes:
        """One record as JSON."""
        if credential.sees_everything and drift is None:
            found = stored.rendered.get(version)
            if found is None:
                found = stored.rendered[version] = msgspec.json.encode(self.record(stored, collection, version))
            return found
        record = self.record(stored, collection, version)
        if drift is not None:
            drift.change(record, record_fields(collection.model, version))
        for name in credential.hidden & record.keys():
            if name != "id":
                record[name] = None
        return msgspec.json.encode(record)

    def record(self, stored: Stored, collection: Collection, version: str) -> dict[str, Any]:
        """One record as a version describes it; fields that a test added come last."""
        fields = record_fields(collection.model, version)
        record = {name: self._value(stored, collection, field, version) for name, field in fields.items()}
        kept_back = {"id", *newest_fields(collection.model), *unshown_fields(collection.path)}
        for name in stored.fields:
            if name not in kept_back:
                record[name] = stored.fields[name]
        return record

    def _value(self, stored: Stored, collection: Collection, field: Field, version: str) -> Any:
        def invent(name: str, kind: Type) -> Any:
            # Made only where it is needed: hardly any value of a record is.
            random = dice(self._company.seed, collection.path, stored.key, field.name)
            return Inventor(random, self._company.today, collection.domain, self._company.reference).value(name, kind)

        value = stored.fields.get(field.name)
        fitted = fit(value, field.type, version, invent)
        # Only a test puts in what fits nowhere, and then wants to see what its program makes of it.
        return value if fitted is MISMATCH else fitted
