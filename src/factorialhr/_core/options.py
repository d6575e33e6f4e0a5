"""Options that every call takes, and those that every list takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict


class RequestOptions(TypedDict, total=False):
    """Options of one call; they win over the client's settings."""

    params: Mapping[str, object]
    """Query parameters that have no keyword here; lists repeat their name as given (``"ids[]"``)."""
    headers: Mapping[str, str]
    """Headers of this request alone."""
    timeout: float
    """Seconds to wait for connecting, for sending and for each part of the answer."""
    max_retries: int
    """How often to repeat the request where that is safe; 0 never."""
    deadline: float
    """Seconds for the whole call: waiting, repeats and token refreshes included."""
    repeat_writes: bool
    """Repeat this write as if it were a read: for writes that may be done twice without harm."""


class PageOptions(RequestOptions, total=False):
    """Options of one page of a list."""

    limit: int | None
    """Records on a page, 1 to 100; the API's own default is 100, and a few lists ignore it."""
    after_id: str | None
    """Cursor ``meta.end_cursor`` of the page before; not a record's id. A walk starts behind it."""
    before_id: str | None
    """Cursor ``meta.start_cursor`` of the page after; not a record's id. Not for walks."""
    page: int | None
    """Number of the page, from 1: the API's older way of paging. Not for walks."""


OPTIONS = frozenset(RequestOptions.__annotations__)
PAGING = {name: name for name in PageOptions.__annotations__ if name not in OPTIONS}
