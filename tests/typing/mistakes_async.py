"""Mistakes that the type checkers must find; an error that stops coming is an error itself (unused ignore)."""

from __future__ import annotations

import datetime as dt

import factorialhr
from factorialhr import ApiClient, ApiKeyAuth, Session
from factorialhr import SesionsEndpoint as Misspelt  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType]


async def mistakes(api: ApiClient) -> None:
    sessions = api.trainings.sessions

    # filters
    await sessions.get(traning_ids=[7])  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    await sessions.all(active="yes")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await sessions.get(limit="20")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    sessions.iter(ids=[dt.date(2026, 1, 1)])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    await sessions.get(timeout="5")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await sessions.get_by_id(7, search="first aid")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    await sessions.get(concurrency=2)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    await sessions.all(since=dt.datetime(2026, 3, 1, tzinfo=dt.UTC))  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    sessions.iter(window_days=7)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]

    # bodies
    await sessions.create({"name": "Day 1", "training_id": 7, "nmae": "x"})  # type: ignore[typeddict-unknown-key]  # pyright: ignore[reportArgumentType]
    await sessions.create({"name": "Day 1"})  # type: ignore[typeddict-item]  # pyright: ignore[reportArgumentType]
    await sessions.create({"name": 1, "training_id": 7})  # type: ignore[typeddict-item]  # pyright: ignore[reportArgumentType]
    await sessions.create({"name": "Day 1", "training_id": 7, "modality": "telepathic"})  # type: ignore[typeddict-item]  # pyright: ignore[reportArgumentType]
    await sessions.create({"name": "Day 1", "training_id": 7, "reminders": [{"nme": 3}]})  # type: ignore[typeddict-item]  # pyright: ignore[reportArgumentType]
    await sessions.update(7)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    await sessions.update(7, None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]

    # ids and names
    await sessions.get_by_id()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    await sessions.get_by_id(7.5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await api.trainings.sesions.get()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    await api.trainigs.sessions.get()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    print(factorialhr.SesionsEndpoint, Misspelt)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownArgumentType, reportUnknownMemberType]

    # records
    session = await sessions.get_by_id(7)
    print(session.title)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownArgumentType, reportUnknownMemberType]
    session.name = "Day 2"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    Session(id=1, name="Day 1", training_id=2)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Session(1, "Day 1", 2, subsidized=False)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]

    # waiting
    sessions.get_by_id(7)  # type: ignore[unused-coroutine]  # pyright: ignore[reportUnusedCoroutine]
    print(sessions.get_by_id(7).name)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownArgumentType, reportUnknownMemberType]
    for record in sessions.iter():  # type: ignore[attr-defined]  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType]
        print(record)  # pyright: ignore[reportUnknownArgumentType]
    await sessions.iter()  # type: ignore[misc]  # pyright: ignore[reportGeneralTypeIssues]

    # clients
    ApiClient(auth="key")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    ApiClient(ApiKeyAuth("key"), auth=ApiKeyAuth("key"))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    with ApiClient(auth=ApiKeyAuth("key")) as blocking:  # type: ignore[attr-defined]  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType]
        print(blocking)  # pyright: ignore[reportUnknownArgumentType]
