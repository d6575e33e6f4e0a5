"""``python -m benchmarks [--quick] [name ...]``: print a table of ratios."""

from __future__ import annotations

import argparse
import platform
import time
from importlib import metadata

from benchmarks import calls, concurrency, decoding, imports, lists, memory
from benchmarks.table import FULL, HEAD, QUICK, Benchmark, line, row_line

BENCHMARKS: dict[str, Benchmark] = {
    "import": imports.run,
    "decode": decoding.run,
    "memory": memory.run,
    "call": calls.run,
    "list": lists.run,
    "concurrency": concurrency.run,
}


def main() -> None:
    """Run the benchmarks that were asked for, all of them by default."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(BENCHMARKS))
    parser.add_argument("--quick", action="store_true", help="fewer rounds and records: coarser ratios")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no benchmark {unknown[0]!r}; there are {', '.join(BENCHMARKS)}")
    begun = time.monotonic()
    versions = ", ".join(
        f"{name} {metadata.version(name)}" for name in ("httpx", "httpcore", "msgspec", "anyio", "sniffio")
    )
    print(f"Python {platform.python_version()}, {versions}\n\n{line(HEAD)}", flush=True)
    for name in arguments.names or BENCHMARKS:
        for row in BENCHMARKS[name](QUICK if arguments.quick else FULL):
            print(row_line(row), flush=True)
    print(f"\n{time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    main()
