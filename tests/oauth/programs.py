"""What the tests run in other processes."""

from __future__ import annotations

import os
import signal
import sys
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path
from typing import Any

import anyio

import factorialhr
import factorialhr.sync
from factorialhr._auth.flows import RefreshTokenAuth
from factorialhr._auth.stores import FileTokenStore, SqliteTokenStore
from tests.oauth.server import APP

STORES: dict[str, Any] = {"file": FileTokenStore, "sqlite": SqliteTokenStore}


def call(half: str, url: str, kind: str, path: Path, barrier: Barrier, calls: int) -> None:
    """Make some calls with the pair in the store, when all processes are there."""
    auth = RefreshTokenAuth(base_url=url, store=STORES[kind](path), **APP)
    if half == "sync":
        with factorialhr.sync.ApiClient(url, auth=auth) as api:
            barrier.wait(20)
            for _ in range(calls):
                api.request("POST", "trainings/sessions", data={})
        return

    async def main() -> None:
        async with factorialhr.ApiClient(url, auth=auth) as api, anyio.create_task_group() as group:
            barrier.wait(20)
            for _ in range(calls):
                group.start_soon(lambda: api.request("POST", "trainings/sessions", data={}))

    anyio.run(main)


def die_with_the_lock(kind: str, path: Path) -> None:
    """Take the lock, and be killed."""
    if STORES[kind](path).try_lock() is None:
        sys.exit(1)
    os.kill(os.getpid(), signal.SIGKILL)


def hold_the_lock(kind: str, path: Path, taken: Event, enough: Event) -> None:
    """Take the lock, and give it back when told to."""
    release = STORES[kind](path).try_lock()
    if release is None:
        sys.exit(1)
    taken.set()
    enough.wait(20)
    release()
