"""The query of a request: filters, paging and ``params``, read once, and refused where the API would misread them."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, Unpack
from urllib.parse import urlencode
from uuid import UUID

from factorialhr._core.errors import ConfigurationError, UnexpectedKeywordError, UnsupportedOperationError
from factorialhr._core.narrowing import is_collection, is_mapping
from factorialhr._core.options import OPTIONS
from factorialhr._core.paging import PAGING, Paging, check_paging
from factorialhr._core.versions import Filter
from factorialhr._core.wire import is_encodable, is_missing

# Tuples made once: a union would be put together anew for each value.
SCALARS: Final = (str, int)
NUMBERS: Final = (int, float, Decimal, UUID)
TIMES: Final = (dt.date, dt.time)
OF_WHOLE_LISTS: Final = frozenset({"concurrency", "place", "since", "window_days"})
OF_ONE_PAGE: Final = ("page", "before_id")
OUTSIDE_THE_QUERY: Final = OPTIONS - {"params"}


class Query:
    """The query of one request, checked and encoded; those of the list's other pages are made from it.

    It does not change, and holds nothing of the caller's: neither a generator nor a list that may be changed later.
    """

    __slots__ = ("_filters", "_operation", "_text", "paging")

    def __init__(self, filters: str, paging: Mapping[str, object], operation: str) -> None:
        """Put encoded filters and checked paging together."""
        self.paging = paging
        """``limit``, ``after_id``, ``before_id`` and ``page``, as far as they were given."""
        self._filters = filters
        self._operation = operation
        self._text = filters
        if paging:
            encoded = urlencode([(name, _text_of(name, value, operation)) for name, value in paging.items()])
            self._text = f"{filters}&{encoded}" if filters else encoded

    @classmethod
    def of(
        cls,
        options: Mapping[str, Any],
        filters: Mapping[str, str] | None,
        version: str,
        operation: str,
        *,
        also: Collection[str] = (),
    ) -> Query:
        """Read the keywords of a call and its ``params``; paging is the same in either place.

        Args:
            options: Everything that the caller gave; what is not for the query is passed over.
            filters: Keywords of the operation with their names on the wire; ``None`` for operations that take
                neither filters nor paging.
            version: The API version of the client.
            operation: For messages: ``"GET trainings/sessions"``.
            also: Other keywords that the call takes, for messages.

        Raises:
            UnexpectedKeywordError: The operation has no such keyword.
            UnsupportedOperationError: The filter is not in this API version.
            ConfigurationError: A value would not reach the API, or would mean something else there.
        """
        if options.keys() <= OUTSIDE_THE_QUERY:
            return cls("", {}, operation)
        pairs: list[tuple[str, str]] = []
        paging: dict[str, object] = {}
        given: set[str] = set()
        for name, wire_name, value in _given(options, filters, version, operation, also):
            if wire_name in given:
                raise ConfigurationError(f"{operation}: {wire_name!r} is given as a keyword and in 'params'; keep one")
            given.add(wire_name)
            if wire_name in PAGING:
                check_paging(wire_name, value, operation)
                paging[wire_name] = value
                continue
            before = len(pairs)
            pairs += query_pairs(wire_name, value, operation)
            if len(pairs) == before:
                # Nothing of it would be sent, and the API would answer with everything.
                raise ConfigurationError(
                    f"{operation}: {name!r} is empty, and the API would answer as if it were not given; "
                    "leave the filter out, or do without the call"
                )
        return cls(_encoded(pairs, operation), paging, operation)

    @property
    def filters(self) -> str:
        """The query without paging."""
        return self._filters

    def text(self) -> str:
        """The query as it stands behind the question mark; empty where there is nothing to ask."""
        return self._text

    def with_paging(self, **paging: Unpack[Paging]) -> Query:
        """Make the query of another page: the filters stay, ``None`` takes a name of paging out.

        Raises:
            ConfigurationError: The API would ignore or replace a value.
        """
        for name, value in paging.items():
            check_paging(name, value, self._operation)
        merged = {**self.paging, **paging}
        kept = {name: value for name, value in merged.items() if value is not None}
        return Query(self._filters, kept, self._operation)


def _given(
    options: Mapping[str, Any], filters: Mapping[str, str] | None, version: str, operation: str, also: Collection[str]
) -> Iterator[tuple[str, str, object]]:
    """Everything that was given, ``None`` is nothing: the caller's name for it, the one on the wire, the value."""
    for name, value in options.items():
        if name in OPTIONS:
            continue
        wire_name = None if filters is None else filters.get(name) or (name if name in PAGING else None)
        if wire_name is None:
            raise _unexpected(name, filters, operation, also)
        if value is not None:
            _check_served(wire_name, name, version, operation)
            yield name, wire_name, value
    params: object = options.get("params")
    if params is None:
        return
    if not is_mapping(params):
        raise ConfigurationError(f"{operation}: 'params' must be a mapping; got {type(params).__name__}")
    for key, value in params.items():
        if not isinstance(key, str):
            raise ConfigurationError(f"{operation}: names in 'params' must be str; got {type(key).__name__}")
        if value is not None:
            yield key, key, value


