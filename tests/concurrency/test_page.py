"""The page on safety names a test in each line, and each test that it names is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "safety.md").read_text()
NAMED = sorted(set(re.findall(r"`(tests/\S+?\.py)::(\w+)`", PAGE)))


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_every_test_that_the_page_names_is_there(path: str, name: str) -> None:
    tree = ast.parse((ROOT / path).read_text())
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_line_of_the_table_says_where_it_holds_and_names_one() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("|")][2:]
    assert len(rows) >= 20
    where = r"\| holds \| not tried \| (not tried|does not apply) "
    test = r"`tests/\S+\.py::test_\w+`"
    assert [row for row in rows if not re.search(rf"{where}\| {test}(, {test})* \|$", row)] == []


def test_what_forks_does_not_apply_to_windows() -> None:
    rows = [line.split(" | ") for line in PAGE.splitlines() if line.startswith("|")][2:]
    forking = [row for row in rows if "/test_forks.py" in row[-1] or "fork" in row[0]]
    assert len(forking) >= 8
    assert [row[0] for row in forking if row[-2] != "does not apply"] == []
