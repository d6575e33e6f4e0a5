"""Every way to build and check this project; CI runs the same sessions."""

from __future__ import annotations

import nox

nox.needs_version = ">=2024.10.9"
nox.options.default_venv_backend = "venv"
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["lint", "types", "tests", "package"]

PYPROJECT = nox.project.load_toml("pyproject.toml")
PYTHONS = ["3.11", "3.12", "3.13"]


def group(name: str) -> list[str]:
    """The requirements of a dependency group; pip of Python 3.11's first releases cannot read them itself."""
    return nox.project.dependency_groups(PYPROJECT, name)  # type: ignore[no-any-return]


@nox.session
def generate(session: nox.Session) -> None:
    """Write models, endpoints and tables of names from spec/."""
    session.install(*group("lint"))
    session.run("python", "scripts/generate.py", *session.posargs)


@nox.session
def mirror(session: nox.Session) -> None:
    """Write the blocking halves."""
    session.install(*group("lint"))
    session.run("python", "scripts/mirror.py", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Format, lint, and compare what is generated with what is committed."""
    session.install(*group("lint"))
    session.run("ruff", "format", "--check", ".")
    session.run("ruff", "check", ".")
    session.run("python", "scripts/generate.py", "--check")
    session.run("python", "scripts/mirror.py", "--check")


@nox.session
def types(session: nox.Session) -> None:
    """mypy and pyright, strict, on the package and on programs that use it."""
    session.install(*group("types"), ".")
    session.run("mypy", "src", "tests/typing")
    session.run("pyright", "--pythonpath", f"{session.bin}/python")


@nox.session
def tests(session: nox.Session) -> None:
    """The test suite of both halves, on this Python."""
    session.install(*group("test"), "-e", ".")
    session.run("pytest", *(session.posargs or ["--ignore=tests/packaging/test_wheel.py"]))


@nox.session(python=PYTHONS)
def tests_all(session: nox.Session) -> None:
    """The test suite on every supported Python that is installed."""
    session.install(*group("test"), "-e", ".")
    session.run("pytest", *(session.posargs or ["--ignore=tests/packaging/test_wheel.py"]))


@nox.session
def tests_min(session: nox.Session) -> None:
    """The test suite with the lowest dependencies that are allowed."""
    lowest = [requirement.split(",")[0].replace(">=", "==") for requirement in PYPROJECT["project"]["dependencies"]]
    session.install(*group("test"), "-e", ".", *lowest)
    session.run("pytest", *(session.posargs or ["--ignore=tests/packaging/test_wheel.py"]))


@nox.session
def docs(session: nox.Session) -> None:
    """Run what the documents show: snippets, examples, counts."""
    session.install(*group("test"), "-e", ".")
    session.run("pytest", "tests/docs", *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """Branch coverage of the hand-written code."""
    session.install(*group("test"), "-e", ".")
    session.run("coverage", "run", "-m", "pytest", "tests/_async", "tests/_sync", "tests/core", "tests/oauth")
    session.run("coverage", "report", "--show-missing", "--skip-covered")


@nox.session
def package(session: nox.Session) -> None:
    """Build wheel and sdist, install the wheel into an empty environment, use it."""
    session.install(*group("test"), "-e", ".", "hatchling")
    session.run("pytest", "tests/packaging/test_wheel.py", *session.posargs)


@nox.session
def faults(session: nox.Session) -> None:
    """10,000 requests of which one in ten goes wrong, in both halves; the figures are printed."""
    session.install(*group("test"), "-e", ".")
    files = ("tests/_async/test_faults.py", "tests/_sync/test_faults.py")
    session.run("pytest", "-rP", *files, *session.posargs, env={"FACTORIALHR_FAULT_REQUESTS": "10000"})


@nox.session
def fuzz(session: nox.Session) -> None:
    """New mutations at every run, and more of them than CI tries."""
    session.install(*group("test"), "-e", ".")
    files = ("tests/fuzz", "tests/_async/test_fuzz.py", "tests/_sync/test_fuzz.py")
    session.run("pytest", *files, *session.posargs, env={"FACTORIALHR_FUZZ_EXAMPLES": "200"})


@nox.session
def benchmarks(session: nox.Session) -> None:
    """Ratios against bare httpx, json and msgspec."""
    session.install("-e", ".")
    session.run("python", "-m", "benchmarks", *session.posargs)
