"""Print what is known of each list of the API, and write it into ``docs/lists.md``, between its marks.

python scripts/lists.py          print and write the table
python scripts/lists.py --check  compare the page with the facts
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from pipeline.api import load_api
from pipeline.render_lists import lists, table

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "lists.md"
BEGIN = "<!-- The table is written by scripts/lists.py from spec/notes. Do not edit. -->"
END = "<!-- End of the table. -->"


class MarksError(Exception):
    """The page does not say where the table belongs."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    options = parser.parse_args(arguments)
    rows = table(lists(load_api(ROOT / "spec")))
    before = PAGE.read_text()
    try:
        after = with_table(before, rows)
    except MarksError as error:
        print(f"lists: {error}", file=sys.stderr)
        return 1
    if options.check:
        if before != after:
            print(f"lists: {PAGE.relative_to(ROOT)} is out of date", file=sys.stderr)
        return int(before != after)
    PAGE.write_text(after)
    print("\n".join(rows))
    return 0


def with_table(page: str, rows: list[str]) -> str:
    """The page with these rows between its marks.

    Raises:
        MarksError: A mark is missing, or there twice.
    """
    if page.count(BEGIN) != 1 or page.count(END) != 1:
        raise MarksError("the table's place needs one mark before it and one behind it")
    head, _, rest = page.partition(BEGIN)
    _, mark, tail = rest.partition(END)
    if not mark:
        raise MarksError("the mark before the table stands behind the other")
    return "\n".join([head + BEGIN, "", *rows, "", END + tail])


if __name__ == "__main__":
    raise SystemExit(main())
