"""What may be repeated, and how long to wait."""

from __future__ import annotations

import httpx
import pytest

from factorialhr._core import retry
from factorialhr._core.retry import jitter, wait_before_retry

READ_ONLY = [408, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529, 530]
NEVER = [200, 301, 400, 401, 403, 404, 409, 422, 501, 505, 519, 525, 526, 528, 531]


@pytest.mark.parametrize("repeatable", [True, False])
@pytest.mark.parametrize("status", [429, *READ_ONLY, *NEVER])
def test_which_statuses_are_repeated(status: int, repeatable: bool) -> None:
    wait = wait_before_retry(0, httpx.Response(status), repeatable=repeatable)
    assert (wait is not None) is (status == 429 or (repeatable and status in READ_ONLY))


NEVER_SENT = [httpx.ConnectError(""), httpx.ConnectTimeout(""), httpx.PoolTimeout(""), httpx.ProxyError("503")]
MAYBE_SENT = [httpx.ReadError(""), httpx.ReadTimeout(""), httpx.WriteError(""), httpx.WriteTimeout("")]
MAYBE_SENT += [httpx.RemoteProtocolError(""), httpx.DecodingError("")]


@pytest.mark.parametrize("repeatable", [True, False])
@pytest.mark.parametrize("failure", [*NEVER_SENT, *MAYBE_SENT], ids=lambda failure: type(failure).__name__)
def test_which_failures_are_repeated(failure: httpx.RequestError, repeatable: bool) -> None:
    wait = wait_before_retry(0, failure, repeatable=repeatable)
    assert (wait is not None) is (repeatable or failure in NEVER_SENT)


@pytest.mark.parametrize("repeatable", [True, False])
@pytest.mark.parametrize("failure", [httpx.UnsupportedProtocol(""), httpx.ProxyError("407")])
def test_what_cannot_change_is_not_tried_again(failure: httpx.RequestError, repeatable: bool) -> None:
    assert wait_before_retry(0, failure, repeatable=repeatable) is None


@pytest.mark.parametrize(("asked", "wait"), [("0", 0.0), ("3", 3.0), ("60", 60.0), ("60.5", None), ("3e8", None)])
def test_the_api_is_obeyed_within_bounds(asked: str, wait: float | None) -> None:
    answer = httpx.Response(429, headers={"retry-after": asked})
    assert wait_before_retry(0, answer, repeatable=False) == wait


@pytest.mark.parametrize("asked", ["inf", "nan", "1800000000", "soon"])
def test_what_nobody_can_wait_for_is_as_if_it_were_not_there(asked: str) -> None:
    wait = wait_before_retry(0, httpx.Response(429, headers={"retry-after": asked}), repeatable=False)
    assert wait is not None
    assert 0 <= wait <= 0.5


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
