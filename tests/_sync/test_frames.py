"""Few layers between a call and its transport: a traceback stays short, a request cheap."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests._sync.clients import client
from tests.halves import factorialhr_sync as sdk
from tests.support import answers
from tests.support.frames import our_frames
from tests.support.script import Script


def counting(step: Callable[[], httpx.Response], found: list[list[str]]) -> Callable[[httpx.Request], httpx.Response]:
    def answer(_: httpx.Request) -> httpx.Response:
        found.append(our_frames())
        return step()

    return answer


RECORD: dict[str, Callable[[Any], Any]] = {
    "get_by_id": lambda endpoint: endpoint.get_by_id(7),
    "create": lambda endpoint: endpoint.create({"name": "x"}),
    "update": lambda endpoint: endpoint.update(7, {"name": "x"}),
    "delete": lambda endpoint: endpoint.delete(7),
}


@pytest.mark.parametrize("call", RECORD.values(), ids=RECORD)
def test_a_record_is_two_frames_away(call: Callable[[Any], Any]) -> None:
    found: list[list[str]] = []
    api = client(Script(counting(lambda: answers.json(answers.session()), found)))
    call(api.trainings.sessions)
    assert [len(frames) for frames in found] == [2]


def test_a_page_is_two_frames_away() -> None:
    found: list[list[str]] = []
    client(Script(counting(lambda: answers.page("1"), found))).trainings.sessions.get()
    assert [len(frames) for frames in found] == [2]


def streamed(endpoint: sdk.SessionsEndpoint, method: str) -> None:
    for _ in getattr(endpoint, method)():
        pass


@pytest.mark.parametrize(("method", "most"), [("all", 4), ("iter", 3), ("pages", 3)])
def test_a_page_of_a_walk_is_three_or_four_frames_away(method: str, most: int) -> None:
    found: list[list[str]] = []
    steps = [counting(lambda: answers.page_before("c1", "1"), found), counting(lambda: answers.page("2"), found)]
    endpoint = client(Script(*steps)).trainings.sessions
    if method == "all":
        endpoint.all()
    else:
        streamed(endpoint, method)
    assert len(found) == 2
    assert all(len(frames) <= most for frames in found), found
