"""How long a server asks to wait."""

from __future__ import annotations

import datetime as dt
from email.utils import format_datetime

import pytest

from factorialhr._core.retry_after import retry_after_seconds

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
        ("inf", None),
        ("1e999", None),
        ("-inf", None),
        ("nan", None),
        ("316224000", 316224000.0),
        ("316224001", None),
        ("1800000000", None),
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
        ("Fri, 31 Dec 9999 23:59:59 GMT", None),
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
    found = retry_after_seconds(format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(days=30)))
    assert found == pytest.approx(30 * 86400, abs=60)
