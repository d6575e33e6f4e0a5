"""``generate.py --check`` and ``mirror.py --check``: clean as committed, and red for every way to differ."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import mirror
from tests.support.openapi import ROOT

from .documents import files_of

COPIED = ("pyproject.toml", "scripts", "spec", "src", "tests/_async", "tests/_sync")
NOT_COPIED = shutil.ignore_patterns("__pycache__", "openapi", "*.egg-info")
SCRIPTS = ("generate.py", "mirror.py")

every_script = pytest.mark.parametrize("script", SCRIPTS)


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = tmp_path_factory.mktemp("project")
    for name in COPIED:
        source, target = ROOT / name, project / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target, ignore=NOT_COPIED) if source.is_dir() else shutil.copyfile(source, target)
    return project


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A project of next to nothing, and every word that the mirror has a rule for: it is mirrored in no time."""
    project = tmp_path / "small"
    shutil.copytree(ROOT / "scripts", project / "scripts", ignore=NOT_COPIED)
    for name in ("src/factorialhr/_async", "tests/_async"):
        (project / name).mkdir(parents=True)
        (project / name / "__init__.py").write_text("")
    words = "\n".join(f"{word} = 1" for word in mirror.RULES)
    (project / "src/factorialhr/_async/words.py").write_text(f"{words}\n")
    assert run(project, "mirror.py") == (0, [])
    return project


@pytest.fixture
def project(pristine: Path, tmp_path: Path) -> Path:
    """A copy of the project that a test may damage; the scripts find their folders beside themselves."""
    return Path(shutil.copytree(pristine, tmp_path / "project"))


def run(project: Path, script: str, *options: str) -> tuple[int, list[str]]:
    command = [sys.executable, "-B", str(project / "scripts" / script), *options]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stderr.splitlines()


def checked(project: Path, script: str) -> tuple[int, list[str]]:
    """A check; it must not change anything itself."""
    before = files_of(project)
    answer = run(project, script, "--check")
    assert files_of(project) == before
    return answer


@every_script
def test_the_committed_files_pass(project: Path, script: str) -> None:
    assert checked(project, script) == (0, [])


@every_script
def test_writing_over_the_committed_files_changes_nothing(project: Path, script: str) -> None:
    before = files_of(project)
    assert run(project, script) == (0, [])
    assert files_of(project) == before


GENERATED = (
    "models/trainings.py",
    "models/__init__.py",
    "params/trainings.py",
    "_async/endpoints/trainings.py",
    "_async/domains.py",
    "_names.py",
    "__init__.py",
    "sync.py",
)
MIRRORED = (
    "src/factorialhr/_sync/client.py",
    "src/factorialhr/_sync/endpoints/trainings.py",
    "tests/_sync/__init__.py",
)
FILES = {"generate.py": tuple(f"src/factorialhr/{name}" for name in GENERATED), "mirror.py": MIRRORED}


def told(script: str, what: str, project: Path, *names: str) -> list[str]:
    return [f"{script.removesuffix('.py')}: {what}: {project / name}" for name in sorted(names)]


@every_script
def test_every_changed_file_is_named(project: Path, script: str) -> None:
    for name in FILES[script]:
        with (project / name).open("a") as file:
            file.write("\n")
    assert checked(project, script) == (1, told(script, "differs", project, *FILES[script]))


@every_script
def test_every_missing_file_is_named(project: Path, script: str) -> None:
    for name in FILES[script]:
        (project / name).unlink()
    assert checked(project, script) == (1, told(script, "missing", project, *FILES[script]))


LEFT_OVER = {
    "generate.py": (
        "src/factorialhr/models/pets.py",
        "src/factorialhr/params/pets.py",
        "src/factorialhr/_async/endpoints/pets.py",
    ),
    "mirror.py": (
        "src/factorialhr/_sync/endpoints/pets.py",
        "src/factorialhr/_sync/pets.py",
        "tests/_sync/test_pets.py",
    ),
}


@every_script
def test_every_left_over_file_is_named_and_removed_by_writing(project: Path, script: str) -> None:
    before = files_of(project)
    for name in LEFT_OVER[script]:
        (project / name).write_text("")
    code, lines = checked(project, script)
    assert (code, sorted(lines)) == (1, sorted(told(script, "left over", project, *LEFT_OVER[script])))
    assert run(project, script) == (0, [])
    assert files_of(project) == before


