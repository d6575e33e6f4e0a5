"""Processes that share a store: one refreshes, the death of one hurts nobody, and a fork inherits no lock."""

from __future__ import annotations

import datetime as dt
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

import factorialhr.sync
from factorialhr._auth.flows import RefreshTokenAuth
from factorialhr._system.locks import ProcessLock
from tests.oauth import programs
from tests.oauth.server import APP, Loopback, TokenServer, access, pair, refresh
from tests.support import answers

SPAWN = multiprocessing.get_context("spawn")
both_stores = pytest.mark.parametrize("kind", programs.STORES)
forking = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")


@pytest.fixture(autouse=True)
def _direct(without_proxies: None) -> None:
    """Loopback is not to be reached through a proxy."""


def start(target: Callable[..., None], *arguments: Any) -> Any:
    process = SPAWN.Process(target=target, args=arguments)
    process.start()
    return process


def exit_code(process: Any) -> int:
    process.join(30)
    code = process.exitcode
    process.kill()
    return code


@both_stores
@pytest.mark.parametrize("halves", [["sync"] * 4, ["async"] * 4, ["sync", "async"] * 2], ids=["sync", "async", "mixed"])
def test_four_processes_refresh_once(tmp_path: Path, kind: str, halves: list[str]) -> None:
    path = tmp_path / "tokens"
    programs.STORES[kind](path).save(pair(0, dt.datetime.now(dt.UTC)))
    tokens = TokenServer(hold_seconds=0.1)
    barrier = SPAWN.Barrier(4)
    with Loopback(tokens) as loopback:
        processes = [start(programs.call, half, loopback.url, kind, path, barrier, 5) for half in halves]
        assert [exit_code(process) for process in processes] == [0] * 4
    assert (tokens.refreshes, tokens.mistakes) == (1, 0)
    assert tokens.api_requests == [("POST", access(1), 200)] * 20


@both_stores
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_the_lock_of_a_killed_process_is_free(tmp_path: Path, kind: str) -> None:
    store = programs.STORES[kind](tmp_path / "tokens")
    store.save(pair(0))
    assert exit_code(start(programs.die_with_the_lock, kind, tmp_path / "tokens")) == -signal.SIGKILL
    release = store.try_lock()
    assert release is not None
    release()
    assert store.load() == pair(0)


@both_stores
def test_the_lock_of_a_living_process_is_held(tmp_path: Path, kind: str) -> None:
    store = programs.STORES[kind](tmp_path / "tokens")
    taken, enough = SPAWN.Event(), SPAWN.Event()
    process = start(programs.hold_the_lock, kind, tmp_path / "tokens", taken, enough)
    assert taken.wait(20)
    assert store.try_lock() is None
    enough.set()
    assert exit_code(process) == 0
    release = store.try_lock()
    assert release is not None
    release()


def in_child(function: Callable[[], object]) -> bool:
    """Whether a forked child finds it true."""
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if function() else 1)
        finally:
            os._exit(2)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@forking
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_child_finds_locks_of_its_process_open() -> None:
    lock = ProcessLock()
    release = lock.try_lock()
    assert release is not None

    def free_and_not_freed_by_the_parents_release() -> bool:
        mine = lock.try_lock()
        release()
        return mine is not None and lock.try_lock() is None

    assert in_child(free_and_not_freed_by_the_parents_release)
    assert lock.try_lock() is None
    release()
    assert lock.try_lock() is not None


@forking
@both_stores
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_child_neither_has_nor_frees_the_stores_lock_of_its_parent(tmp_path: Path, kind: str) -> None:
    store = programs.STORES[kind](tmp_path / "tokens")
    store.save(pair(0))
    release = store.try_lock()
    assert release is not None

    def held_by_the_parent_whatever_the_child_does() -> bool:
        release()
        return store.load() == pair(0) and store.try_lock() is None

    assert in_child(held_by_the_parent_whatever_the_child_does)
    assert programs.STORES[kind](tmp_path / "tokens").try_lock() is None
    store.save(pair(1))
    release()
    assert in_child(lambda: store.load() == pair(1) and store.try_lock() is not None)


@forking
@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not fork")
def test_a_child_does_not_keep_the_lock_of_a_parent_that_died(tmp_path: Path) -> None:
    program = f"""
import os, sys, time
from factorialhr._auth.stores import FileTokenStore
FileTokenStore({str(tmp_path / "tokens")!r}).try_lock()
if os.fork() == 0:
    print("forked", flush=True)
    os.close(1)
    sys.stdin.read()
    os._exit(0)
sys.stdin.readline()
os.kill(os.getpid(), 9)
"""
    process = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"forked\n"
        store = programs.FileTokenStore(tmp_path / "tokens")
        assert store.try_lock() is None
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)
        release = store.try_lock()
    assert release is not None
    release()


@forking
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_child_forked_in_the_middle_of_a_refresh_is_not_stuck(tmp_path: Path) -> None:
    tokens = TokenServer()
    asked, forked = threading.Event(), threading.Event()

    def hold(_: httpx.Request) -> httpx.Response | None:
        asked.set()
        return None if forked.wait(20) else answers.json({}, 500)

    tokens.on_token = hold
    auth = RefreshTokenAuth(
        access(0), refresh(0), store=programs.FileTokenStore(tmp_path / "t"), expires_at=dt.datetime.now(dt.UTC), **APP
    )

    def call() -> None:
        transport = httpx.MockTransport(tokens.answer)
        with factorialhr.sync.ApiClient(auth=auth, transport=transport) as api:
            api.request("GET", "trainings/sessions/7")

    thread = threading.Thread(target=call)
    thread.start()
    assert asked.wait(20)
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            # The child waits for its parent's refresh at the store, not for a thread that it does not have.
            os.write(write_end, b"go")
            tokens.on_token = lambda _: answers.json({"error": "invalid_grant"}, 400)
            tokens._mutex = threading.Lock()
            tokens.newest = 1
            call()
            os._exit(0 if tokens.refreshes == 1 and tokens.api_requests[-1][1] == access(1) else 1)
        finally:
            os._exit(2)
    assert os.read(read_end, 2) == b"go"
    os.close(read_end)
    os.close(write_end)
    forked.set()
    thread.join(20)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert tokens.refreshes == 1
