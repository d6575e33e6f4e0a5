"""``scripts/import_openapi.py``: the next version of the API is one command, and a failed one changes nothing."""

from __future__ import annotations

import gzip
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import import_openapi
from pipeline import store
from tests.support.openapi import VERSIONS, operations_of, parsed
from tests.support.openapi import path_of as real

from .documents import PROSE, changed, committed_facts, files_of, with_prose, without_formats, written


def imported(folder: Path, *documents: Path) -> None:
    for document in documents:
        assert import_openapi.main([str(document), "--spec", str(folder)]) == 0


def committed(folder: Path) -> Path:
    """A copy of the facts as they are committed."""
    folder.mkdir()
    for name, content in committed_facts().items():
        (folder / name).write_bytes(content)
    return folder


def holds_the_committed_facts(folder: Path) -> None:
    found, facts = files_of(folder), committed_facts()
    assert found.keys() == facts.keys()
    assert [name for name in found if found[name] != facts[name]] == []


@pytest.mark.parametrize(
    "order",
    [
        VERSIONS,
        tuple(reversed(VERSIONS)),
        ("2026-07-01", "2027-01-01", "2026-01-01", "2026-10-01", "2026-04-01"),
    ],
    ids=["in order", "backwards", "shuffled"],
)
def test_the_five_documents_give_the_committed_files(tmp_path: Path, order: tuple[str, ...]) -> None:
    folder = tmp_path / "spec"
    imported(folder, *map(real, order))
    holds_the_committed_facts(folder)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_document_that_is_known_already_changes_nothing(tmp_path: Path, version: str) -> None:
    folder = committed(tmp_path / "spec")
    imported(folder, real(version))
    holds_the_committed_facts(folder)


def test_nothing_is_left_beside_the_folder(tmp_path: Path) -> None:
    imported(tmp_path / "spec", real(VERSIONS[0]))
    assert [path.name for path in tmp_path.iterdir()] == ["spec"]


def test_hand_written_files_stay(tmp_path: Path) -> None:
    folder = tmp_path / "spec"
    kept = {"names.json": "{}", "notes/trainings.toml": "about = 'x'", "openapi/old.json.gz": "x"}
    for name, text in kept.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    imported(folder, real(VERSIONS[0]), real(VERSIONS[1]))
    assert {name: (folder / name).read_text() for name in kept} == kept


def test_a_domain_that_no_version_has_any_more_leaves_no_file(tmp_path: Path) -> None:
    folder = tmp_path / "spec"
    imported(folder, real(VERSIONS[0]))
    document = parsed(VERSIONS[0])
    document["paths"] = {path: item for path, item in document["paths"].items() if "/resources/posts/" not in path}
    for table in (document["components"]["schemas"], document["webhooks"]):
        for name in [name for name in table if name.startswith(("posts_", "posts/"))]:
            del table[name]
    assert (folder / "posts.json").exists()
    imported(folder, written(document, tmp_path / "document.json"))
    assert not (folder / "posts.json").exists()


@pytest.mark.parametrize("version", VERSIONS[1:])
def test_prose_makes_no_difference(tmp_path: Path, version: str) -> None:
    document = changed(parsed(version), with_prose)
    assert json.dumps(document, ensure_ascii=False).count(PROSE) > 10_000
    folder = committed(tmp_path / "spec")
    imported(folder, written(document, tmp_path / "document.json"))
    holds_the_committed_facts(folder)


@pytest.mark.parametrize("version", VERSIONS[1:])
def test_missing_formats_make_no_difference_where_they_are_known(tmp_path: Path, version: str) -> None:
    document = changed(parsed(version), without_formats)
    assert '"format": "date' not in json.dumps(document)
    folder = committed(tmp_path / "spec")
    imported(folder, written(document, tmp_path / "document.json"))
    holds_the_committed_facts(folder)


