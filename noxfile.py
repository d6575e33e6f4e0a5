"""Every way to build and check this project; CI runs the same sessions."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

import nox

nox.needs_version = ">=2024.10.9"
nox.options.default_venv_backend = "venv"
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["lint", "types", "tests", "package"]

PYPROJECT = nox.project.load_toml("pyproject.toml")
PYTHONS = ["3.11", "3.12", "3.13"]

# What a session may take on two cores that are otherwise idle, once what it needs is installed.
BUDGET_MINUTES = {
    "smoke": 1,
    "tests": 5,
    "tests_all": 5,
    "tests_min": 5,
    "docs": 1,
    "package": 3,
    "services": 2,
    "coverage": 6,
    "campaigns": 20,
}
# A tenth of a campaign has a tenth of its budget and this much besides: collecting tests takes as long for a part.
STARTING_MINUTES = 2

# Two processes on two cores; many more would spend their time on collecting the same tests.
PARALLEL = ("--numprocesses=auto", "--maxprocesses=4", "--dist=worksteal")
# Hundreds of tests start an interpreter: without compiled files each would compile the package anew.
COMPILED = {"PYTHONDONTWRITEBYTECODE": ""}
# Builds the wheel and needs the network: it belongs to the session ``package``.
WITHOUT_WHEEL = "--ignore=tests/packaging/test_wheel.py"

# Something of every room, of both halves where there are two.
SMOKE = (
    "tests/core",
    "tests/pace/test_window.py",
    "tests/system/test_proxies.py",
    *(
        f"tests/{half}/test_{part}.py"
        for half in ("_async", "_sync")
        for part in ("client", "errors", "frames", "lists", "oauth", "pace", "refresh_events", "smoke", "uploads")
    ),
    "tests/contract/test_spec.py",
    "tests/oauth/test_pure.py",
    "tests/oauth/test_stores.py",
    "tests/packaging/test_names.py",
    "tests/support",
    "tests/testing/test_ways_in.py",
    "tests/testing/test_webhooks.py",
)
COVERED = (
    "tests/_async",
    "tests/_sync",
    *(f"tests/{room}" for room in ("concurrency", "core", "oauth", "pace", "system", "testing")),
)


def group(name: str) -> list[str]:
    """The requirements of a dependency group; pip of Python 3.11's first releases cannot read them itself."""
    return nox.project.dependency_groups(PYPROJECT, name)  # type: ignore[no-any-return]


@contextmanager
def budget(session: nox.Session, minutes: float) -> Iterator[None]:
    """Print what the session took of its minutes, and warn if that was more: a busy machine is no defect."""
    start = time.monotonic()
    yield
    taken = (time.monotonic() - start) / 60
    session.log(f"{session.name}: {taken:.1f} of {minutes:.1f} minutes")
    if taken > minutes:
        session.warn(f"{session.name} took {taken:.1f} minutes, its budget is {minutes:.1f}: see BUDGET_MINUTES")


def run_tests(session: nox.Session, *arguments: str) -> None:
    """Run pytest on the arguments, or on those after ``--`` in their place, which are under no budget."""
    if session.posargs:
        session.run("pytest", *session.posargs, env=COMPILED)
        return
    with budget(session, BUDGET_MINUTES[session.name.partition("-")[0]]):
        session.run("pytest", *arguments, env=COMPILED)


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
    session.run("python", "scripts/lists.py", "--check")


@nox.session
def types(session: nox.Session) -> None:
    """mypy and pyright, strict, on the package and on programs that use it."""
    session.install(*group("types"), ".")
    session.run("mypy", "src", "tests/typing")
    session.run("pyright", "--pythonpath", f"{session.bin}/python")


@nox.session
def smoke(session: nox.Session) -> None:
    """A little of everything, in both halves, under a minute."""
    session.install(*group("test"), "-e", ".")
    run_tests(session, *PARALLEL, *SMOKE)


@nox.session
def tests(session: nox.Session) -> None:
    """The test suite of both halves, on this Python; services and campaigns have sessions of their own."""
    session.install(*group("test"), "-e", ".")
    run_tests(session, *PARALLEL, WITHOUT_WHEEL)


@nox.session(python=PYTHONS)
def tests_all(session: nox.Session) -> None:
    """The test suite on every supported Python that is installed."""
    session.install(*group("test"), "-e", ".")
    run_tests(session, *PARALLEL, WITHOUT_WHEEL)


@nox.session
def tests_min(session: nox.Session) -> None:
    """The test suite with the lowest dependencies that are allowed."""
    lowest = [requirement.split(",")[0].replace(">=", "==") for requirement in PYPROJECT["project"]["dependencies"]]
    session.install(*group("test"), "-e", ".", *lowest)
    run_tests(session, *PARALLEL, WITHOUT_WHEEL)


@nox.session
def services(session: nox.Session) -> None:
    """Against real servers, which the tests start and stop themselves; a server that is missing is a failure."""
    session.install(*group("test"), "-e", ".")
    run_tests(session, "-m", "services")


@nox.session
def docs(session: nox.Session) -> None:
    """Run what the documents show: snippets, examples, counts."""
    session.install(*group("test"), "-e", ".")
    run_tests(session, "tests/docs")


@nox.session
def coverage(session: nox.Session) -> None:
    """Branch coverage of the hand-written code; the table is printed, and less than agreed is a failure."""
    session.install(*group("test"), "-e", ".")
    run_tests(session, *PARALLEL, "--cov", "--cov-report=term-missing:skip-covered", *COVERED)


@nox.session
def campaigns(session: nox.Session) -> None:
    """Try the same thing very often: 10,000 requests of which one in ten goes wrong, new mutations of every model.

    ``FACTORIALHR_CAMPAIGN`` is the part of a full campaign to run, 1 if it is not set; CI runs a tenth.
    """
    session.install(*group("test"), "-e", ".")
    factor = os.environ.get("FACTORIALHR_CAMPAIGN", "1")
    arguments = session.posargs or ["-m", "campaign or fuzz", *PARALLEL, "-rP", "--show-capture=stdout"]
    with budget(session, STARTING_MINUTES + float(factor) * BUDGET_MINUTES["campaigns"]):
        session.run("pytest", *arguments, env={**COMPILED, "FACTORIALHR_CAMPAIGN": factor})


@nox.session
def package(session: nox.Session) -> None:
    """Build wheel and sdist, install the wheel into an empty environment, use it."""
    session.install(*group("test"), "-e", ".", "hatchling")
    run_tests(session, "tests/packaging/test_wheel.py")


@nox.session
def benchmarks(session: nox.Session) -> None:
    """Ratios against bare httpx, json and msgspec."""
    session.install("-e", ".")
    session.run("python", "-m", "benchmarks", *session.posargs)
