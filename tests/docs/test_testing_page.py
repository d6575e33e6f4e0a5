"""The examples of docs/testing.md are test programs: each is run as a reader would run it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "testing.md").read_text()
EXAMPLES = dict(re.findall(r"```python\n# (\w+)\.py\n(.*?)```", PAGE, re.DOTALL))


def test_there_is_one_for_each_kind_of_user() -> None:
    assert set(EXAMPLES) == {"django_example", "flask_example", "asyncio_example", "mock_example", "lists_example"}
    assert PAGE.count("```python") == len(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_example_passes(name: str, tmp_path: Path) -> None:
    program = tmp_path / f"test_{name}.py"
    program.write_text(EXAMPLES[name])
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", program.name]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "1 passed" in done.stdout, done.stdout + done.stderr
