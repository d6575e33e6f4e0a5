"""Write the blocking halves: ``_sync`` from ``_async``, in the package and in the tests.

    python scripts/mirror.py          write them
    python scripts/mirror.py --check  compare them, byte for byte and in both directions

``unasync`` rewrites names by the table below. A rule that is never used, and anything asynchronous
that is left over, fail the run: the mirror must not hold a call that silently does nothing.
"""

from __future__ import annotations

import argparse
import ast
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import unasync

sys.path.insert(0, str(Path(__file__).parent))

from pipeline.compare import differences

ROOT = Path(__file__).parent.parent
TREES = ("src/factorialhr/_async", "tests/_async")
RULES = {
    "AFetch": "Fetch",
    "AHALF": "HALF",
    "ASender": "Sender",
    "ASlots": "Slots",
    "AsyncBaseTransport": "BaseTransport",
    "AsyncClient": "Client",
    "AsyncHTTPTransport": "HTTPTransport",
    "_async": "_sync",
    "abound": "bound",
    "abound_body": "bound_body",
    "aclose": "close",
    "aclose_quietly": "close_quietly",
    "ado": "do",
    "agather": "gather",
    "ahome": "home",
    "aiter_bytes": "iter_bytes",
    "ais_at_home": "is_at_home",
    "alock": "lock",
    "anext": "next",
    "aread": "read",
    "asend": "send",
    "asettle": "settle",
    "asleep": "sleep",
    "async_auth_flow": "sync_auth_flow",
    "aturn": "turn",
    "drive_async": "drive",
    "factorialhr_async": "factorialhr_sync",
    "handle_async_request": "handle_request",
}
# Names that unasync knows by itself; listed to tell a mistake of its from a name of the source.
LEFT_OVER = re.compile(r"\b(async|await|asyncio|anyio|Awaitable|Coroutine|aclose|Async\w+)\b")
INVENTED = re.compile(r"\bSync[A-Z]\w*")


class MirrorError(Exception):
    """The mirror would not be what the source says."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    options = parser.parse_args(arguments)
    try:
        if not options.check:
            write(ROOT)
            return 0
        with tempfile.TemporaryDirectory() as scratch:
            files = write(Path(scratch))
            found = differences(Path(scratch), ROOT, files, [_mirror_name(tree) for tree in TREES])
    except MirrorError as error:
        print(f"mirror: {error}", file=sys.stderr)
        return 1
    for line in found:
        print(f"mirror: {line}", file=sys.stderr)
    return 1 if found else 0


def write(target: Path) -> list[str]:
    """Write every mirrored file below ``target``; answers with their paths."""
    sources = [path for tree in TREES for path in sorted((ROOT / tree).rglob("*.py"))]
    if (ROOT / "tests").exists():  # a source distribution has no tests to mirror, nor rules that only they use
        _refuse_unused_rules(sources)
    for path in sources:
        _refuse_rules_in_f_strings(path)
    written = []
    with tempfile.TemporaryDirectory() as scratch:
        for tree in TREES:
            if (ROOT / tree).exists():
                written += _mirror_tree(tree, Path(scratch))
        for name in written:
            _refuse_left_overs(name, (Path(scratch) / name).read_text(), (ROOT / _source_name(name)).read_text())
        for tree in TREES:
            for path in (target / _mirror_name(tree)).rglob("*.py"):
                if path.relative_to(target).as_posix() not in written:
                    path.unlink()
        for name in written:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(Path(scratch) / name, target / name)
    return written


def _mirror_tree(tree: str, scratch: Path) -> list[str]:
    staged = scratch / "staged" / tree
    shutil.copytree(ROOT / tree, staged, ignore=shutil.ignore_patterns("__pycache__"))
    files = sorted(staged.rglob("*.py"))
    rule = unasync.Rule(f"/{tree}/", f"/{_mirror_name(tree)}/", additional_replacements=RULES)
    unasync.unasync_files([str(path) for path in files], [rule])
    written = []
    for path in files:
        name = f"{_mirror_name(tree)}/{path.relative_to(staged).as_posix()}"
        (scratch / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.move(scratch / "staged" / name, scratch / name)
        written.append(name)
    return written


def _mirror_name(name: str) -> str:
    return name.replace("/_async", "/_sync", 1)


def _source_name(name: str) -> str:
    return name.replace("/_sync", "/_async", 1)


def _refuse_unused_rules(sources: Iterable[Path]) -> None:
    words = {word for path in sources for word in re.findall(r"\w+", path.read_text())}
    unused = sorted(rule for rule in RULES if rule not in words)
    if unused:
        raise MirrorError(f"rules that nothing needs: {', '.join(unused)}")


def _refuse_rules_in_f_strings(path: Path) -> None:
    """Before Python 3.12 an f-string is one token, whose names are not rewritten."""
    for text in ast.walk(ast.parse(path.read_text())):
        if isinstance(text, ast.JoinedStr):
            names = {getattr(node, "id", getattr(node, "attr", None)) for node in ast.walk(text)}
            for name in sorted(names & RULES.keys()):
                raise MirrorError(
                    f"{path.relative_to(ROOT)}:{text.lineno}: {name!r} stands in an f-string; name it before"
                )


def _refuse_left_overs(name: str, text: str, source: str) -> None:
    for number, line in enumerate(text.splitlines(), start=1):
        found = LEFT_OVER.search(line)
        if found:
            raise MirrorError(f"{name}:{number}: {found[0]!r} is left over; reword it or add a rule")
    invented = sorted(set(INVENTED.findall(text)) - set(INVENTED.findall(source)))
    if invented:
        raise MirrorError(f"{name}: names that the source does not have: {', '.join(invented)}")


if __name__ == "__main__":
    raise SystemExit(main())
