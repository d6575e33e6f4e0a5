"""What importing costs, in fresh interpreters."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median

from benchmarks.table import Row, Sizes

MOST_MILLISECONDS = 10
MOST_OF_HTTPX = 1.35

DOMAINS = {
    "async": "from factorialhr import ApiClient, SessionsEndpoint",
    "blocking": "from factorialhr.sync import ApiClient, SessionsEndpoint",
}
PROGRAM = "import time; start = time.process_time(); {}; print(start, time.process_time() - start)"


def run(sizes: Sizes) -> Iterator[Row]:
    """Import the package alone, then one domain, in turns with httpx."""
    statements = {"bare": "import factorialhr", "httpx": "import httpx", **DOMAINS}
    starts: list[float] = []
    seconds: dict[str, list[float]] = {name: [] for name in statements}
    with tempfile.TemporaryDirectory() as compiled:
        # Users run compiled modules, whatever the environment of this run says about writing them.
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment["PYTHONPYCACHEPREFIX"] = compiled
        for number in range(sizes.starts + 1):
            for name, statement in statements.items():
                start, found = _import_seconds(statement, environment)
                if number:  # the first one has compiled the modules
                    starts.append(start)
                    seconds[name].append(found)
    yield _against_interpreter(median(seconds["bare"]), median(starts))
    for half in DOMAINS:
        ratio = median(ours / other for ours, other in zip(seconds[half], seconds["httpx"], strict=True))
        yield Row(
            f"import of one domain, {half}, to httpx",
            ratio,
            _milliseconds(median(seconds[half])),
            _milliseconds(median(seconds["httpx"])),
            aim=f"<= {MOST_OF_HTTPX}",
            met=ratio <= MOST_OF_HTTPX,
        )


def _against_interpreter(import_seconds: float, start_seconds: float) -> Row:
    return Row(
        "import factorialhr, beyond the interpreter's start",
        (start_seconds + import_seconds) / start_seconds,
        _milliseconds(import_seconds),
        _milliseconds(start_seconds),
        aim=f"<= {MOST_MILLISECONDS} ms",
        met=import_seconds * 1e3 <= MOST_MILLISECONDS,
    )


def _import_seconds(statement: str, environment: Mapping[str, str]) -> tuple[float, float]:
    """CPU seconds of an interpreter's start and of the import after it."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", PROGRAM.format(statement)],
        cwd=Path(__file__).resolve().parent.parent,
        env=environment,
        capture_output=True,
        check=True,
        text=True,
    )
    start, found = done.stdout.split()
    return float(start), float(found)


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1e3:.1f} ms"
