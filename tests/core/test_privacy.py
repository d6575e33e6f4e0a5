"""httpx's own lines lose the queries of our addresses, and keep everything else."""

from __future__ import annotations

import logging

import httpx
import pytest

from factorialhr._system.httpx_logs import _filter, hide_queries_in_httpx_logs

OURS = httpx.URL("https://h/api/2026-10-01/resources/employees/employees?email=secret")
OTHER = httpx.URL("https://h/other?email=kept")


def line(*arguments: object) -> str:
    record = logging.LogRecord("httpx", logging.INFO, "", 0, " ".join(["%s"] * len(arguments)), arguments, None)
    assert _filter.filter(record)
    return record.getMessage()


def test_the_query_of_our_addresses_is_left_out() -> None:
    assert line("GET", OURS, 200) == "GET https://h/api/2026-10-01/resources/employees/employees 200"


@pytest.mark.parametrize("other", [OTHER, OURS.copy_with(query=None), "https://h/resources/?a=b", 7, None])
def test_everything_else_is_kept(other: object) -> None:
    assert line("GET", other) == f"GET {other}"


def test_lines_with_named_values_are_kept() -> None:
    record = logging.LogRecord("httpx", logging.INFO, "", 0, "%(a)s", ({"a": "b"},), None)
    assert _filter.filter(record)
    assert record.getMessage() == "b"


def test_the_filter_is_installed_once() -> None:
    hide_queries_in_httpx_logs()
    hide_queries_in_httpx_logs()
    assert logging.getLogger("httpx").filters.count(_filter) == 1
