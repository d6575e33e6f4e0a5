"""No credential and nothing of a person is printed, whatever a client goes through, in both halves."""

from __future__ import annotations

import datetime as dt
import json
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

import factorialhr
import factorialhr.sync
from factorialhr._auth.oauth import OAuthError
from tests.canaries.scenarios import EMPLOYEE, FILE, NAME, ODD, SCENARIOS, Scenario, one
from tests.canaries.watch import CREDENTIALS, PERSONAL, Watch, is_in
from tests.support.server import HTTPX_LEAVES_GENERATORS, Server, answer

HALVES = ["sync", "async"]
AUTHS: dict[str, Any] = {
    "pool": lambda: factorialhr.ApiKeyAuth(CREDENTIALS["api key"]),
    "httpx": lambda: factorialhr.AccessTokenAuth(CREDENTIALS["access token"]),
}
both_halves = pytest.mark.parametrize("half", HALVES)


@pytest.fixture
def watch(without_proxies: None, capfd: pytest.CaptureFixture[str]) -> Iterator[Watch]:  # noqa: ARG001
    kept = Watch()
    with kept:
        yield kept
    assert kept.found() == []
    assert not any(map(is_in, capfd.readouterr()))


def settings_of(scenario: Scenario, half: str, via: str, url: str, folder: Path, watch: Watch) -> dict[str, Any]:
    settings = {
        "base_url": url,
        "auth": AUTHS[via](),
        "on_event": watch.event,
        "timeout": 3,
        **scenario.settings(folder),
    }
    if via == "httpx":
        settings["http_client"] = httpx.Client() if half == "sync" else httpx.AsyncClient()
    return settings


def run_blocking(scenario: Scenario, settings: dict[str, Any], url: str, folder: Path, watch: Watch) -> None:
    try:
        with factorialhr.sync.ApiClient(**settings) as api:
            for shown in (api, api.employees, api.employees.employees):
                watch.value(shown)
            found = scenario.call(api, url, folder)
            watch.value(found)
            show(list(found) if hasattr(found, "__next__") else found, watch)
    finally:
        if "http_client" in settings:
            settings["http_client"].close()


async def run_async(scenario: Scenario, settings: dict[str, Any], url: str, folder: Path, watch: Watch) -> None:
    try:
        async with factorialhr.ApiClient(**settings) as api:
            for shown in (api, api.employees, api.employees.employees):
                watch.value(shown)
            found = scenario.call(api, url, folder)
            watch.value(found)
            show([record async for record in found] if hasattr(found, "__anext__") else await found, watch)
    finally:
        if "http_client" in settings:
            await settings["http_client"].aclose()


def show(found: Any, watch: Watch) -> None:
    watch.value(found)
    if isinstance(found, factorialhr.ListApiResponse):
        watch.value(found.issues)
        # A list's item that is no object is kept as it came: plain text shows itself.
        watch.value([record for record in found if isinstance(record, factorialhr.Record)])


@HTTPX_LEAVES_GENERATORS
@both_halves
@pytest.mark.parametrize("via", AUTHS)
@pytest.mark.parametrize("name", SCENARIOS)
def test_nothing_is_printed(name: str, via: str, half: str, watch: Watch, tmp_path: Path) -> None:
    scenario = SCENARIOS[name]
    error: BaseException | None = None
    with Server(*scenario.steps) as server:
        settings = settings_of(scenario, half, via, server.url, tmp_path, watch)
        try:
            if half == "sync":
                run_blocking(scenario, settings, server.url, tmp_path, watch)
            else:
                anyio.run(run_async, scenario, settings, server.url, tmp_path, watch)
        except factorialhr.FactorialError as caught:
            error = caught
            watch.error(caught)
    expected = getattr(factorialhr, scenario.error) if isinstance(scenario.error, str) else scenario.error
    assert type(error) is (expected or type(None))
    assert sum(where == "an event" for where, _ in watch.printed) >= scenario.events
    assert len(server.heads) == len(scenario.steps)