@every_script
def test_writing_restores_what_was_changed_or_lost(project: Path, script: str) -> None:
    before = files_of(project)
    changed, lost, *_ = FILES[script]
    (project / changed).write_text("x = 1\n")
    (project / lost).unlink()
    assert run(project, script) == (0, [])
    assert files_of(project) == before


# -- the mirror ---------------------------------------------------------------------------------------


REFUSED: dict[str, tuple[str, str]] = {
    "await in a comment": ("# await this\n", "'await' is left over"),
    "async in a docstring": ('"""An async thing."""\n', "'async' is left over"),
    "asyncio": ("import asyncio\n", "'asyncio' is left over"),
    "anyio": ("import anyio\n", "'anyio' is left over"),
    "a type of waiting": ("from collections.abc import Awaitable\n", "'Awaitable' is left over"),
    "coroutines": ("from collections.abc import Coroutine\n", "'Coroutine' is left over"),
    "aclose in a docstring": ('"""Call aclose."""\n', "'aclose' is left over"),
    "a quoted type": ('x: "AsyncIterator[AsyncPage]"\n', "'AsyncPage' is left over"),
    "an invented name": (
        "from contextlib import AsyncExitStack\n",
        "names that the source does not have: SyncExitStack",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_the_mirror_refuses_what_it_cannot_rename(small: Path, case: str) -> None:
    text, message = REFUSED[case]
    (small / "src/factorialhr/_async/pets.py").write_text(text)
    refuses(small, "src/factorialhr/_sync/pets.py", message)


def test_the_mirror_refuses_names_in_f_strings_which_old_pythons_do_not_take_apart(small: Path) -> None:
    (small / "src/factorialhr/_async/pets.py").write_text('def show(AHALF: str) -> str:\n    return f"of {AHALF}"\n')
    refuses(small, "src/factorialhr/_async/pets.py:2", "'AHALF' stands in an f-string")


def test_the_mirror_of_the_tests_is_held_to_the_same(small: Path) -> None:
    (small / "tests/_async/test_pets.py").write_text("# await this\n")
    refuses(small, "tests/_sync/test_pets.py", "'await' is left over", "--check")


def refuses(project: Path, name: str, message: str, *options: str) -> None:
    before = files_of(project)
    code, (line,) = run(project, "mirror.py", *options)
    assert code == 1
    assert line.startswith(f"mirror: {name}:")
    assert message in line
    assert files_of(project) == before


def test_the_mirror_refuses_a_rule_that_nothing_needs(small: Path) -> None:
    script = small / "scripts" / "mirror.py"
    script.write_text(script.read_text().replace("RULES = {", 'RULES = {\n    "never_written": "x",'))
    before = files_of(small)
    assert run(small, "mirror.py") == (1, ["mirror: rules that nothing needs: never_written"])
    assert files_of(small) == before


def test_the_mirror_keeps_names_of_the_api_that_begin_with_sync(small: Path) -> None:
    (small / "src/factorialhr/_async/pets.py").write_text("class SyncRun:\n    pass\n")
    assert run(small, "mirror.py") == (0, [])
    assert "class SyncRun" in (small / "src/factorialhr/_sync/pets.py").read_text()


# -- the generator ------------------------------------------------------------------------------------


def test_generating_does_not_depend_on_what_was_there(project: Path) -> None:
    before = files_of(project)
    for folder in ("models", "params", "_async/endpoints"):
        shutil.rmtree(project / "src/factorialhr" / folder)
    assert run(project, "generate.py") == (0, [])
    assert files_of(project) == before


def test_a_change_of_the_description_changes_the_package(project: Path) -> None:
    path = project / "spec" / "trainings.json"
    path.write_text(path.read_text().replace('"fundae_subsidized"', '"fundae_subsidised"'))
    code, lines = checked(project, "generate.py")
    assert code == 1
    assert f"generate: differs: {project / 'src/factorialhr/models/trainings.py'}" in lines
    assert not [line for line in lines if "performance.py" in line]


def test_every_generated_file_says_so(pristine: Path) -> None:
    package = pristine / "src" / "factorialhr"
    head = "# Generated by scripts/generate.py from the API description. Do not edit.\n"
    silent = [name for name in GENERATED if not (package / name).read_text().startswith(head)]
    assert silent == ["models/__init__.py"]
    assert (package / silent[0]).read_text() == ""
