"""Programs run in a fresh interpreter: what one has loaded cannot be told in the interpreter of the tests."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from typing import Any


def run(program: str, python: str = sys.executable, *options: str) -> Any:
    """Run a program that leaves its answer in ``answer``; what it prints, and warnings, are failures."""
    lines = [textwrap.dedent(program), "import json", "print(json.dumps(answer))"]
    # The calendar is no concern of these programs: the default version's support ends one day, too.
    strict = ["-W", "error", "-W", "ignore:support of API version"]
    done = subprocess.run(
        [python, *options, *strict, "-c", "\n".join(lines)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    return json.loads(done.stdout)


def loaded_by(program: str) -> set[str]:
    """The modules that a program loads beyond those of a bare interpreter."""
    return set(
        run(f"import sys\nbare = set(sys.modules)\n{textwrap.dedent(program)}\nanswer = [*set(sys.modules) - bare]")
    )