def _unexpected(
    name: str, filters: Mapping[str, str] | None, operation: str, also: Collection[str]
) -> UnexpectedKeywordError:
    import difflib  # for mistakes alone

    if filters is not None and name in OF_WHOLE_LISTS and not also:
        return UnexpectedKeywordError(
            f"{operation} takes no keyword {name!r} for one page: all(), iter() and pages() do, on lists that can"
        )
    paging = PAGING if filters is not None else ()
    known = [*OPTIONS, *(filters or ()), *also, *(one for one in paging if not also or one not in OF_ONE_PAGE)]
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"it takes {', '.join(sorted(known))}"
    return UnexpectedKeywordError(f"{operation} takes no keyword {name!r}: {hint}")


def _check_served(wire_name: str, name: str, version: str, operation: str) -> None:
    if isinstance(wire_name, Filter) and not wire_name.served.covers(version):
        raise UnsupportedOperationError(
            f"{operation}: the filter {name!r} is not available in API version {version}; available in: {wire_name.served}"
        )


def _encoded(pairs: list[tuple[str, str]], operation: str) -> str:
    try:
        return urlencode(pairs)
    except UnicodeEncodeError:
        pass  # its context would carry the query along
    # The values were looked at before.
    raise ConfigurationError(f"{operation}: the name of a filter holds a lone surrogate, which is no text")


def query_pairs(name: str, value: object, operation: str) -> Iterator[tuple[str, str]]:
    """The pairs of one filter or form field, Rails style: lists repeat their name, objects put keys in brackets.

    ``None`` is left out.

    Raises:
        ConfigurationError: A value has no meaning on the wire.
    """
    if value is None:
        return
    # Text and numbers are most of what comes, and to look for containers takes longer than all the rest.
    if isinstance(value, SCALARS):
        yield name, _text_of(name, value, operation)
    elif is_mapping(value):
        for key, inner in value.items():
            yield from query_pairs(f"{name}[{key}]", inner, operation)
    elif is_collection(value):
        for inner in value:
            yield from query_pairs(name, inner, operation)
    else:
        yield name, _text_of(name, value, operation)


def _text_of(name: str, value: object, operation: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, enum.Enum):
        return _text_of(name, value.value, operation)
    if isinstance(value, str):
        if not is_encodable(value):
            raise ConfigurationError(
                f"{operation}: {name!r} holds a lone surrogate, which is no text: decode it with the right encoding"
            )
        return str(value)
    if is_missing(value):
        raise ConfigurationError(
            f"{operation}: {name!r} is NaN, NaT or infinite, which the API would take for something else; "
            "leave it out, or give a value"
        )
    if isinstance(value, NUMBERS):
        return str(value)
    if isinstance(value, TIMES):
        return value.isoformat()
    raise ConfigurationError(
        f"{operation}: {name!r} must be text, a number, a date, a boolean or a list of these; got {type(value).__name__}"
    )
