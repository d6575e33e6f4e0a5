"""The examples of docs/whole-lists.md print what it says, and servers that say something wrong get what its table says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from factorialhr.sync import ApiClient
from factorialhr.testing import Sandbox

PAGE = (Path(__file__).parents[2] / "docs" / "whole-lists.md").read_text()
EXAMPLES = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", PAGE, re.DOTALL)
ROWS = re.findall(r"^\| (.*?) \| `(\w+=.*?)` \| .* \| ([\w ]+) \| ([\w ]+) \|$", PAGE, re.MULTILINE)


def test_every_example_says_what_it_prints() -> None:
    assert PAGE.count("```python") == len(EXAMPLES)


@pytest.mark.parametrize(("program", "printed"), EXAMPLES, ids=range(1, len(EXAMPLES) + 1))
def test_the_example_prints_it(program: str, printed: str) -> None:
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", printed)


def settings_of(text: str) -> dict[str, Any]:
    found: dict[str, Any] = eval(f"dict({text})", {"dict": dict})  # noqa: S307  # the page is ours
    return found


def test_the_table_has_rows() -> None:
    assert len(ROWS) == 16


@pytest.mark.filterwarnings("ignore::factorialhr.DecodeWarning")
@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize(("settings", "one", "many"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_a_server_that_says_something_wrong(settings: str, one: str, many: str, concurrency: int) -> None:
    sandbox = Sandbox.empty()
    for number in range(1001, 1061):
        sandbox.trainings.sessions.add(id=number, name="session", training_id=1)
    sandbox.page("trainings/sessions", **settings_of(settings))
    with ApiClient(api_key=sandbox.api_key, transport=sandbox.transport) as api:
        response = api.trainings.sessions.all(limit=5, concurrency=concurrency)
    assert response.outcome == (one if concurrency == 1 else many)
    found = [session.id for session in response]
    assert len(found) == len(set(found))
    assert len(found) == 60 or response.outcome == "cut short"
