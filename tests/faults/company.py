"""The list behind the faulty server: records, pages by cursor and by number, and the ways in which lists go wrong."""

from __future__ import annotations

from random import Random
from typing import Any, NamedTuple

from tests.support import answers

IDS = [str(number) for number in range(1, 24)]
LAST = "end"
AGAIN = "page again behind a new cursor"


class Page(NamedTuple):
    """The body of one page, and the ids in it."""

    ids: list[str]
    meta: dict[str, Any]

    @property
    def body(self) -> dict[str, Any]:
        return {"data": [record(one) for one in self.ids], "meta": self.meta}


def record(one: str) -> dict[str, Any]:
    return answers.session(id=one, name=f"Session {one}")


def page_of(query: dict[str, str], fault: str, dice: Random) -> Page:
    """The page that a query asks for, or what a broken list has in its place.

    A cursor names the pages that are left, so that the server has nothing to remember.
    """
    size = int(query.get("limit", "5"))
    count = -(-len(IDS) // size)
    if "page" in query:
        asked = int(query["page"])
        order = list(range(asked, max(asked, count) + 1))
    else:
        order = [int(number) for number in query.get("after_id", "").split("-") if number] or list(range(1, count + 1))
    if fault == "duplicated page" and order[0] > 1:
        order = [order[0] - 1, *order]
    number, *rest = order
    if fault == "reordered pages":
        dice.shuffle(rest)
    ids = IDS[(number - 1) * size : number * size]
    meta: dict[str, Any] = {"limit": size, "total": len(IDS), "has_next_page": bool(rest)}
    meta["end_cursor"] = "-".join(map(str, rest)) or LAST
    if fault == AGAIN and not query.get("after_id", "").endswith("-"):
        meta["end_cursor"] = f"{number}-{meta['end_cursor']}-".replace(LAST, "")
    if fault == "stuck cursor":
        meta |= {"has_next_page": True, "end_cursor": dice.choice([None, "", query.get("after_id")])}
    return Page(ids, meta)
