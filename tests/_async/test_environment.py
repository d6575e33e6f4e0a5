"""Credentials and address: as arguments, from the environment, or from an OAuth client."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from pytest_httpx import HTTPXMock

from tests.halves import factorialhr_async as sdk
from tests.support import answers
from tests.support.script import Script

KEY, TOKEN, ADDRESS = "FACTORIAL_API_KEY", "FACTORIAL_ACCESS_TOKEN", "FACTORIAL_BASE_URL"
PRODUCTION, DEMO = "https://api.factorialhr.com", "https://api.demo.factorial.dev"


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (KEY, TOKEN, ADDRESS):
        monkeypatch.delenv(name, raising=False)


async def sent(httpx_mock: HTTPXMock, **settings: Any) -> tuple[str, str | None, str | None]:
    """Where a client sends a request, with which key and which token."""
    httpx_mock.add_response(json=answers.session())
    async with sdk.ApiClient(**settings) as api:
        await api.trainings.sessions.get_by_id(7)
    request = httpx_mock.get_requests()[-1]
    address = f"{request.url.scheme}://{request.url.host}"
    return address, request.headers.get("x-api-key"), request.headers.get("authorization")


@pytest.mark.parametrize(
    ("variables", "settings", "expected"),
    [
        ({}, {"api_key": "k"}, (PRODUCTION, "k", None)),
        ({}, {"access_token": "t"}, (PRODUCTION, None, "Bearer t")),
        ({KEY: "k"}, {}, (PRODUCTION, "k", None)),
        ({TOKEN: "t"}, {}, (PRODUCTION, None, "Bearer t")),
        ({KEY: "k", ADDRESS: DEMO}, {}, (DEMO, "k", None)),
        ({KEY: "k", ADDRESS: DEMO}, {"base_url": PRODUCTION}, (PRODUCTION, "k", None)),
        # Blank is how shells and compose files say that a variable is not set.
        ({KEY: "", TOKEN: "t", ADDRESS: ""}, {}, (PRODUCTION, None, "Bearer t")),
        ({KEY: "k", TOKEN: " \n", ADDRESS: " "}, {}, (PRODUCTION, "k", None)),
        ({KEY: "k\n", ADDRESS: f" {DEMO}\n"}, {}, (DEMO, "k", None)),
        # Whoever says a credential has said it all: nothing of the environment is mixed in.
        ({KEY: "k", TOKEN: "t", ADDRESS: DEMO}, {"api_key": "mine"}, (PRODUCTION, "mine", None)),
        ({KEY: "k", ADDRESS: DEMO}, {"access_token": "mine"}, (PRODUCTION, None, "Bearer mine")),
        ({TOKEN: "t", ADDRESS: DEMO}, {"auth": sdk.ApiKeyAuth("mine")}, (PRODUCTION, "mine", None)),
    ],
)
async def test_where_credential_and_address_come_from(
    variables: dict[str, str],
    settings: dict[str, Any],
    expected: tuple[str, str | None, str | None],
    httpx_mock: HTTPXMock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert await sent(httpx_mock, **settings) == expected


async def test_a_client_with_an_httpx_client_reads_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, "k")
    monkeypatch.setenv(ADDRESS, DEMO)
    script = Script(answers.json(answers.session()))
    async with httpx.AsyncClient(transport=script, auth=httpx.BasicAuth("user", "pass")) as http_client:
        await sdk.ApiClient(http_client=http_client).trainings.sessions.get_by_id(7)
    assert script.request.url.host == "api.factorialhr.com"
    assert script.request.headers["authorization"].startswith("Basic ")
    assert "x-api-key" not in script.request.headers


async def test_the_environment_is_read_when_a_client_is_made(
    httpx_mock: HTTPXMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    httpx_mock.add_response(json=answers.session())
    monkeypatch.setenv(KEY, "before")
    async with sdk.ApiClient() as api:
        monkeypatch.setenv(KEY, "after")
        await api.trainings.sessions.get_by_id(7)
    assert httpx_mock.get_requests()[0].headers["x-api-key"] == "before"


@pytest.mark.parametrize(
    ("variables", "settings", "named"),
    [
        ({KEY: "k-secret", TOKEN: "t-secret"}, {}, f"{KEY} and {TOKEN}"),
        ({}, {"api_key": "k-secret", "access_token": "t-secret"}, "api_key and access_token"),
        ({}, {"auth": sdk.ApiKeyAuth("a"), "api_key": "k-secret"}, "auth and api_key"),
        (
            {KEY: "k-secret"},
            {"auth": sdk.ApiKeyAuth("a"), "api_key": "k-secret", "access_token": "t-secret"},
            "auth and api_key and access_token",
        ),
    ],
)
def test_two_credentials_at_once_are_named_and_not_shown(
    variables: dict[str, str], settings: dict[str, Any], named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(sdk.ConfigurationError) as raised:
        sdk.ApiClient(**settings)
    assert str(raised.value) == f"{named} are both given: keep one of these credentials"


@pytest.mark.parametrize("variables", [{}, {KEY: "", TOKEN: "  "}, {ADDRESS: DEMO}])
def test_no_credential_at_all(variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(sdk.ConfigurationError, match=f"^auth is missing: .*{KEY} or {TOKEN}"):
        sdk.ApiClient()


@pytest.mark.parametrize(("name", "cls"), [("api_key", "ApiKeyAuth"), ("access_token", "AccessTokenAuth")])
@pytest.mark.parametrize("blank", ["", " "])
def test_a_blank_argument_is_no_reason_to_look_elsewhere(
    name: str, cls: str, blank: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY, "k")
    with pytest.raises(sdk.ConfigurationError, match=f"^{cls} needs a credential"):
        sdk.ApiClient(**{name: blank})


@pytest.mark.parametrize("variable", ["ftp://factorial.example", "https://user:secret@factorial.example", "x y"])
def test_an_address_of_the_environment_that_cannot_be_one(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, "k")
    monkeypatch.setenv(ADDRESS, variable)
    with pytest.raises(sdk.ConfigurationError, match=r"^base_url ") as raised:
        sdk.ApiClient()
    assert variable not in str(raised.value)


@pytest.mark.parametrize(("settings", "host"), [({}, "api.demo.factorial.dev"), ({"base_url": DEMO}, "api.demo.factorial.dev")])  # fmt: skip
async def test_a_credential_of_an_oauth_client_brings_its_address(
    settings: dict[str, Any], host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY, "k")
    monkeypatch.setenv(ADDRESS, "https://elsewhere.example")
    script = Script(answers.json(answers.session()))
    async with sdk.OAuthClient("id", "secret", base_url=DEMO) as oauth:
        auth = oauth.auth(store=sdk.MemoryTokenStore(), token=sdk.Token(access_token="t", refresh_token="r"))
        async with sdk.ApiClient(auth=auth, transport=script, **settings) as api:
            await api.trainings.sessions.get_by_id(7)
    assert script.request.url.host == host
    assert script.request.headers["authorization"] == "Bearer t"
