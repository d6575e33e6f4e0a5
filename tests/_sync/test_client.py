"""The client's settings reach the wire, a caller's own httpx client keeps its habits, connections are closed."""

from __future__ import annotations

import logging
from typing import Any

import httpx
import pytest
from pytest_httpx import HTTPXMock

from tests._sync.clients import client
from tests.halves import factorialhr_sync as sdk
from tests.support import answers
from tests.support.script import Script
from tests.support.server import Server, answer


def own(script: httpx.MockTransport, **settings: Any) -> httpx.Client:
    """A caller's own httpx client."""
    return httpx.Client(transport=script, **settings)


@pytest.mark.parametrize(
    ("base_url", "address"),
    [
        ("https://api.factorialhr.com", "https://api.factorialhr.com/api/2026-10-01/resources/trainings/sessions/7"),
        ("https://api.factorialhr.com/", "https://api.factorialhr.com/api/2026-10-01/resources/trainings/sessions/7"),
        ("HTTP://localhost:8000", "http://localhost:8000/api/2026-10-01/resources/trainings/sessions/7"),
        ("https://api.demo.factorial.dev", "https://api.demo.factorial.dev/api/2026-10-01/resources/trainings/sessions/7"),
        ("http://[::1]:80", "http://[::1]/api/2026-10-01/resources/trainings/sessions/7"),
    ],
)  # fmt: skip
def test_the_address_of_a_record(base_url: str, address: str) -> None:
    script = Script(answers.json(answers.session()))
    client(script, base_url=base_url).trainings.sessions.get_by_id(7)
    assert str(script.request.url) == address


@pytest.mark.parametrize("version", ["2026-01-01", "2026-04-01", "2026-07-01", "2026-10-01", "2027-01-01"])
def test_the_version_is_in_the_address(version: str) -> None:
    script = Script(answers.json(answers.session()))
    api = client(script, api_version=version)
    api.trainings.sessions.get_by_id(7)
    assert script.request.url.path.startswith(f"/api/{version}/resources/")
    assert api.api_version == version


