"""The documents say what is so: their snippets run, their tables match the description."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from factorialhr.testing import Sandbox
from pipeline.api import load_api

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
SNIPPETS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox.company(employees=20, seed=7) as running:
        yield running


@pytest.mark.parametrize("snippet", SNIPPETS, ids=range(1, len(SNIPPETS) + 1))
def test_snippets_run(snippet: str, sandbox: Sandbox, tmp_path: Path) -> None:
    aimed = snippet
    if "Sandbox" not in snippet:
        aimed = snippet.replace("ApiClient(auth", f"ApiClient({sandbox.url!r}, auth")
        aimed = aimed.replace("ApiClient(api_key", f"ApiClient({sandbox.url!r}, api_key")
        aimed = aimed.replace("your-api-key", sandbox.api_key)
        assert aimed.count(sandbox.url) == snippet.count("ApiClient(") > 0
    command = [sys.executable, "-W", "error", "-c", aimed]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip()


def test_the_quickstart_runs() -> None:
    command = [sys.executable, "-W", "error", str(ROOT / "examples" / "quickstart.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "created session" in done.stdout
    assert "as expected: GET trainings/sessions/no-such-session: 404 Not Found" in done.stdout


def test_the_commands_of_the_readme_are_those_of_ci() -> None:
    commands = re.findall(r"```sh\n(.*?)\n```", README)
    assert [command.split()[-1] for command in commands] == ["examples/quickstart.py", "tests"]
    assert "README.md" in (ROOT / ".ci" / "run").read_text()


def test_the_migration_page_lists_every_operation_that_is_left_out() -> None:
    page = (ROOT / "docs" / "migration.md").read_text()
    listed = re.findall(r"^\| [^|]+ \| `([A-Z]+ [^`]+)` \|", page, re.MULTILINE)
    assert sorted(listed) == load_api(ROOT / "spec").left_out
    assert page.count("32 documented operations") == 1
    assert len(listed) == 32


def test_the_changelog_counts_what_there_is() -> None:
    api = load_api(ROOT / "spec")
    operations = {key for path in (ROOT / "spec").glob("*.json") for key in _operations(path)}
    text = f"{len(api.domains)} domains, {len(api.resources)} resources, {len(operations)} operations"
    assert text in (ROOT / "CHANGELOG.md").read_text()


def _operations(path: Path) -> list[str]:
    content = json.loads(path.read_text())
    return list(content.get("operations", [])) if isinstance(content, dict) else []


def test_the_contribution_guide_has_the_budgets_of_the_sessions() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text()
    listed = re.findall(r"^\| `(\w+)` \|.*\| (\d+) minutes? \|$", page, re.MULTILINE)
    budgets = re.search(r"^BUDGET_MINUTES = ({.*?^})", (ROOT / "noxfile.py").read_text(), re.DOTALL | re.MULTILINE)
    assert budgets is not None
    known = ast.literal_eval(budgets[1])
    assert len(listed) == 5
    assert {name: int(minutes) for name, minutes in listed}.items() <= known.items()
