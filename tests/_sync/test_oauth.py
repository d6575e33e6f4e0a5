"""The token endpoint: addresses, forms and answers of authorising, exchanging, refreshing and revoking."""

from __future__ import annotations

import datetime as dt
from typing import Any

import httpx
import pytest

from factorialhr._sync.oauth import OAuthClient
from factorialhr._auth.oauth import OAuthError, Token, TokenRefreshError
from factorialhr._core.errors import ApiConnectionError, ApiTimeoutError, ConfigurationError
from tests.oauth.server import APP, access, form_of, pair, refresh
from tests.support import answers
from tests.support.script import Script

REDIRECT = "https://app.example/back?from=factorial"
CODE = "canary-code"
ANSWER = {
    "access_token": access(1),
    "token_type": "Bearer",
    "expires_in": 7200,
    "refresh_token": refresh(1),
    "scope": "read write",
    "created_at": 1680013957,
}


def over(*steps: Any, **settings: Any) -> tuple[OAuthClient, Script]:
    script = Script(*steps)
    return OAuthClient(**{**APP, "redirect_uri": REDIRECT, "transport": script, **settings}), script


@pytest.mark.parametrize(
    ("options", "more"),
    [
        ({}, {}),
        ({"scope": "employees time_off"}, {"scope": "employees time_off"}),
        ({"scope": ["employees", "time_off"]}, {"scope": "employees time_off"}),
        ({"company": True}, {"resource_owner_type": "company"}),
    ],
)
def test_the_address_to_authorise_at(options: dict[str, Any], more: dict[str, str]) -> None:
    client, _ = over(base_url="https://api.demo.example/")
    with client:
        url = httpx.URL(client.authorize_url(state="s&1", **options))
    assert str(url.copy_with(query=None)) == "https://api.demo.example/oauth/authorize"
    wanted = {"client_id": "app", "redirect_uri": REDIRECT, "response_type": "code", "state": "s&1", **more}
    assert dict(url.params.multi_items()) == wanted


def test_a_code_buys_a_token() -> None:
    client, script = over(answers.json(ANSWER))
    before = dt.datetime.now(dt.UTC)
    with client:
        token = client.exchange(f" {CODE}\n")
    after = dt.datetime.now(dt.UTC)
    assert (script.request.method, str(script.request.url)) == ("POST", "https://api.factorialhr.com/oauth/token")
    assert script.request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert form_of(script.request) == {
        "grant_type": "authorization_code",
        "code": CODE,
        "redirect_uri": REDIRECT,
        **APP,
    }
    assert (token.access_token, token.refresh_token, token.scope) == (access(1), refresh(1), "read write")
    assert token.created_at == dt.datetime(2023, 3, 28, 14, 32, 37, tzinfo=dt.UTC)
    assert token.expires_at is not None
    assert before <= token.expires_at - dt.timedelta(seconds=7200) <= after
    assert script.closed == 1


def test_a_company_token_never_ends() -> None:
    client, script = over(answers.json({"access_token": access(1), "token_type": "Bearer"}))
    with client:
        token = client.exchange(CODE)
        with pytest.raises(ConfigurationError, match="does not end"):
            client.refresh(token)
    assert (token.refresh_token, token.expires_at, token.scope) == (None, None, None)
    assert len(script.requests) == 1


def test_a_refresh_token_buys_a_pair() -> None:
    client, script = over(answers.json(ANSWER), redirect_uri=None)
    with client:
        token = client.refresh(pair(0))
    assert form_of(script.request) == {"grant_type": "refresh_token", "refresh_token": refresh(0), **APP}
    assert token.refresh_token == refresh(1)


def test_what_a_refresh_leaves_out_stays() -> None:
    client, _ = over(answers.json({"access_token": access(1)}))
    with client:
        token = client.refresh(Token(access_token=access(0), refresh_token=refresh(0), scope="employees"))
    assert (token.access_token, token.refresh_token, token.scope) == (access(1), refresh(0), "employees")
    assert token.expires_at is None


