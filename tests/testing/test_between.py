"""Lists that change between two requests of a client, the same way for the same seed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import Random

import httpx
import pytest

import factorialhr
import factorialhr.sync
from factorialhr.testing import Sandbox
from tests.testing.calls import call

PATH = "trainings/sessions"


def _read_blocking(sandbox: Sandbox) -> list[int]:
    with factorialhr.sync.ApiClient(api_key=sandbox.api_key, transport=sandbox.transport) as api:
        return [int(one.id) for one in api.trainings.sessions.iter(limit=3)]


def _read_async(sandbox: Sandbox) -> list[int]:
    async def read() -> list[int]:
        async with factorialhr.ApiClient(api_key=sandbox.api_key, transport=sandbox.async_transport) as api:
            return [int(one.id) async for one in api.trainings.sessions.iter(limit=3)]

    return asyncio.run(read())


HALVES = pytest.mark.parametrize("read", [_read_blocking, _read_async], ids=["blocking", "async"])


def _sandbox(rows: int = 20) -> Sandbox:
    sandbox = Sandbox.empty()
    for key in range(1, rows + 1):
        sandbox.table(PATH).add(id=key * 10, training_id=1)
    return sandbox


def _change(sandbox: Sandbox) -> Callable[[Random], None]:
    """Delete, append, insert, or let a filter stop to match."""

    def change(random: Random) -> None:
        table = sandbox.table(PATH)
        ids = [one["id"] for one in table]
        match random.randrange(3):
            case 0:
                table.remove(random.choice(ids))
            case 1:
                table.add(id=random.randrange(1000), training_id=1)
            case _:
                table.update(random.choice(ids), training_id=random.randint(1, 3))

    return change


@HALVES
def test_a_list_changes_between_the_requests_of_a_client(read: Callable[[Sandbox], list[int]]) -> None:
    sandbox = _sandbox()
    sandbox.page(PATH, cursors="ids")
    before = {one["id"] for one in sandbox.table(PATH)}
    counts: list[int] = []

    def change(random: Random) -> None:
        counts.append(len(sandbox.requests))
        _change(sandbox)(random)

    sandbox.between(change)
    found = read(sandbox)
    after = {one["id"] for one in sandbox.table(PATH)}
    assert counts == list(range(1, len(sandbox.requests)))
    assert before != after
    assert before & after <= set(found)
    assert len(found) == len(set(found))
    sandbox.between(None)
    assert read(sandbox) == sorted(after)
    assert len(counts) == counts[-1]


@HALVES
def test_the_same_seed_changes_the_same(read: Callable[[Sandbox], list[int]]) -> None:
    def run(seed: int) -> tuple[list[int], list[int]]:
        sandbox = _sandbox()
        sandbox.between(_change(sandbox), seed=seed)
        return read(sandbox), [one["id"] for one in sandbox.table(PATH)]

    assert run(1) == run(1) != run(2)


def test_a_filter_starts_and_stops_to_match() -> None:
    sandbox = _sandbox(3)

    def ids() -> list[str]:
        page = call(sandbox, "GET", PATH, training_ids_list=[1]).json
        return [one["id"] for one in page["data"]]

    sandbox.between(lambda _: sandbox.table(PATH).update(20, training_id=2))
    assert (ids(), ids()) == (["10", "20", "30"], ["10", "30"])
    sandbox.between(lambda _: sandbox.table(PATH).update(20, training_id=1))
    assert (ids(), ids()) == (["10", "30"], ["10", "20", "30"])


def test_requests_of_the_change_itself_change_nothing() -> None:
    sandbox = _sandbox()
    sandbox.between(lambda _: call(sandbox, "PUT", f"{PATH}/10", {"name": "renamed"}))
    for _ in range(3):
        call(sandbox, "GET", PATH)
    assert [request.method for request in sandbox.requests] == ["GET", "PUT", "GET", "PUT", "GET"]
    assert (sandbox.table(PATH).get(10) or {})["name"] == "renamed"


def test_a_change_that_fails_is_not_hidden() -> None:
    sandbox = _sandbox()
    sandbox.between(lambda _: sandbox.table("trainings/sesions"))
    headers = {"x-api-key": sandbox.api_key}
    url = f"https://sandbox.test/api/2026-10-01/resources/{PATH}"
    with httpx.Client(transport=sandbox.transport, headers=headers) as client:
        assert client.get(url).status_code == 200
        for _ in range(2):
            with pytest.raises(AttributeError, match="did you mean 'sessions'"):
                client.get(url)
    assert len(sandbox.failures) == 2
    assert "did you mean 'sessions'" in sandbox.failures[0]
    assert len(sandbox.requests) == 1
