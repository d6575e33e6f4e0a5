"""What is known of each list: as an argument of its endpoint, as sentences for its callers, as rows of a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from .api import Api, ListInfo, MethodInfo
from .python_types import quote

COLUMNS = (
    "list",
    "identified by",
    "pages",
    "`limit` counts",
    "other order with",
    "days",
    "changed since",
    "batches",
    "needs",
    "marked as required",
    "known from",
)


class Listed(NamedTuple):
    """One list of the API."""

    path: str
    method: MethodInfo
    listing: ListInfo


def lists(api: Api) -> list[Listed]:
    """Every list of the API, by its path."""
    methods = [method for resource in api.resources for method in resource.methods]
    found = [Listed(method.path, method, method.listing) for method in methods if method.listing is not None]
    return sorted(found, key=lambda one: one.path)


# -- for programs -------------------------------------------------------------------------------------


def listing_call(info: ListInfo) -> str | None:
    """The facts as an endpoint holds them, less what is the default; ``None`` if everything is."""
    arguments: dict[str, str] = {}
    if info.key != ("id",):
        arguments["key"] = _tuple(info.key)
    if info.paging != "numbers":
        arguments["paging"] = quote(info.paging)
    if info.counts != "records":
        arguments["counts"] = quote(info.counts)
    if info.reorders:
        arguments["reorders"] = _tuple(info.reorders)
    if info.since:
        excluded = {"day_excluded": "True"} if info.since.day_excluded else {}
        arguments["since"] = _call("Since", quote(info.since.filter), quote(info.since.unit), **excluded)
    if info.date_range:
        days = info.date_range
        others = {"longest_days": str(days.longest_days)} if days.longest_days else {}
        others |= {name: "True" for name in ("spans", "last_may_be_cut") if getattr(days, name)}
        arguments["date_range"] = _call("DateRange", quote(days.first), quote(days.last), **others)
    if info.batches:
        arguments["batches"] = "{" + ", ".join(f"{quote(name)}: {most}" for name, most in info.batches) + "}"
    return _call("Listing", **arguments) if arguments else None


def _call(name: str, *values: str, **named: str) -> str:
    return f"{name}({', '.join([*values, *(f'{key}={value}' for key, value in named.items())])})"


def _tuple(names: Sequence[str]) -> str:
    return f"({', '.join(map(quote, names))}{',' if len(names) == 1 else ''})"


# -- for callers --------------------------------------------------------------------------------------


def about_pages(info: ListInfo) -> str:
    """What matters to a caller of one page."""
    lines = [_about_demands(info.demands)] if info.demands else []
    if info.paging == "cursor":
        lines.append("Pages come by cursor alone: ``page`` does not work.")
    if info.counts != "records":
        lines.append(f"``limit`` and ``total`` count {info.counts}: a page may hold more records.")
    return " ".join(lines)


def about_all(info: ListInfo) -> str:
    """What matters to a caller who wants the whole list."""
    days, since, lines = info.date_range, info.since, []
    if info.paging == "none":
        narrow = f"; narrow the days with {_and((days.first, days.last))}, or pass ``window_days``" if days else ""
        lines.append(f"The API answers with everything at once, whatever ``limit`` is given{narrow}.")
    elif days:
        lines.append(f"``window_days`` cuts the days from ``{days.first}`` to ``{days.last}``.")
    if info.paging == "cursor":
        lines.append('Over more than one page it cannot be proven whole: the outcome is ``"unproven"``.')
    if not info.key:
        lines.append("No field identifies a record.")
    elif info.key != ("id",):
        lines.append(f"Records are told apart by {_and(info.key)}.")
    if since:
        lines.append(f"``since`` is sent as ``{since.filter}``{', in whole days' if since.unit == 'day' else ''}.")
    for name, most in info.batches:
        if most:
            lines.append(
                f"At most {most} ``{name}`` a request: ``all()`` and the streams cut longer lists into batches."
            )
    return " ".join(lines)


def _about_demands(demands: Sequence[Sequence[str]]) -> str:
    if len(demands) == 1:
        return f"The API insists on {_and(demands[0])}."
    return f"The API insists on one of these: {'; '.join(map(_and, demands))}."


def _and(names: Sequence[str], mark: str = "``") -> str:
    *first, last = [f"{mark}{name}{mark}" for name in names]
    return f"{', '.join(first)} and {last}" if first else last


# -- for readers --------------------------------------------------------------------------------------


def table(found: Iterable[Listed]) -> list[str]:
    """The rows of the table in ``docs/lists.md``, its head included."""
    rows = [COLUMNS, ("---",) * len(COLUMNS), *map(_row, found)]
    return [f"| {' | '.join(row)} |" for row in rows]


def _row(one: Listed) -> tuple[str, ...]:
    info = one.listing
    required = [each.name for each in one.method.filters if each.required]
    return (
        f"`{one.path}`",
        _codes(info.key, "nothing"),
        {"numbers": "numbers, cursor", "cursor": "cursor", "none": "none"}[info.paging],
        info.counts if info.paging != "none" else "-",
        _codes(info.reorders),
        _days(info),
        _since(info),
        ", ".join(f"`{name}`" + (f" ({most})" if most else "") for name, most in info.batches) or "-",
        "; or ".join(_and(names, "`") for names in info.demands) or "-",
        _codes([name for name in required if not any(name in names for names in info.demands)]),
        info.source,
    )


def _days(info: ListInfo) -> str:
    days = info.date_range
    if days is None:
        return "-"
    marks: Mapping[str, bool | int | None] = {
        "touching": days.spans,
        "last day unsure": days.last_may_be_cut,
        f"{days.longest_days} at most": days.longest_days,
    }
    said = [mark for mark, holds in marks.items() if holds]
    return f"`{days.first}`, `{days.last}`" + (f" ({', '.join(said)})" if said else "")


def _since(info: ListInfo) -> str:
    if info.since is None:
        return "-"
    after = ", after it" if info.since.day_excluded else ""
    return f"`{info.since.filter}` ({info.since.unit}{after})"


def _codes(names: Sequence[str], nothing: str = "-") -> str:
    return ", ".join(f"`{name}`" for name in names) or nothing
