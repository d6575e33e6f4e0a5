"""What lists answer with: typed records, the raw ones beside them, and where the two disagreed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Generic, TypeVar

import msgspec

from factorialhr._core.errors import DecodeError
from factorialhr._core.issues import DecodeIssue

T = TypeVar("T")


class PaginationMeta(msgspec.Struct, frozen=True, kw_only=True):
    """Where a page stands in its list.

    Cursors are opaque: pass ``end_cursor`` as ``after_id``. Whatever the API left out is ``None``.
    """

    limit: int | None = None
    """Records a page may hold; ``None`` on lists that ignore paging. Some lists count other things than records."""
    total: int | None = None
    """Records in the whole list, as far as the API counts them."""
    has_next_page: bool | None = None
    has_previous_page: bool | None = None
    start_cursor: str | None = None
    end_cursor: str | None = None
    paginateable: bool | None = None
    """False where the list ignores paging and answers with everything."""


class ListApiResponse(Generic[T]):
    """The records of a list.

    It keeps the answer's bytes for ``raw_data``; to hold many records for long, keep ``data()`` alone.
    """

    __slots__ = ("_records", "bodies", "issues")

    bodies: Sequence[bytes]
    """The answers' bytes, a page each."""
    issues: tuple[DecodeIssue, ...]
    """Each (model, field) that disagreed with the description, once; those fields hold what came."""

    def __init__(self, records: list[T], bodies: Sequence[bytes], issues: tuple[DecodeIssue, ...] = ()) -> None:
        self._records = records
        self.bodies = bodies
        self.issues = issues

    def data(self) -> list[T]:
        """The records, always the same list."""
        return self._records

    @property
    def raw_data(self) -> list[dict[str, Any]]:
        """The records as plain dicts, decoded anew at each use, with the fields that this SDK does not know."""
        return [record for body in self.bodies for record in _plain(body)["data"]]

    def __iter__(self) -> Iterator[T]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self._records)}>"


def _plain(body: bytes) -> dict[str, list[dict[str, Any]]]:
    """Decode without a model: what stands in unknown fields was skipped before, and may be odd."""
    try:
        content: dict[str, list[dict[str, Any]]] = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        import json  # takes numbers beyond all measure, which msgspec refuses

        try:
            content = json.loads(body.decode(errors="replace"))
        except (ValueError, RecursionError) as error:
            message = f"raw_data: the answer has what Python cannot hold ({type(error).__name__})"
            raise DecodeError(message, operation="raw_data", path="$", body=body) from None
    return content


class MetaApiResponse(ListApiResponse[T]):
    """One page of a list, with its place in it."""

    __slots__ = ("meta",)

    meta: PaginationMeta

    def __init__(
        self, records: list[T], bodies: Sequence[bytes], meta: PaginationMeta, issues: tuple[DecodeIssue, ...] = ()
    ) -> None:
        super().__init__(records, bodies, issues)
        self.meta = meta


def page_of(model: type[T]) -> type[MetaApiResponse[T]]:
    """``MetaApiResponse[model]`` for a model that is known at run time alone."""
    return MetaApiResponse[model]  # type: ignore[valid-type]