def test_scenarios_plant_what_they_look_for(without_proxies: None, tmp_path: Path) -> None:  # noqa: ARG001
    """Each kind of canary reaches the wire or comes from it: what is not planted cannot be found."""
    carried = ""
    for name in ("a page", "a write", "an upload", "a download"):
        scenario = SCENARIOS[name]
        with Server(*scenario.steps) as server, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            run_blocking(scenario, {"base_url": server.url, "auth": AUTHS["pool"]()}, server.url, tmp_path, Watch())
        carried += "".join(server.heads) + "".join(map(repr, scenario.steps))
    carried = carried.replace("%40", "@").replace("-free-", " free ")
    assert [canary for canary in (CREDENTIALS["api key"], *PERSONAL.values()) if canary not in carried] == []


def endings() -> dict[str, httpx.Response | Exception]:
    # What was sent, and what is under the names of tokens: the rest of a body is kept as it came.
    secrets = {
        "refresh_token": CREDENTIALS["refresh token"],
        "access_token": CREDENTIALS["access token"],
        "error_description": CREDENTIALS["client secret"],
    }
    return {
        "an error": httpx.Response(400, json={**secrets, "error": "invalid_grant"}),
        "an error of its own": httpx.Response(400, json={"error": CREDENTIALS["refresh token"]}),
        "a failure": httpx.Response(500, text=f"<p>refresh_token={CREDENTIALS['refresh token']}"),
        "no token": httpx.Response(200, json={"refresh_token": CREDENTIALS["refresh token"]}),
        "garbage": httpx.Response(200, text="garbage"),
        "no answer": httpx.ReadTimeout("late"),
        "a token": httpx.Response(200, json={"access_token": CREDENTIALS["access token"], "expires_in": 60}),
    }


@both_halves
@pytest.mark.parametrize("ending", endings())
def test_a_refresh_prints_nothing(half: str, ending: str, watch: Watch, tmp_path: Path) -> None:
    def serve(request: httpx.Request) -> httpx.Response:
        if request.url.path != "/oauth/token":
            return httpx.Response(200, json=EMPLOYEE)
        end = endings()[ending]
        if isinstance(end, Exception):
            raise end
        return end

    auth = factorialhr.RefreshTokenAuthFile(tmp_path / "tokens", client_id="app", client_secret=CREDENTIALS["client secret"])  # fmt: skip
    store = factorialhr.FileTokenStore(tmp_path / "tokens")
    release = store.try_lock()
    assert release is not None
    store.save(
        factorialhr.Token(
            access_token=CREDENTIALS["access token"],
            refresh_token=CREDENTIALS["refresh token"],
            expires_at=long_ago(),
        )
    )
    release()
    for shown in (auth, store, store.load()):
        watch.value(shown)
    settings: dict[str, Any] = {"auth": auth, "transport": httpx.MockTransport(serve), "on_event": watch.event}
    error: BaseException | None = None
    try:
        if half == "sync":
            run_blocking(Scenario(one), settings, "", tmp_path, watch)
        else:
            anyio.run(run_async, Scenario(one), settings, "", tmp_path, watch)
    except factorialhr.FactorialError as caught:
        error = caught
        watch.error(caught)
    expected = {"a token": type(None), "no answer": factorialhr.ApiConnectionError}.get(ending, OAuthError)
    assert isinstance(error, expected)


def long_ago() -> Any:
    return dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


EVENT = "employees/employee/invite"
SIGNED = {"x-factorial-wh-challenge": CREDENTIALS["challenge"]}
NO_CHALLENGE = f"{EVENT}: the header x-factorial-wh-challenge is missing or wrong"
DELIVERIES: dict[str, tuple[str, dict[str, str], bytes, str]] = {
    "no challenge": (EVENT, {}, json.dumps(EMPLOYEE).encode(), NO_CHALLENGE),
    "another challenge": (
        EVENT,
        {"x-factorial-wh-challenge": "canary"},
        json.dumps(EMPLOYEE).encode(),
        NO_CHALLENGE,
    ),
    "an array": (EVENT, SIGNED, b'["Canary-Name"]', f"{EVENT}: the body is not a JSON object"),
    "a text": (EVENT, SIGNED, b'"Canary-Name"', f"{EVENT}: the body is not a JSON object"),
    "no JSON": (EVENT, SIGNED, b'{"canary"', f"{EVENT}: the body is not a JSON object"),
    "an event that nobody knows": ("no/such/event", SIGNED, json.dumps(EMPLOYEE).encode(), "unknown event"),
}


