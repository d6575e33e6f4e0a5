"""The main job against a Factorial of its own: list, create, update, walk pages; async, then blocking.

    python examples/quickstart.py

Nothing leaves this machine: the sandbox is a Factorial API on loopback with an invented company.
"""

from __future__ import annotations

import asyncio
from collections import Counter

import factorialhr
import factorialhr.sync
from factorialhr.testing import Sandbox


async def asynchronous(url: str, api_key: str) -> None:
    """Trainings, their sessions and who attends, with a session created and moved on the way."""
    auth = factorialhr.ApiKeyAuth(api_key)
    async with factorialhr.ApiClient(url, auth=auth) as api:
        trainings = await api.trainings.trainings.all()
        sessions = await api.trainings.sessions.all()
        attendances = await api.trainings.session_attendances.all()
        print(f"{len(trainings)} trainings, {len(sessions)} sessions, {len(attendances)} attendances")
        by_training = Counter(session.training_id for session in sessions)
        for training in trainings.data()[:3]:
            print(f"  {training.name} ({training.status}): {by_training[training.id]} sessions")

        first = trainings.data()[0]
        session = await api.trainings.sessions.create(
            {"name": "Refresher", "training_id": first.id, "modality": "online"}
        )
        print(f"created session {session.id}: {session.name}, {session.modality}")
        session = await api.trainings.sessions.update(session.id, {"name": "Refresher, part two"})
        print(f"updated session {session.id}: {session.name}")
        for mine in (await api.trainings.sessions.get(ids=[session.id])).data():
            print(f"read back: {mine.name}, training {mine.training_id}")

        async for page in api.performance.review_processes.pages(limit=3):
            names = ", ".join(process.name or "unnamed" for process in page)
            print(f"  a page of reviews: {names}")
            if page.meta.end_cursor is None or not page.meta.has_next_page:
                print(f"  {page.meta.total} review processes in all")


def blocking(url: str, api_key: str) -> None:
    """The same names without async and await."""
    auth = factorialhr.sync.ApiKeyAuth(api_key)
    with factorialhr.sync.ApiClient(url, auth=auth) as api:
        print(f"{len(api.trainings.trainings.all())} trainings, {len(api.trainings.sessions.all())} sessions")
        finished = [agreement for agreement in api.performance.agreements.iter() if agreement.status == "signed"]
        print(f"{len(finished)} signed agreements")
        try:
            api.trainings.sessions.get_by_id("no-such-session")
        except factorialhr.sync.NotFoundError as error:
            print(f"as expected: {error}")


def main() -> None:
    with Sandbox.company(employees=40, seed=7) as sandbox:
        print("async")
        asyncio.run(asynchronous(sandbox.url, sandbox.api_key))
        print("blocking")
        blocking(sandbox.url, sandbox.api_key)


if __name__ == "__main__":
    main()
