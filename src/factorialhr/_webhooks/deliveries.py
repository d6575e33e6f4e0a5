"""Deliveries of webhooks: check where they come from, and type what they carry.

The API delivers a record without an envelope: which event it is must be known from the address it was
delivered to, so give each subscription a URL of its own. Expect a delivery more than once and in any
order; after 20 failed attempts in 48 hours the API switches the subscription off.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from factorialhr._core.decoding import decode_tolerantly
from factorialhr._core.errors import WebhookError
from factorialhr._core.issues import DecodeIssue
from factorialhr._core.narrowing import is_object
from factorialhr._core.plain import NOT_JSON
from factorialhr._core.records import Record
from factorialhr._webhooks.catalog import EVENTS

if TYPE_CHECKING:
    from factorialhr.params.events import WebhookEventType

CHALLENGE_HEADER = "x-factorial-wh-challenge"
AUTHOR_ID_HEADER = "x-factorial-author-id"
AUTHOR_TYPE_HEADER = "x-factorial-author-type"


class WebhookEvent(NamedTuple):
    """One delivery."""

    type: str
    """``domain/resource/action``, as in ``"trainings/session/create"``."""
    record: Record
    """The record after the change; its class is the model of the event's resource."""
    author_id: str | None
    """Who made the change; ``None`` where that is not visible to the subscriber."""
    author_type: str | None
    """``employee`` or ``company``."""
    issues: tuple[DecodeIssue, ...]
    """Where the payload disagreed with the description; those fields hold what came."""

    def __repr__(self) -> str:
        return f"WebhookEvent(type={self.type!r}, record={self.record!r})"


def parse_webhook(
    event: WebhookEventType,
    body: bytes | str,
    *,
    headers: Mapping[str, str],
    challenge: str | None,
) -> WebhookEvent:
    """Check and type one delivery.

    Args:
        event: What the address it came to was subscribed to.
        body: The request's body as it came.
        headers: The request's headers, in any case.
        challenge: The secret that the subscription was made with; ``None`` where it was made without,
            and then anybody may have sent this.

    Raises:
        WebhookError: The challenge is missing or wrong, the event is unknown, or the body is no record.
    """
    found = EVENTS.get(event)
    if found is None:
        raise WebhookError(f"unknown event {event!r}; known are domain/resource/action names such as {min(EVENTS)!r}")
    received = {name.lower(): value for name, value in headers.items()}
    if challenge is not None and not _same_secret(received.get(CHALLENGE_HEADER), challenge):
        raise WebhookError(f"{event}: the header {CHALLENGE_HEADER} is missing or wrong: not sent by this subscription")
    try:
        content: object = msgspec.json.decode(body)
    except NOT_JSON:
        content = None
    if not is_object(content):
        raise WebhookError(f"{event}: the body is not a JSON object")
    record, issues = decode_tolerantly(_model(*found), content)
    return WebhookEvent(event, record, received.get(AUTHOR_ID_HEADER), received.get(AUTHOR_TYPE_HEADER), issues)


def _model(module: str, name: str) -> type[Record]:
    # The models of one domain are loaded, not those of all events.
    model: type[Record] = getattr(import_module(f"factorialhr.models.{module}"), name)
    return model


def _same_secret(received: str | None, expected: str) -> bool:
    return received is not None and hmac.compare_digest(received.encode(), expected.encode())
