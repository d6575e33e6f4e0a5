"""Deliveries of webhooks are checked, typed, and show nothing of a person."""

from __future__ import annotations

import json
from typing import Any

import pytest

from factorialhr import FactorialError, Team, WebhookError, parse_webhook

EVENT = "teams/team/update"
RECORD = {"id": "7", "name": "name-of-a-person", "company_id": "1"}
BODY = json.dumps(RECORD).encode()
HEADERS = {"X-Factorial-WH-Challenge": "secret", "x-factorial-author-id": "7", "X-Factorial-Author-Type": "employee"}


@pytest.mark.parametrize("body", [BODY, BODY.decode()])
def test_a_delivery_is_typed(body: Any) -> None:
    found = parse_webhook(EVENT, body, headers=HEADERS, challenge="secret")
    assert type(found.record) is Team
    assert (found.type, found.record.id) == (EVENT, "7")
    assert (found.author_id, found.author_type, found.issues) == ("7", "employee", ())
    assert repr(found) == f"WebhookEvent(type={EVENT!r}, record=Team(id='7'))"


def test_a_delivery_without_an_author_has_none() -> None:
    found = parse_webhook(EVENT, BODY, headers={}, challenge=None)
    assert (found.author_id, found.author_type) == (None, None)


def test_a_delivery_that_disagrees_keeps_what_came() -> None:
    found = parse_webhook(EVENT, json.dumps({**RECORD, "name": 5}), headers=HEADERS, challenge="secret")
    assert found.record.name == 5
    assert [(issue.field, issue.found) for issue in found.issues] == [("name", "integer")]


@pytest.mark.parametrize("headers", [{}, {"x-factorial-wh-challenge": ""}, {"x-factorial-wh-challenge": "Secret"}])
def test_a_delivery_from_elsewhere_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(WebhookError, match="x-factorial-wh-challenge is missing or wrong") as caught:
        parse_webhook(EVENT, BODY, headers=headers, challenge="secret")
    assert "secret" not in str(caught.value).lower().replace("challenge", "")
    assert isinstance(caught.value, FactorialError)


def test_a_challenge_of_any_letters_is_compared() -> None:
    assert parse_webhook(EVENT, BODY, headers={"x-factorial-wh-challenge": "é"}, challenge="é").record.id == "7"


def test_an_unknown_event_is_refused() -> None:
    with pytest.raises(WebhookError, match="unknown event 'a/b/c'; known are domain/resource/action names"):
        parse_webhook("a/b/c", BODY, headers=HEADERS, challenge="secret")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"null", b'{"id": ', b"\xff", b'"name-of-a-person"', b"[" * 10**5]
)
def test_a_body_that_is_no_record_is_refused(body: bytes) -> None:
    with pytest.raises(WebhookError, match="the body is not a JSON object") as caught:
        parse_webhook(EVENT, body, headers=HEADERS, challenge="secret")
    assert "name-of-a-person" not in str(caught.value)
