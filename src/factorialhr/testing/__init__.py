"""A fake Factorial API for your tests: stateful, deterministic, on loopback or in process.

    from factorialhr.testing import Sandbox

``import factorialhr`` loads nothing of this package, and loading the pytest plugin nothing else of it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from factorialhr.testing.answers import Answer
    from factorialhr.testing.errors import SandboxError
    from factorialhr.testing.faults import Drift, Fault, http_date
    from factorialhr.testing.paging import Paging
    from factorialhr.testing.recording import RecordedRequest
    from factorialhr.testing.sandbox import PERSONAL_FIELDS, Sandbox

__all__ = [
    "PERSONAL_FIELDS",
    "Answer",
    "Drift",
    "Fault",
    "Paging",
    "RecordedRequest",
    "Sandbox",
    "SandboxError",
    "http_date",
]

_MODULES = {
    "Answer": "answers",
    "Drift": "faults",
    "Fault": "faults",
    "PERSONAL_FIELDS": "sandbox",
    "Paging": "paging",
    "RecordedRequest": "recording",
    "Sandbox": "sandbox",
    "SandboxError": "errors",
    "http_date": "faults",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
