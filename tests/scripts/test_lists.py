"""The facts of the lists: each list has them, wrong ones are refused, and all that is made of them says the same."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import factorialhr
import factorialhr.sync
import lists
from factorialhr._core.listing import PLAIN, DateRange, Listing, Since
from factorialhr._core.options import SinceOptions, WalkOptions, WindowOptions
from pipeline.api import Api, ListInfo, RangeInfo, load_api
from pipeline.notes import NotesError, load_notes
from pipeline.render import filters_name, list_options_name
from pipeline.render_lists import about_all, about_pages, listing_call
from tests.support.openapi import SPEC

HALVES = {"async": factorialhr, "sync": factorialhr.sync}
NOTES = {path.stem: tomllib.loads(path.read_text()) for path in (SPEC / "notes").glob("*.toml")}

both_halves = pytest.mark.parametrize("sdk", HALVES.values(), ids=HALVES)


@pytest.fixture(scope="module")
def api() -> Api:
    return load_api(SPEC)


def facts_of(path: str) -> dict[str, Any]:
    domain, resource = path.split("/")
    facts: dict[str, Any] = NOTES[domain]["resources"][resource]["list"]
    return facts


# -- every list ---------------------------------------------------------------------------------------


def test_every_list_has_its_facts(api: Api) -> None:
    pages = {method.path for resource in api.resources for method in resource.methods if method.result == "page"}
    assert {one.path for one in lists.lists(api)} == pages
    assert len(pages) == 175


@both_halves
def test_an_endpoint_carries_the_facts_of_its_list(sdk: ModuleType, api: Api) -> None:
    for resource in api.resources:
        endpoint = getattr(sdk, resource.name)
        has_list = any(method.result == "page" for method in resource.methods)
        assert endpoint.listing == (_listing(facts_of(resource.path), endpoint.filters) if has_list else PLAIN)
        assert not has_list or set(endpoint.listing.key) <= set(endpoint.model.__struct_fields__)


def _listing(facts: dict[str, Any], filters: dict[str, str]) -> Listing:
    keywords = {str(getattr(wire_name, "name", wire_name)): keyword for keyword, wire_name in filters.items()}
    since, days = facts.get("since"), facts.get("range")
    return Listing(
        key=tuple(facts["key"]),
        paging=facts["paging"],
        counts=facts["limit_counts"],
        reorders=tuple(keywords[name] for name in facts["reorders"]),
        since=Since(**{**since, "filter": keywords[since["filter"]]}) if since else None,
        date_range=DateRange(**{**days, "first": keywords[days["first"]], "last": keywords[days["last"]]})
        if days
        else None,
        batches={keywords[name]: most or None for name, most in facts["batches"].items()},
    )


def test_a_list_takes_the_options_that_it_has_the_filters_for(api: Api) -> None:
    for resource in api.resources:
        if not any(method.result == "page" for method in resource.methods):
            continue
        options = getattr(factorialhr, list_options_name(resource)).__annotations__
        filters = getattr(factorialhr, filters_name(resource)).__annotations__
        facts, expected = facts_of(resource.path), {*filters, *WalkOptions.__annotations__}
        expected |= SinceOptions.__annotations__.keys() if "since" in facts else set()
        expected |= WindowOptions.__annotations__.keys() if "range" in facts else set()
        assert set(options) == expected, resource.path


def test_what_is_known_of_some_lists() -> None:
    shifts, stats = factorialhr.ShiftsEndpoint.listing, factorialhr.AllowanceStatsEndpoint.listing
    assert (shifts.paging, shifts.date_range, shifts.since) == (
        "none",
        DateRange("start_on", "end_on"),
        Since("updated_at", "day"),
    )
    assert (stats.paging, stats.counts, stats.batches["employee_ids"]) == ("cursor", "employees", 25)
    assert factorialhr.FrenchLeaveDayCountsEndpoint.listing.key == ("leave_id", "unit")
    assert factorialhr.CredentialsEndpoint.listing == PLAIN
    changed = [path for path in _paths() if "since" in facts_of(path)]
    assert len(changed) == 21


def _paths() -> list[str]:
    return [
        f"{domain}/{name}"
        for domain, notes in NOTES.items()
        for name, resource in notes["resources"].items()
        if "list" in resource
    ]


# -- wrong facts --------------------------------------------------------------------------------------

OPERATIONS = {
    "GET zoo/pets": {
        "answer": {"result": "page", "model": "zoo_pet", "status": 200},
        "filters": {
            "ids[]": {"type": {"array": "id"}},
            "born_from": {"type": "date"},
            "born_to": {"type": "date"},
            "by_age": {"type": "boolean"},
        },
    },
    "GET zoo/pets/{id}": {"answer": {"result": "record", "model": "zoo_pet", "status": 200}},
    "POST zoo/cages": {"answer": {"result": "record", "model": "zoo_pet", "status": 201}},
}
ZOO = {"operations": OPERATIONS, "models": {"zoo_pet": {"fields": {"id": {"type": "id"}, "name": {"type": "string"}}}}}
FACTS = """
[resources.pets.list]
key = ["id"]
paging = "numbers"
limit_counts = "records"
reorders = ["by_age"]
range = { first = "born_from", last = "born_to", longest_days = 31 }
demands = [["ids[]"], ["born_from", "born_to"]]
since = { filter = "born_from", unit = "day" }
batches = { "ids[]" = 25 }
source = "official description of 2026-10-01"
"""


def load_zoo(folder: Path, text: str) -> dict[str, Any]:
    (folder / "zoo.toml").write_text(text)
    return load_notes(folder, {"zoo": ZOO})


def test_facts_that_are_right_are_taken(tmp_path: Path) -> None:
    assert load_zoo(tmp_path, FACTS)["zoo"]["resources"]["pets"]["list"]["batches"] == {"ids[]": 25}


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        ('key = ["id"]', 'key = ["id", "tag"]', "zoo.pets.list.key: nothing is called tag"),
        ('key = ["id"]\n', "", "zoo.pets.list: key is missing"),
        ('paging = "numbers"\n', "", "zoo.pets.list: paging is missing"),
        ('paging = "numbers"', 'paging = "offsets"', "zoo.pets.list.paging: nothing is called offsets"),
        ('limit_counts = "records"\n', "", "zoo.pets.list: limit_counts is missing"),
        ('limit_counts = "records"', 'limit_counts = "rows"', "zoo.pets.list.limit_counts: nothing is called rows"),
        ('reorders = ["by_age"]\n', "", "zoo.pets.list: reorders is missing"),
        ('reorders = ["by_age"]', 'reorders = ["by_name"]', "zoo.pets.list.reorders: nothing is called by_name"),
        ('first = "born_from"', 'first = "from"', "zoo.pets.list.range: nothing is called from"),
        ('last = "born_to"', 'last = "to"', "zoo.pets.list.range: nothing is called to"),
        (', last = "born_to"', "", "zoo.pets.list.range: last is missing"),
        ("longest_days", "longest", "zoo.pets.list.range: nothing is called longest"),
        ('["born_from", "born_to"]]', '["from"]]', "zoo.pets.list.demands: nothing is called from"),
        ("demands = ", "needs = ", "zoo.pets.list: nothing is called needs"),
        ("demands = ", "needs = ", "zoo.pets.list: demands is missing"),
        ('filter = "born_from"', 'filter = "updated_at"', "zoo.pets.list.since: nothing is called updated_at"),
        ('unit = "day"', 'unit = "week"', "zoo.pets.list.since.unit: nothing is called week"),
        (', unit = "day"', "", "zoo.pets.list.since: unit is missing"),
        ('"ids[]" = 25', '"ids" = 25', "zoo.pets.list.batches: nothing is called ids"),
        ('"ids[]" = 25', '"by_age" = 25', "zoo.pets.list.batches: by_age takes one value"),
        ('"ids[]" = 25', '"ids[]" = -1', "zoo.pets.list.batches: -1 is no number of values for ids[]"),
        ('"ids[]" = 25', '"ids[]" = true', "zoo.pets.list.batches: True is no number of values for ids[]"),
        ('batches = { "ids[]" = 25 }\n', "", "zoo.pets.list: batches is missing"),
        ('source = "official description of 2026-10-01"\n', "", "zoo.pets.list: source is missing"),
        ('source = "official description of 2026-10-01"', 'source = ""', "zoo.pets.list: source is missing"),
        (FACTS, "", "zoo.pets.list: the facts of the list are missing"),
        ("[resources.pets.list]", "[resources.cages.list]", "zoo.cages: it has no list"),
    ],
)
def test_wrong_facts_are_refused(tmp_path: Path, right: str, wrong: str, complaint: str) -> None:
    assert right in FACTS
    with pytest.raises(NotesError) as caught:
        load_zoo(tmp_path, FACTS.replace(right, wrong))
    assert complaint in str(caught.value).splitlines()


def test_a_domain_without_notes_is_told_of_its_lists(tmp_path: Path) -> None:
    with pytest.raises(NotesError, match=re.escape("zoo.pets.list: the facts of the list are missing")):
        load_notes(tmp_path, {"zoo": ZOO})


# -- what is said of them -----------------------------------------------------------------------------


def known(**facts: Any) -> ListInfo:
    plain = ListInfo(("id",), "numbers", "records", (), (), (), "somewhere")
    return ListInfo(**{**vars(plain), **facts})


def test_of_a_plain_list_there_is_nothing_to_say() -> None:
    assert (about_all(known()), about_pages(known()), listing_call(known())) == ("", "", None)


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        (
            {"paging": "none", "date_range": RangeInfo("start_on", "end_on")},
            "The API answers with everything at once, whatever ``limit`` is given; narrow the days with ``start_on`` and "
            "``end_on``, or pass ``window_days``.",
        ),
        ({"paging": "none"}, "The API answers with everything at once, whatever ``limit`` is given."),
        ({"paging": "cursor"}, 'Over more than one page it cannot be proven whole: the outcome is ``"unproven"``.'),
        ({"key": ()}, "No field identifies a record."),
        ({"key": ("a", "b", "c")}, "Records are told apart by ``a``, ``b`` and ``c``."),
        ({"date_range": RangeInfo("from_", "to")}, "``window_days`` cuts the days from ``from_`` to ``to``."),
        (
            {"batches": (("ids", None), ("employee_ids", 25))},
            "At most 25 ``employee_ids`` a request: ``all()`` and the streams cut longer lists into batches.",
        ),
    ],
)
def test_what_matters_to_who_wants_the_whole_list(facts: dict[str, Any], sentence: str) -> None:
    assert about_all(known(**facts)) == sentence


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"demands": (("country",),)}, "The API insists on ``country``."),
        ({"demands": (("ids",), ("a", "b"))}, "The API insists on one of these: ``ids``; ``a`` and ``b``."),
        (
            {"counts": "employees"},
            "``limit`` and ``total`` count employees: a page may hold more records.",
        ),
        ({"paging": "cursor"}, "Pages come by cursor alone: ``page`` does not work."),
    ],
)
def test_what_matters_to_who_wants_one_page(facts: dict[str, Any], sentence: str) -> None:
    assert about_pages(known(**facts)) == sentence


def test_docstrings_say_it() -> None:
    shifts, stats = factorialhr.ShiftsEndpoint, factorialhr.AllowanceStatsEndpoint
    assert "``since`` is sent as ``updated_at``, in whole days." in str(shifts.all.__doc__)
    assert "in whole days." in str(factorialhr.EmployeesEndpoint.all.__doc__)
    assert "cannot be proven whole" in str(stats.all.__doc__)
    assert "The API insists on ``contract_id``." in str(factorialhr.ContractActivityPeriodsEndpoint.get.__doc__)


# -- the page -----------------------------------------------------------------------------------------


def test_the_page_is_in_step_with_the_facts() -> None:
    assert lists.main(["--check"]) == 0


def test_a_line_for_each_list_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "lists.md"
    page.write_text(f"Before.\n\n{lists.BEGIN}\nold\n{lists.END}\n\nBehind.\n")
    monkeypatch.setattr(lists, "PAGE", page)
    assert lists.main([]) == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| `")]
    assert len(rows) == 175
    stats = next(row for row in rows if "`timeoff/allowance_stats`" in row)
    assert "| cursor | employees |" in stats
    assert "`employee_ids` (25)" in stats
    written = page.read_text()
    assert written.startswith(f"Before.\n\n{lists.BEGIN}\n\n| list |")
    assert written.endswith(f"|\n\n{lists.END}\n\nBehind.\n")
    assert lists.main(["--check"]) == 0


@pytest.mark.parametrize("damage", ["| list |", "`employee_ids` (25)"])
def test_a_page_that_says_something_else_is_reported(
    damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = lists.PAGE.read_text()
    assert damage in text
    (tmp_path / "docs").mkdir()
    page = tmp_path / "docs" / "lists.md"
    page.write_text(text.replace(damage, "?", 1))
    (tmp_path / "spec").symlink_to(SPEC)
    monkeypatch.setattr(lists, "ROOT", tmp_path)
    monkeypatch.setattr(lists, "PAGE", page)
    assert lists.main(["--check"]) == 1
    assert capsys.readouterr().err == "lists: docs/lists.md is out of date\n"


@pytest.mark.parametrize(
    "page",
    ["", lists.BEGIN, f"{lists.END}\n{lists.BEGIN}", f"{lists.BEGIN}\n{lists.BEGIN}\n{lists.END}"],
)
def test_a_page_without_the_place_is_refused(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "lists.md"
    path.write_text(page)
    monkeypatch.setattr(lists, "PAGE", path)
    assert lists.main([]) == 1
    assert capsys.readouterr().err.startswith("lists: the ")
    assert path.read_text() == page
