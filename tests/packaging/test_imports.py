"""Import cost is a feature: counted in modules, which are stable, not in milliseconds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .interpreter import loaded_by, run

HEAVY = {"httpx", "msgspec", "anyio", "typing", "datetime", "enum", "re", "collections.abc", "asyncio", "ssl"}
DOMAINS = sorted({path.stem for path in (Path(__file__).parents[2] / "spec").glob("*.json")} - {"names", "versions"})

MAKE_CLIENT = "api = sdk.ApiClient(auth=sdk.ApiKeyAuth('key'))"
both_halves = pytest.mark.parametrize("package", ["factorialhr", "factorialhr.sync"])


def domains_in(modules: set[str]) -> set[str]:
    """The domains whose records, parameters or endpoints are among the modules; those shared by all aside."""
    folders = ("models", "params", "_async.endpoints", "_sync.endpoints")
    prefixes = tuple(f"factorialhr.{folder}." for folder in folders)
    return {name.rpartition(".")[2] for name in modules if name.startswith(prefixes)} - {"shared"}


def test_the_package_alone_is_one_module() -> None:
    assert loaded_by("import factorialhr") <= {"__future__", "factorialhr"}


def test_the_blocking_package_alone_is_two_modules() -> None:
    assert loaded_by("import factorialhr.sync") <= {"__future__", "factorialhr", "factorialhr.sync"}


@both_halves
def test_importing_loads_nothing_heavy(package: str) -> None:
    assert not loaded_by(f"import {package}") & HEAVY


@both_halves
def test_listing_the_names_loads_nothing(package: str) -> None:
    modules = loaded_by(f"import {package} as sdk; dir(sdk); sdk.__all__")
    assert modules <= {"__future__", "factorialhr", "factorialhr.sync"}


@both_halves
@pytest.mark.parametrize(
    "use",
    [
        "sdk.SessionsEndpoint",
        "sdk.Session",
        "sdk.SessionModality",
        "sdk.SessionsCreateBody",
        f"{MAKE_CLIENT}; api.trainings",
        f"{MAKE_CLIENT}; api.trainings.sessions",
        f"{MAKE_CLIENT}; sdk.SessionsEndpoint(api)",
    ],
)
def test_using_one_domain_loads_that_domain_alone(package: str, use: str) -> None:
    assert domains_in(loaded_by(f"import {package} as sdk\n{use}")) == {"trainings"}


@both_halves
def test_making_a_client_loads_no_domain(package: str) -> None:
    assert not domains_in(loaded_by(f"import {package} as sdk\n{MAKE_CLIENT}"))


@both_halves
def test_one_half_does_not_load_the_other(package: str) -> None:
    other = "factorialhr._sync" if package == "factorialhr" else "factorialhr._async"
    modules = loaded_by(f"import {package} as sdk\n{MAKE_CLIENT}; api.trainings.sessions")
    assert not {name for name in modules if name == other or name.startswith(f"{other}.")}


def test_records_are_loaded_without_httpx() -> None:
    modules = loaded_by("import factorialhr; factorialhr.Session; factorialhr.SessionModality")
    assert "httpx" not in modules
    assert "anyio" not in modules


@both_halves
def test_each_domain_is_loaded_alone(package: str) -> None:
    found = run(
        f"""
        import importlib, sys
        answer = {{}}
        for domain in {json.dumps(DOMAINS)}:
            for name in [name for name in sys.modules if name.partition(".")[0] == "factorialhr"]:
                del sys.modules[name]
            sdk = importlib.import_module({package!r})
            {MAKE_CLIENT}
            getattr(api, domain)
            answer[domain] = [name for name in sys.modules if name.startswith("factorialhr.")]
        """
    )
    assert len(found) == 39
    assert {domain: domains_in(set(modules)) for domain, modules in found.items()} == {one: {one} for one in DOMAINS}
