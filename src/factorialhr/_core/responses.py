"""What lists answer with: typed records, the raw ones beside them, and where the two disagreed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Generic, Literal, TypeAlias, TypeVar, cast

import msgspec

from factorialhr._core.errors import DecodeError
from factorialhr._core.issues import DecodeIssue, distinct
from factorialhr._core.plain import NotJsonError, read_json

T = TypeVar("T")
Outcome: TypeAlias = Literal["whole", "unproven", "cut short"]
"""What became of a list. ``"whole"``: every record that was in it from the first request to the last has arrived, once.
``"unproven"``: nothing speaks against that, and nothing proves it. ``"cut short"``: there was more."""


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

    __slots__ = ("_records", "bodies", "issues", "outcome", "picks")

    bodies: Sequence[bytes]
    """The responses' bytes, a page each."""
    issues: tuple[DecodeIssue, ...]
    """Each (model, field) that disagreed with the description, once; those fields hold what came."""
    picks: Sequence[Sequence[int] | None] | None
    """Which records of each body these are, by their index; ``None``: all of them."""
    outcome: Outcome | None
    """Whether ``all()`` fetched the whole list: ``"whole"``, ``"unproven"`` or ``"cut short"``; ``None`` on a page."""

    def __init__(
        self,
        records: list[T],
        bodies: Sequence[bytes],
        issues: tuple[DecodeIssue, ...] = (),
        outcome: Outcome | None = None,
        picks: Sequence[Sequence[int] | None] | None = None,
    ) -> None:
        self._records = records
        self.bodies = bodies
        self.issues = issues
        self.outcome = outcome
        self.picks = picks

    def data(self) -> list[T]:
        """The records, always the same list."""
        return self._records

    @property
    def raw_data(self) -> list[dict[str, Any]]:
        """The records as plain dicts, decoded anew at each use, with the fields that this SDK does not know."""
        picks = self.picks or [None] * len(self.bodies)
        return [record for body, pick in zip(self.bodies, picks, strict=True) for record in _picked(body, pick)]

    def __iter__(self) -> Iterator[T]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self._records)}>"


def _picked(body: bytes, indexes: Sequence[int] | None) -> list[dict[str, Any]]:
    records = _plain(body)["data"]
    return records if indexes is None else [records[index] for index in indexes]


def _plain(body: bytes) -> dict[str, list[dict[str, Any]]]:
    """Decode without a model: what stands in unknown fields was skipped before, and may be odd."""
    try:
        return cast("dict[str, list[dict[str, Any]]]", read_json(body))
    except NotJsonError as error:
        reason = str(error)
    message = f"raw_data: the response has what Python cannot hold: {reason}"
    raise DecodeError(message, operation="raw_data", path="$", body=body)


class MetaApiResponse(ListApiResponse[T]):
    """One page of a list, with its place in it."""

    __slots__ = ("meta",)

    meta: PaginationMeta

    def __init__(
        self,
        records: list[T],
        bodies: Sequence[bytes],
        meta: PaginationMeta,
        issues: tuple[DecodeIssue, ...] = (),
        picks: Sequence[Sequence[int] | None] | None = None,
    ) -> None:
        super().__init__(records, bodies, issues, picks=picks)
        self.meta = meta

    def picked(self, indexes: Sequence[int]) -> MetaApiResponse[T]:
        """Some records of this page, which is as it came."""
        if len(indexes) == len(self._records):
            return self
        records = [self._records[index] for index in indexes]
        return MetaApiResponse(records, self.bodies, self.meta, self.issues, (indexes,))


def joined(
    pages: Sequence[MetaApiResponse[T]], issues: Iterable[DecodeIssue] = (), outcome: Outcome | None = None
) -> ListApiResponse[T]:
    """One response of many pages."""
    found = distinct([*(issue for page in pages for issue in page.issues), *issues])
    return ListApiResponse(*_contents(pages), found, outcome, _picks_of(pages))


def assembled(pages: Sequence[MetaApiResponse[T]], meta: PaginationMeta) -> MetaApiResponse[T]:
    """One page of parts of several."""
    found = distinct(issue for page in pages for issue in page.issues)
    return MetaApiResponse(*_contents(pages), meta, found, _picks_of(pages))


def _contents(pages: Sequence[MetaApiResponse[T]]) -> tuple[list[T], list[bytes]]:
    return [record for page in pages for record in page.data()], [body for page in pages for body in page.bodies]


def _picks_of(pages: Sequence[MetaApiResponse[T]]) -> list[Sequence[int] | None] | None:
    if all(page.picks is None for page in pages):
        return None
    return [pick for page in pages for pick in (page.picks or [None] * len(page.bodies))]


def page_of(model: type[T]) -> type[MetaApiResponse[T]]:
    """``MetaApiResponse[model]`` for a model that is known at run time alone."""
    return MetaApiResponse[model]  # type: ignore[valid-type]
