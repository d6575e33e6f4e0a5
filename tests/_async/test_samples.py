"""Fields whose description was corrected after real payloads: what comes is typed on the fast path, without issues.

The values are made up; their forms are those that were seen.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest

import factorialhr
from factorialhr._core.records import OpenEnum, Record
from factorialhr._core.variants import strictly
from factorialhr._names import MODULES
from tests._async.clients import client
from tests.halves import factorialhr_async as sdk
from tests.support import answers
from tests.support.script import Script

NOON = dt.datetime(2026, 3, 4, 12, tzinfo=dt.UTC)
DAY = dt.date(2026, 3, 4)
DAY_OR_MOMENT = (("2026-03-04", DAY), ("2026-03-04T12:00:00.000Z", NOON))

SAMPLES: list[tuple[str, str, object, object]] = [
    ("LeaveType", "eau_eligible", True, True),
    ("AllowanceIncidence", "start_at", "2026-03-04", DAY),
    ("AllowanceIncidence", "end_at", "2026-03-04", DAY),
    ("AllowanceIncidence", "target_balance", "accrued", "accrued"),
    *(("EmployeeAbsence", name, "2026-03-04", DAY) for name in ("start_on", "prev_start_on", "finish_on")),
    ("PurchaseOrder", "date", "2026-03-04", DAY),
    ("PurchaseOrder", "deadline", "2026-03-04", DAY),
    ("PurchaseRequest", "date", "2026-03-04", DAY),
    ("OpenShift", "clock_in", "2000-01-01T11:05:56.000Z", dt.time(11, 5, 56)),
    ("Leave", "start_time", "09:30", dt.time(9, 30)),
    *(("Mileage", name, *one) for name in ("effective_on", "paid_at", "review_request_at") for one in DAY_OR_MOMENT),
    *(
        ("PerDiem", name, *one)
        for name in ("effective_on", "start_date", "end_date", "paid_at", "review_request_at")
        for one in DAY_OR_MOMENT
    ),
    ("Mileage", "rate", 0.26, 0.26),
    ("Mileage", "rate", "0.26", "0.26"),
    *(
        ("Mileage", f"{end}_{axis}", 41.5, 41.5)
        for end in ("origin", "destination")
        for axis in ("latitude", "longitude")
    ),
    *((model, "category", "Travel", "Travel") for model in ("Expense", "Mileage", "PerDiem")),
    *((model, "category", {"id": "1"}, {"id": "1"}) for model in ("Expense", "Mileage", "PerDiem")),
    *(("ContractVersionHistory", name, *one) for name in ("created_at", "updated_at") for one in DAY_OR_MOMENT),
    *(("JobCatalogNode", name, *one) for name in ("created_at", "updated_at") for one in DAY_OR_MOMENT),
    *(("TaskFile", "created_at", *one) for one in DAY_OR_MOMENT),
    ("JobCatalogNode", "full_path_to_root", ["7", "8"], ["7", "8"]),
    ("JobCatalogNode", "full_path_to_root", [{"uuid": "7"}], [{"uuid": "7"}]),
    ("CostCenter", "status", "inactive", "inactive"),
    ("CostCenter", "status", "a value of tomorrow", "a value of tomorrow"),
    ("WorkScheduleOverlapPeriod", "schedule_type", "fixed", "fixed"),
    ("PolicyAssignment", "effective_at", "2026-03-04", DAY),
]


@pytest.mark.parametrize(("model", "name", "sent", "value"), SAMPLES)
async def test_what_was_seen_is_what_the_type_says(model: str, name: str, sent: object, value: object) -> None:
    kind = getattr(sdk, model)
    field = next(one for one in msgspec.structs.fields(strictly(kind)) if one.name == name)
    record = {one.encode_name: None for one in msgspec.structs.fields(kind)} | {field.encode_name: sent}
    body = {"data": [record], "meta": {"has_next_page": False}}
    page = await client(Script(answers.json(body))).request("GET", "a/b", sdk.MetaApiResponse[kind])
    found = getattr(page.data()[0], name)
    assert found == value
    assert isinstance(found, type(value))
    assert not isinstance(value, dt.date) or type(found) is type(value)
    assert page.issues == ()


FILTERS: list[tuple[str, dict[str, Any], str]] = [
    ("holidays.company_holidays", {"start_at": DAY, "end_at": DAY}, "start_at=2026-03-04&end_at=2026-03-04"),
    ("shift_management.shifts", {"start_at": DAY, "end_at": DAY}, "start_at=2026-03-04&end_at=2026-03-04"),
    ("attendance.shifts", {"updated_at": DAY}, "updated_at=2026-03-04"),
    ("custom_fields.values", {"updated_at_gteq": DAY}, "updated_at_gteq=2026-03-04"),
    ("custom_fields.values", {"updated_at_gteq": NOON}, "updated_at_gteq=2026-03-04T12%3A00%3A00%2B00%3A00"),
]


@pytest.mark.parametrize(("path", "filters", "query"), FILTERS)
async def test_a_filter_takes_what_the_api_reads(path: str, filters: dict[str, Any], query: str) -> None:
    script = Script(answers.page())
    api = client(script)
    domain, resource = path.split(".")
    await getattr(getattr(api, domain), resource).get(**filters)
    assert script.requests[0].url.query.decode() == query


ENUMS = [
    one
    for one in (getattr(factorialhr, name) for name, module in MODULES.items() if module.startswith("models."))
    if issubclass(one, OpenEnum)
]


def test_members_of_all_enums_are_upper_case() -> None:
    assert len(ENUMS) > 100
    assert [f"{kind.__name__}.{name}" for kind in ENUMS for name in kind.__members__ if name != name.upper()] == []


def test_another_spelling_of_a_member_is_told_the_right_one() -> None:
    with pytest.raises(AttributeError, match=r"^LocationType\.office is spelled LocationType\.OFFICE$"):
        _ = sdk.LocationType.office  # type: ignore[attr-defined]
    with pytest.raises(KeyError, match=r"LocationType\.office is spelled LocationType\.OFFICE"):
        _ = sdk.LocationType["office"]
    with pytest.raises(AttributeError, match=r"^LocationType has no member moon$"):
        _ = sdk.LocationType.moon  # type: ignore[attr-defined]
    assert sdk.LocationType["OFFICE"] is sdk.LocationType.OFFICE


def test_every_model_has_a_documented_form() -> None:
    for name, module in MODULES.items():
        kind = getattr(factorialhr, name)
        if module.startswith("models.") and issubclass(kind, Record):
            assert [one.name for one in msgspec.structs.fields(strictly(kind))] == list(kind.__struct_fields__)
