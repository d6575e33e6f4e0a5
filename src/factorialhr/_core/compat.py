"""The few names with two meanings: the async half imports the first of each pair, the mirror the second."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from threading import BoundedSemaphore as Semaphore
from time import sleep
from typing import TypeAlias

import httpx
from anyio import Semaphore as ASemaphore
from anyio import sleep as asleep

ASender: TypeAlias = Callable[[httpx.Request], Awaitable[httpx.Response]]
Sender: TypeAlias = Callable[[httpx.Request], httpx.Response]

__all__ = ["ASemaphore", "ASender", "Semaphore", "Sender", "asleep", "sleep"]
