"""Build hook: the blocking half is generated whenever a wheel, an sdist or an editable install is built."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class MirrorHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs ``scripts/mirror.py`` before files are collected."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        subprocess.run([sys.executable, str(Path(self.root) / "scripts" / "mirror.py")], check=True)
