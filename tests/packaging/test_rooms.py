"""The rooms of the package: each imports those before it, no circle of imports, and a client that shows no engine."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

import pytest

import factorialhr
import factorialhr.sync
from pipeline import naming, render
from pipeline.api import Api, load_api

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "factorialhr"
# From the bottom: a room imports rooms of lower floors.
FLOORS = {
    "_version": 0,
    "_core": 1,
    "models": 2,
    "params": 3,  # bodies and filters name enums of the models
    "_system": 4,
    "_auth": 5,
    "_pace": 5,
    "_webhooks": 5,
    "_async": 6,
    "_sync": 6,
    "face": 7,
    "frames": 8,
    "testing": 8,
    "export": 9,
    "cli": 10,
    "contrib": 10,
}
FACE = {"", "sync", "_names", "_lazy"}
USE_PUBLIC_NAMES_ALONE = {"testing", "export", "cli", "contrib"}
HALVES = {"async": factorialhr, "sync": factorialhr.sync}
KEY = factorialhr.ApiKeyAuth("key")

both_halves = pytest.mark.parametrize("sdk", HALVES.values(), ids=HALVES)


def room_of(module: str) -> str:
    """The room of a module: ``_core`` of ``factorialhr._core.call``."""
    name = module.removeprefix("factorialhr").removeprefix(".").partition(".")[0]
    return "face" if name in FACE else name


def modules_below(folder: Path) -> dict[str, ast.Module]:
    """Every module of the package, parsed."""
    return {
        ".".join(("factorialhr", *path.relative_to(folder).with_suffix("").parts)).removesuffix(".__init__"): ast.parse(
            path.read_text()
        )
        for path in sorted(folder.rglob("*.py"))
    }


def imported_by(tree: ast.Module, known: Mapping[str, object]) -> Iterator[str]:
    """Modules of the package that a module names in its imports, wherever they stand in it."""
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            whole = "." * node.level + (node.module or "")
            names = [inner if (inner := f"{whole}.{alias.name}") in known else whole for alias in node.names]
        yield from (name for name in names if name.startswith(("factorialhr", ".")))


def imports_of(modules: Mapping[str, ast.Module]) -> dict[str, set[str]]:
    return {name: set(imported_by(tree, modules)) for name, tree in modules.items()}


def wrong_ways(imports: Mapping[str, set[str]]) -> list[str]:
    """Imports of a room that does not come before."""
    return [
        f"{name} -> {other}"
        for name, others in imports.items()
        for other in sorted(others)
        if room_of(name) != room_of(other) and FLOORS[room_of(name)] <= FLOORS[room_of(other)]
    ]


def circles(imports: Mapping[str, set[str]]) -> list[list[str]]:
    """Modules that can be reached from themselves, those of one circle together."""
    reached = {name: reachable(name, imports) for name in imports}
    inside = sorted(name for name in imports if name in reached[name])
    found = {tuple(other for other in inside if other in reached[name] and name in reached[other]) for name in inside}
    return [list(circle) for circle in sorted(found)]


def reachable(start: str, imports: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        for other in imports.get(waiting.pop(), ()):
            if other not in found:
                found.add(other)
                waiting.append(other)
    return found


IMPORTS = imports_of(modules_below(PACKAGE))


def test_every_module_has_a_room() -> None:
    assert {room_of(name) for name in IMPORTS} <= FLOORS.keys()
    assert len(IMPORTS) > 200


def test_imports_are_written_in_full() -> None:
    assert [name for name, others in IMPORTS.items() if any(other.startswith(".") for other in others)] == []


def test_a_room_imports_rooms_before_it() -> None:
    assert wrong_ways(IMPORTS) == []


def test_no_circle_of_imports() -> None:
    assert circles(IMPORTS) == []


def test_what_is_built_on_the_package_uses_its_public_names() -> None:
    reaching = [
        f"{name} -> {other}"
        for name, others in IMPORTS.items()
        for other in sorted(others)
        if room_of(name) in USE_PUBLIC_NAMES_ALONE
        and FLOORS[room_of(other)] <= FLOORS["face"]
        and other not in ("factorialhr", "factorialhr.sync")
    ]
    assert reaching == []


@pytest.mark.parametrize(
    ("name", "line", "wrong", "circle"),
    [
        ("factorialhr._core.wire", "from factorialhr._system.tls import context_for", 1, False),
        ("factorialhr._core.records", "if TYPE_CHECKING:\n    from factorialhr.models.ats import Application", 1, True),
        ("factorialhr._core.errors", "def f():\n    from factorialhr._core import call", 0, True),
        ("factorialhr._auth.keys", "import factorialhr._pace.window", 1, False),
        ("factorialhr._sync.caller", "from factorialhr._async import endpoint", 1, False),
        ("factorialhr._webhooks.deliveries", "import factorialhr", 1, True),
    ],
)
def test_what_it_would_find(name: str, line: str, wrong: int, circle: bool) -> None:
    imports = {**IMPORTS, name: IMPORTS[name] | set(imported_by(ast.parse(line), IMPORTS))}
    assert len(wrong_ways(imports)) == wrong
    assert bool(circles(imports)) == circle


# -- what a client shows --------------------------------------------------------------------------------


def shown(sdk: ModuleType) -> set[str]:
    """What completion offers on a client."""
    return {name for name in dir(sdk.ApiClient(auth=KEY)) if not name.startswith("_")}


@pytest.fixture(scope="module")
def api() -> Api:
    return load_api(ROOT / "spec")


@both_halves
def test_a_client_shows_its_domains_and_what_users_call(sdk: ModuleType, api: Api) -> None:
    closes_otherwise = {"aclose"} if sdk is factorialhr.sync else {"close"}
    domains = {naming.domain_attribute(domain) for domain in api.domains}
    assert shown(sdk) - domains == naming.CLIENT_NAMES - closes_otherwise
    assert domains <= shown(sdk)


@pytest.mark.parametrize("name", sorted(naming.CLIENT_NAMES))
def test_a_domain_that_is_called_like_a_method_of_the_client(name: str, api: Api) -> None:
    domains = render.domains_module(Api(versions=api.versions, domains={name: "Whatever it is."}))
    tree = ast.parse(domains)
    attributes = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assert attributes == {f"{name}_"}
