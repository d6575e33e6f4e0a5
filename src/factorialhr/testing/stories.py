"""What makes an invented company hang together: records of the main lists agree with one another."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from factorialhr.testing import words
from factorialhr.testing._tables.index import COLLECTIONS
from factorialhr.testing.company import Company
from factorialhr.testing.description import common_fields, unshown_fields
from factorialhr.testing.dice import dice
from factorialhr.testing.references import EMPLOYEES

if TYPE_CHECKING:
    from random import Random

Record: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Chapter:
    """One record, and what there is to tell it from."""

    company: Company
    number: int
    """Position in its list, counted from zero."""
    record: Record
    random: Random

    def day(self, days: int) -> str:
        """A day before or after the company's today."""
        return (self.company.today + dt.timedelta(days=days)).isoformat()

    def nth(self, path: str, number: int) -> int | None:
        """The id of a position in another list, counted around its end."""
        ids = self.company.ids(path)
        return ids[number % len(ids)] if ids else None


Story: TypeAlias = Callable[[Chapter], None]

PERIODS = (
    ("starts_at", "ends_at"),
    ("start_at", "end_at"),
    ("starts_on", "ends_on"),
    ("start_on", "finish_on"),
    ("start_on", "end_on"),
    ("start_date", "end_date"),
    ("created_at", "updated_at"),
)
"""Pairs of fields of which the second is never earlier."""
LEAVE_DAYS = (1, 2, 3, 5, 10)


def records_of(company: Company, path: str) -> Iterator[Record]:
    """The records that a list starts with, each field of each version filled."""
    model = COLLECTIONS[path]
    for number, key in enumerate(company.ids(path)):
        inventor = company.inventor(path, number)
        record: Record = {"id": key}
        for field in common_fields(model).values():
            if field.name != "id":
                record[field.name] = inventor.value(field.name, field.type)
        record.update({name: inventor.value(name, "date-time") for name in unshown_fields(path)})
        tell(company, path, number, record)
        yield record


def tell(company: Company, path: str, number: int, record: Record) -> None:
    """Make one record agree with itself and with the records it points to."""
    story = STORIES.get(path)
    for field in ("parent_id", "parent_team_id", "parent_folder_id", "parent_category_id"):
        if field in record:
            record[field] = None  # a list that starts flat has no loops
    _name_the_person(company, path, number, record)
    if story is not None:
        story(Chapter(company, number, record, dice(company.seed, "story", path, number)))
    for first, second in PERIODS:
        earlier, later = record.get(first), record.get(second)
        if isinstance(earlier, str) and isinstance(later, str) and earlier > later:
            record[first], record[second] = later, earlier
    if "company_id" in record:
        record["company_id"] = company.id


