"""Clients that were never closed: what is said at the end of a program, and in forked children."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

both_halves = pytest.mark.parametrize("package", ["factorialhr", "factorialhr.sync"])

# The transports answer without a socket: an open one would warn of itself.
PROGRAM = """
import asyncio, gc, inspect, os
import httpx
import {package} as sdk

ANSWER = {{"id": "7", "name": "First aid", "training_id": "1", "subsidized": False}}

def answer(self, request):
    return httpx.Response(200, json=ANSWER)

async def answer_later(self, request):
    return httpx.Response(200, json=ANSWER)

httpx.HTTPTransport.handle_request = answer
httpx.AsyncHTTPTransport.handle_async_request = answer_later

async def main(api):
    found = api.trainings.sessions.get_by_id(7)
    return await found if inspect.isawaitable(found) else found

api = sdk.ApiClient(api_key="key")
assert asyncio.run(main(api)).id == "7"
"""
IN_A_CHILD = """
child = os.fork()
if child == 0:
    {use}
    del api
    gc.collect()
    os._exit(0)
os.waitpid(child, 0)
"""


def told(program: str, package: str) -> str:
    command = [sys.executable, "-W", "always::ResourceWarning", "-c", program.format(package=package)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr


@both_halves
def test_at_its_end_the_interpreter_says_nothing(package: str) -> None:
    assert told(PROGRAM, package) == ""


@both_halves
def test_before_its_end_it_does(package: str) -> None:
    assert "ResourceWarning: unclosed ApiClient https://api.factorialhr.com" in told(f"{PROGRAM}\ndel api", package)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@both_halves
@pytest.mark.parametrize("use", ["pass", "asyncio.run(main(api))"])
def test_a_forked_child_says_nothing_and_its_parent_does(use: str, package: str) -> None:
    forked = PROGRAM + IN_A_CHILD.format(use=use)
    assert told(forked, package) == ""
    assert told(f"{forked}\ndel api", package).count("unclosed ApiClient") == 1
