"""Mistakes that the type checkers must find; an error that stops coming is an error itself (unused ignore)."""

from __future__ import annotations

import datetime as dt

import factorialhr.sync as factorialhr
from factorialhr.sync import ApiClient, ApiKeyAuth, Session
from factorialhr.sync import SesionsEndpoint as Misspelt  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType]


async def mistakes(api: ApiClient) -> None:
    sessions = api.trainings.sessions

    # filters
    sessions.get(traning_ids=[7])  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    sessions.all(active="yes")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    sessions.get(limit="20")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    sessions.iter(ids=[dt.date(2026, 1, 1)])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    sessions.get(timeout="5")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    sessions.get_by_id(7, search="first aid")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    sessions.get(concurrency=2)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    sessions.all(since=dt.datetime(2026, 3, 1, tzinfo=dt.UTC))  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    sessions.iter(window_days=7)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]

    # bodies
    sessions.create({"name": "Day 1", "training_id": 7, "nmae": "x"})  # type: ignore[typeddict-unknown-key]  # pyright: ignore[reportArgumentType]
    sessions.create({"name": "Day 1"})  # type: ignore[typeddict-item]  # pyright: ignore[reportArgumentType]
    sessions.create({"name": 1, "training_id": 7})  # type: ignore[typeddict-item]  # pyright: ignore[reportArgumentType]
    sessions.create({"name": "Day 1", "training_id": 7, "modality": "telepathic"})  # type: ignore[typeddict-item]  # pyright: ignore[reportArgumentType]
    sessions.create({"name": "Day 1", "training_id": 7, "reminders": [{"nme": 3}]})  # type: ignore[typeddict-item]  # pyright: ignore[reportArgumentType]
    sessions.update(7)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    sessions.update(7, None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]

    # ids and names
    sessions.get_by_id()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    sessions.get_by_id(7.5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    api.trainings.sesions.get()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    api.trainigs.sessions.get()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    print(factorialhr.SesionsEndpoint, Misspelt)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownArgumentType, reportUnknownMemberType]

    # records
    session = sessions.get_by_id(7)
    print(session.title)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownArgumentType, reportUnknownMemberType]
    session.name = "Day 2"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    Session(id=1, name="Day 1", training_id=2)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Session(1, "Day 1", 2, subsidized=False)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]

    # waiting
    await sessions.get_by_id(7)  # type: ignore[misc]  # pyright: ignore[reportGeneralTypeIssues]
    async for record in sessions.iter():  # type: ignore[attr-defined]  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType]
        print(record)  # pyright: ignore[reportUnknownArgumentType]

    # clients
    ApiClient(auth="key")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    ApiClient(ApiKeyAuth("key"), auth=ApiKeyAuth("key"))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    async with ApiClient(auth=ApiKeyAuth("key")) as waiting:  # type: ignore[attr-defined]  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType]
        print(waiting)  # pyright: ignore[reportUnknownArgumentType]
