"""A transport that serves one list of sessions as the API does, by numbers and by cursors, for both halves."""

from __future__ import annotations

import base64
from collections.abc import Callable

import httpx

from tests.support import answers


def cursor(said: object) -> str:
    """A cursor as the API spells it."""
    return base64.b64encode(str(said).encode()).decode()


class NumberedList:
    """Answers with pages of a list; a function may change the list before each of them."""

    def __init__(
        self,
        ids: list[str],
        *,
        cursors: str = "ids",
        numbers: bool = True,
        fixed_size: int | None = None,
        total: object = ...,
        has_next_page: object = ...,
        before_each: Callable[[NumberedList], object] = id,
    ) -> None:
        self.ids = ids
        self.queries: list[dict[str, str]] = []
        self._cursors = cursors
        self._numbers = numbers
        self._fixed_size = fixed_size
        self._total = total
        self._has_next_page = has_next_page
        self._before_each = before_each

    @property
    def transport(self) -> httpx.MockTransport:
        """Hands requests to it, in either half."""
        return httpx.MockTransport(self.answer)

    def answer(self, request: httpx.Request) -> httpx.Response:
        """The page that a request asks for."""
        self._before_each(self)
        asked = dict(request.url.params.multi_items())
        self.queries.append(asked)
        limit = self._fixed_size or int(asked.get("limit", 100))
        start = self._start(asked, limit)
        found = self.ids[start : start + limit]
        end = start + len(found)
        meta = {
            "limit": limit,
            "total": len(self.ids) if self._total is ... else self._total,
            "has_next_page": end < len(self.ids) if self._has_next_page is ... else self._has_next_page,
            "end_cursor": None if not found else cursor(end if self._cursors == "positions" else found[-1]),
        }
        return answers.json({"data": answers.sessions(*found), "meta": meta})

    def _start(self, asked: dict[str, str], limit: int) -> int:
        if "after_id" in asked:
            said = base64.b64decode(asked["after_id"]).decode()
            if self._cursors == "positions":
                return int(said)
            return next((at for at, one in enumerate(self.ids) if int(one) > int(said)), len(self.ids))
        return (int(asked.get("page", "1")) - 1) * limit if self._numbers else 0
