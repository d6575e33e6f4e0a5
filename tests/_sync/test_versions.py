"""One scenario in every version of the API that is served."""

from __future__ import annotations

import pytest

from factorialhr.testing import Sandbox
from tests.halves import factorialhr_sync as sdk
from tests.support.versions import API_VERSIONS, company

OLD, NEW = ("2026-01-01", "2026-04-01"), ("2026-07-01", "2026-10-01", "2027-01-01")


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    return company()


@pytest.mark.parametrize("version", API_VERSIONS)
def test_the_same_scenario(version: str, sandbox: Sandbox) -> None:
    auth = sdk.ApiKeyAuth(sandbox.api_key)
    with sdk.ApiClient(auth=auth, api_version=version, transport=sandbox.transport) as api:
        trainings = (api.trainings.trainings.all()).data()
        kind = int if version in OLD else str
        assert {type(training.id) for training in trainings} == {kind}

        session = api.trainings.sessions.create({"name": "Walked", "training_id": trainings[0].id})
        assert type(session.id) is kind
        assert session.training_id == trainings[0].id
        session = api.trainings.sessions.update(session.id, {"name": "Walked on"})
        found = (api.trainings.sessions.get(ids=[session.id])).data()
        assert [(one.id, one.name) for one in found] == [(session.id, "Walked on")]
        assert (api.trainings.sessions.delete(session.id)).id == session.id
        with pytest.raises(sdk.NotFoundError):
            api.trainings.sessions.get_by_id(session.id)
        assert api.api_version == version


@pytest.mark.parametrize(
    ("name", "versions"),
    [("account_ids", OLD), ("bank_account_ids", NEW)],
)
@pytest.mark.parametrize("version", API_VERSIONS)
def test_a_renamed_filter(name: str, versions: tuple[str, ...], version: str, sandbox: Sandbox) -> None:
    auth = sdk.ApiKeyAuth(sandbox.api_key)
    with sdk.ApiClient(auth=auth, api_version=version, transport=sandbox.transport) as api:
        if version in versions:
            api.banking.transactions.get(**{name: [1]})
            assert name in str(sandbox.requests[-1].query)
            return
        before = len(sandbox.requests)
        with pytest.raises(sdk.UnsupportedOperationError, match=", ".join(versions)):
            api.banking.transactions.get(**{name: [1]})
        assert len(sandbox.requests) == before


@pytest.mark.parametrize("version", API_VERSIONS)
def test_operations_that_came_and_went(version: str, sandbox: Sandbox) -> None:
    auth = sdk.ApiKeyAuth(sandbox.api_key)
    with sdk.ApiClient(auth=auth, api_version=version, transport=sandbox.transport) as api:
        for endpoint, versions in (
            (api.project_management.flexible_time_records, OLD),
            (api.project_management.rates, NEW[1:]),
            (api.trainings.sessions, API_VERSIONS),
        ):
            if version in versions:
                assert (endpoint.get()).meta is not None
            else:
                with pytest.raises(sdk.UnsupportedOperationError, match=f"{version}; available in: {versions[0]}"):
                    endpoint.get()
