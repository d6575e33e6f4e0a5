"""Which way a request takes."""

from __future__ import annotations

import ssl

import httpx
import pytest

from factorialhr._system import routes
from factorialhr._system.routes import Route, Routes

ADDRESS = httpx.URL("https://api.example.com/api")


def test_who_looks_meanwhile_gets_the_same_route(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line of connections keeps one transport for each route: a second route is a second connection."""
    known = Routes()
    interruptions = iter([True])
    others: list[Route] = []

    def context_for(_: str) -> ssl.SSLContext:
        if next(interruptions, False):
            others.append(known.of(ADDRESS))
        return ssl.create_default_context()

    monkeypatch.setattr(routes, "context_for", context_for)
    assert known.of(ADDRESS) is others[0]
    assert known.of(ADDRESS.join("/other")) is others[0]
    assert known.of(httpx.URL("https://storage.example.com/file")) is not others[0]
