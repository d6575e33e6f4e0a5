"""Merge one official OpenAPI document into ``spec/`` and print what it changes for users.

    python scripts/import_openapi.py DOCUMENT [--spec FOLDER]

DOCUMENT is an OpenAPI 3.1 JSON file, plain or gzipped. Facts alone are taken. When anything is
wrong with it, ``spec/`` stays as it was.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import zlib
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from pipeline import store
from pipeline.changes import describe_changes
from pipeline.formats import complete_formats
from pipeline.openapi import DocumentError, read_document
from pipeline.timeline import NotRepresentableError

ROOT = Path(__file__).parent.parent


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("document", type=Path)
    parser.add_argument("--spec", type=Path, default=ROOT / "spec")
    options = parser.parse_args(arguments)
    try:
        print(import_document(options.document, options.spec), end="")
    except (DocumentError, NotRepresentableError) as error:
        print(f"{options.document}: {error}", file=sys.stderr)
        return 1
    return 0


def import_document(path: Path, folder: Path) -> str:
    """Merge the document; answer with the changes against the version before it."""
    snapshot = read_document(_parse(path))
    known = {one.version: one for one in store.load(folder)}
    earlier = [version for version in sorted(known) if version < snapshot.version]
    complete_formats(snapshot, [known[v] for v in (snapshot.version, *earlier[-1:]) if v in known])
    known[snapshot.version] = snapshot
    folder.mkdir(parents=True, exist_ok=True)
    store.save(folder, known.values())
    if not earlier:
        return f"### API version {snapshot.version}: the first one known, {len(snapshot.operations)} operations\n"
    return describe_changes(known[earlier[-1]], snapshot)


def _parse(path: Path) -> Any:
    try:
        raw = path.read_bytes()
        return json.loads(gzip.decompress(raw) if path.suffix == ".gz" else raw)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DocumentError(f"cannot be read, a broken gzip file: {error}") from error
    except OSError as error:
        raise DocumentError(f"cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise DocumentError(f"not JSON: {error}") from error


if __name__ == "__main__":
    raise SystemExit(main())
