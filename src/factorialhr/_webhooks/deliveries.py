"""Deliveries of webhooks: check where they come from, and type what they carry.

The API delivers a record without an envelope: which event it is must be known from the address it was
delivered to, so give each subscription a URL of its own. Expect a delivery more than once and in any
order; after 20 failed attempts in 48 hours the API switches the subscription off.
"""

from __future__ import annotations

import contextlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, cast

from factorialhr._core.decoding import decode_tolerantly
from factorialhr._core.errors import ConfigurationError, WebhookError
from factorialhr._core.issues import DecodeIssue
from factorialhr._core.narrowing import is_collection, is_mapping, is_object
from factorialhr._core.plain import NotJsonError, read_json
from factorialhr._core.records import Record
from factorialhr._core.secrets import Secret, secret_text
from factorialhr._webhooks.catalog import EVENTS

if TYPE_CHECKING:
    from factorialhr.params.events import WebhookEventType

CHALLENGE_HEADER = "x-factorial-wh-challenge"
AUTHOR_ID_HEADER = "x-factorial-author-id"
AUTHOR_TYPE_HEADER = "x-factorial-author-type"
OUR_HEADERS = frozenset({CHALLENGE_HEADER, AUTHOR_ID_HEADER, AUTHOR_TYPE_HEADER})


class WebhookEvent(NamedTuple):
    """One delivery."""

    type: str
    """``domain/resource/action``, as in ``"employees/employee/update"``."""
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


Headers: TypeAlias = Mapping[Any, Any] | Iterable[tuple[Any, Any]]
"""Headers as web frameworks have them: any mapping in any case, the ``environ`` of WSGI, the pairs of ASGI."""


def parse_webhook(
    event: WebhookEventType,
    body: bytes | bytearray | memoryview | str,
    *,
    headers: Headers,
    challenge: Secret | None,
) -> WebhookEvent:
    """Check and type one delivery.

    Args:
        event: What the address it came to was subscribed to.
        body: The request's body as it came. Cloud functions may hand it on in Base64: decode it first.
        headers: The request's headers, in any case: what Django (``request.headers`` or ``request.META``), Flask,
            Starlette, ASGI (pairs of bytes), WSGI (``environ``) and cloud functions have.
        challenge: The secret that the subscription was made with; ``None`` where it was made without,
            and then anybody may have sent this.

    Raises:
        ConfigurationError: The challenge is empty, or an argument is of a type that no request has.
        WebhookError: The challenge is missing or wrong, the event is unknown, or the body is no record.
    """
    expected = None if challenge is None else _checked_secret(challenge)
    found = EVENTS.get(event) if isinstance(event, str) else None
    if found is None:
        named = repr(event[:60]) if isinstance(event, str) else f"of type {type(event).__name__}"
        raise WebhookError(f"unknown event {named}; known are domain/resource/action names such as {min(EVENTS)!r}")
    received = _readable_headers(headers)
    if expected is not None and not _same_secret(received.get(CHALLENGE_HEADER), expected):
        raise WebhookError(f"{event}: the header {CHALLENGE_HEADER} is missing or wrong: not sent by this subscription")
    record, issues = decode_tolerantly(_model(*found), _record_in(body, event))
    return WebhookEvent(event, record, received.get(AUTHOR_ID_HEADER), received.get(AUTHOR_TYPE_HEADER), issues)


def _checked_secret(challenge: object) -> str:
    secret = secret_text(challenge, "challenge")
    if not secret:
        raise ConfigurationError(
            "challenge is empty, and whoever sends the empty header would be let in: pass the secret of the "
            "subscription, or None for one that was made without"
        )
    return secret


def _record_in(body: object, event: str) -> dict[str, object]:
    if isinstance(body, str):
        content = body.encode(errors="surrogatepass")
    elif isinstance(body, bytes | bytearray | memoryview):
        content = bytes(cast("bytes", body))
    else:
        raise ConfigurationError(
            f"body must be the bytes or the text of the request; got {type(body).__name__}: pass request.body in "
            "Django, request.get_data() in Flask, await request.body() in Starlette and FastAPI"
        )
    try:
        record = read_json(content, errors="surrogateescape")
    except NotJsonError:
        record = None
    if not is_object(record):
        raise WebhookError(f"{event}: the body is not a JSON object")
    return record


def _readable_headers(headers: object) -> dict[str, str]:
    """Our headers by their names in lower case; of a header that comes twice, the first counts."""
    pairs = headers.items() if is_mapping(headers) else headers
    if not isinstance(pairs, Iterable) or isinstance(pairs, str | bytes):
        raise ConfigurationError(f"headers must be a mapping or pairs of name and value; got {type(headers).__name__}")
    found: dict[str, str] = {}
    for pair in cast("Iterable[object]", pairs):
        if not isinstance(pair, tuple | list):
            raise ConfigurationError("headers must be a mapping or pairs of name and value")
        name, value = (*cast("Sequence[object]", pair), None, None)[:2]
        plain = _text(name).lower().replace("_", "-").removeprefix("http-")
        if plain in OUR_HEADERS:
            # Cloud functions have lists of values.
            first = next(iter(value), None) if is_collection(value) else value
            if first is not None:
                found.setdefault(plain, _text(first))
    return found


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value if isinstance(value, str) else ""


def _model(module: str, name: str) -> type[Record]:
    # The models of one domain are loaded, not those of all events.
    model: type[Record] = getattr(import_module(f"factorialhr.models.{module}"), name)
    return model


def _same_secret(received: str | None, expected: str) -> bool:
    """Whether the header holds the secret; servers hand on its bytes as Latin-1, or as UTF-8."""
    if received is None:
        return False
    spellings = [received.encode(errors="surrogatepass")]
    with contextlib.suppress(UnicodeEncodeError):
        spellings.append(received.encode("latin-1"))
    return any(hmac.compare_digest(one, expected.encode(errors="surrogatepass")) for one in spellings)
