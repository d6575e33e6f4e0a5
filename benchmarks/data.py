"""Believable answers of API version 2026-10-01, the same bytes in every run and on every machine."""

from __future__ import annotations

import datetime as dt
import json
import random
import typing
from collections.abc import Callable
from typing import Any

import msgspec

from factorialhr import AttendanceShift, Employee
from factorialhr._core.records import ClockTime, documented_type

PAGE = 100
"""Records on a page: the API's most."""

Json = dict[str, Any]
Make = Callable[[random.Random, int], Json]

TOPICS = ("Fire safety", "First aid", "GDPR for managers", "Onboarding week", "Giving feedback", "Excel, part two")
CITIES = ("Barcelona, Sala Gaudí", "Madrid, planta 3", "Lisboa", "München, Raum 2.14", "Online")
TEXT = "What we agreed on last year, what came of it, and what each team takes up next. Bring your own examples."


def session(source: random.Random, number: int) -> Json:
    """One meeting of a training."""
    online = number % 3 == 0
    return {
        "id": str(4_000_000 + number),
        "name": f"{source.choice(TOPICS)} {number}",
        "training_id": str(source.randrange(90_000, 99_999)),
        "subsidized": bool(number % 2),
        "description": TEXT[: source.randrange(20, len(TEXT))],
        "training_class_id": str(source.randrange(1_000_000)),
        "starts_at": _moment(source),
        "ends_at": _moment(source),
        "due_date": None if online else _day(source),
        "duration": f"{source.randrange(1, 8)}.5",
        "modality": "online" if online else "inperson",
        "schedule": "selfpaced" if online else "scheduled",
        "link": f"https://meet.example.com/{number:x}" if online else None,
        "location": source.choice(CITIES),
        "session_attendance_ids": _ids(source, 12),
        "session_feedback_id": None,
        "status": "pending",
        "parent_id": None,
    }


def training(source: random.Random, number: int) -> Json:
    """One course with its totals."""
    cost = source.randrange(5_000)
    return {
        "id": str(90_000 + number),
        "company_id": "118",
        "author_id": str(source.randrange(1_000_000)),
        "name": f"{source.choice(TOPICS)} {number}",
        "description": TEXT,
        "external": bool(number % 2),
        "fundae_subsidized": False,
        "subsidized": bool(number % 4),
        "cost": cost,
        "subsidized_cost": cost // 2,
        "cost_decimal": f"{cost}.00",
        "subsidized_cost_decimal": f"{cost // 2}.50",
        "year": 2026,
        "catalog": True,
        "competency_ids": _ids(source, 3),
        "total_training_cost": f"{cost}.00",
        "total_training_indirect_cost": "0.00",
        "total_training_salary_cost": f"{source.randrange(9_000)}.25",
        "total_training_subsidized_cost": "0.00",
        "total_participants": source.randrange(60),
        "training_attendance_status": source.choice(("completed", "notstarted", "started")),
        "total_duration": source.randrange(1, 40) / 2,
        "is_mandatory": bool(number % 5),
        "author_employee_id": str(source.randrange(1_000_000)),
        "code": f"T-{number:05}",
        "created_at": _moment(source),
        "updated_at": _moment(source),
        "external_provider": None,
        "total_cost": cost,
        "total_cost_decimal": f"{cost}.00",
        "category_ids": _ids(source, 2),
        "status": source.choice(("active", "draft")),
        "valid_for": None,
        "objectives": TEXT[:60],
        "number_of_expired_participants": 0,
    }


def review_process(source: random.Random, number: int) -> Json:
    """One round of reviews: records within records."""
    return {
        "id": str(7_000 + number),
        "company_id": "118",
        "status": source.choice(("active", "draft", "finished")),
        "start_validation_errors": source.choice(([], ["missing_deadline"], ["missing_questions", "missing_title"])),
        "archived": bool(number % 7),
        "agreements_configuration": {"enabled": True, "esignature_enabled": False},
        "competencies_assessments_configuration": {"enabled": bool(number % 2)},
        "name": f"Review {2020 + number % 7} / {number}",
        "description": TEXT[: source.randrange(20, len(TEXT))],
        "target_strategy": {"strategy": "by_teams", "arguments": _ids(source, 8)},
        "reviewer_strategies": ["manager", "self"],
        "starts_at": _moment(source),
        "ends_at": _moment(source),
        "last_bulk_reminder": None,
    }


def employee(source: random.Random, number: int) -> Json:
    """One person: many fields, most of them text."""
    return _by_description(Employee, source, number)


def shift(source: random.Random, number: int) -> Json:
    """One shift, with its times of day."""
    return _by_description(AttendanceShift, source, number)


def _by_description(model: type[msgspec.Struct], source: random.Random, number: int) -> Json:
    fields = msgspec.structs.fields(model)
    record = {field.encode_name: _value(documented_type(field.type), source) for field in fields}
    return {**record, "id": str(4_000_000 + number)}


def _value(kind: Any, source: random.Random) -> Any:
    options = [one for one in (typing.get_args(kind) or (kind,)) if one is not type(None)]
    makers: dict[Any, Callable[[random.Random], Any]] = {
        str: lambda source: TEXT[: source.randrange(5, 40)],
        int: lambda source: source.randrange(10_000),
        bool: lambda source: source.random() < 0.5,
        dt.date: _day,
        dt.datetime: _moment,
        ClockTime: lambda source: f"{source.randrange(24):02}:{source.randrange(60):02}",
    }
    return next((makers[one](source) for one in reversed(options) if one in makers), None)


def records(make: Make, count: int) -> list[Json]:
    """Make that many records of one kind."""
    source = random.Random(count)  # noqa: S311
    return [make(source, number) for number in range(count)]


def with_int_ids(record: Json) -> Json:
    """Spell the ids of a record as versions up to 2026-04-01 do."""
    return {name: _as_int(value) if name.endswith(("id", "_ids")) else value for name, value in record.items()}


def pages_of(items: list[Json], size: int = PAGE) -> list[bytes]:
    """Cut records into answers; the cursor of a page is the number of records up to its end."""
    return [_page(items[start : start + size], start, len(items), size) for start in range(0, len(items), size)]


def to_bytes(content: object) -> bytes:
    """Spell JSON as the API does: without spaces, text as UTF-8."""
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()


def _page(items: list[Json], start: int, total: int, size: int) -> bytes:
    end = start + len(items)
    meta = {
        "limit": size,
        "total": total,
        "has_next_page": end < total,
        "has_previous_page": start > 0,
        "start_cursor": str(start),
        "end_cursor": str(end),
    }
    return to_bytes({"data": items, "meta": meta})


def _as_int(value: object) -> object:
    if isinstance(value, list):
        return [_as_int(item) for item in value]
    return int(value) if isinstance(value, str) else value


def _ids(source: random.Random, most: int) -> list[str]:
    return [str(source.randrange(1_000_000)) for _ in range(source.randrange(most))]


def _day(source: random.Random) -> str:
    return f"2026-{source.randrange(1, 13):02}-{source.randrange(1, 29):02}"


def _moment(source: random.Random) -> str:
    return f"{_day(source)}T{source.randrange(24):02}:{source.randrange(0, 60, 15):02}:00.000Z"
