"""What cannot work is refused before anything is sent, by an error that says what to change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests._sync.clients import client
from tests.halves import factorialhr_sync as sdk
from tests.support.answers import session
from tests.support.copies import printed
from tests.support.script import Script

KEY = sdk.ApiKeyAuth("key")
SECRET = "value-of-a-person"


@pytest.mark.parametrize("kind", [sdk.ApiKeyAuth, sdk.AccessTokenAuth])
@pytest.mark.parametrize(
    ("credential", "message"),
    [
        ("", "needs a credential"),
        ("  \n", "needs a credential"),
        (None, "needs a credential"),
        ("Bearer ", "needs a credential"),
        (7, "must be text, bytes or an object"),
        (b"\xff", "needs a credential"),
        ("kéy", "characters that no header can hold"),
        ("a\nb", "characters that no header can hold"),
        ("a\x00b", "characters that no header can hold"),
    ],
)
def test_a_credential_that_is_none(kind: Any, credential: object, message: str) -> None:
    with pytest.raises(sdk.ConfigurationError, match=f"^{kind.__name__}.*{message}") as caught:
        kind(credential)
    assert "kéy" not in str(caught.value)


class Hidden:
    """A secret as pydantic has them."""

    def __init__(self, secret: str | bytes) -> None:
        self._secret = secret

    def get_secret_value(self) -> str | bytes:
        return self._secret


HELD = ["abc", " abc\n", b"abc", "Bearer abc", "bearer  abc", Hidden("abc"), Hidden(b"Bearer abc")]


@pytest.mark.parametrize("secret", HELD)
def test_a_credential_may_be_held_in_many_ways(secret: Any) -> None:
    for options, header, value in (
        ({"auth": sdk.AccessTokenAuth(secret)}, "authorization", "Bearer abc"),
        ({"access_token": secret}, "authorization", "Bearer abc"),
        ({"auth": sdk.ApiKeyAuth(secret)}, "x-api-key", "abc"),
        ({"api_key": secret}, "x-api-key", "abc"),
        (
            {"auth": sdk.RefreshTokenAuth(secret, secret, client_id="c", client_secret=secret)},
            "authorization",
            "Bearer abc",
        ),
    ):
        script = Script(httpx.Response(200, json=session()))
        with sdk.ApiClient(transport=script, **options) as api:
            api.trainings.sessions.get_by_id(7)
        assert script.request.headers.get_list(header) == [value]


@pytest.mark.parametrize("secret", ["", b"", "  ", None])
def test_a_client_secret_that_is_none(secret: Any) -> None:
    with pytest.raises(sdk.ConfigurationError, match=r"^client_secret is missing"):
        sdk.OAuthClient("c", secret)


SETTINGS = {
    "no auth": ({"auth": None}, "auth is missing: pass api_key=, access_token= or auth=, or set FACTORIAL_API_KEY"),
    "auth is text": ({"auth": SECRET}, r"auth must be an httpx\.Auth .*got str"),
    "auth is a pair": ({"auth": ("name", SECRET)}, r"auth must be an httpx\.Auth .*got tuple"),
    "auth is a class": ({"auth": sdk.ApiKeyAuth}, r"auth must be an httpx\.Auth"),
    "an httpx client without auth": (
        {"auth": None, "http_client": httpx.Client(transport=Script())},
        "auth is missing",
    ),
    "url without scheme": ({"base_url": "api.factorialhr.com"}, "needs a scheme and a host"),
    "url of another scheme": ({"base_url": "ftp://api.factorialhr.com"}, "needs a scheme and a host"),
    "url without host": ({"base_url": "https://"}, "needs a scheme and a host"),
    "url with nothing": ({"base_url": ""}, "needs a scheme and a host"),
    "url with a path": ({"base_url": "https://api.factorialhr.com/api"}, "ends before '/api'"),
    "url with a version": ({"base_url": "https://api.factorialhr.com/api/2026-10-01/resources/"}, "ends before '/api'"),
    "url with a query": ({"base_url": "https://api.factorialhr.com?a=1"}, "ends with its host"),
    "url with a fragment": ({"base_url": "https://api.factorialhr.com#a"}, "ends with its host"),
    "url with a name": ({"base_url": f"https://{SECRET}@api.factorialhr.com"}, "carries no credentials"),
    "url with a password": ({"base_url": f"https://:{SECRET}@api.factorialhr.com"}, "carries no credentials"),
    "url with an empty name": ({"base_url": "https://@api.factorialhr.com"}, "carries no credentials"),
    "url with brackets": ({"base_url": "https://[::1"}, "base_url"),
    "url with a port of letters": ({"base_url": "https://api.factorialhr.com:port"}, "base_url"),
    "url with a port too large": ({"base_url": "https://api.factorialhr.com:99999"}, "base_url"),
    "url with a blank": ({"base_url": "https://api factorialhr.com"}, "holds a blank"),
    "url that is no name": ({"base_url": "https://xn--"}, "needs a scheme and a host"),
    "url is bytes": ({"base_url": b"https://api.factorialhr.com"}, "base_url is a str .*not bytes"),
    "url is an httpx URL": ({"base_url": httpx.URL("https://h")}, "base_url is a str .*not URL"),
    "an unknown version": (
        {"api_version": "2026-10-02"},
        "unknown api_version '2026-10-02'; choose one of .*2026-10-01",
    ),
    "an expired version": ({"api_version": "2025-10-01"}, "unknown api_version"),
    "no version": ({"api_version": None}, "unknown api_version"),
    "timeout of nothing": ({"timeout": 0}, "timeout is a positive"),
    "timeout below nothing": ({"timeout": -1}, "timeout is a positive"),
    "timeout without end": ({"timeout": float("inf")}, "timeout is a positive, finite"),
    "timeout is no number": ({"timeout": float("nan")}, "timeout is a positive"),
    "timeout is None": ({"timeout": None}, "timeout=None would wait for ever"),
    "a phase is without an end": ({"timeout": httpx.Timeout(5, read=None)}, r"timeout \(read\) is a positive"),
    "timeout is true": ({"timeout": True}, "timeout is a positive"),
    "timeout is text": ({"timeout": "60"}, "timeout is a positive"),
    "retries below nothing": ({"max_retries": -1}, "max_retries is a whole number"),
    "retries in parts": ({"max_retries": 1.5}, "max_retries is a whole number"),
    "retries are true": ({"max_retries": True}, "max_retries is a whole number"),
    "retries are None": ({"max_retries": None}, "max_retries is a whole number"),
    "transport and client": (
        {"transport": Script(), "http_client": httpx.Client(transport=Script())},
        "transport or http_client, not both",
    ),
}
HEADERS = {
    "text": ("X-Team: a", "headers is a mapping"),
    "pairs": ([("X-Team", "a")], "headers is a mapping"),
    "a number": ({"X-Team": 1}, "headers is a mapping of str to str"),
    "bytes": ({b"X-Team": b"a"}, "headers is a mapping of str to str"),
    "a line break": ({"X-Team": f"{SECRET}\r\nX-Other: b"}, "'X-Team' has characters that no header can hold"),
    "an accent": ({"X-Team": f"{SECRET}é"}, "'X-Team' has characters that no header can hold"),
    "a name of nothing": ({"": "a"}, "characters that no header can hold"),
    "a name with a break": ({"X\nTeam": "a"}, "characters that no header can hold"),
    "a name with a blank": ({"X Team": "a"}, "characters that no header can hold"),
    "a name with a colon": ({"X-Team:": "a"}, "characters that no header can hold"),
}


@pytest.mark.parametrize(("settings", "message"), SETTINGS.values(), ids=SETTINGS)
def test_a_setting_that_cannot_work(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(sdk.ConfigurationError, match=message) as caught:
        sdk.ApiClient(**{"auth": KEY, **settings})
    assert isinstance(caught.value, ValueError)
    assert SECRET not in printed(caught.value)


@pytest.mark.parametrize(("headers", "message"), HEADERS.values(), ids=HEADERS)
def test_headers_of_the_client_that_cannot_work(headers: Any, message: str) -> None:
    with pytest.raises(sdk.ConfigurationError, match=message) as caught:
        sdk.ApiClient(auth=KEY, headers=headers)
    assert SECRET not in printed(caught.value)


@pytest.mark.parametrize(("headers", "message"), HEADERS.values(), ids=HEADERS)
def test_headers_of_a_call_that_cannot_work(headers: Any, message: str) -> None:
    script = Script()
    with pytest.raises(sdk.ConfigurationError, match=message) as caught:
        client(script).trainings.sessions.get(headers=headers)
    assert SECRET not in printed(caught.value)
    assert not script.requests


@pytest.mark.parametrize(
    ("one", "message"),
    [
        ("", "'' is not an id"),
        ("7/8", "'7/8' is not an id"),
        ("/", "not empty and without '/'"),
        (".", "'.' is not an id"),
        ("..", "'..' is not an id"),
        (True, "an id is an int or a str, not bool; pass record.id"),
        (None, "not NoneType"),
        (7.0, "not float"),
        (b"7", "not bytes"),
        (["7"], "not list"),
        (sdk.Session(id="7", name="n", training_id="1", subsidized=False), "not Session; pass record.id"),
    ],
)
@pytest.mark.parametrize("method", ["get_by_id", "update", "delete"])
def test_an_id_that_is_none(one: Any, message: str, method: str) -> None:
    script = Script()
    arguments = ({"name": "x"},) if method == "update" else ()
    with pytest.raises(sdk.ConfigurationError, match=message):
        getattr(client(script).trainings.sessions, method)(one, *arguments)
    assert not script.requests


def endless() -> dict[str, Any]:
    body: dict[str, Any] = {}
    body["name"] = body
    return body


# Everything is sent through the endpoint of sessions, but for what is named otherwise.
CALLS: dict[str, tuple[Callable[[sdk.ApiClient], Any], str]] = {
    **{
        f"limit {limit!r}": (lambda api, limit=limit: api.trainings.sessions.get(limit=limit), "'limit' must be ")
        for limit in (0, 101, -1, "x", True, 1.5, [20], "101", "")
    },
    **{
        f"limit {limit!r} in params": (
            lambda api, limit=limit: api.trainings.sessions.all(params={"limit": limit}),
            "'limit' must be ",
        )
        for limit in (0, 101, "x", False)
    },
    "page 0": (lambda api: api.trainings.sessions.get(page=0), "'page' must be 1 or more; got 0$"),
    "an unknown keyword": (lambda api: api.trainings.sessions.get(colour="red"), "takes no keyword 'colour': it takes"),
    "a misspelt keyword": (lambda api: api.trainings.sessions.get(trainings_ids=[7]), "did you mean 'training_ids'"),
    "a misspelt keyword in a walk": (lambda api: api.trainings.sessions.all(serach="x"), "did you mean 'search'"),
    "a misspelt option": (lambda api: api.trainings.sessions.get_by_id(7, timout=5), "did you mean 'timeout'"),
    "paging for one record": (lambda api: api.trainings.sessions.get_by_id(7, limit=5), "takes no keyword 'limit'"),
    "a filter for a write": (lambda api: api.trainings.sessions.create({}, search="x"), "takes no keyword 'search'"),
    "a keyword twice": (
        lambda api: api.trainings.sessions.get(training_ids=[7], params={"training_ids[]": [8]}),
        r"'training_ids\[\]' is given as a keyword and in 'params'",
    ),
    "limit twice": (lambda api: api.trainings.sessions.get(limit=7, params={"limit": 8}), "'limit' is given as a"),
    "params is text": (
        lambda api: api.trainings.sessions.get(params="limit=20"),
        "'params' must be a mapping; got str$",
    ),
    "params are pairs": (
        lambda api: api.trainings.sessions.get(params=[("limit", 20)]),
        "'params' must be a mapping; got list$",
    ),
    "names in params": (
        lambda api: api.trainings.sessions.get(params={7: 1}),
        "names in 'params' must be str; got int$",
    ),
    "a filter of bytes": (
        lambda api: api.trainings.sessions.get(search=SECRET.encode()),
        "'search' must be text, .*; got bytes$",
    ),
    "a filter of objects": (
        lambda api: api.trainings.sessions.get(ids=[object()]),
        r"'ids\[\]' must be text, .*; got object$",
    ),
    "a filter that is no text": (lambda api: api.trainings.sessions.get(search=f"{SECRET}\ud800"), "search"),
    "an id that is no text": (lambda api: api.trainings.sessions.get_by_id("7\ud800"), "an id"),
    "a cursor of a list": (lambda api: api.trainings.sessions.all(after_id=["x"]), "after_id"),
    "a body of a list": (lambda api: api.trainings.sessions.create([1]), "'data' is a mapping of fields, not list$"),
    "a body of text": (lambda api: api.trainings.sessions.create(SECRET), "'data' is a mapping of fields, not str$"),
    "no body": (lambda api: api.trainings.sessions.create(None), "'data' is a mapping of fields, not NoneType$"),
    "a body of a record": (
        lambda api: api.trainings.sessions.update(7, sdk.Session(**session(name=SECRET))),
        "PUT trainings/sessions/7: 'data' is a mapping of fields, not Session: pass the fields to write$",
    ),
    "a field of no JSON": (
        lambda api: api.trainings.sessions.create({"a": 1, "name": {"deep": [object(), SECRET]}}),
        r"POST trainings/sessions: 'name' \(a dict\) cannot be written as JSON$",
    ),
    "a field of half a character": (
        lambda api: api.trainings.sessions.create({"name": f"{SECRET}\ud800"}),
        r"'name' \(a str\) cannot be written as JSON$",
    ),
    "a field of a file": (lambda api: api.trainings.sessions.create({"name": open}), r"'name' \(a builtin_function"),
    "a field with no name": (lambda api: api.trainings.sessions.create({(SECRET,): 1}), "a key of type tuple"),
    "a body within itself": (lambda api: api.trainings.sessions.create(endless()), "'name' .* cannot be written"),
    "timeout": (lambda api: api.trainings.sessions.get_by_id(7, timeout=0), "timeout is a positive"),
    "retries": (lambda api: api.trainings.sessions.get_by_id(7, max_retries=-1), "max_retries is a whole number"),
    "a request of no path": (lambda api: api.request("GET", ""), "'' is not an id"),
    "a request of a hole": (lambda api: api.request("GET", "trainings//7"), "'' is not an id"),
    "a request of another place": (lambda api: api.request("GET", "trainings/../../other"), "'..' is not an id"),
    "a request of a list": (lambda api: api.request("POST", "a/b", data=[1]), "'data' is a mapping of fields"),
    "a request of a keyword": (lambda api: api.request("GET", "a/b", limit=5), "takes no keyword 'limit'"),
    "a multipart body of a list": (lambda api: api.tasks.task_files.create([1]), "'data' is a mapping of fields"),
    "an operation of a later version": (
        lambda api: api.compensations.concepts.create({}),
        "POST compensations/concepts is not available in API version 2026-07-01; available in: 2026-10-01, 2027-01-01$",
    ),
}


@pytest.mark.parametrize(("call", "message"), CALLS.values(), ids=CALLS)
def test_a_call_that_cannot_work(call: Callable[[sdk.ApiClient], Any], message: str) -> None:
    script = Script()
    with pytest.raises(sdk.ConfigurationError, match=message) as caught:
        call(client(script, api_version="2026-07-01"))
    assert SECRET not in printed(caught.value)
    assert not script.requests


def test_a_misspelt_keyword_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="did you mean 'training_ids'"):
        client(Script()).trainings.sessions.get(trainings_ids=[7])


def test_a_filter_that_the_version_lacks() -> None:
    script = Script(httpx.Response(200, json={"data": []}))
    api = client(script, api_version="2026-07-01")
    with pytest.raises(
        sdk.UnsupportedOperationError,
        match=r"GET banking/transactions: the filter 'account_ids' is not available in API version 2026-07-01; "
        r"available in: 2026-01-01, 2026-04-01$",
    ):
        api.banking.transactions.get(account_ids=[1])
    assert not script.requests
    api.banking.transactions.get(account_ids=None, bank_account_ids=[1])
    assert script.queries == [{"bank_account_ids[]": "1"}]


@pytest.mark.parametrize("method", ["get", "all", "get_by_id", "delete"])
def test_a_client_that_is_closed(method: str) -> None:
    script = Script()
    with client(script) as api:
        pass
    assert script.closed == 1
    with pytest.raises(sdk.ClientClosedError, match=r"trainings/sessions.*: this client is closed; make a new one"):
        getattr(api.trainings.sessions, method)(*((7,) if "id" in method or method == "delete" else ()))
    assert not script.requests


def test_errors_of_bad_input_are_errors_of_this_package() -> None:
    assert issubclass(sdk.ConfigurationError, sdk.FactorialError)
    assert issubclass(sdk.UnexpectedKeywordError, sdk.ConfigurationError)
    assert issubclass(sdk.UnsupportedOperationError, sdk.ConfigurationError)
    assert issubclass(sdk.ClientClosedError, RuntimeError)
