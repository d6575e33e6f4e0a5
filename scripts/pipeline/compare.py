"""Byte-for-byte comparison of fresh output with the committed files, in both directions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path


def differences(fresh: Path, committed: Path, files: Iterable[str], folders: Sequence[str]) -> list[str]:
    """Changed, missing and left-over files, a line each.

    Args:
        fresh: The folder that was just written.
        committed: The folder to check.
        files: Relative paths of all that was written.
        folders: Folders in which nothing else may lie.
    """
    expected = set(files)
    lines = []
    for name in sorted(expected):
        target = committed / name
        if not target.exists():
            lines.append(f"missing: {target}")
        elif target.read_bytes() != (fresh / name).read_bytes():
            lines.append(f"differs: {target}")
    for folder in folders:
        for path in sorted((committed / folder).rglob("*.py")):
            if path.relative_to(committed).as_posix() not in expected:
                lines.append(f"left over: {path}")
    return lines
