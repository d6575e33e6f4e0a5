"""Print how much of the API there is in each version, in the spec and in the official documents.

    python scripts/counts.py

Ends with status 1 where the two differ, or where operations and methods do not match one to one.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from pipeline import store
from pipeline.api import load_api
from pipeline.openapi import ENVELOPES, VERBS

ROOT = Path(__file__).parent.parent


def main() -> int:
    snapshots = store.load(ROOT / "spec")
    print(f"{'version':<12}{'domains':>9}{'operations':>12}{'records':>9}{'events':>8}   same as the document")
    same = True
    for one in snapshots:
        domains = {key.split(" ")[1].split("/")[0] for key in one.operations}
        counted = (len(one.operations), len(one.models), len(one.events))
        matches = counted == _counted(_document(one.version))
        same = same and matches
        numbers = f"{len(domains):>9}{counted[0]:>12}{counted[1]:>9}{counted[2]:>8}"
        print(f"{one.version:<12}{numbers}   {'yes' if matches else 'NO'}")
    return 0 if _print_totals({key for one in snapshots for key in one.operations}) and same else 1


def _print_totals(operations: set[str]) -> bool:
    api = load_api(ROOT / "spec")
    described = [f"{method.verb} {method.path}" for resource in api.resources for method in resource.methods]
    lists = sum(method.result == "page" for resource in api.resources for method in resource.methods)
    print(f"\n{len(operations)} distinct operations; {len(api.domains)} domains, {len(api.resources)} endpoint classes")
    print(
        f"{len(described) + 3 * lists} methods a half: {len(described) - lists} operations with one, {lists} lists with four"
    )
    print(f"{len(api.models)} records, {len(api.enums)} enums, {len(api.bodies)} bodies, {len(api.events)} events")
    print(f"{len(api.left_out)} documented operations are in no version and are left out")
    return sorted(described) == sorted(operations)


def _document(version: str) -> Any:
    return json.loads(gzip.decompress((ROOT / "spec" / "openapi" / f"{version}.json.gz").read_bytes()))


def _counted(document: Any) -> tuple[int, int, int]:
    operations = sum(verb in item for item in document["paths"].values() for verb in VERBS)
    records = len(document["components"]["schemas"].keys() - ENVELOPES)
    return operations, records, len(document["webhooks"])


if __name__ == "__main__":
    raise SystemExit(main())
