"""Thousands of requests, of which one in ten goes wrong: nothing is lost, doubled or made up.

``FACTORIALHR_CAMPAIGN`` says how many requests, of both paces together: 1 is 10,000 of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from itertools import islice

import pytest

from factorialhr._system.twins import AHALF, abound, agather
from tests.faults.company import AGAIN, IDS
from tests.faults.server import OF_LISTS, FaultyServer
from tests.faults.verdicts import REQUESTS, Outcome, Plan, Totals, plans
from tests.halves import factorialhr_async as sdk
from tests.support.counting import CountingLimiter, Sends
from tests.support.server import HTTPX_LEAVES_GENERATORS

KEY = sdk.ApiKeyAuth("key")
AT_A_TIME = 4
MOST_ERRORS = 20
CONCURRENCIES = {"page after page": 1, "pages side by side": 8}
SHARE = REQUESTS // len(CONCURRENCIES)

pytestmark = [
    HTTPX_LEAVES_GENERATORS,
    pytest.mark.filterwarnings("ignore::factorialhr._core.issues.DecodeWarning"),
]


async def run(api: sdk.ApiClient, plan: Plan) -> Outcome:
    """Make one call; anything but an error of ours ends the test."""
    outcome = Outcome(plan)
    try:
        with abound(plan.patience) as scope:
            await KINDS[plan.kind](api, plan, outcome)
        outcome.cancelled = scope.cancelled_caught
    except sdk.FactorialError as error:
        outcome.error = error
    return outcome


async def fetch_all(api: sdk.ApiClient, plan: Plan, outcome: Outcome) -> None:
    found = await api.trainings.sessions.all(limit=plan.limit, **plan.options)
    outcome.ids = [record.id for record in found]
    outcome.told = found.outcome != "whole"


async def fetch_pages(api: sdk.ApiClient, plan: Plan, outcome: Outcome) -> None:
    pages = api.trainings.sessions.pages(limit=plan.limit, **plan.options)
    async for page in pages:
        outcome.ids += [record.id for record in page]
    outcome.told = pages.outcome != "whole"


async def stream(api: sdk.ApiClient, plan: Plan, outcome: Outcome) -> None:
    await stream_on(api, plan, outcome, most_errors=0)


async def stream_on(api: sdk.ApiClient, plan: Plan, outcome: Outcome, *, most_errors: int = MOST_ERRORS) -> None:
    """Stream records, and after an error go on where it broke."""

    # A client of its own shows whether this stream loses a slot.
    limiter, concurrency = api._caller.terms.limiter, api._caller.terms.settings.concurrency
    async with sdk.ApiClient(plan.url, auth=KEY, rate_limiter=limiter, concurrency=concurrency) as own:
        records = own.trainings.sessions.iter(limit=plan.limit, **plan.options)
        try:
            while True:
                try:
                    async for record in records:
                        outcome.ids.append(record.id)
                    outcome.told = records.outcome != "whole"
                    return
                except sdk.FactorialError:
                    most_errors -= 1
                    if most_errors < 0:
                        raise
        finally:
            outcome.slots_lost = own._connections.slots.taken


async def fetch_one(api: sdk.ApiClient, plan: Plan, outcome: Outcome) -> None:
    record = await api.trainings.sessions.get_by_id(plan.one, **plan.options)
    assert record.name == f"Session {plan.one}"
    outcome.ids = [record.id]


async def create(api: sdk.ApiClient, plan: Plan, outcome: Outcome) -> None:
    record = await api.trainings.sessions.create({"name": plan.one}, **plan.options)
    outcome.ids = [record.name]


KINDS = {
    "all": fetch_all,
    "iter": stream,
    "iter on": stream_on,
    "pages": fetch_pages,
    "get_by_id": fetch_one,
    "create": create,
}


async def storm(
    server: FaultyServer,
    seed: int,
    requests: int,
    sends: Sends | None = None,
    *,
    concurrency: int = 8,
    hurried: bool = False,
) -> Totals:
    """Make calls, several at a time, until the server has seen so many requests."""
    totals, calls, limiter = Totals(), plans(server.url, seed, hurried=hurried), CountingLimiter()
    async with sdk.ApiClient(server.url, auth=KEY, rate_limiter=limiter, concurrency=concurrency) as api:

        async def call(plan: Plan) -> Outcome:
            return await run(api, plan)

        while server.ledger.requests < requests:
            for outcome in await agather(call, list(islice(calls, 24)), AT_A_TIME):
                totals.add(outcome, server.ledger)
        if sends is not None:
            totals.add_leftovers(api._connections.slots.taken, limiter, sends, server.ledger)
    return totals


@pytest.fixture
def report(record_property: Callable[[str, object], None]) -> Callable[[FaultyServer, Totals], None]:
    """Keep the figures of a run: in the JUnit file, and printed with ``-rP``."""

    def keep(server: FaultyServer, totals: Totals) -> None:
        figures = {**asdict(totals), **server.ledger.summary()}
        print(", ".join(f"{name}: {figure}" for name, figure in figures.items()))
        for name, figure in figures.items():
            record_property(name, figure)

    return keep


@pytest.mark.campaign
@pytest.mark.parametrize("concurrency", CONCURRENCIES.values(), ids=CONCURRENCIES)
async def test_a_storm_of_faults_loses_and_doubles_nothing(
    concurrency: int, report: Callable[[FaultyServer, Totals], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with FaultyServer(seed=5) as server:
        totals = await storm(server, 5, SHARE, Sends(monkeypatch), concurrency=concurrency, hurried=True)
    report(server, totals)
    assert server.ledger.requests >= SHARE
    assert 0.05 < server.ledger.faults.total() / server.ledger.requests < 0.15
    assert server.ledger.numbered
    assert totals.errors
    assert totals.late
    assert bool(totals.cancelled) == (AHALF == "factorialhr")
    assert totals == totals.faultless(server.ledger)


async def test_fair_weather_brings_no_error_and_no_issue() -> None:
    with FaultyServer(seed=1, rate=0) as server:
        totals = await storm(server, seed=1, requests=100)
    assert totals == Totals(calls=totals.calls)


@pytest.mark.campaign
@pytest.mark.parametrize("rate", [0.5, 1])
@pytest.mark.parametrize("concurrency", CONCURRENCIES.values(), ids=CONCURRENCIES)
@pytest.mark.parametrize("fault", OF_LISTS)
async def test_lists_that_are_mostly_wrong_end(fault: str, concurrency: int, rate: float) -> None:
    with FaultyServer(seed=2, rate=rate, only=(fault,)) as server:
        totals = await storm(server, seed=2, requests=120, concurrency=concurrency)
    assert totals == totals.faultless(server.ledger)
    assert totals.errors == 0


@pytest.mark.parametrize("concurrency", CONCURRENCIES.values(), ids=CONCURRENCIES)
async def test_a_list_with_stuck_cursors_arrives_by_its_numbers(concurrency: int) -> None:
    with FaultyServer(seed=3, rate=1, only=("stuck cursor",)) as server:
        async with sdk.ApiClient(server.url, auth=KEY) as api:
            records = api.trainings.sessions.iter(limit=5, concurrency=concurrency)
            assert [record.id async for record in records] == IDS
            # Its last page says that there is more.
            assert records.outcome == "unproven"


@pytest.mark.parametrize("concurrency", CONCURRENCIES.values(), ids=CONCURRENCIES)
async def test_a_page_that_comes_again_behind_a_new_cursor_is_noticed(concurrency: int) -> None:
    with FaultyServer(seed=4, rate=1, only=(AGAIN,)) as server:
        async with sdk.ApiClient(server.url, auth=KEY) as api:
            records = api.trainings.sessions.iter(limit=5, concurrency=concurrency)
            assert [record.id async for record in records] == IDS
            assert records.outcome == "whole"
