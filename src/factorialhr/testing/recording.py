"""What was asked of the sandbox, for a test to look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec


@dataclass
class RecordedRequest:
    """One request, as it came in, and what became of it."""

    method: str
    path: str
    """The whole path, without the query."""
    query: tuple[tuple[str, str], ...]
    """Names and values in the order in which they were sent."""
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes
    api_version: str | None = None
    """The version that was asked for; the served one may be newer, see ``served_version``."""
    served_version: str | None = None
    operation: str | None = None
    """Verb and path as the description has them: ``GET trainings/sessions/{id}``."""
    status: int | None = None
    ignored_filters: tuple[str, ...] = ()
    """Parameters that the operation does not have: the real API ignores them and answers with everything."""
    unsupported_filters: tuple[str, ...] = ()
    """Filters that the API has and the sandbox does not act on: its answer holds more than the real one."""
    faults: tuple[str, ...] = field(default=())
    """Faults that struck: statuses and damages."""

    @property
    def params(self) -> dict[str, list[str]]:
        """The query by name."""
        found: dict[str, list[str]] = {}
        for name, value in self.query:
            found.setdefault(name, []).append(value)
        return found

    def json(self) -> Any:
        """The body, decoded."""
        return msgspec.json.decode(self.body)

    def __repr__(self) -> str:
        # No query and no body: both may hold personal data of a recorded run.
        return f"<{self.method} {self.path} -> {self.status}>"