@pytest.mark.parametrize(("token", "sent"), [(pair(0), access(0)), (refresh(0), refresh(0))])
def test_a_token_is_revoked(token: Token | str, sent: str) -> None:
    client, script = over(answers.json({}))
    with client:
        client.revoke(token)
    assert (script.request.method, str(script.request.url)) == ("POST", "https://api.factorialhr.com/oauth/revoke")
    assert form_of(script.request) == {"token": sent, **APP}


def do(client: OAuthClient, what: str) -> object:
    if what == "exchange":
        return client.exchange(CODE)
    if what == "refresh":
        return client.refresh(pair(0))
    return client.revoke(pair(0))


@pytest.mark.parametrize("what", ["exchange", "refresh", "revoke"])
def test_a_refusal_is_an_error_without_secrets(what: str) -> None:
    secrets = {"a": refresh(0), "b": access(0), "c": CODE, "d": APP["client_secret"], "access_token": "canary-new"}
    client, _ = over(answers.json({"error": "invalid_grant", **secrets}, 400))
    with client:
        with pytest.raises(OAuthError, match="400 invalid_grant: the code or refresh token is expired") as caught:
            do(client, what)
    error = caught.value
    assert isinstance(error, TokenRefreshError) == (what == "refresh")
    assert (error.status_code, error.code, error.retryable) == (400, "invalid_grant", False)
    sent = {"exchange": CODE, "refresh": refresh(0), "revoke": access(0)}[what]
    assert all(secret.encode() not in error.body for secret in (sent, APP["client_secret"], "canary-new"))
    assert b"invalid_grant" in error.body


@pytest.mark.parametrize("what", ["exchange", "refresh", "revoke"])
@pytest.mark.parametrize(
    ("failure", "kind", "maybe_received"),
    [
        (httpx.ConnectError("x"), ApiConnectionError, False),
        (httpx.ReadTimeout("x"), ApiTimeoutError, True),
    ],
)
def test_no_answer_is_said_so(what: str, failure: Exception, kind: type, maybe_received: bool) -> None:
    client, script = over(failure)
    with client:
        with pytest.raises(ApiConnectionError) as caught:
            do(client, what)
    assert type(caught.value) is kind
    assert caught.value.maybe_received is maybe_received
    assert caught.value.request.content == b""
    assert len(script.requests) == 1


def test_a_redirect_is_not_followed_with_the_secret() -> None:
    client, script = over(answers.json({}, 307, location="https://elsewhere.example/"))
    with client:
        with pytest.raises(OAuthError, match="307: check base_url"):
            client.exchange(CODE)
    assert len(script.requests) == 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"client_id": ""}, "client_id is missing"),
        ({"client_secret": " "}, "client_secret is missing"),
        ({"client_secret": None}, "client_secret is missing"),
        ({"timeout": 0}, "timeout is a positive"),
        ({"base_url": "api.factorialhr.com"}, "a scheme and a host"),
        ({"base_url": "https://[x"}, "a scheme and a host"),
        ({"base_url": "https://canary@api.factorialhr.com"}, "carries no credentials"),
        ({"base_url": None}, "base_url is a str"),
        ({"base_url": "https://api.factorialhr.com/oauth"}, "ends before"),
    ],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        over(**settings)
    assert "canary" not in str(caught.value)


def test_arguments_that_cannot_work_are_refused_before_sending() -> None:
    client, script = over(redirect_uri=None)
    with client:
        with pytest.raises(ConfigurationError, match="redirect_uri is missing"):
            client.authorize_url(state="s")
        with pytest.raises(ConfigurationError, match="redirect_uri is missing"):
            client.exchange(CODE)
        with pytest.raises(ConfigurationError, match="state is missing"):
            client.authorize_url(state="")
        with pytest.raises(ConfigurationError, match="code is missing"):
            client.exchange("")
    assert script.requests == []


def test_its_repr_shows_where_and_no_secret() -> None:
    client, _ = over()
    with client:
        assert repr(client) == "<OAuthClient https://api.factorialhr.com>"