def test_formats_are_learnt_from_the_version_before(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    imported(before, real("2026-07-01"), real("2026-10-01"))
    document = changed(parsed("2026-10-01"), without_formats)
    imported(after, real("2026-07-01"), written(document, tmp_path / "document.json"))
    known, complete, learnt = formats_of(before, 0), formats_of(before, 1), formats_of(after, 1)
    assert len(known & complete) > 300
    assert sorted(known & complete - learnt) == []


def formats_of(folder: Path, number: int) -> set[str]:
    """Where one version has a date, a time or a file."""

    def places(kind: Any, path: str) -> set[str]:
        if isinstance(kind, str):
            return {f"{path}: {kind}"} if kind in ("date", "date-time", "time", "binary") else set()
        if "object" in kind:
            return {place for name, one in kind["object"].items() for place in places(one["type"], f"{path}.{name}")}
        if "union" in kind:
            return {place for one in kind["union"] for place in places(one, path)}
        return places(kind["array"], f"{path}[]") if "array" in kind else set()

    snapshot = store.load(folder)[number]
    tables = {f"{key} filters": one.filters for key, one in snapshot.operations.items()}
    tables |= {f"{key} body": one.body for key, one in snapshot.operations.items()} | snapshot.models
    return {
        place
        for table, fields in tables.items()
        for name, one in fields.items()
        for place in places(one.type, f"{table} {name}")
    }


# -- what it prints -----------------------------------------------------------------------------------


def minimal(version: str) -> dict[str, Any]:
    """A document of one list and one write."""

    def schema(**fields: str) -> dict[str, Any]:
        return {"type": "object", "properties": {name: {"type": kind} for name, kind in fields.items()}}

    record = {"$ref": "#/components/schemas/pets_dog"}
    listed = {"type": "object", "properties": {"data": {"type": "array", "items": record}}}
    list_dogs = {
        "parameters": [{"name": "owner_id", "in": "query", "schema": {"type": "string"}}],
        "responses": {"200": {"content": {"application/json": {"schema": listed}}}},
    }
    create_dog = {
        "requestBody": {"content": {"application/json": {"schema": schema(name="string", size="integer")}}},
        "responses": {"201": {"content": {"application/json": {"schema": record}}}},
    }
    return {
        "openapi": "3.1.0",
        "paths": {f"/api/{version}/resources/pets/dogs": {"get": list_dogs, "post": create_dog}},
        "components": {"schemas": {"pets_dog": schema(id="string", name="string", size="integer")}},
        "webhooks": {
            "pets/dog/create": {"post": {"requestBody": {"content": {"application/json": {"schema": record}}}}}
        },
    }


def change_of(edit: str) -> dict[str, Any]:
    """The next version of the small document, with one difference."""
    document = minimal("2027-07-01")
    item = document["paths"]["/api/2027-07-01/resources/pets/dogs"]
    fields = document["components"]["schemas"]["pets_dog"]["properties"]
    body = item["post"]["requestBody"]["content"]["application/json"]["schema"]
    exec(edit, {"document": document, "item": item, "fields": fields, "body": body})  # noqa: S102
    return document


@pytest.mark.parametrize(
    ("edit", "title", "line"),
    [
        ("item['put'] = item['post']", "Added", "- `PUT pets/dogs`"),
        ("del item['post']", "Removed", "- `POST pets/dogs` (**breaking**)"),
        ("fields['age'] = {'type': 'number'}", "Added", "- record `pets_dog` `age`: number"),
        ("del fields['size']", "Removed", "- record `pets_dog` `size` (**breaking**)"),
        (
            "fields['full_name'] = fields.pop('name')",
            "Removed",
            "- record `pets_dog` `name`, probably now `full_name` (**breaking**)",
        ),
        (
            "item['get']['parameters'][0]['name'] = 'owner_ids[]'",
            "Removed",
            "- `GET pets/dogs` filter `owner_id`, probably now `owner_ids[]` (**breaking**)",
        ),
        (
            "fields['size'] = {'type': 'boolean'}",
            "Changed",
            "- record `pets_dog` `size`: boolean, was integer (**breaking**)",
        ),
        (
            "fields['size'] = {'type': 'array', 'items': {'type': 'number'}}",
            "Changed",
            "- record `pets_dog` `size`: array of number, was integer (**breaking**)",
        ),
        ("body['required'] = ['name']", "Changed", "- `POST pets/dogs` body `name` is now required (**breaking**)"),
        (
            "body['properties']['age'] = {'type': 'number'}; body['required'] = ['age']",
            "Added",
            "- `POST pets/dogs` body `age`: number (required: **breaking**)",
        ),
        (
            "document['components']['schemas']['pets_dog']['required'] = ['name']",
            "Changed",
            "- record `pets_dog` `name` is now always there",
        ),
        (
            "item['get']['responses'] = {'200': item['post']['responses']['201']}",
            "Changed",
            "- `GET pets/dogs` answers record of `pets_dog`, was page of `pets_dog` (**breaking**)",
        ),
        (
            "content = item['post']['requestBody']['content']; content['multipart/form-data'] = content.pop('application/json')",
            "Changed",
            "- `POST pets/dogs` is sent as multipart, was json (**breaking**)",
        ),
        (
            "document['webhooks']['pets/dog/feed'] = document['webhooks']['pets/dog/create']",
            "Added",
            "- event `pets/dog/feed`",
        ),
        ("document['webhooks'].clear()", "Removed", "- event `pets/dog/create` (**breaking**)"),
    ],
)
def test_the_changes_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], edit: str, title: str, line: str
) -> None:
    folder = tmp_path / "spec"
    imported(folder, written(minimal("2027-04-01"), tmp_path / "before.json"))
    capsys.readouterr()
    imported(folder, written(change_of(edit), tmp_path / "after.json"))
    head, *sections = capsys.readouterr().out.split("\n\n**")
    assert head == "### API version 2027-07-01, against 2027-04-01"
    told = {one.partition("**\n\n")[0]: one.partition("**\n\n")[2].splitlines() for one in sections}
    assert line in told[title]