@pytest.mark.parametrize(
    ("one", "path"),
    [
        (7, "7"),
        ("7", "7"),
        (36893488147419100, "36893488147419100"),
        ("5_2026-03-01", "5_2026-03-01"),
        ("a b?c#d%", "a%20b%3Fc%23d%25"),
        ("é", "%C3%A9"),
        ("...", "..."),
    ],
)
def test_an_id_is_one_segment_of_the_path(one: Any, path: str) -> None:
    script = Script(answers.json(answers.session()))
    client(script).trainings.sessions.get_by_id(one)
    assert script.request.url.raw_path == b"/api/2026-10-01/resources/trainings/sessions/" + path.encode()


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        (sdk.ApiKeyAuth(" key "), "x-api-key", "key"),
        (sdk.AccessTokenAuth("token\n"), "authorization", "Bearer token"),
        (httpx.BasicAuth("user", "pass"), "authorization", "Basic dXNlcjpwYXNz"),
    ],
)
def test_the_credential_is_a_header(auth: httpx.Auth, header: str, value: str, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(json=answers.session())
    with sdk.ApiClient(auth=auth) as api:
        api.trainings.sessions.get_by_id(7)
    assert httpx_mock.get_requests()[0].headers.get_list(header) == [value]


def test_headers_of_every_request() -> None:
    script = Script(answers.json(answers.session()))
    client(script).trainings.sessions.create({"name": "x"})
    headers = script.request.headers
    assert headers["accept"] == "application/json"
    assert "gzip" in headers["accept-encoding"]
    assert headers["user-agent"].startswith("factorialhr/")
    assert headers["content-type"] == "application/json"
    assert headers["host"] == "api.factorialhr.com"
    assert script.request.content == b'{"name":"x"}'


@pytest.mark.parametrize("name", ["X-Team", "x-team"])
def test_headers_of_a_call_win_over_those_of_the_client(name: str) -> None:
    script = Script(answers.json(answers.session()), answers.json(answers.session()))
    api = client(script, headers={"X-Team": "client", "X-Other": "kept"})
    api.trainings.sessions.get_by_id(7, headers={name: "call"})
    api.trainings.sessions.get_by_id(7)
    assert [request.headers.get_list("x-team") for request in script.requests] == [["call"], ["client"]]
    assert [request.headers.get_list("x-other") for request in script.requests] == [["kept"], ["kept"]]


@pytest.mark.parametrize("name", ["User-Agent", "user-agent", "ACCEPT"])
def test_headers_of_the_client_win_over_the_built_in_ones(name: str) -> None:
    script = Script(answers.json(answers.session()))
    client(script, headers={name: "mine"}).trainings.sessions.get_by_id(7)
    assert script.request.headers.get_list(name) == ["mine"]


def test_a_header_cannot_replace_the_credential() -> None:
    script = Script(answers.json(answers.session()))
    client(script, headers={"x-api-key": "other"}).trainings.sessions.get_by_id(7)
    assert script.request.headers.get_list("x-api-key") == ["credential-of-the-tests"]


@pytest.mark.parametrize(("of_client", "of_call", "seconds"), [({}, {}, 60), ({"timeout": 5}, {}, 5), ({"timeout": 5}, {"timeout": 0.5}, 0.5)])  # fmt: skip
def test_the_timeout_is_the_calls_before_it_is_the_clients(
    of_client: dict[str, float], of_call: dict[str, float], seconds: float
) -> None:
    script = Script(answers.json(answers.session()))
    client(script, **of_client).trainings.sessions.get_by_id(7, **of_call)
    expected = {"connect": seconds, "read": seconds, "write": seconds, "pool": seconds}
    assert script.request.extensions["timeout"] == expected


def test_the_timeout_is_in_the_error(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_exception(httpx.ReadTimeout("x"))
    with sdk.ApiClient(auth=sdk.ApiKeyAuth("key"), max_retries=0) as api:
        with pytest.raises(sdk.ApiTimeoutError, match=r"no answer within 2\.5 s"):
            api.trainings.sessions.get_by_id(7, timeout=2.5)


def test_the_transport_is_closed_with_the_client() -> None:
    script = Script()
    with client(script) as api:
        assert script.closed == 0
    assert script.closed == 1
    api.close()
    assert script.closed >= 1


def test_the_client_is_closed_when_its_block_fails() -> None:
    script = Script()
    with pytest.raises(ZeroDivisionError):
        with client(script):
            raise ZeroDivisionError
    assert script.closed == 1


def test_httpx_clients_of_callers_are_theirs_to_close() -> None:
    script = Script(answers.json(answers.session()))
    http_client = own(script)
    with sdk.ApiClient(auth=sdk.ApiKeyAuth("key"), http_client=http_client) as api:
        api.trainings.sessions.get_by_id(7)
    assert not http_client.is_closed
    assert script.closed == 0
    with pytest.raises(sdk.ClientClosedError):
        api.trainings.sessions.get_by_id(7)


def test_httpx_clients_of_callers_run_their_event_hooks() -> None:
    seen = []

    def request_hook(request: httpx.Request) -> None:
        request.headers["x-trace"] = "1"
        seen.append(("request", request.url.path))

    def response_hook(response: httpx.Response) -> None:
        seen.append(("response", response.request.url.path))

    script = Script(answers.json(answers.session()))
    http_client = own(script, event_hooks={"request": [request_hook], "response": [response_hook]})
    sdk.ApiClient(auth=sdk.ApiKeyAuth("key"), http_client=http_client).trainings.sessions.get_by_id(7)
    path = "/api/2026-10-01/resources/trainings/sessions/7"
    assert seen == [("request", path), ("response", path)]
    assert script.request.headers["x-trace"] == "1"


def test_httpx_clients_of_callers_bring_their_own_auth_where_ours_is_left_out() -> None:
    script = Script(answers.json(answers.session()))
    http_client = own(script, auth=httpx.BasicAuth("user", "pass"))
    sdk.ApiClient(http_client=http_client).trainings.sessions.get_by_id(7)
    assert script.request.headers["authorization"] == "Basic dXNlcjpwYXNz"


def test_our_auth_stands_before_that_of_httpx_clients_of_callers() -> None:
    script = Script(answers.json(answers.session()))
    http_client = own(script, auth=httpx.BasicAuth("user", "pass"))
    api = sdk.ApiClient(auth=sdk.AccessTokenAuth("token"), http_client=http_client)
    api.trainings.sessions.get_by_id(7)
    assert script.request.headers.get_list("authorization") == ["Bearer token"]


def test_httpx_clients_of_callers_keep_our_settings() -> None:
    script = Script(answers.json({}, 503), answers.json(answers.session()))
    api = sdk.ApiClient(auth=sdk.ApiKeyAuth("key"), http_client=own(script, timeout=1), timeout=9)
    api.trainings.sessions.get_by_id(7)
    assert [request.extensions["timeout"]["read"] for request in script.requests] == [9, 9]


def test_errors_of_httpx_clients_of_callers_are_ours() -> None:
    script = Script(httpx.ReadTimeout(""), answers.json({}, 404))
    api = sdk.ApiClient(auth=sdk.ApiKeyAuth("key"), http_client=own(script), max_retries=0)
    with pytest.raises(sdk.ApiTimeoutError):
        api.trainings.sessions.get_by_id(7)
    with pytest.raises(sdk.NotFoundError):
        api.trainings.sessions.get_by_id(7)


def test_httpx_logs_no_query_of_ours(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="httpx")
    script = Script(answers.page("1"), answers.json({}))
    http_client = own(script)
    api = sdk.ApiClient(auth=sdk.ApiKeyAuth("key"), http_client=http_client)
    api.trainings.sessions.get(search="name-of-a-person")
    http_client.get("https://elsewhere.example/search?q=kept")
    assert [record.getMessage() for record in caplog.records if record.name == "httpx"] == [
        'HTTP Request: GET https://api.factorialhr.com/api/2026-10-01/resources/trainings/sessions "HTTP/1.1 200 OK"',
        'HTTP Request: GET https://elsewhere.example/search?q=kept "HTTP/1.1 200 OK"',
    ]


def test_nothing_is_logged_without_an_httpx_client(
    caplog: pytest.LogCaptureFixture, httpx_mock: HTTPXMock
) -> None:
    caplog.set_level(logging.DEBUG)
    httpx_mock.add_response(json={"data": []})
    with sdk.ApiClient(auth=sdk.ApiKeyAuth("key-of-a-company")) as api:
        api.trainings.sessions.get(search="name-of-a-person")
    logged = "".join(record.getMessage() for record in caplog.records)
    assert "name-of-a-person" not in logged
    assert "key-of-a-company" not in logged


def test_a_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(answer(answers.session())) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        with sdk.ApiClient("http://factorial.invalid", auth=sdk.ApiKeyAuth("key")) as api:
            record = api.trainings.sessions.get_by_id(7, params={"a": "b"})
    assert record.name == "First aid"
    assert proxy.heads[0].startswith("GET http://factorial.invalid/api/2026-10-01/resources/trainings/sessions/7?a=")
    assert "x-api-key: key" in proxy.heads[0].lower()


def test_a_host_that_is_excepted_from_proxies_is_reached_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(answer(answers.session())) as server:
        monkeypatch.setenv("http_proxy", "http://factorial.invalid:1")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        with sdk.ApiClient(server.url, auth=sdk.ApiKeyAuth("key")) as api:
            api.trainings.sessions.get_by_id(7)
    assert server.heads[0].startswith("GET /api/2026-10-01/")


def test_a_transport_of_the_callers_is_used_in_spite_of_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://factorial.invalid:1")
    script = Script(answers.json(answers.session()))
    client(script).trainings.sessions.get_by_id(7)
    assert len(script.requests) == 1


def test_clients_share_one_tls_context() -> None:
    routes = [sdk.ApiClient(auth=sdk.ApiKeyAuth(key))._connections._routes for key in ("a", "b")]
    first, second = [one.of(httpx.URL("https://api.example/a")) for one in routes]
    assert first.context is second.context


def test_the_short_form_is_the_same_endpoint() -> None:
    api = client(Script())
    assert type(api.trainings.sessions) is sdk.SessionsEndpoint
    assert api.trainings is api.trainings
    assert api.trainings.sessions is api.trainings.sessions
    assert sdk.SessionsEndpoint(api).path == "trainings/sessions"
    assert sdk.SessionsEndpoint(api).model is sdk.Session


def test_a_request_may_be_anything() -> None:
    script = Script(answers.json({"a": 1}), answers.json({}), answers.json({}))
    api = client(script)
    assert api.request("get", "/new/things/7/", params={"ids[]": [1, 2], "at": True}) == {"a": 1}
    api.request("POST", "new/things", data={"name": None}, headers={"X-Team": "a"}, timeout=3)
    api.request("PUT", "new/things/a b")
    first, second, third = script.requests
    assert first.method == "GET"
    assert first.url.raw_path == b"/api/2026-10-01/resources/new/things/7?ids%5B%5D=1&ids%5B%5D=2&at=true"
    assert first.content == b""
    assert second.content == b'{"name":null}'
    assert second.headers["x-team"] == "a"
    assert second.extensions["timeout"]["read"] == 3
    assert third.content == b""
    assert third.url.raw_path.endswith(b"/new/things/a%20b")


def test_a_gateway_with_a_path() -> None:
    script = Script(*[answers.json(answers.session())] * 3)
    api = client(script, base_url="https://gateway.example/factorial/")
    api.trainings.sessions.get_by_id(7)
    api.with_options(api_version="2026-07-01").request("GET", "trainings/sessions/7")
    assert [request.url.path for request in script.requests] == [
        "/factorial/api/2026-10-01/resources/trainings/sessions/7",
        "/factorial/api/2026-07-01/resources/trainings/sessions/7",
    ]


def test_a_token_stays_behind_the_gateway_it_is_for() -> None:
    def auth(path: str) -> httpx.Auth:
        return sdk.RefreshTokenAuth(
            "a", "r", client_id="c", client_secret="s", base_url=f"https://gateway.example{path}"
        )

    script = Script(answers.json(answers.session()))
    sdk.ApiClient(auth=auth("/factorial"), transport=script).trainings.sessions.get_by_id(7)
    assert script.request.url.path.startswith("/factorial/api/")
    for own, other in (("/factorial", "/other"), ("/factorial", "/factorial-2"), ("/factorial", "")):
        api = sdk.ApiClient(f"https://gateway.example{other}", auth=auth(own), transport=script)
        with pytest.raises(sdk.ConfigurationError, match="give client and auth the same base_url"):
            api.trainings.sessions.get_by_id(7)


def test_a_timeout_of_httpx_is_taken_phase_by_phase() -> None:
    script = Script(*[answers.json(answers.session())] * 3)
    timeout = httpx.Timeout(7, connect=2.5)
    client(script, timeout=timeout).trainings.sessions.get_by_id(7)
    client(script).trainings.sessions.get_by_id(7, timeout=timeout)
    client(script).trainings.sessions.get_by_id(7, timeout=httpx.Timeout(3))
    phases = {"connect": 2.5, "read": 7.0, "write": 7.0, "pool": 7.0}
    expected = [phases, phases, dict.fromkeys(phases, 3.0)]
    assert [request.extensions["timeout"] for request in script.requests] == expected


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("trainings/sessions?limit=1", "pass it as params="),
        ("trainings/sessions#1", "pass it as params="),
        ("https://api.factorialhr.com/api/2026-10-01/resources/trainings/sessions", "pass no address"),
    ],
)
def test_a_path_is_a_path(path: str, message: str) -> None:
    script = Script()
    with pytest.raises(sdk.ConfigurationError, match=message):
        client(script).request("GET", path)
    assert script.requests == []
