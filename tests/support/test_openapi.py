"""The documents are those that everything else here was counted with."""

from __future__ import annotations

from tests.support import openapi


def test_there_is_a_document_for_each_version_and_no_other() -> None:
    assert sorted(path.name for path in (openapi.SPEC / "openapi").iterdir()) == [
        openapi.path_of(version).name for version in openapi.VERSIONS
    ]


def test_the_documents_hold_as_many_operations_as_are_published() -> None:
    found = {version: _operations(version) for version in openapi.VERSIONS}
    assert {version: len(operations) for version, operations in found.items()} == openapi.OPERATIONS
    assert len({key for operations in found.values() for key in operations}) == openapi.DISTINCT_OPERATIONS


def _operations(version: str) -> list[tuple[str, str]]:
    return [(one.verb, one.path) for one in openapi.operations_of(openapi.parsed(version), version)]
