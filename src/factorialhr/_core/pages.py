"""When a walk over pages goes on, and when it ends."""

from __future__ import annotations

from typing import Any

from factorialhr._core.errors import ConfigurationError, DecodeError
from factorialhr._core.issues import DecodeIssue
from factorialhr._core.options import PageOptions
from factorialhr._core.responses import MetaApiResponse

# Pages of records that the credential may not see come empty; a server that never ends must end somewhere.
MOST_EMPTY_PAGES = 100


class Walk:
    """The state of one walk: the cursors that were seen, and the options of the next request."""

    def __init__(self, options: PageOptions) -> None:
        for name in ("page", "before_id"):
            # A null is as good as nothing, but a number would leave the walk without a cursor to go on from.
            if options.get(name) is not None:
                raise ConfigurationError(
                    f"{name!r} asks for one page, and this call fetches all of them: "
                    "use get() for one page, or after_id to start behind a cursor"
                )
        self.options: PageOptions = {**options}
        self._seen = {options.get("after_id")}
        self._empty = 0

    def goes_on(self, page: MetaApiResponse[Any], operation: str) -> bool:
        """Whether there is a next page; its cursor is put into ``options``.

        A list that announces more, but gives no new cursor to fetch it with, ends here; the page's
        ``issues`` say so, since what is missing must not go unnoticed.
        """
        if not page.meta.has_next_page:
            return False
        cursor = page.meta.end_cursor
        if not isinstance(cursor, str) or not cursor:
            return self._stuck(page, "missing")
        if cursor in self._seen:
            return self._stuck(page, "a cursor seen before")
        self._count_empty(page, operation)
        self._seen.add(cursor)
        self.options["after_id"] = cursor
        return True

    def _stuck(self, page: MetaApiResponse[Any], found: str) -> bool:
        page.issues += (DecodeIssue("PaginationMeta", "end_cursor", "the next page's cursor", found),)
        return False

    def _count_empty(self, page: MetaApiResponse[Any], operation: str) -> None:
        self._empty = 0 if len(page) else self._empty + 1
        if self._empty >= MOST_EMPTY_PAGES:
            raise DecodeError(
                f"{operation}: {self._empty} empty pages in a row, each announcing another one",
                operation=operation,
                path="$.meta.has_next_page",
                body=page.bodies[0],
            )
