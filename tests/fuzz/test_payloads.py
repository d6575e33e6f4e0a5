"""Payloads of every model, mutated: nothing raises, no record is lost, and what was not touched stays typed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from factorialhr import DecodeError, MetaApiResponse
from factorialhr._core.decoding import Answer, ErrorBodyError, decode
from factorialhr._core.issues import IssueLog
from factorialhr._core.records import Record
from factorialhr._core.responses import page_of
from tests.fuzz.mutations import Change, change_of, damaged, written
from tests.fuzz.payloads import MODELS, payload_of
from tests.fuzz.profile import bounded
from tests.fuzz.sameness import check_record, fields_by_wire, issues_of, nulls_of, same

pytestmark = pytest.mark.filterwarnings("ignore::factorialhr._core.issues.DecodeWarning")
every_model = pytest.mark.parametrize("model", MODELS, ids=[model.__name__ for model in MODELS])
some_model = st.sampled_from(MODELS)
seeds = st.integers(0, 2**32)
tried = {"payloads": 0}


def answer(body: bytes, *, strict: bool = False) -> Answer:
    tried["payloads"] += 1
    return Answer("GET a/b", body, "application/json", strict, IssueLog(lambda _operation, _issue: None))


def page(records: list[bytes]) -> bytes:
    return b'{"data": [%s], "meta": {"has_next_page": false}}' % b",".join(records)


@pytest.fixture(scope="module", autouse=True)
def _count(record_testsuite_property: Callable[[str, object], None]) -> Any:
    yield
    record_testsuite_property("payloads_tried", tried["payloads"])
    print(f"mutated payloads tried: {tried['payloads']:,}")


def mutants(model: type[Record], seed: int) -> tuple[list[dict[str, Any]], list[Change]]:
    """A few records, and what happens to each."""
    dice = Random(seed)  # noqa: S311
    records = [payload_of(model, dice) for _ in range(dice.randint(1, 4))]
    names = list(fields_by_wire(model))
    return records, [change_of(names, dice) for _ in records]


def mutated(records: list[dict[str, Any]], changes: list[Change]) -> list[bytes]:
    return [written(record, change) for record, change in zip(records, changes, strict=True)]


def test_there_are_models() -> None:
    assert len(MODELS) > 150


@every_model
def test_a_mutated_payload_loses_nothing(model: type[Record]) -> None:
    @bounded(12)
    @given(seeds)
    def check(seed: int) -> None:
        records, changes = mutants(model, seed)
        clean = decode(page_of(model), answer(page([msgspec.json.encode(record) for record in records])))
        assert not clean.issues
        bodies = mutated(records, changes)
        found = decode(page_of(model), answer(page(bodies)))
        assert len(found) == len(records)
        for one, other, change in zip(found, clean, changes, strict=True):
            check_record(model, one, other, change)
        assert {(issue.model, issue.field) for issue in found.issues} == issues_of(model, changes)
        array = decode(list[model], answer(b"[%s]" % b",".join(bodies)))  # type: ignore[valid-type]
        assert same(array, found.data())

    check()


@every_model
def test_strict_raises_nothing_but_our_error(model: type[Record]) -> None:
    @bounded(5)
    @given(seeds)
    def check(seed: int) -> None:
        bodies = mutated(*mutants(model, seed))
        tolerant = decode(page_of(model), answer(page(bodies)))
        if tolerant.issues or any(nulls_of(record) for record in tolerant):
            with pytest.raises(DecodeError) as caught:
                decode(page_of(model), answer(page(bodies), strict=True))
            assert caught.value.body == page(bodies)
        else:
            assert same(decode(page_of(model), answer(page(bodies), strict=True)).data(), tolerant.data())

    check()


@bounded(400)
@given(some_model, seeds)
def test_a_single_record_loses_nothing(model: type[Record], seed: int) -> None:
    [record, *_], [change, *_] = mutants(model, seed)
    if change.whole is not None:
        with pytest.raises(DecodeError):
            decode(model, answer(change.whole))
        return
    if written(record, change) == b"{}":
        with pytest.raises(ErrorBodyError):
            decode(model, answer(b"{}"))
        return
    clean = decode(model, answer(msgspec.json.encode(record)))
    check_record(model, decode(model, answer(written(record, change))), clean, change)


@bounded(500)
@given(some_model, seeds, st.booleans(), st.data())
def test_a_damaged_body_is_decoded_or_our_error(
    model: type[Record],
    seed: int,
    strict: bool,
    data: st.DataObject,
) -> None:
    records, _ = mutants(model, seed)
    body = data.draw(damaged(page([msgspec.json.encode(record) for record in records])))
    with contextlib.suppress(DecodeError):
        found = decode(page_of(model), answer(body, strict=strict))
        assert isinstance(found, MetaApiResponse)
        assert len(found.raw_data) == len(found)


@bounded(300)
@given(st.binary(max_size=40))
def test_bytes_that_were_never_a_page_are_our_error(body: bytes) -> None:
    with pytest.raises(DecodeError):
        decode(page_of(MODELS[0]), answer(body))
