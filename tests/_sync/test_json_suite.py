"""Every case of the public JSON conformance suite, as a body and as one value of a page.

The files are named after their case, with the verdict in front: ``accepted`` and ``refused`` are what any parser must
do, ``either`` is left to it.
"""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests._sync.clients import client
from tests.halves import factorialhr_sync as sdk
from tests.support import answers
from tests.support.script import Script

CASES = {path.stem: path.read_bytes() for path in sorted((Path(__file__).parents[1] / "data/json_suite").iterdir())}
# Refused by JSON, and read all the same, since one odd value must not take a page down.
READ_ALL_THE_SAME = {
    "refused_number_NaN",
    "refused_number_infinity",
    "refused_number_minus_infinity",
    "refused_string_unescaped_ctrl_char",
    "refused_string_unescaped_newline",
    "refused_string_unescaped_tab",
}
every_case = pytest.mark.parametrize("case", CASES)
pytestmark = pytest.mark.filterwarnings("ignore::factorialhr.DecodeWarning")


def page_with(value: bytes, name: str) -> bytes:
    """A page whose second record has a field with this value."""
    records = [msgspec.json.encode(answers.session(id=one)) for one in ("7", "8", "9")]
    records[1] = records[1].replace(b'"name":"First aid"', b'"name":"First aid","%s":%s' % (name.encode(), value))
    return b'{"data":[%s],"meta":{"has_next_page":false}}' % b",".join(records)


def as_python_reads(body: bytes) -> Any:
    """What Python's ``json`` makes of it, ``...`` if nothing."""
    try:
        return json.loads(body.decode(errors="replace"), strict=False)
    except (ValueError, RecursionError):
        return ...


def is_same(one: object, other: object) -> bool:
    return repr(one) == repr(other)  # NaN is not equal to itself


def test_the_suite_is_complete() -> None:
    verdicts = Counter(name.split("_")[0] for name in CASES)
    assert verdicts == {"accepted": 95, "refused": 193, "either": 35}


@every_case
def test_a_verdict_is_that_of_the_suite_or_decided_otherwise(case: str) -> None:
    content = as_python_reads(page_with(CASES[case], "link"))
    if case.startswith("refused"):
        assert (content is not ...) == (case in READ_ALL_THE_SAME)
    elif case.startswith("accepted"):
        assert content is not ...


@every_case
@pytest.mark.parametrize("name", ["link", "a_field_of_tomorrow"])
def test_one_odd_value_never_costs_a_page(case: str, name: str) -> None:
    body = page_with(CASES[case], name)
    expected = as_python_reads(body)
    api = client(Script(answers.raw(body)))
    if expected is ...:
        with pytest.raises(sdk.DecodeError):
            api.trainings.sessions.get()
        return
    page = api.trainings.sessions.get()
    assert [type(record) for record in page] == [sdk.Session] * 3
    assert [record.id for record in page] == ["7", "8", "9"]
    assert [record.name for record in page] == ["First aid"] * 3
    assert is_same(page.raw_data, expected["data"])
    value = expected["data"][1][name]
    if name == "link":
        assert is_same(page.data()[1].link, value)
    assert {issue.field for issue in page.issues} <= {"link"}


@every_case
@pytest.mark.parametrize("strict", [False, True])
def test_a_body_is_decoded_or_our_error(case: str, strict: bool) -> None:
    api = client(Script(*[answers.raw(CASES[case])] * 4), strict=strict)
    for call, *arguments in (
        (api.trainings.sessions.get,),
        (api.trainings.sessions.get_by_id, 7),
        (api.request, "GET", "trainings/sessions/7", list[sdk.Session]),
    ):
        with contextlib.suppress(sdk.DecodeError, sdk.UnexpectedBodyError):
            call(*arguments)  # type: ignore[operator]
    content = as_python_reads(CASES[case])
    if isinstance(content, dict):
        plain = api.request("GET", "trainings/sessions/7", dict[str, Any])
        assert is_same(plain, content)
