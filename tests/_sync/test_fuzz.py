"""Whatever a server sends: a typed record, or our error; and a walk that ends."""

from __future__ import annotations

import contextlib
import math
from random import Random

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests._sync.clients import client
from tests.fuzz.errors import error_body, header
from tests.fuzz.mutations import Change, change_of, damaged, written
from tests.fuzz.payloads import MODELS, payload_of
from tests.fuzz.profile import bounded
from tests.fuzz.sameness import check_record, fields_by_wire
from tests.fuzz.walks import Answer, Circle, answers_of
from tests.halves import factorialhr_sync as sdk
from tests.support import answers
from tests.support.answers import page
from tests.support.script import Script

pytestmark = pytest.mark.filterwarnings("ignore::factorialhr._core.issues.DecodeWarning")
seeds = st.integers(0, 2**32)
statuses = st.sampled_from([*range(300, 309), *range(400, 430), 451, 499, *range(500, 512), 599])
WALKS = ["all", "iter", "pages"]
# A walk ends with a cursor that was seen before; answers without records may be a hundred.
MOST_REQUESTS = 1_000


@bounded(100)
@given(seeds)
def test_a_mutated_page_loses_nothing_on_its_way_through_a_client(seed: int) -> None:
    dice = Random(seed)  # noqa: S311
    model = dice.choice(MODELS)
    records = [payload_of(model, dice) for _ in range(3)]
    changes = [change_of(list(fields_by_wire(model)), dice) for _ in records]
    bodies = [written(record, change) for record, change in zip(records, changes, strict=True)]
    body = b'{"data": [%s]}' % b",".join(bodies)
    script = Script(answers.raw(body), answers.json({"data": records}), answers.raw(body))
    api = client(script)
    result = sdk.MetaApiResponse[model]  # type: ignore[valid-type]
    found, clean = api.request("GET", "a/b", result), api.request("GET", "a/b", result)
    assert not clean.issues
    assert len(found) == 3
    for one, other, change in zip(found, clean, changes, strict=True):
        check_record(model, one, other, change)
    with contextlib.suppress(sdk.DecodeError):
        assert not (client(script, strict=True).request("GET", "a/b", result)).issues


def check_error(error: sdk.ApiStatusError, status: int, body: bytes) -> None:
    assert error.status_code == status
    assert error.body == body
    for entry in error.errors:
        assert type(entry) is sdk.ApiErrorDetail
        assert all(part is None or isinstance(part, str) for part in entry)
    assert str(error)
    if isinstance(error, sdk.RateLimitError):
        assert 0 <= (error.retry_after_seconds or 0) < math.inf


def check_error_body(status: int, body: bytes, retry_after: str = "") -> None:
    headers = {"content-type": "application/json", "retry-after": retry_after}
    script = Script(httpx.Response(status, content=body, headers=headers))
    with pytest.raises(sdk.ApiStatusError) as caught:
        client(script, max_retries=0).trainings.sessions.get()
    check_error(caught.value, status, body)


@bounded(200)
@given(statuses, seeds)
def test_an_error_body_of_any_shape_is_our_error(status: int, seed: int) -> None:
    check_error_body(status, error_body(seed), header(Random(seed)))  # noqa: S311


@bounded(100)
@given(statuses, st.binary(max_size=60) | damaged(b'{"errors": [{"code": "a", "message": "b", "field": null}]}'))
def test_an_error_body_of_any_bytes_is_our_error(status: int, body: bytes) -> None:
    check_error_body(status, body)


@bounded(50)
@given(seeds)
def test_a_429_with_any_retry_after_is_waited_for_or_our_error(seed: int) -> None:
    dice = Random(seed)  # noqa: S311
    headers = {"retry-after": header(dice)}
    script = Script(
        httpx.Response(429, headers=headers), httpx.Response(429, headers=headers), answers.json({"data": []})
    )
    with contextlib.suppress(sdk.RateLimitError):
        assert (client(script, max_retries=2).trainings.sessions.get()).data() == []


def walk(api: sdk.ApiClient, how: str) -> list[object]:
    """The ids that a walk finds."""
    endpoint = api.trainings.sessions
    if how == "all":
        return [record.id for record in (endpoint.all()).data()]
    if how == "iter":
        return [record.id for record in endpoint.iter()]
    return [record.id for one in endpoint.pages() for record in one]


@bounded(600)
@given(st.sampled_from(WALKS), st.sampled_from([1, 8]), seeds)
def test_a_list_with_any_metas_ends_and_makes_nothing_up(how: str, concurrency: int, seed: int) -> None:
    circle = Circle(answers_of(seed, most_pages=40), MOST_REQUESTS)
    with contextlib.suppress(sdk.DecodeError):
        found = walk(client(circle, concurrency=concurrency), how)
        assert found[: len(circle.first)] == circle.first
        assert set(found) <= set(circle.ids)


def test_a_total_that_is_far_too_high_brings_no_storm_of_requests() -> None:
    first = Answer(["1"], {"limit": 1, "total": 2_000, "has_next_page": True, "end_cursor": "c1"})
    last = Answer([], {"limit": 1, "total": 2_000, "has_next_page": False})
    circle = Circle([first, *[last] * MOST_REQUESTS], MOST_REQUESTS)
    assert walk(client(circle), "all") == ["1"]


def test_a_list_that_does_not_know_page_numbers_costs_one_run_of_requests() -> None:
    meta = {"limit": 1, "total": 2_000}
    first = page("1", **meta, has_next_page=True, end_cursor="c1")
    last = page("2", **meta, has_next_page=False)
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        given = last if "after_id" in request.url.params else first
        return httpx.Response(200, content=given.content)

    assert walk(client(httpx.MockTransport(answer)), "all") == ["1", "2"]
    assert len(requests) < MOST_REQUESTS


@pytest.mark.parametrize(("limit", "length"), [(True, 1), (150, 150)])
def test_a_limit_that_may_not_be_asked_for_is_no_mistake_of_the_caller(limit: object, length: int) -> None:
    meta = {"limit": limit, "total": 3 * length, "has_next_page": True, "end_cursor": "c1"}
    ids = [str(number) for number in range(3 * length)]
    ends = {**meta, "has_next_page": False}
    metas = [meta, {**meta, "end_cursor": "c2"}, ends]
    pages = [Answer(ids[at * length : (at + 1) * length], one) for at, one in enumerate(metas)]
    script = Script(*[page.response for page in pages])
    assert walk(client(script), "all") == ids


# JSON by its grammar, in a field that this SDK does not know: a number above all, and nests that are too deep.
UNHOLDABLE = {"number": b"1e999", "nest": b"[" * 2_000 + b"]" * 2_000}


def written_page(value: bytes) -> bytes:
    return b'{"data": [%s]}' % written(answers.session(), Change({"a_field_of_tomorrow": value}))


@pytest.mark.parametrize("value", UNHOLDABLE.values(), ids=UNHOLDABLE)
def test_raw_data_that_python_cannot_hold_is_our_error(value: bytes) -> None:
    with contextlib.suppress(sdk.FactorialError):
        found = client(Script(answers.raw(written_page(value)))).trainings.sessions.get()
        assert len(found.raw_data) == 1
