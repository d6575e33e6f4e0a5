"""What a list asks its driver to do."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, NamedTuple, TypeAlias

from factorialhr._core.query import Query
from factorialhr._core.responses import MetaApiResponse


class Fetch(NamedTuple):
    """Fetch pages, several at a time; the outcome is a list of them, or the exception that ended it."""

    queries: Sequence[Query]


class Give(NamedTuple):
    """Give a page to the caller."""

    page: MetaApiResponse[Any]
    before: int
    """How many records were given before it."""
    query: Query
    """What fetched it."""


class Fail(NamedTuple):
    """Raise an exception; a caller who asks again has the same pages fetched again."""

    error: Exception


ListStep: TypeAlias = Fetch | Give | Fail
ListSteps: TypeAlias = Generator[ListStep, Any, None]
