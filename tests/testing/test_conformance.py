"""Every operation of every version, answered by the sandbox and checked against the official documents."""

from __future__ import annotations

import pytest

from factorialhr import sync
from factorialhr.testing import Sandbox
from tests.support.openapi import LISTS, OPERATIONS, VERSIONS
from tests.testing.documents import DocumentedOperation, faults_of_answer, operations
from tests.testing.requests_by_document import DEMANDED, Asker

DOMAINS = sorted({operation.path.partition("/")[0] for version in VERSIONS for operation in operations(version)})


def _in(version: str, domain: str) -> list[DocumentedOperation]:
    return [one for one in operations(version) if one.path.startswith(f"{domain}/")]


def test_every_operation_of_the_documents_is_asked_for() -> None:
    assert {version: len(list(operations(version))) for version in VERSIONS} == OPERATIONS
    assert sum(len(_in(version, domain)) for version in VERSIONS for domain in DOMAINS) == sum(OPERATIONS.values())


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("full", [False, True], ids=["smallest", "fullest"])
def test_every_operation_answers_as_its_document_says(version: str, domain: str, full: bool) -> None:
    found: dict[str, list[str]] = {}
    for operation in _in(version, domain):
        if full and operation.body is None:
            continue  # the same request as the smallest one
        sandbox = Sandbox(employees=3)
        asked = Asker(sandbox, version).perform(operation, full=full)
        if asked.status != operation.success:
            faults = [f"status {asked.status}, documented {operation.success}: {asked.content} {sandbox.failures}"]
        else:
            faults = faults_of_answer(operation, asked.status, asked.content)
        if faults:
            found[f"{operation.verb} {operation.path}"] = faults
    assert found == {}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("id_offset", [0, 18446744073709550])
def test_the_models_of_this_package_decode_every_list_strictly(version: str, id_offset: int) -> None:
    sandbox = Sandbox(employees=3, id_offset=id_offset)
    auth = sync.ApiKeyAuth(sandbox.api_key)
    decoded = records = 0
    with sync.ApiClient(auth=auth, api_version=version, transport=sandbox.transport, strict=True) as api:
        for operation in operations(version):
            if operation.verb == "GET" and "{id}" not in operation.path:
                domain, name = operation.path.split("/")
                page = getattr(getattr(api, domain), name).get(params=DEMANDED.get(operation.path, {}))
                assert len(page.data()) == page.meta.total, operation
                decoded += 1
                records += len(page.data())
    assert decoded == LISTS[version]
    assert records > 2 * decoded
    assert sandbox.ignored_filters == []
