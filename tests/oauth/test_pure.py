"""Tokens, states and answers, without anything being sent."""

from __future__ import annotations

import copy
import datetime as dt
import pickle
from typing import Any

import httpx
import pytest

from factorialhr._auth.flows import RefreshTokenAuth, RefreshTokenAuthFile
from factorialhr._auth.oauth import OAuthApp, OAuthError, Token, TokenRefreshError, read_token, scrubbed
from factorialhr._auth.stores import FileTokenStore, MemoryTokenStore, SqliteTokenStore, TokenStoreError
from factorialhr._core.errors import ConfigurationError
from tests.oauth.server import APP, START, access, pair, refresh

REQUEST = OAuthApp(**APP).refresh_request(refresh(0), {})


def test_a_token_shows_no_secret() -> None:
    token = pair(1, START)
    expected = "Token(access_token=***, refresh_token=***, expires_at=2026-11-01T12:00:00+00:00, scope=None)"
    assert repr(token) == str(token) == f"{token}" == expected
    assert "canary" not in repr(token.__rich_repr__())
    assert repr(Token(access_token="x")) == "Token(access_token=***, refresh_token=None, expires_at=None, scope=None)"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"access_token": ""}, "access_token"),
        ({"access_token": "canary two"}, "access_token"),
        ({"access_token": "canary\n"}, "access_token"),
        ({"access_token": "canaryé"}, "access_token"),
        ({"access_token": None}, "access_token"),
        ({"refresh_token": ""}, "refresh_token"),
        ({"refresh_token": 7}, "refresh_token"),
        ({"expires_at": dt.datetime(2026, 1, 1)}, "expires_at"),
        ({"expires_at": 7200}, "expires_at"),
        ({"created_at": "2026"}, "created_at"),
    ],
)
def test_a_token_that_cannot_work_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        Token(**{"access_token": "x", **fields})
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("expires_in", "seconds"),
    [(7200, 7200), (1.5, 1.5), ("7200", 7200), (0, None), (-1, None), ("soon", None), (None, None), ("nan", None)],
)
def test_the_end_is_reckoned_from_now(expires_in: object, seconds: float | None) -> None:
    response = httpx.Response(200, json={"access_token": "x", "expires_in": expires_in, "created_at": 5})
    token = read_token(response, REQUEST, START)
    assert token.expires_at == (None if seconds is None else START + dt.timedelta(seconds=seconds))


@pytest.mark.parametrize("created_at", [None, -1, 1e300, "yesterday", [1]])
def test_a_creation_that_makes_no_sense_is_now(created_at: object) -> None:
    response = httpx.Response(200, json={"access_token": "x", "created_at": created_at})
    assert read_token(response, REQUEST, START).created_at == START


@pytest.mark.parametrize(
    "body",
    [
        b'{"access_token": "canary-x", "refresh_token":"canary-y"}',
        b'{"access_token": "canary-\\"x", "refresh_token" : "canary-y',
        b"access_token=canary-x&refresh_token=canary-y",
        b"<input name='access_token: canary-x'>",
        b"{'access_token': 'canary-x'}",
        b'{"error": "you sent canary-refresh-0 and canary-client-secret"}',
    ],
)
def test_bodies_are_kept_without_secrets(body: bytes) -> None:
    found = scrubbed(body, REQUEST)
    assert b"canary" not in found
    assert b"***" in found


def test_secrets_are_found_in_every_spelling() -> None:
    request = OAuthApp("app", 'c/a+n "é').refresh_request("r r", {})
    body = b'c/a+n "\xc3\xa9 | c%2Fa%2Bn%20%22%C3%A9 | c%2Fa%2Bn+%22%C3%A9 | c/a+n \\"\xc3\xa9 | r r | r+r | r%20r'
    assert scrubbed(body, request) == b"*** | *** | *** | *** | *** | *** | ***"


def test_states_are_new_each_time_and_long_enough() -> None:
    states = {OAuthApp.new_state() for _ in range(100)}
    assert len(states) == 100
    assert min(map(len, states)) >= 43


@pytest.mark.parametrize(
    ("sent", "received"), [("a", "b"), ("a", ""), ("", ""), (None, None), ("a", None), (None, "a"), ("é", "e")]
)
def test_a_state_that_differs_is_refused(sent: str | None, received: str | None) -> None:
    with pytest.raises(OAuthError, match="start the authorisation again"):
        OAuthApp.check_state(sent, received)


def test_the_same_state_passes() -> None:
    OAuthApp.check_state("é-1", "é-1")


ERRORS = [
    OAuthError("why", retryable=True, status_code=503, code="server_error", body=b"***"),
    TokenRefreshError("why", status_code=400, code="invalid_grant", body=b"***"),
    TokenStoreError("why", reason="disk-full"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_errors_survive_pickling_and_copying(error: Exception) -> None:
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):  # noqa: S301
        assert type(twin) is type(error)
        assert (str(twin), twin.__dict__) == (str(error), error.__dict__)


def test_a_token_survives_pickling() -> None:
    assert pickle.loads(pickle.dumps(pair(1, START))) == pair(1, START)  # noqa: S301


def test_nothing_shows_a_secret() -> None:
    shown = [
        RefreshTokenAuth(access(0), refresh(0), store=MemoryTokenStore(pair(0)), **APP),
        RefreshTokenAuthFile("tokens", **APP),
        MemoryTokenStore(pair(0)),
        FileTokenStore("tokens"),
        SqliteTokenStore("tokens"),
        OAuthApp(**APP),
    ]
    assert all("canary" not in repr(one) and type(one).__name__ in repr(one) for one in shown)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"access_token": ""}, "access_token is empty"),
        ({"refresh_token": ""}, "refresh_token is empty"),
        ({"client_id": ""}, "client_id is missing"),
        ({"client_secret": ""}, "client_secret is missing"),
        ({"base_url": "ftp://x"}, "base_url needs a scheme and a host"),
        ({"store": "tokens.json"}, "FileTokenStore"),
        ({"expires_at": dt.datetime(2026, 1, 1)}, "time zone"),
        ({"margin_seconds": -1}, "margin_seconds"),
        ({"margin_seconds": True}, "margin_seconds"),
        ({"lock_timeout_seconds": float("inf")}, "lock_timeout_seconds"),
        ({"lock_timeout_seconds": "60"}, "lock_timeout_seconds"),
    ],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        RefreshTokenAuth(**{"access_token": access(0), "refresh_token": refresh(0), **APP, **settings})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, r"access_token is missing: pass it, or a store that holds a pair, such as FileTokenStore\(path\)"),
        ({"access_token": access(0)}, "refresh_token is missing: pass it, or None for a company token"),
        ({"access_token": access(0), "store": MemoryTokenStore()}, "refresh_token is missing"),
        ({"refresh_token": refresh(0), "store": MemoryTokenStore()}, "access_token is missing, and refresh_token"),
        ({"expires_at": START, "store": MemoryTokenStore()}, "access_token is missing, and expires_at"),
    ],
)
def test_a_token_that_is_not_whole_is_refused_with_what_is_missing(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        RefreshTokenAuth(**given, **APP)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("given", [{}, {"access_token": None, "refresh_token": None, "expires_at": None}])
def test_a_store_stands_in_for_the_tokens(given: dict[str, Any]) -> None:
    assert RefreshTokenAuth(store=MemoryTokenStore(pair(0)), **given, **APP).expires_in_seconds is None
