"""What the API answers with, as a test needs it."""

from __future__ import annotations

from typing import Any

import httpx


def session(**changes: Any) -> dict[str, Any]:
    """A session with its required fields; a field that is changed to ``...`` is left out."""
    fields = {"id": "7", "name": "First aid", "training_id": "1", "subsidized": False, **changes}
    return {name: value for name, value in fields.items() if value is not ...}


def shift(**changes: Any) -> dict[str, Any]:
    """A shift with its required fields."""
    return {
        "id": "1",
        "employee_id": "2",
        "company_id": "3",
        "date": "2026-03-01",
        "reference_date": "2026-03-01",
        "created_at": "2026-03-01T09:30:00Z",
        "updated_at": "2026-03-01T09:30:00Z",
        "minutes": 495,
        **changes,
    }


def sessions(*ids: str) -> list[dict[str, Any]]:
    return [session(id=one) for one in ids]


def json(content: object, status: int = 200, **headers: str) -> httpx.Response:
    return httpx.Response(status, json=content, headers={name.replace("_", "-"): h for name, h in headers.items()})


def raw(content: bytes, status: int = 200, content_type: str = "application/json") -> httpx.Response:
    return httpx.Response(status, content=content, headers={"content-type": content_type} if content_type else {})


def page(*ids: str, **meta: Any) -> httpx.Response:
    """A page of sessions; without ``meta`` it is the last one."""
    return json({"data": sessions(*ids), "meta": meta or {"has_next_page": False}})


def page_before(cursor: str | None, *ids: str) -> httpx.Response:
    """A page of sessions that announces a next one."""
    return page(*ids, has_next_page=True, end_cursor=cursor)
