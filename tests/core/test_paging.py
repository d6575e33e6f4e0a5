"""The paging that is let through, and the paging that the API would ignore or replace."""

from __future__ import annotations

import pytest

from factorialhr import ConfigurationError
from factorialhr._core.options import PageOptions, RequestOptions
from factorialhr._core.paging import PAGING, check_paging


def test_the_names_are_those_of_the_public_options() -> None:
    assert PAGING == ("limit", "after_id", "before_id", "page")
    assert set(PageOptions.__annotations__) == {*RequestOptions.__annotations__, *PAGING}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("limit", value) for value in (1, 100, "1", "100", None)),
        *(("page", value) for value in (1, 101, 10**9, "7", None)),
        *(("after_id", value) for value in ("Mjc=", "", None)),
        *(("before_id", value) for value in ("Mjc=", "", None)),
    ],
)
def test_paging_that_works_is_let_through(name: str, value: object) -> None:
    check_paging(name, value, "GET a/b")


ONE_TO_HUNDRED = "'limit' must be from 1 to 100; got {}. The API silently replaces other values; use all() or iter() for the whole list"
WHOLE = "{!r} must be a whole number; got {}"
CURSOR = "{!r} must be a cursor, the text in meta.{}; got {}"
REFUSED: list[tuple[str, object, str]] = [
    *(("limit", value, ONE_TO_HUNDRED.format(value)) for value in (0, 101, -1, "0", "101")),
    *(("limit", value, WHOLE.format("limit", type(value).__name__)) for value in ("x", "", "-1", "٣", 1.0, True, [1])),
    *(("page", value, f"'page' must be 1 or more; got {value}") for value in (0, -1, "0")),
    *(("page", value, WHOLE.format("page", type(value).__name__)) for value in ("x", 1.0, True, [1], b"1")),
    *(("after_id", value, CURSOR.format("after_id", "end_cursor", type(value).__name__)) for value in (7, ["a"], b"a")),
    *(("before_id", value, CURSOR.format("before_id", "start_cursor", type(value).__name__)) for value in (True, 7)),
]


@pytest.mark.parametrize(("name", "value", "message"), REFUSED)
def test_paging_that_cannot_work_is_refused(name: str, value: object, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        check_paging(name, value, "GET a/b")
    assert str(caught.value) == f"GET a/b: {message}"
