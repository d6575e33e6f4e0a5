"""What may be repeated, and how long to wait."""

from __future__ import annotations

import datetime as dt

import httpx
import pytest

from factorialhr._core import retry
from factorialhr._core.retry import jitter, retry_after_seconds, wait_before_retry

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        ("7", 7.0),
        ("0.5", 0.5),
        (" 7 ", 7.0),
        ("-7", 0.0),
        ("1e3", 1000.0),
        ("inf", float("inf")),
        ("1e999", float("inf")),
        ("-inf", 0.0),
        ("nan", None),
        ("", None),
        ("soon", None),
        ("7 seconds", None),
        ("7, 8", None),
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30.0),
        ("Sun, 01 Mar 2026 12:00:30 -0000", 30.0),
        ("Sun, 01 Mar 2026 13:00:30 +0100", 30.0),
        ("Sunday, 01-Mar-26 12:00:30 GMT", 30.0),
        ("Sun Mar  1 12:00:30 2026", 30.0),
        ("Sun, 01 Mar 2026 11:59:59 GMT", 0.0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Sun, 01 Mar 2026 25:00:00 GMT", None),
        ("Sun, 31 Feb 2026 12:00:00 GMT", None),
        ("Sun, 01 Mar 99999 12:00:00 GMT", None),
        ("Sun, 01 Mar 2026 12:00:30 +99999999", None),
        ("Sun, 01 Mar 2026 12:00:30 +99999999999999999", None),
        ("2026-03-01T12:00:30Z", None),
    ],
)
def test_a_retry_after_header_in_all_its_forms(header: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(header, NOW) == seconds


def test_a_date_is_compared_with_now() -> None:
    assert retry_after_seconds("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0
    found = retry_after_seconds("Fri, 31 Dec 9999 23:59:59 GMT")
    assert found is not None
    assert found > 10**9


READ_ONLY = [500, 502, 503, 504]
NEVER = [200, 301, 400, 401, 403, 404, 408, 409, 422, 501, 505]


@pytest.mark.parametrize("repeatable", [True, False])
@pytest.mark.parametrize("status", [429, *READ_ONLY, *NEVER])
def test_which_statuses_are_repeated(status: int, repeatable: bool) -> None:
    wait = wait_before_retry(0, httpx.Response(status), None, repeatable=repeatable)
    assert (wait is not None) is (status == 429 or (repeatable and status in READ_ONLY))


NEVER_SENT = [httpx.ConnectError(""), httpx.ConnectTimeout(""), httpx.PoolTimeout("")]
MAYBE_SENT = [httpx.ReadError(""), httpx.ReadTimeout(""), httpx.WriteError(""), httpx.WriteTimeout("")]
MAYBE_SENT += [httpx.RemoteProtocolError(""), httpx.DecodingError("")]


@pytest.mark.parametrize("repeatable", [True, False])
@pytest.mark.parametrize("failure", [*NEVER_SENT, *MAYBE_SENT], ids=lambda failure: type(failure).__name__)
def test_which_failures_are_repeated(failure: httpx.RequestError, repeatable: bool) -> None:
    wait = wait_before_retry(0, httpx.Response(0), failure, repeatable=repeatable)
    assert (wait is not None) is (repeatable or failure in NEVER_SENT)


@pytest.mark.parametrize(("asked", "wait"), [("0", 0.0), ("3", 3.0), ("60", 60.0), ("60.5", None), ("inf", None)])
def test_the_api_is_obeyed_within_bounds(asked: str, wait: float | None) -> None:
    answer = httpx.Response(429, headers={"retry-after": asked})
    assert wait_before_retry(0, answer, None, repeatable=False) == wait


def test_jitter_is_full_and_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    bounds = []

    def uniform(low: float, high: float) -> float:
        bounds.append((low, high))
        return low

    monkeypatch.setattr(retry.random, "uniform", uniform)
    for attempt in (0, 1, 2, 6, 50, 1000):
        assert jitter(attempt) == 0
    assert bounds == [(0, 0.5), (0, 1.0), (0, 2.0), (0, 30.0), (0, 30.0), (0, 30.0)]


def test_jitter_differs() -> None:
    assert len({jitter(5) for _ in range(20)}) > 1
