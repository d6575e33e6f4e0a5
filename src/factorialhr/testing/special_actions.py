"""Writes that no rule covers: the clock, subscriptions, download links, employees with a contract."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from factorialhr.testing._tables.index import VERSIONS
from factorialhr.testing.answers import RefusedError
from factorialhr.testing.description import event_model
from factorialhr.testing.shapes import as_list
from factorialhr.testing.state import Stored
from factorialhr.testing.writing import Write, Writer

SpecialAction = Callable[[Writer, Write], "Stored | list[Stored]"]

SUBSCRIPTIONS = "api_public/webhook_subscriptions"
MOST_DOWNLOADS = 100


def _moment(text: Any, writer: Writer) -> tuple[str, str]:
    """Day and clock time, as the company's clocks show them; a zone in the text is not converted."""
    try:
        moment = dt.datetime.fromisoformat(str(text))
    except ValueError:
        moment = dt.datetime.fromisoformat(writer.now())
    return moment.date().isoformat(), f"{moment:%H:%M}"


def _open_shift(write: Write) -> Stored | None:
    employee = str(write.fields.get("employee_id"))
    running = [
        stored
        for stored in write.collection
        if str(stored.fields.get("employee_id")) == employee and stored.fields.get("clock_out") is None
    ]
    return running[-1] if running else None


def _clock_in(writer: Writer, write: Write, moment_field: str = "now", **more: Any) -> Stored:
    if _open_shift(write) is not None:
        raise RefusedError(409, "This employee is clocked in already.", "employee_id")
    day, time = _moment(write.fields.get(moment_field), writer)
    places = {
        "in_location_latitude": write.fields.get("latitude"),
        "in_location_longitude": write.fields.get("longitude"),
        "in_location_accuracy": write.fields.get("accuracy"),
    }
    fields = {
        **write.fields,
        **places,
        "date": day,
        "reference_date": day,
        "clock_in": time,
        "clock_in_with_seconds": f"{time}:00",
        "workable": True,
        **more,
    }
    return writer.create(write, write.collection, fields)


def _clock_out(writer: Writer, write: Write, moment_field: str = "now") -> Stored:
    shift = _open_shift(write)
    if shift is None:
        raise RefusedError(409, "This employee is not clocked in.", "employee_id")
    _, time = _moment(write.fields.get(moment_field), writer)
    return writer.change(
        write, shift, {"clock_out": time, "minutes": _minutes_between(shift.fields.get("clock_in"), time)}
    )


def _minutes_between(start: Any, end: str) -> int:
    try:
        first, last = dt.time.fromisoformat(str(start)), dt.time.fromisoformat(end)
    except ValueError:  # a test may have put in anything
        return 0
    minutes = (last.hour - first.hour) * 60 + last.minute - first.minute
    return minutes % (24 * 60)  # a night shift ends on the next day


def _named(action: SpecialAction, name: str) -> SpecialAction:
    """An action whose webhook carries the action's own name."""

    def named(writer: Writer, write: Write) -> Stored | list[Stored]:
        outcome = action(writer, write)
        for change in write.changes:
            change.action = name
        return outcome

    return named


def _toggle_clock(writer: Writer, write: Write) -> Stored:
    if _open_shift(write) is None:
        return _clock_in(writer, write, "clock_time")
    return _clock_out(writer, write, "clock_time")


def _break_start(writer: Writer, write: Write) -> Stored:
    if _open_shift(write) is not None:
        _clock_out(writer, write)
    return _clock_in(writer, write, workable=False)


def _break_end(writer: Writer, write: Write) -> Stored:
    if _open_shift(write) is not None:
        _clock_out(writer, write)
    return _clock_in(writer, write)


def _subscribe(writer: Writer, write: Write) -> Stored:
    fields = _subscription_fields(write)
    fields = {"enabled": True, "api_version": VERSIONS[-2], **fields}
    return writer.create(write, write.collection, fields)


def _resubscribe(writer: Writer, write: Write) -> Stored:
    return writer.change(write, write.target or writer.addressed(write, None), _subscription_fields(write))


def _subscription_fields(write: Write) -> dict[str, Any]:
    fields = {name: value for name, value in write.fields.items() if value is not None}
    event = fields.get("subscription_type")
    if event is not None and not any(event_model(str(event), version) for version in VERSIONS):
        raise RefusedError(422, "is not a known event", "subscription_type")
    target = fields.get("target_url")
    if target is not None and not str(target).startswith(("http://", "https://")):
        raise RefusedError(422, "is not a URL", "target_url")
    return fields


