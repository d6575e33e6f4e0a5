"""The public names: there in both halves, found, and the same things where nothing waits."""

from __future__ import annotations

import ast
import importlib.metadata
import importlib.resources
import re
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

import factorialhr
import factorialhr.sync
from factorialhr._names import MODULES

HALVES = {"async": factorialhr, "sync": factorialhr.sync}
WAITS = {name for name, module in MODULES.items() if module.startswith("_async.")}

both_halves = pytest.mark.parametrize("sdk", HALVES.values(), ids=HALVES)


def test_both_halves_have_the_same_names() -> None:
    assert factorialhr.__all__ == factorialhr.sync.__all__
    assert sorted(factorialhr.__all__) == factorialhr.__all__
    assert len(set(factorialhr.__all__)) == len(factorialhr.__all__)
    assert set(factorialhr.__all__) == MODULES.keys()


@both_halves
def test_every_public_name_can_be_imported(sdk: ModuleType) -> None:
    namespace: dict[str, object] = {}
    exec(f"from {sdk.__name__} import *", namespace)  # noqa: S102
    assert set(sdk.__all__) <= namespace.keys()
    assert all(namespace[name] is getattr(sdk, name) for name in sdk.__all__)


@both_halves
def test_type_checkers_are_told_of_every_name(sdk: ModuleType) -> None:
    tree = ast.parse(Path(str(sdk.__file__)).read_text())
    told = {
        alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("factorialhr.")
        for alias in node.names
    }
    half = "_async." if sdk is factorialhr else "_sync."
    where = {name: f"factorialhr.{module.replace('_async.', half)}.{name}" for name, module in MODULES.items()}
    assert {name: told.get(name) for name in where} == where


@both_halves
def test_dir_shows_every_name_before_it_is_used(sdk: ModuleType) -> None:
    assert set(sdk.__all__) <= set(dir(sdk))


@both_halves
def test_an_unknown_name_is_an_attribute_error_that_names_it(sdk: ModuleType) -> None:
    with pytest.raises(AttributeError, match=f"module '{sdk.__name__}' has no attribute 'SesionsEndpoint'"):
        sdk.SesionsEndpoint  # noqa: B018


def test_only_what_waits_differs_between_the_halves() -> None:
    differing = {name for name in MODULES if getattr(factorialhr, name) is not getattr(factorialhr.sync, name)}
    assert differing == WAITS


def test_what_waits_is_the_client_the_endpoints_and_streams() -> None:
    others = {"ApiClient", "OAuthClient", "PageStream", "RecordStream"}
    assert {name for name in WAITS if not name.endswith("Endpoint")} == others


@both_halves
def test_names_tell_where_they_come_from(sdk: ModuleType) -> None:
    half = "_async" if sdk is factorialhr else "_sync"
    assert {getattr(sdk, name).__module__.split(".")[1] for name in WAITS} == {half}


def test_the_package_says_that_it_is_typed() -> None:
    assert (importlib.resources.files("factorialhr") / "py.typed").is_file()


def test_the_version_is_that_of_the_distribution() -> None:
    assert factorialhr.__version__ == importlib.metadata.version("factorialhr")


def test_every_typed_dict_of_params_is_taken_somewhere() -> None:
    sources = [
        path.read_text()
        for folder in ("params", "_async/endpoints")
        for path in Path(factorialhr.__file__).parent.joinpath(folder).glob("*.py")
    ]
    mentioned = Counter(word for source in sources for word in re.findall(r"\w+", source))
    defined = [
        name for source in sources for name in re.findall(r"^class (\w+)\(.*total=False\):", source, re.MULTILINE)
    ]
    assert len(defined) > 400
    assert [name for name in defined if mentioned[name] < 2] == []


def test_no_list_in_a_body_is_of_objects() -> None:
    for path in Path(factorialhr.__file__).parent.joinpath("params").glob("*.py"):
        assert "Sequence[object]" not in path.read_text()
