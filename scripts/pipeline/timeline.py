"""Facts over versions: one entry where nothing changed, spans with ``since``/``until`` where it did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .types import LAST_VERSION_WITH_INTEGER_IDS, unify_ids, wire_type

Facts = dict[str, Any]


class NotRepresentableError(Exception):
    """Something left the API and came back: a span cannot say that."""


def collapse(by_version: Mapping[str, Facts], versions: Sequence[str]) -> Facts | list[Facts]:
    """Write facts per version as one entry, or as the list of its spans.

    Args:
        by_version: The facts in each version that has them.
        versions: Every version in which the parent exists, oldest first.
    """
    spans: list[tuple[list[str], Facts]] = []
    for version in versions:
        facts = by_version.get(version)
        if facts is None:
            continue
        if spans and _follows(versions, spans[-1][0][-1], version):
            known, merged = spans[-1][0], _same_but_ids(spans[-1][1], facts, spans[-1][0][-1], version)
            if merged is not None:
                spans[-1] = ([*known, version], merged)
                continue
        spans.append(([version], facts))
    entries = [{**bounds(inside, versions), **facts} for inside, facts in spans]
    return entries[0] if len(entries) == 1 else entries


def bounds(inside: Sequence[str], versions: Sequence[str]) -> Facts:
    """``since``/``until`` of a run of versions, each left out at the end of the parent's own life."""
    if list(inside) != [version for version in versions if inside[0] <= version <= inside[-1]]:
        raise NotRepresentableError(f"present in {', '.join(inside)}, but not in between")
    entry: Facts = {}
    if inside[0] != versions[0]:
        entry["since"] = inside[0]
    if inside[-1] != versions[-1]:
        entry["until"] = inside[-1]
    return entry


def spans(entry: Facts | list[Facts]) -> list[Facts]:
    return entry if isinstance(entry, list) else [entry]


def within(entry: Facts, versions: Sequence[str]) -> list[str]:
    """The versions that an entry's ``since``/``until`` leave of its parent's."""
    since, until = entry.get("since", versions[0]), entry.get("until", versions[-1])
    return [version for version in versions if since <= version <= until]


def expand(entry: Facts | list[Facts], versions: Sequence[str]) -> dict[str, Facts]:
    """The reverse of ``collapse``: the facts of each version, ids spelt as that version spells them."""
    by_version: dict[str, Facts] = {}
    for span in spans(entry):
        facts = {key: value for key, value in span.items() if key not in ("since", "until")}
        for version in within(span, versions):
            by_version[version] = {**facts, "type": wire_type(facts["type"], version)} if "type" in facts else facts
    return by_version


def _follows(versions: Sequence[str], earlier: str, later: str) -> bool:
    return versions.index(later) == versions.index(earlier) + 1


def _same_but_ids(older: Facts, newer: Facts, older_version: str, newer_version: str) -> Facts | None:
    if older == newer:
        return older
    if "type" not in older:
        return None
    comparable = newer
    if older_version <= LAST_VERSION_WITH_INTEGER_IDS < newer_version:
        kind = unify_ids(older["type"], newer["type"])
        if kind is not None:
            comparable = {**newer, "type": kind}
            older = {**older, "type": kind}
    elif {**older, "type": wire_type(older["type"], newer_version)} == newer:
        return older  # "id" was settled by an earlier pair of versions
    return older if older == comparable else None
