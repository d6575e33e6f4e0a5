"""Deliveries of webhooks are checked, typed, and show nothing of a person."""

from __future__ import annotations

import codecs
import inspect
import json
import re
from typing import Any

import httpx
import pytest

from factorialhr import ConfigurationError, FactorialError, Team, WebhookError, WebhookEvent, parse_webhook
from factorialhr._webhooks.catalog import EVENTS

EVENT = "teams/team/update"
RECORD = {"id": "7", "name": "name-of-a-person", "company_id": "1"}
BODY = json.dumps(RECORD).encode()
HEADERS = {"X-Factorial-WH-Challenge": "secret", "x-factorial-author-id": "7", "X-Factorial-Author-Type": "employee"}


@pytest.mark.parametrize(
    "body", [BODY, BODY.decode(), bytearray(BODY), memoryview(BODY), codecs.BOM_UTF8 + BODY, "\ufeff" + BODY.decode()]
)
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


class Hidden:
    """A secret as pydantic has them."""

    def get_secret_value(self) -> str:
        return "secret"


@pytest.mark.parametrize("challenge", ["secret", b"secret", "secret\n", Hidden()])
def test_a_secret_may_be_held_in_many_ways(challenge: Any) -> None:
    assert parse_webhook(EVENT, BODY, headers=HEADERS, challenge=challenge).record.id == "7"


@pytest.mark.parametrize("challenge", ["", " ", b"", "\n", b"\xff", 7, ["secret"]])
def test_an_empty_secret_is_no_secret(challenge: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"^challenge (is empty|must be text)"):
        parse_webhook(EVENT, BODY, headers={"X-Factorial-WH-Challenge": str(challenge)}, challenge=challenge)


AS_FRAMEWORKS_HAVE_THEM: dict[str, Any] = {
    "Django's request.headers": {"X-Factorial-Wh-Challenge": "secret", "X-Factorial-Author-Id": "7"},
    "Django's request.META": {
        "HTTP_X_FACTORIAL_WH_CHALLENGE": "secret",
        "HTTP_X_FACTORIAL_AUTHOR_ID": "7",
        "wsgi.input": 1,
    },
    "ASGI": [(b"x-factorial-wh-challenge", b"secret"), (b"x-factorial-author-id", b"7")],
    "pairs as lists": [["X-Factorial-WH-Challenge", "secret"], ["x-factorial-author-id", "7"]],
    "httpx": httpx.Headers({"X-Factorial-WH-Challenge": "secret", "X-Factorial-Author-Id": "7"}),
    "several values": {"x-factorial-wh-challenge": ["secret"], "X-Factorial-Author-Id": ["7", "8"]},
    "a value that is none": {
        "x-factorial-wh-challenge": "secret",
        "x-factorial-author-id": "7",
        "x-factorial-author-type": None,
    },
    "names that are no text": {7: "x", None: "y", "x-factorial-wh-challenge": "secret", "x-factorial-author-id": "7"},
    "a generator": (pair for pair in [("x-factorial-wh-challenge", "secret"), ("x-factorial-author-id", "7")]),
}


@pytest.mark.parametrize("headers", AS_FRAMEWORKS_HAVE_THEM.values(), ids=AS_FRAMEWORKS_HAVE_THEM)
def test_headers_are_taken_as_frameworks_have_them(headers: Any) -> None:
    found = parse_webhook(EVENT, BODY, headers=headers, challenge="secret")
    assert (found.author_id, found.author_type) == ("7", None)


@pytest.mark.parametrize("headers", [None, 7, "x-factorial-wh-challenge: secret", b"x", ["x"]])
def test_what_are_no_headers_is_a_mistake(headers: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"^headers must be a mapping or pairs"):
        parse_webhook(EVENT, BODY, headers=headers, challenge="secret")


def test_a_secret_of_any_letters_comes_as_latin_or_as_utf8() -> None:
    for sent in ("é", "é".encode().decode("latin-1"), "é".encode()):
        headers = {"x-factorial-wh-challenge": sent}
        assert parse_webhook(EVENT, BODY, headers=headers, challenge="é").record.id == "7"


@pytest.mark.parametrize("sent", ["\udcff", "s\x00", "☂", b"\xff", ["\udcff"], 7, {}, [], ()])
def test_a_strangers_header_is_wrong_and_no_more(sent: Any) -> None:
    with pytest.raises(WebhookError, match="missing or wrong"):
        parse_webhook(EVENT, BODY, headers={"x-factorial-wh-challenge": sent}, challenge="secret")


@pytest.mark.parametrize("event", [None, 7, [EVENT], {}, b"teams/team/update", "x" * 10_000])
def test_an_event_that_is_none_is_unknown(event: Any) -> None:
    with pytest.raises(WebhookError, match=r"^unknown event") as caught:
        parse_webhook(event, BODY, headers=HEADERS, challenge="secret")
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("body", ["\ud800", "\x00", b"\x00", "[" * 10**5, b"\xff\xfe", b"7", b"true"])
def test_a_strangers_body_is_no_record_and_no_more(body: Any) -> None:
    with pytest.raises(WebhookError, match="the body is not a JSON object"):
        parse_webhook(EVENT, body, headers=HEADERS, challenge="secret")


@pytest.mark.parametrize(
    "body",
    [b'{"id":"7","name":NaN}', b'{"id":"7","name":"\xff"}', b'{"id":"7","name":1e999}', '{"id":"7","name":"\ud83d"}'],
)
def test_an_odd_value_costs_its_field(body: Any) -> None:
    found = parse_webhook(EVENT, body, headers=HEADERS, challenge="secret")
    assert found.record.id == "7"
    assert [issue.field for issue in found.issues if issue.found != "missing"] == ["name"]


@pytest.mark.parametrize("body", [None, {"id": "7"}, object(), 7])
def test_a_body_that_was_not_read_is_a_mistake(body: Any) -> None:
    with pytest.raises(
        ConfigurationError, match=r"^body must be the bytes or the text .* request\.get_data\(\) in Flask"
    ):
        parse_webhook(EVENT, body, headers=HEADERS, challenge="secret")


def test_the_documented_example_is_an_event() -> None:
    about = inspect.getsource(WebhookEvent)
    assert re.findall(r'``"([a-z_]+/[a-z_]+/[a-z_]+)"``', about)[0] in EVENTS