@pytest.mark.parametrize("case", DELIVERIES)
def test_a_delivery_that_is_refused_prints_nothing(case: str, watch: Watch) -> None:
    event, headers, body, message = DELIVERIES[case]
    with pytest.raises(factorialhr.WebhookError, match=f"^{message}") as caught:
        factorialhr.parse_webhook(event, body, headers=headers, challenge=CREDENTIALS["challenge"])  # type: ignore[arg-type]
    watch.error(caught.value)


@pytest.mark.parametrize(("content", "issues"), [(EMPLOYEE, 0), (ODD, 3)], ids=["as described", "odd"])
def test_a_delivery_prints_nothing(content: dict[str, Any], issues: int, watch: Watch) -> None:
    body = json.dumps({**content, "attendable": True}).encode()
    delivery = factorialhr.parse_webhook(EVENT, body, headers=SIGNED, challenge=CREDENTIALS["challenge"])  # type: ignore[arg-type]
    assert isinstance(delivery.record, factorialhr.Employee)
    assert delivery.record.last_name == NAME
    assert len(delivery.issues) == issues
    for shown in (delivery, delivery.record, delivery.issues):
        watch.value(shown)


@pytest.mark.parametrize("secret", ["", "canaré-canary", "canary\ncanary", 7])
@pytest.mark.parametrize("kind", [factorialhr.ApiKeyAuth, factorialhr.AccessTokenAuth])
def test_a_credential_that_is_refused_is_not_printed(kind: Any, secret: Any, watch: Watch) -> None:
    with pytest.raises(factorialhr.ConfigurationError) as caught:
        kind(secret)
    watch.error(caught.value)


@pytest.mark.parametrize("secret", ["canary", "canary\n"])
@pytest.mark.parametrize("kind", [factorialhr.ApiKeyAuth, factorialhr.AccessTokenAuth])
def test_a_credential_is_not_printed(kind: Any, secret: str, watch: Watch) -> None:
    watch.value(kind(secret))


REFUSED = {
    "base_url": "https://canary:canary@host",
    "api_version": "2026-10-02",
    "timeout": "canary",
    "headers": {"x": "canary\n"},
    "auth": "canary",
    "rate_limiter": "canary",
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_setting_that_is_refused_is_not_printed(name: str, watch: Watch) -> None:
    settings = {"auth": AUTHS["pool"](), name: REFUSED[name]}
    with pytest.raises(factorialhr.ConfigurationError) as caught:
        factorialhr.sync.ApiClient(**settings)
    watch.error(caught.value)


@both_halves
def test_httpcore_prints_the_headers_of_answers_and_nothing_of_requests(
    half: str, without_proxies: None, tmp_path: Path
) -> None:
    """What docs/safety.md says of it: what a server puts into headers is printed by httpcore at DEBUG."""
    del without_proxies
    watch = Watch()
    step = answer(EMPLOYEE, headers=f'Content-Disposition: attachment; filename="{FILE}"\r\n')
    with watch, Server(step) as server:
        settings = {"base_url": server.url, "auth": AUTHS["pool"]()}
        if half == "sync":
            run_blocking(Scenario(one), settings, server.url, tmp_path, watch)
        else:
            anyio.run(run_async, Scenario(one), settings, server.url, tmp_path, watch)
    places = {where for where, _ in watch.found()}
    assert places == {"the log of httpcore.http11"}
    assert all("receive_response_headers.complete" in text for _, text in watch.found())
    assert all(canary not in text for _, text in watch.found() for canary in CREDENTIALS.values())
    # Another level than DEBUG prints nothing: that is where nobody looks for headers.
    assert logging.getLogger("httpcore").level == logging.NOTSET


@both_halves
def test_what_is_no_http_is_quoted_by_h11_and_not_by_us(half: str, without_proxies: None, tmp_path: Path) -> None:
    """What docs/safety.md says of it: the error that ours comes from has the first line of such an answer."""
    del without_proxies

    def call(url: str) -> None:
        arguments = Scenario(one), {"base_url": url, "auth": AUTHS["pool"](), "max_retries": 0}, url, tmp_path, Watch()
        if half == "sync":
            run_blocking(*arguments)
        else:
            anyio.run(run_async, *arguments)

    with Server(f"{NAME}\r\n\r\n".encode()) as server, pytest.raises(factorialhr.ApiConnectionError) as caught:
        call(server.url)
    assert is_in(str(caught.value.__cause__))
    assert not is_in(f"{caught.value} {caught.value!r}")