def _name_the_person(company: Company, path: str, number: int, record: Record) -> None:
    """One employee per record, in turn, with his or her own names and access."""
    if "employee_id" not in record and "access_id" not in record:
        return
    person = company.person(number if path != "attendance/shifts" else number // 5)
    record.update(
        {name: value for name, value in person_fields(person.__dict__, person.full_name).items() if name in record}
    )


def person_fields(person: Record, full_name: str) -> Record:
    """The fields that repeat who a person is."""
    return {
        "employee_id": person["employee_id"],
        "access_id": person["access_id"],
        "first_name": person["first_name"],
        "last_name": person["last_name"],
        "full_name": full_name,
        "employee_first_name": person["first_name"],
        "employee_last_name": person["last_name"],
        "employee_full_name": full_name,
        "employee_name": full_name,
    }


def _employee(one: Chapter) -> None:
    person = one.company.person(one.number)
    city, state, postal_code, country, *_ = words.CITIES[one.number % 2]
    born = one.company.today - dt.timedelta(days=one.random.randint(23 * 365, 60 * 365))
    one.record.update(
        id=person.employee_id,
        access_id=person.access_id,
        first_name=person.first_name,
        last_name=person.last_name,
        full_name=person.full_name,
        preferred_name=person.first_name,
        birth_name=person.last_name,
        email=person.email,
        login_email=person.email,
        communications_email=person.email,
        unconfirmed_communications_email=None,
        personal_email=person.email.replace("@example.com", "@mail.example.com"),
        birthday_on=born.isoformat(),
        age_number=(one.company.today - born).days * 100 // 36525,
        city=city,
        state=state,
        postal_code=postal_code,
        country=country,
        nationality=country,
        company_identifier=f"E{one.number + 1:04d}",
        manager_id=None if one.number == 0 else one.company.person((one.number - 1) // 5).employee_id,
        timeoff_manager_id=None if one.number == 0 else one.company.person((one.number - 1) // 5).employee_id,
        location_id=one.nth("locations/locations", one.number),
        legal_entity_id=one.nth("companies/legal_entities", 0),
        active=True,
        attendable=True,
        is_terminating=False,
        terminated_on=None,
        termination_reason=None,
        termination_observations=None,
        termination_reason_type=None,
        termination_type_description=None,
    )


def _members(company: Company, number: int) -> list[int]:
    teams = company.count("teams/teams")
    return [company.person(other).employee_id for other in range(number, company.employees, teams)]


def _team(one: Chapter) -> None:
    members = _members(one.company, one.number)
    one.record.update(name=words.TEAMS[one.number], employee_ids=members, lead_ids=members[:1], depth=0)


def _membership(one: Chapter) -> None:
    teams = one.company.count("teams/teams")
    one.record.update(
        team_id=one.nth("teams/teams", one.number),
        lead=one.number < teams,
        direct=True,
        parent_team_ids=[],
        source_team_ids=[],
    )


def _location(one: Chapter) -> None:
    city, state, postal_code, country, timezone, latitude, longitude = words.CITIES[one.number % len(words.CITIES)]
    one.record.update(
        name=f"{city} office",
        city=city,
        state=state,
        postal_code=postal_code,
        country=country,
        timezone=timezone,
        latitude=latitude,
        longitude=longitude,
        main=one.number == 0,
    )


def _legal_entity(one: Chapter) -> None:
    one.record.update(
        legal_name="Example Company S.L.", country="es", currency="EUR", city="Barcelona", tin="B00000000"
    )


def _contract_version(one: Chapter) -> None:
    since = one.day(-one.random.randint(90, 1500))
    one.record.update(
        effective_on=since,
        starts_on=since,
        ends_on=None,
        salary_frequency="yearly",
        working_hours=4000,
        working_hours_frequency="week",
        country="es",
        job_title=words.JOBS[one.number % len(words.JOBS)],
    )


def _shift(one: Chapter) -> None:
    person, back = one.company.person(one.number // 5), one.number % 5
    day = one.company.today - dt.timedelta(days=one.company.today.weekday() + 7 - back)
    start = one.random.choice((0, 15, 30))
    minutes = one.random.choice((420, 450, 480))
    end = 9 * 60 + start + minutes
    one.record.update(
        employee_id=person.employee_id,
        date=day.isoformat(),
        reference_date=day.isoformat(),
        clock_in=f"09:{start:02d}",
        clock_in_with_seconds=f"09:{start:02d}:00",
        clock_out=f"{end // 60:02d}:{end % 60:02d}",
        minutes=minutes,
        half_day=None,
        time_settings_break_configuration_id=None,
        workable=True,
        created_at=f"{day}T09:{start:02d}:00.000Z",
        updated_at=f"{day}T{end // 60:02d}:{end % 60:02d}:00.000Z",
    )


def _day_of_one_employee(one: Chapter) -> None:
    day = one.day(-1)
    one.record.update(date=day, id=f"{one.record['employee_id']}_{day}")


def _leave_type(one: Chapter) -> None:
    name, identifier, approval = words.LEAVE_TYPES[one.number]
    one.record.update(name=name, translated_name=name, identifier=identifier, approval_required=approval, active=True)


def _leave(one: Chapter) -> None:
    kind = one.random.randrange(one.company.count("timeoff/leave_types"))
    begins, days = one.random.randint(-200, 90), one.random.choice(LEAVE_DAYS)
    one.record.update(
        leave_type_id=one.nth("timeoff/leave_types", kind),
        leave_type_name=words.LEAVE_TYPES[kind][1],
        start_on=one.day(begins),
        finish_on=one.day(begins + days - 1),
        days_taken=days,
        approved=one.random.choice((True, True, False, None)),
        half_day=None,
        start_time=None,
        hours_amount_in_cents=None,
        deleted_at=None,
    )


def _allowance_stats(one: Chapter) -> None:
    one.record["id"] = f"{one.record['employee_id']}/{one.record['allowance_id']}/{one.company.today}"
    one.record["year"] = one.company.today.year


def _timeline(one: Chapter) -> None:
    one.record["id"] = one.record["employee_id"]


def _training(one: Chapter) -> None:
    cost = one.random.randint(2, 40) * 50
    one.record.update(
        name=words.TRAININGS[one.number],
        description=f"{words.TRAININGS[one.number]}, for everybody who asks.",
        author_id=one.company.person(0).access_id,
        author_employee_id=one.company.person(0).employee_id,
        category_ids=[one.nth("trainings/categories", one.number)],
        status="active",
        year=one.company.today.year,
        cost=cost,
        cost_decimal=f"{cost}.00",
        total_cost=cost,
        total_cost_decimal=f"{cost}.00",
        subsidized=False,
        subsidized_cost=0,
        subsidized_cost_decimal="0.00",
        number_of_expired_participants=0,
    )


def _training_part(one: Chapter) -> None:
    one.record["training_id"] = one.nth("trainings/trainings", one.number)


def _training_class(one: Chapter) -> None:
    _training_part(one)
    one.record["name"] = f"{words.TRAININGS[one.number]}, group 1"


def _session(one: Chapter) -> None:
    trainings = one.company.count("trainings/trainings")
    _training_part(one)
    day = one.day(one.random.randint(-60, 60))
    attendances = one.company.ids("trainings/session_attendances")
    one.record.update(
        name=f"{words.TRAININGS[one.number % trainings]}, session {one.number // trainings + 1}",
        training_class_id=one.nth("trainings/training_classes", one.number),
        starts_at=f"{day}T09:00:00.000Z",
        ends_at=f"{day}T11:00:00.000Z",
        due_date=day,
        duration="120",
        schedule="scheduled",
        status="active",
        session_attendance_ids=list(attendances[one.number :: one.company.count("trainings/sessions")]),
    )


def _session_part(one: Chapter) -> None:
    one.record["session_id"] = one.nth("trainings/sessions", one.number)


def _attendance(one: Chapter) -> None:
    one.record["session_access_membership_id"] = one.nth("trainings/session_access_memberships", one.number)


def _training_membership(one: Chapter) -> None:
    _training_part(one)
    if one.record["status"] != "completed":
        one.record["training_completed_at"] = None


def _named(names: tuple[str, ...]) -> Story:
    def story(one: Chapter) -> None:
        one.record["name"] = names[one.number % len(names)]

    return story


def _review(one: Chapter) -> None:
    one.record.update(
        name=f"{words.REVIEWS[one.number]} {one.company.today.year}",
        status=("active", "draft", "finished", "scheduled")[one.number],
        archived=False,
        starts_at=f"{one.day(-30)}T08:00:00.000Z",
        ends_at=f"{one.day(30)}T18:00:00.000Z",
    )


def _review_target(one: Chapter) -> None:
    one.record["performance_review_process_id"] = one.nth("performance/review_processes", 0)


def _evaluation(one: Chapter) -> None:
    target = one.number % one.company.employees
    person = one.company.person(target)
    by_oneself = one.number < one.company.employees
    one.record.update(
        performance_review_process_id=one.nth("performance/review_processes", 0),
        review_process_target_id=one.nth("performance/review_process_targets", target),
        target_access_id=person.access_id,
        evaluation_type="self" if by_oneself else "manager",
        reviewer_access_id=person.access_id if by_oneself else one.company.person(max(0, target - 1) // 5).access_id,
    )
    one.record["status"] = "published" if one.record["published"] else "pending"


def _agreement(one: Chapter) -> None:
    one.record.update(
        process_id=one.nth("performance/review_processes", 0),
        target_id=one.nth("performance/review_process_targets", one.number),
        self_evaluation_id=one.nth("performance/review_evaluations", one.number),
        manager_evaluation_id=one.nth("performance/review_evaluations", one.number + one.company.employees),
        signer_id=one.company.person(max(0, one.number - 1) // 5).access_id,
        reviewer_id=one.company.person(max(0, one.number - 1) // 5).employee_id,
    )
    signed = one.record["status"] == "signed"
    one.record["locked"] = signed
    if not signed:
        one.record.update(agreement_signed_at=None, manager_signed_at=None, target_signed_at=None)


def _document(one: Chapter) -> None:
    one.record.update(
        filename=f"document-{one.number + 1}.pdf",
        extension="pdf",
        content_type="application/pdf",
        file_size=None,
        deleted_at=None,
    )


def _credential(one: Chapter) -> None:
    one.record.update(legal_name="Example Company S.L.", name="Example Company S.L.", company_id=one.company.id)


STORIES: dict[str, Story] = {
    EMPLOYEES: _employee,
    "api_public/credentials": _credential,
    "attendance/estimated_times": _day_of_one_employee,
    "attendance/shifts": _shift,
    "attendance/worked_times": _day_of_one_employee,
    "companies/legal_entities": _legal_entity,
    "contracts/contract_versions": _contract_version,
    "contracts/reference_contracts": _contract_version,
    "documents/documents": _document,
    "locations/locations": _location,
    "performance/agreements": _agreement,
    "performance/review_evaluations": _evaluation,
    "performance/review_process_targets": _review_target,
    "performance/review_processes": _review,
    "teams/memberships": _membership,
    "teams/teams": _team,
    "timeoff/allowance_stats": _allowance_stats,
    "timeoff/leave_types": _leave_type,
    "timeoff/leaves": _leave,
    "timeoff/policy_timelines": _timeline,
    "trainings/categories": _named(words.CATEGORIES),
    "trainings/session_access_memberships": _session_part,
    "trainings/session_attendances": _attendance,
    "trainings/sessions": _session,
    "trainings/training_classes": _training_class,
    "trainings/training_memberships": _training_membership,
    "trainings/trainings": _training,
}
