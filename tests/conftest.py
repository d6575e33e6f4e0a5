"""Fixtures of all tests."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator

import anyio
import anyio.lowlevel
import pytest

from factorialhr._pace.memory import TokenBucket
from factorialhr._system import twins


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The session ``campaigns`` asks for everything that fuzzes, in either half, by one marker."""
    for item in items:
        if "fuzz" in item.nodeid.partition("::")[0]:
            item.add_marker(pytest.mark.fuzz)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Both halves wait for nothing; the seconds they asked for are kept here, and pass on the limiter's clock."""
    waited: list[float] = []

    async def asleep(seconds: float) -> None:
        waited.append(seconds)
        await anyio.lowlevel.checkpoint()  # somebody else may hold what is waited for

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        time.sleep(0)

    monkeypatch.setattr(twins, "asleep", asleep)
    monkeypatch.setattr(twins, "sleep", sleep)
    monkeypatch.setitem(TokenBucket.__init__.__kwdefaults__, "clock", lambda: sum(waited))
    return waited


@pytest.fixture
def without_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own proxies are none of the tests' business."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


# What the tests send and get all the time: the credential of ``clients.client`` and the name in ``answers.session``.
PLANTED = ("credential-of-the-tests", "First aid")
LOGGERS = ("", "asyncio", "factorialhr", "httpcore", "httpx")


class _Keeper(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name}: {record.getMessage()}")


@pytest.fixture(autouse=True)
def _nothing_personal_is_logged(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test of the suite is a test of this, too: at any level, of any logger."""
    if "canaries" in request.node.nodeid:  # they watch for themselves, and plant more
        yield
        return
    keeper, loggers = _Keeper(), [logging.getLogger(name) for name in LOGGERS]
    levels = [logger.level for logger in loggers]
    logging.getLogger().addHandler(keeper)
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(keeper)
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
    assert [line for line in keeper.lines if any(planted in line for planted in PLANTED)] == []
