"""The few names with two meanings: the async half imports the first of each pair, the mirror the second."""

from __future__ import annotations

from threading import BoundedSemaphore as Semaphore
from time import sleep

from anyio import Semaphore as ASemaphore
from anyio import sleep as asleep

__all__ = ["ASemaphore", "Semaphore", "asleep", "sleep"]
