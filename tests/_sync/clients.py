from __future__ import annotations

from typing import Any

import httpx

from tests.halves import factorialhr_sync as sdk

CREDENTIAL = "credential-of-the-tests"


def client(transport: httpx.MockTransport, **settings: Any) -> sdk.ApiClient:
    """A client over scripted answers."""
    return sdk.ApiClient(auth=sdk.ApiKeyAuth(CREDENTIAL), transport=transport, **settings)
