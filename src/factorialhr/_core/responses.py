"""What lists answer with: typed records, the raw ones beside them, and where the two disagreed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Generic, Literal, NoReturn, SupportsIndex, TypeAlias, TypeVar, cast, overload

import msgspec

from factorialhr._core import conversions
from factorialhr._core.errors import DecodeError
from factorialhr._core.issues import DecodeIssue, distinct
from factorialhr._core.plain import NotJsonError, read_json

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])
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


class _Method:
    """A method that says so to whoever takes it for an attribute."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.__doc__ = function.__doc__

    def __get__(self, response: object, _owner: type) -> Callable[..., Any]:
        return self.function if response is None else _BoundMethod(self.function, response)


class _BoundMethod:
    """Returns the records, always the same list."""

    __slots__ = ("__func__", "__self__")

    def __init__(self, function: Callable[..., Any], response: object) -> None:
        self.__func__ = function
        self.__self__ = response

    def __call__(self) -> Any:
        return self.__func__(self.__self__)

    def _refuse(self, *_: object) -> NoReturn:
        raise TypeError("data is a method: write page.data()[0] or page[0]")

    __getitem__ = __iter__ = __len__ = __contains__ = _refuse


def _said_to_be_a_method(function: F) -> F:
    return cast("F", _Method(function))


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

    @_said_to_be_a_method
    def data(self) -> list[T]:
        """The records, always the same list."""
        return self._records

    @property
    def raw_data(self) -> list[dict[str, Any]]:
        """The records as plain dicts, decoded anew at each use, with the fields that this SDK does not know."""
        picks = self.picks or [None] * len(self.bodies)
        return [record for body, pick in zip(self.bodies, picks, strict=True) for record in _picked(body, pick)]

    def to_dicts(self) -> list[dict[str, Any]]:
        """``Record.to_dict`` of each record, the rows of a table.

        The dict of an item that is no record is empty (``issues`` tells of it): row and record have one index.
        """
        return conversions.rows(self._records)

    def to_json(self) -> str:
        """The records as a JSON array, each as ``Record.to_json`` writes it."""
        return conversions.rows_to_json(self._records)

    def show(self) -> str:
        """Everything in all records as text, personal data too, to look at on purpose: ``print(page.show())``."""
        return conversions.show_rows(repr(self), self._records)

    def __iter__(self) -> Iterator[T]:
        return iter(self._records)

    @overload
    def __getitem__(self, index: SupportsIndex, /) -> T: ...
    @overload
    def __getitem__(self, index: slice, /) -> list[T]: ...
    def __getitem__(self, index: SupportsIndex | slice, /) -> T | list[T]:
        return self._records[index]

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