def _download_urls(writer: Writer, write: Write) -> list[Stored]:
    keys = as_list(write.fields.get("ids") or write.fields.get("document_ids"))
    if not 1 <= len(keys) <= MOST_DOWNLOADS:
        raise RefusedError(422, f"takes 1 to {MOST_DOWNLOADS} ids", "ids")
    documents = writer.state.collection("documents/documents")
    for key in keys:
        if documents.find(key) is None:
            raise RefusedError(400, "There is no document with this id.", "ids", "missing_resource")
    # Links are made for the asking, and kept nowhere.
    return [Stored(str(key), {"id": key, "url": f"{write.base_url}/files/documents/documents/{key}"}) for key in keys]


def _create_with_contract(writer: Writer, write: Write) -> Stored:
    employee = writer.create(write, write.collection, write.fields)
    for change in write.changes:
        change.action = "create_with_contract"
    # The contract's fields carry a prefix here that its record lacks.
    contract = {
        name.removeprefix("contracts_").removeprefix("contract_"): value for name, value in write.fields.items()
    }
    versions = writer.state.collection("contracts/contract_versions")
    writer.create(write, versions, {**contract, "employee_id": employee.fields["id"]})
    return employee


def _create_membership(writer: Writer, write: Write) -> Stored:
    """A person is in a team once: a second creation answers with the first."""
    for stored in write.collection:
        if all(str(stored.fields.get(name)) == str(write.fields.get(name)) for name in ("employee_id", "team_id")):
            return stored
    stored = writer.create(write, write.collection, write.fields)
    _count_members(writer, write)
    return stored


def _change_membership(writer: Writer, write: Write) -> Stored:
    stored = write.target or writer.addressed(write, write.fields.get("id"))
    if write.operation.verb == "DELETE":
        writer.delete(write, stored)
    else:
        writer.change(write, stored, write.fields)
    _count_members(writer, write)
    return stored


def _count_members(writer: Writer, write: Write) -> None:
    """Teams list their members, so that a change of one membership shows there too."""
    for team in writer.state.collection("teams/teams"):
        members = [one.fields for one in write.collection if str(one.fields.get("team_id")) == team.key]
        team.change(
            {
                "employee_ids": [one["employee_id"] for one in members],
                "lead_ids": [one["employee_id"] for one in members if one.get("lead")],
            }
        )


def _invite_to_session(writer: Writer, write: Write) -> list[Stored]:
    """Everyone who is invited to a session gets an attendance, not started yet."""
    people = [("access_id", key) for key in as_list(write.fields.get("access_ids"))]
    people += [("employee_id", key) for key in as_list(write.fields.get("employee_ids"))]
    session = writer.state.collection("trainings/sessions").find(write.fields["session_id"])
    if session is None:
        raise RefusedError(400, "There is no session with this id.", "session_id", "missing_resource")
    attendances = writer.state.collection("trainings/session_attendances")
    invited: list[Stored] = []
    for name, key in people:
        membership = writer.create(write, write.collection, {"session_id": session.fields["id"], name: key})
        who = {name: membership.fields.get(name) for name in ("access_id", "employee_id")}
        attendance = writer.create(
            write, attendances, {**who, "session_access_membership_id": membership.fields["id"], "status": "pending"}
        )
        known = as_list(session.fields.get("session_attendance_ids"))
        session.change({"session_attendance_ids": [*known, attendance.fields["id"]]})
        invited.append(membership)
    return invited


SPECIAL: dict[str, SpecialAction] = {
    "DELETE teams/memberships/{id}": _change_membership,
    "POST api_public/webhook_subscriptions": _subscribe,
    "POST attendance/shifts/break_end": _named(_break_end, "break_end"),
    "POST attendance/shifts/break_start": _named(_break_start, "break_start"),
    "POST attendance/shifts/clock_in": _named(_clock_in, "clock_in"),
    "POST attendance/shifts/clock_out": _named(_clock_out, "clock_out"),
    "POST attendance/shifts/toggle_clock": _named(_toggle_clock, "toggle_clock"),
    "POST documents/download_urls/bulk_create": _download_urls,
    "POST employees/employees/create_with_contract": _create_with_contract,
    "POST teams/memberships": _create_membership,
    "POST teams/memberships/move": _named(_change_membership, "move"),
    "POST trainings/session_access_memberships/bulk_create": _invite_to_session,
    "PUT api_public/webhook_subscriptions/{id}": _resubscribe,
    "PUT teams/memberships/{id}": _change_membership,
}
"""By verb and path, as the description spells them."""
