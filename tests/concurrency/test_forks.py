"""A client made before a fork serves parent and children, each on connections of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.concurrency.programs import CALLS, CHILDREN, HALVES, MOST
from tests.concurrency.server import Server

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
both_halves = pytest.mark.parametrize("half", HALVES)
ROOT = Path(__file__).parents[2]


def run(program: str, half: str, server: Server) -> None:
    """Run one of the programs, and see that nobody spoke on the connection of another."""
    command = [sys.executable, "-W", "error", "-m", "tests.concurrency.programs", program, half, server.url]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    shared = {port: names for port, names in server.spoke.items() if len(names) != 1}
    assert shared == {}


def check_family(server: Server, children: int, calls: int = CALLS) -> None:
    """All were answered, on no more connections each than may be in flight."""
    names = ["parent", *(f"child-{number}" for number in range(children))]
    assert {who for whos in server.spoke.values() for who in whos} == set(names)
    for who in names[1:]:
        assert sum(f"/{who}-" in request.path for request in server.requests) == calls
        assert 1 <= len(server.ports_of(who)) <= MOST
    # Had a child spoken on the parent's, or closed it, the parent would have needed another.
    assert 1 <= len(server.ports_of("parent")) <= MOST


@both_halves
@pytest.mark.parametrize("program", ["prefork", "fork_in_use"])
def test_parent_and_workers_have_connections_of_their_own(program: str, half: str, server: Server) -> None:
    run(program, half, server)
    check_family(server, CHILDREN)


@both_halves
def test_closing_in_a_child_closes_nothing_of_the_parent(half: str, server: Server) -> None:
    run("close_in_child", half, server)
    check_family(server, 1)


@both_halves
def test_children_may_fork_again(half: str, server: Server) -> None:
    run("grandchild", half, server)
    check_family(server, 3, calls=2 * CALLS)


@both_halves
def test_a_multiprocessing_pool_uses_the_client_of_its_parent(half: str, server: Server) -> None:
    run("pool", half, server)
    assert sum("/child-" in request.path for request in server.requests) == CHILDREN * CALLS
    assert len(server.ports_of("parent")) <= MOST


def test_a_child_has_the_slots_that_threads_of_its_parent_held(server: Server) -> None:
    run("busy", "sync", server)
    assert sum("/child-0-" in request.path for request in server.requests) == CALLS
    assert len(server.ports_of("parent")) == MOST


@both_halves
def test_connections_of_the_callers_own_are_refused_in_a_child(half: str, server: Server) -> None:
    run("own_transport", half, server)
    assert {who for whos in server.spoke.values() for who in whos} == {"parent"}
