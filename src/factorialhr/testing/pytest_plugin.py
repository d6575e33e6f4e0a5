"""Fixtures for tests of programs that talk to Factorial; load them in your ``conftest.py``:

    pytest_plugins = ["factorialhr.testing.pytest_plugin"]

Every test gets a sandbox of its own. To choose its company, override ``factorialhr_sandbox``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import factorialhr
    import factorialhr.sync
    from factorialhr.testing import Sandbox


@pytest.fixture
def factorialhr_sandbox() -> Iterator[Sandbox]:
    """A sandbox with 12 employees; it listens only if ``url`` is asked for."""
    from factorialhr.testing import Sandbox

    sandbox = Sandbox()
    try:
        yield sandbox
    finally:
        sandbox.close()


@pytest.fixture
def factorialhr_api(factorialhr_sandbox: Sandbox) -> Iterator[factorialhr.sync.ApiClient]:
    """A blocking client of the sandbox, without a socket."""
    from factorialhr.sync import ApiClient, ApiKeyAuth

    with ApiClient(auth=ApiKeyAuth(factorialhr_sandbox.api_key), transport=factorialhr_sandbox.transport) as api:
        yield api


@pytest.fixture
def factorialhr_async_api(factorialhr_sandbox: Sandbox) -> factorialhr.ApiClient:
    """An async client of the sandbox, without a socket and for any event loop: it holds nothing to close."""
    from factorialhr import ApiClient, ApiKeyAuth

    return ApiClient(auth=ApiKeyAuth(factorialhr_sandbox.api_key), transport=factorialhr_sandbox.async_transport)
