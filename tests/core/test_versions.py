"""Which version has what, and when its support ends."""

from __future__ import annotations

import copy
import datetime as dt
import pickle
import warnings

import pytest

from factorialhr._core import versions
from factorialhr._core.versions import API_VERSIONS, DEFAULT_API_VERSION, Filter, Served


@pytest.mark.parametrize(
    ("served", "having"),
    [
        (Served(), API_VERSIONS),
        (Served(since="2026-07-01"), ("2026-07-01", "2026-10-01", "2027-01-01")),
        (Served(until="2026-04-01"), ("2026-01-01", "2026-04-01")),
        (Served("2026-04-01", "2026-07-01"), ("2026-04-01", "2026-07-01")),
        (Served("2026-10-01", "2026-10-01"), ("2026-10-01",)),
    ],
)
def test_what_is_served_from_one_version_until_another(served: Served, having: tuple[str, ...]) -> None:
    assert tuple(version for version in API_VERSIONS if served.covers(version)) == having
    assert str(served) == ", ".join(having)


def test_versions_are_in_order() -> None:
    assert list(API_VERSIONS) == sorted(API_VERSIONS)
    assert DEFAULT_API_VERSION in API_VERSIONS


def test_a_filter_is_its_name() -> None:
    name = Filter("ids[]", since="2026-04-01", until="2026-10-01")
    assert name == "ids[]"
    assert {"ids[]": 1}[name] == 1
    assert name.served == Served("2026-04-01", "2026-10-01")
    for other in (copy.copy(name), pickle.loads(pickle.dumps(name))):  # noqa: S301
        assert (other, other.served) == (name, name.served)


@pytest.mark.parametrize(
    ("today", "message"),
    [
        (dt.date(2026, 7, 1), None),
        (dt.date(2026, 8, 2), "ends on 2026-10-01"),
        (dt.date(2026, 8, 1), None),
        (dt.date(2026, 9, 30), "ends on 2026-10-01"),
        (dt.date(2026, 10, 1), "ended on 2026-10-01"),
        (dt.date(2030, 1, 1), "ended on 2026-10-01"),
    ],
)
def test_a_version_at_its_end_warns_once(today: dt.date, message: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "_warned", set())
    if message is None:
        versions.warn_of_ending_support("2025-10-01", today)
        return
    with pytest.warns(versions.ApiVersionWarning, match=f"{message}; .*Choose a newer api_version: 2026-01-01, "):
        versions.warn_of_ending_support("2025-10-01", today)
    with warnings.catch_warnings(record=True) as again:
        warnings.simplefilter("always")
        versions.warn_of_ending_support("2025-10-01", today)
    assert not again


def test_the_day_of_a_warning_is_today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "_warned", set())
    versions.warn_of_ending_support("9998-10-01")
    with pytest.warns(versions.ApiVersionWarning, match="ended on 2021-01-01"):
        versions.warn_of_ending_support("2020-01-01")
