"""vcrpy: what a server answered once is played again, without the server."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
import vcr

import factorialhr
import factorialhr.sync
from factorialhr.testing import Sandbox

CASSETTES = vcr.VCR(record_mode="once", filter_headers=["x-api-key", "authorization"])


@pytest.fixture(autouse=True)
def _quiet_recorder() -> None:
    """vcrpy logs what it records, bodies included: a matter of its users."""
    logging.getLogger("vcr").setLevel(logging.WARNING)


async def names(url: str, key: str) -> list[str]:
    """All trainings, one a page, by the async half; then a write."""
    async with factorialhr.ApiClient(url, api_key=key) as api:
        found = [training async for training in api.trainings.trainings.iter(limit=1)]
        created = await api.trainings.sessions.create({"name": "Recorded", "training_id": found[0].id})
        return [*(training.name for training in found), created.name]


def names_blocking(url: str, key: str) -> list[str]:
    """All trainings, one a page, by the blocking half; then a write."""
    with factorialhr.sync.ApiClient(url, api_key=key) as api:
        found = list(api.trainings.trainings.iter(limit=1))
        created = api.trainings.sessions.create({"name": "Recorded", "training_id": found[0].id})
        return [*(training.name for training in found), created.name]


def holds(cassette: str, key: str) -> bool:
    return key in Path(cassette).read_text()


async def test_recorded_and_played_async(tmp_path: Path) -> None:
    cassette = str(tmp_path / "cassette.yaml")
    with Sandbox.company(employees=4, seed=1) as sandbox:
        url, key = sandbox.url, sandbox.api_key
        with CASSETTES.use_cassette(cassette):
            recorded = await names(url, key)
    with CASSETTES.use_cassette(cassette) as played:
        assert await names(url, "another key") == recorded
        assert played.all_played
    assert len(recorded) == 3
    assert not holds(cassette, key)


def test_recorded_and_played_blocking(tmp_path: Path) -> None:
    cassette = str(tmp_path / "cassette.yaml")
    with Sandbox.company(employees=4, seed=1) as sandbox:
        url, key = sandbox.url, sandbox.api_key
        with CASSETTES.use_cassette(cassette):
            recorded = names_blocking(url, key)
    with CASSETTES.use_cassette(cassette) as played:
        assert names_blocking(url, "another key") == recorded
        assert played.all_played
    assert len(recorded) == 3
    assert not holds(cassette, key)