def test_enum_values_that_come_and_go_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "spec"
    for version, values in (("2027-04-01", ["big", "small"]), ("2027-07-01", ["small", "tiny"])):
        document = minimal(version)
        document["components"]["schemas"]["pets_dog"]["properties"]["size"] = {"type": "string", "enum": values}
        imported(folder, written(document, tmp_path / "document.json"))
    assert "- record `pets_dog` `size` gains `tiny`, loses `big` (**breaking**)" in capsys.readouterr().out


def test_a_version_without_changes_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "spec"
    for version in ("2027-04-01", "2027-07-01"):
        imported(folder, written(minimal(version), tmp_path / "document.json"))
    assert "Nothing that a caller can see." in capsys.readouterr().out


def test_the_flip_of_the_identifiers_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    imported(tmp_path, real("2026-04-01"), real("2026-07-01"))
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "identifiers are strings" in line]
    assert int(line.split()[1]) > 900
    assert "**breaking**" in line


def test_real_versions_tell_every_operation_that_came_or_went(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    imported(tmp_path, real(VERSIONS[0]))
    for old, new in pairwise(VERSIONS):
        capsys.readouterr()
        imported(tmp_path, real(new))
        told = capsys.readouterr().out.splitlines()
        before, after = keys_of(old), keys_of(new)
        assert {line[3:-1] for line in told if line.startswith("- `") and line.endswith("`")} >= after - before
        assert {f"- `{key}` (**breaking**)" for key in before - after} <= set(told)


def keys_of(version: str) -> set[str]:
    return {f"{verb} {path}" for verb, path, _ in operations_of(parsed(version), version)}


# -- what it refuses ----------------------------------------------------------------------------------


def two_versions() -> dict[str, Any]:
    one, other = minimal("2027-04-01"), minimal("2027-07-01")
    return {**one, "paths": {**one["paths"], **other["paths"]}}


def edited(**changes: Any) -> dict[str, Any]:
    return {**minimal("2027-04-01"), **changes}


def with_operation(operation: object) -> dict[str, Any]:
    return edited(paths={"/api/2027-04-01/resources/pets/dogs": {"get": operation}})


BAD: dict[str, tuple[object, str]] = {
    "not JSON": ("<html>503</html>", "not JSON"),
    "empty": ("", "not JSON"),
    "cut off": (json.dumps(minimal("2027-04-01"))[:-20], "not JSON"),
    "no object": ("[]", "not an OpenAPI 3.1 document"),
    "OpenAPI 3.0": (edited(openapi="3.0.3"), "not an OpenAPI 3.1 document"),
    "Swagger 2": ({"swagger": "2.0", "paths": {}}, "not an OpenAPI 3.1 document"),
    "no paths": (edited(paths={}), "the document has no paths"),
    "another layout": (edited(paths={"/v3/pets": {}}), "unknown path layout: /v3/pets"),
    "two versions": (two_versions(), "one document, several versions: 2027-04-01, 2027-07-01"),
    "no answer": (with_operation({"responses": {"204": {}}}), "no answer with status 200 or 201"),
    "an unknown envelope": (
        with_operation({"responses": {"200": {"content": {"application/json": {"schema": {"type": "string"}}}}}}),
        "an answer of a shape this importer does not know",
    ),
    "an operation without anything": (with_operation({}), "no answer with status 200 or 201"),
    "an answer without content": (with_operation({"responses": {"200": {"description": ""}}}), "GET pets/dogs"),
    "an operation that is no object": (with_operation("soon"), "GET pets/dogs"),
    "a reference to nothing": (edited(components={"schemas": {}}), "pets_dog"),
    "components that are no object": (edited(components=[]), "components"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A ``spec/`` with a history, and with hand-written files."""
    folder = tmp_path / "spec"
    committed(folder)
    (folder / "names.json").write_text("{}")
    return folder


def refused(folder: Path, document: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The error of an import that must leave the folder as it was."""
    before, beside = files_of(folder), sorted(folder.parent.iterdir())
    capsys.readouterr()
    assert import_openapi.main([str(document), "--spec", str(folder)]) == 1
    assert files_of(folder) == before
    assert sorted(folder.parent.iterdir()) == beside
    printed = capsys.readouterr()
    assert not printed.out
    assert printed.err.startswith(f"{document}: ")
    assert "Traceback" not in printed.err
    return printed.err


@pytest.mark.parametrize("case", BAD)
def test_a_bad_document_changes_nothing(
    tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    content, message = BAD[case]
    assert message in refused(folder, written(content, tmp_path / "document.json"), capsys)


def test_a_missing_file_changes_nothing(tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "cannot be read: No such file" in refused(folder, tmp_path / "nowhere.json", capsys)


@pytest.mark.parametrize(
    "content", [b"no gzip", gzip.compress(b"{}")[:-6], gzip.compress(b"{}")[:8]], ids=["other", "cut", "head"]
)
def test_a_broken_archive_changes_nothing(
    tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    document = tmp_path / "document.json.gz"
    document.write_bytes(content)
    assert "cannot be read" in refused(folder, document, capsys)


def test_what_leaves_the_api_and_comes_back_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "spec"
    imported(folder, written(minimal("2027-01-01"), tmp_path / "one.json"))
    gone = minimal("2027-04-01")
    del gone["paths"]["/api/2027-04-01/resources/pets/dogs"]["post"]
    imported(folder, written(gone, tmp_path / "two.json"))
    document = written(minimal("2027-07-01"), tmp_path / "three.json")
    assert "2027-01-01, 2027-07-01, but not in between" in refused(folder, document, capsys)


def test_a_full_disk_changes_nothing(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, real_write = files_of(folder), Path.write_text

    def write_text(path: Path, text: str) -> int:
        if path.name == "trainings.json":
            raise OSError(28, "No space left on device")
        return real_write(path, text)

    document = written(minimal("2027-04-01"), tmp_path / "document.json")
    monkeypatch.setattr(Path, "write_text", write_text)
    with pytest.raises(OSError, match="No space left"):
        import_openapi.import_document(document, folder)
    assert files_of(folder) == before
