"""Write the generated modules of ``src/factorialhr`` from ``spec/``.

python scripts/generate.py          write them
python scripts/generate.py --check  compare them, byte for byte and in both directions
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from pipeline import render, render_testing
from pipeline.api import load_api
from pipeline.compare import differences

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "factorialhr"
# Folders that hold generated modules and nothing else but an empty __init__.py.
GENERATED_FOLDERS = ("models", "params", "_async/endpoints", render_testing.FOLDER)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    options = parser.parse_args(arguments)
    if not options.check:
        write(PACKAGE)
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        fresh = Path(scratch)
        files = write(fresh)
        found = differences(fresh, PACKAGE, files, GENERATED_FOLDERS)
    for line in found:
        print(f"generate: {line}", file=sys.stderr)
    return 1 if found else 0


def write(package: Path) -> list[str]:
    """Write every generated module below ``package``; answers with their paths."""
    api = load_api(ROOT / "spec")
    names = render.public_names(api)
    files = {
        **render.models_modules(api),
        **render.params_modules(api),
        **render.endpoints_modules(api),
        **render_testing.tables_modules(ROOT / "spec"),
        "_async/domains.py": render.domains_module(api),
        "_webhooks/catalog.py": render.events_module(api),
        "params/events.py": render.event_types_module(api),
        "_names.py": render.names_module(names),
        "__init__.py": render.public_module(names, blocking=False),
        "sync.py": render.public_module(names, blocking=True),
    }
    for folder in GENERATED_FOLDERS:
        (package / folder).mkdir(parents=True, exist_ok=True)
        files[f"{folder}/__init__.py"] = ""
        for stale in (package / folder).glob("*.py"):
            if f"{folder}/{stale.name}" not in files:
                stale.unlink()
    for name, text in files.items():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(text)
    format_files([package / name for name in files])
    return list(files)


def format_files(paths: list[Path]) -> None:
    """Sort imports and format, with the project's own settings wherever the files lie."""
    settings = ["--config", str(ROOT / "pyproject.toml"), "--quiet", "--no-cache"]
    for command in (["check", "--select", "I,F401", "--fix"], ["format"]):
        subprocess.run([sys.executable, "-m", "ruff", *command, *settings, *map(str, paths)], check=True)


if __name__ == "__main__":
    raise SystemExit(main())
