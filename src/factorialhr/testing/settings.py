"""Keyword arguments that are passed on: what may be said, for type checkers and completion."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    import httpx

    from factorialhr.testing.faults import Drift
    from factorialhr.testing.paging import CursorKind, EndlessKind, Paging


class SandboxSettings(TypedDict, total=False):
    """Arguments of ``Sandbox(...)`` beside the size and the seed of its company."""

    today: dt.date
    host: str
    port: int
    api_key: str | None
    client_id: str
    client_secret: str
    id_offset: int
    check_references: bool
    oldest_version: str
    clock: Callable[[], float]
    webhook_transport: httpx.BaseTransport | None
    webhook_wait_seconds: Callable[[int], float]


class EmptySandboxSettings(SandboxSettings, total=False):
    """Likewise, for a sandbox without records; the seed still decides over tokens and faults."""

    seed: int


class FaultSettings(TypedDict, total=False):
    """Attributes of ``Fault`` beside verb and path."""

    status: int | None
    retry_after: float | str | None
    body: bytes | None
    delay_seconds: float
    damage: str | None
    drift: Drift | None
    paging: Paging | None
    takes_effect: bool
    times: int | None
    skip: int
    probability: float


class DriftSettings(TypedDict, total=False):
    """Attributes of ``Drift``."""

    unknown_enum_values: float
    nulls: float
    missing: float
    new_fields: bool
    left_out: Sequence[str]
    seed: int


class PagingSettings(TypedDict, total=False):
    """Attributes of ``Paging``."""

    cursors: CursorKind | None
    numbers: bool
    paged: bool
    counts: str
    page_size: int | None
    extra: int
    page_before: bool
    endless: EndlessKind | None
    meta: Mapping[str, Any]
    without_meta: Sequence[str]
