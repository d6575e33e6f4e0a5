"""Copies of a client: other settings on the same connections."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests._async.clients import client
from tests.halves import factorialhr_async as sdk
from tests.halves import other_half
from tests.support import answers
from tests.support.script import Script

Seen = Callable[[httpx.Request], object]


def header(name: str) -> Seen:
    return lambda request: request.headers.get(name)


@pytest.mark.parametrize(
    ("options", "seen", "of_the_copy", "of_the_first"),
    [
        ({"auth": sdk.AccessTokenAuth("other")}, header("authorization"), "Bearer other", None),
        ({"api_key": "other"}, header("x-api-key"), "other", "credential-of-the-tests"),
        ({"access_token": "other"}, header("x-api-key"), None, "credential-of-the-tests"),
        ({"api_version": "2027-01-01"}, lambda request: request.url.path.split("/")[2], "2027-01-01", "2026-10-01"),
        ({"timeout": 5}, lambda request: request.extensions["timeout"]["read"], 5.0, 60.0),
        ({"headers": {"X-Team": "copy"}}, header("x-team"), "copy", "first"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
async def test_an_option_reaches_the_requests_of_the_copy_alone(
    options: dict[str, Any], seen: Seen, of_the_copy: object, of_the_first: object
) -> None:
    script = Script(*(answers.json(answers.session()) for _ in range(3)))
    api = client(script, headers={"X-Team": "first"})
    copy = api.with_options(**options)
    await api.trainings.sessions.get_by_id(7)
    await copy.trainings.sessions.get_by_id(7)
    await api.trainings.sessions.get_by_id(7)
    assert [seen(request) for request in script.requests] == [of_the_first, of_the_copy, of_the_first]


async def test_a_copy_keeps_what_it_does_not_change() -> None:
    script = Script(answers.json(answers.session()))
    api = client(script, base_url="https://api.demo.factorial.dev", headers={"X-Team": "first"}, timeout=9)
    await api.with_options(max_retries=0).with_options(strict=True).trainings.sessions.get_by_id(7)
    assert script.request.url.host == "api.demo.factorial.dev"
    assert script.request.headers["x-team"] == "first"
    assert script.request.headers["x-api-key"] == "credential-of-the-tests"
    assert script.request.extensions["timeout"]["read"] == 9


async def test_retries_of_a_copy() -> None:
    script = Script(answers.json({}, 503), answers.json({}, 503), answers.json(answers.session()))
    api = client(script)
    with pytest.raises(sdk.ServerError):
        await api.with_options(max_retries=0).trainings.sessions.get_by_id(7)
    await api.trainings.sessions.get_by_id(7)


async def test_a_strict_copy() -> None:
    script = Script(*(answers.json(answers.session(name=7)) for _ in range(2)))
    api = client(script)
    with pytest.raises(sdk.DecodeError):
        await api.with_options(strict=True).trainings.sessions.get_by_id(7)
    with pytest.warns(sdk.DecodeWarning):
        await api.trainings.sessions.get_by_id(7)


async def test_the_deadline_of_a_copy(waits: list[float]) -> None:
    busy = answers.json({}, 429, retry_after="30")
    script = Script(busy, answers.json({}, 429, retry_after="30"), answers.json(answers.session()))
    api = client(script)
    with pytest.raises(sdk.RateLimitError):
        await api.with_options(deadline=5).trainings.sessions.get_by_id(7)
    assert sum(waits) < 5
    await api.with_options(deadline=5).with_options(deadline=None).trainings.sessions.get_by_id(7)
    assert sum(waits) >= 30


async def test_events_of_a_copy() -> None:
    of_the_first: list[object] = []
    of_the_copy: list[object] = []
    script = Script(answers.json({}, 503), answers.json(answers.session()))
    api = client(script, on_event=of_the_first.append)
    await api.with_options(on_event=of_the_copy.append).trainings.sessions.get_by_id(7)
    assert [type(event) for event in of_the_copy] == [sdk.RetryEvent]
    assert of_the_first == []


async def test_a_copy_reports_slow_calls_by_its_own_measure() -> None:
    events: list[object] = []
    script = Script(*(answers.json(answers.session()) for _ in range(2)))
    api = client(script, on_event=events.append)
    await api.trainings.sessions.get_by_id(7)
    assert events == []
    await api.with_options(slow_call_seconds=1e-9).trainings.sessions.get_by_id(7)
    assert [type(event) for event in events] == [sdk.SlowCallEvent]


@pytest.mark.parametrize(
    ("options", "waits_for_the_first"),
    [
        ({}, True),
        ({"timeout": 5}, True),
        ({"auth": sdk.ApiKeyAuth("other")}, False),
        ({"api_key": "other"}, False),
        ({"access_token": "other"}, False),
        ({"rate_limiter": sdk.TokenBucket()}, False),
    ],
)
async def test_limits_are_per_credential(
    options: dict[str, Any], waits_for_the_first: bool, waits: list[float]
) -> None:
    script = Script(*(answers.json(answers.session()) for _ in range(2)))
    api = client(script, rate_limiter=sdk.TokenBucket(1))
    await api.trainings.sessions.create({"name": "x"})
    await api.with_options(**options).trainings.sessions.create({"name": "x"})
    assert (sum(waits) >= 59) == waits_for_the_first


async def test_another_credential_with_the_limiter_that_is_given(waits: list[float]) -> None:
    script = Script(*(answers.json(answers.session()) for _ in range(2)))
    limiter = sdk.TokenBucket(1)
    api = client(script, rate_limiter=limiter)
    await api.trainings.sessions.create({"name": "x"})
    await api.with_options(api_key="other", rate_limiter=limiter).trainings.sessions.create({"name": "x"})
    assert sum(waits) >= 59


async def test_copies_of_another_credential_have_a_limiter_each(waits: list[float]) -> None:
    script = Script(*(answers.json(answers.session()) for _ in range(2)))
    api = client(script)
    for key in ("one", "two"):
        copy = api.with_options(api_key=key)
        assert copy._options["rate_limiter"] is not api._options["rate_limiter"]
        await copy.trainings.sessions.create({"name": "x"})
    assert waits == []


async def test_closing_a_copy_closes_nothing_and_closing_the_first_closes_both() -> None:
    script = Script(*(answers.json(answers.session()) for _ in range(2)))
    api = client(script)
    async with api.with_options(timeout=5) as copy:
        await copy.trainings.sessions.get_by_id(7)
    assert script.closed == 0
    await copy.trainings.sessions.get_by_id(7)
    await api.aclose()
    assert script.closed == 1
    for one in (api, copy, copy.with_options(strict=True)):
        with pytest.raises(sdk.ClientClosedError):
            await one.trainings.sessions.get_by_id(7)
    assert len(script.requests) == 2


async def test_the_endpoints_of_a_copy_use_the_copy() -> None:
    script = Script(*(answers.json(answers.session()) for _ in range(3)))
    api = client(script)
    await api.trainings.sessions.get_by_id(7)  # which the client remembers
    copy = api.with_options(api_key="other")
    await copy.trainings.sessions.get_by_id(7)
    await sdk.SessionsEndpoint(copy).get_by_id(7)
    keys = [request.headers["x-api-key"] for request in script.requests]
    assert keys == ["credential-of-the-tests", "other", "other"]


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        *((one, "belongs to the connections") for one in ("transport", "http_client", "base_url", "max_in_flight")),
        ("tiemout", "takes auth, "),
    ],
)
def test_an_option_that_no_copy_can_have(name: str, instead: str) -> None:
    with pytest.raises(sdk.UnexpectedKeywordError, match=f"^with_options takes no keyword '{name}': it {instead}"):
        client(Script()).with_options(**{name: None})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"timeout": 0}, "^timeout "),
        ({"api_version": "2020-01-01"}, "^unknown api_version '2020-01-01'"),
        ({"api_key": "a", "access_token": "b"}, "^api_key and access_token are both given"),
        ({"auth": sdk.ApiKeyAuth("a"), "api_key": "b"}, "^auth and api_key are both given"),
        ({"api_key": ""}, "^ApiKeyAuth needs a credential"),
        ({"rate_limiter": None}, "^rate_limiter must have take"),
        ({"auth": "key"}, r"^auth must be an httpx\.Auth"),
    ],
)
def test_an_option_that_cannot_work(options: dict[str, Any], message: str) -> None:
    with pytest.raises(sdk.ConfigurationError, match=message):
        client(Script()).with_options(**options)


@pytest.mark.parametrize("make", [sdk.SessionsEndpoint, type(client(Script()).trainings)])
@pytest.mark.parametrize("thing", [None, "https://api.factorialhr.com", httpx.Client, sdk.ApiKeyAuth("key")])
def test_an_endpoint_of_something_that_is_no_client(make: Callable[[Any], Any], thing: object) -> None:
    with pytest.raises(sdk.ConfigurationError, match=rf"^\w+ needs an ApiClient; got {type(thing).__name__}$"):
        make(thing)


def test_an_endpoint_of_a_client_of_the_other_half() -> None:
    other = other_half(sdk)
    message = f"SessionsEndpoint of {sdk.__name__} needs an ApiClient of {sdk.__name__}; got one of {other.__name__}"
    with pytest.raises(sdk.ConfigurationError) as raised:
        sdk.SessionsEndpoint(other.ApiClient(api_key="key"))
    assert str(raised.value) == message


def made() -> list[Any]:
    """One of everything that belongs to its process."""
    api = client(Script())
    return [
        api,
        api.trainings.sessions,
        api.trainings.sessions.iter(),
        api.trainings.sessions.pages(),
        sdk.ApiKeyAuth("k"),
        sdk.AccessTokenAuth("t"),
        sdk.RefreshTokenAuth("a", "r", client_id="c", client_secret="s"),
        sdk.OAuthClient("c", "s", transport=Script()),
        sdk.TokenBucket(),
        sdk.FileRateLimiter("rate"),
        sdk.MemoryTokenStore(),
    ]


WAYS: dict[str, Callable[[Any], object]] = {"pickle": pickle.dumps, "copy": copy.copy, "deepcopy": copy.deepcopy}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
async def test_what_belongs_to_one_process_says_what_to_do_instead(way: Callable[[Any], object]) -> None:
    for one in made():
        if way is copy.copy and type(one).__name__ == "SessionsEndpoint":
            continue  # it holds its client, and nothing else
        with pytest.raises(
            sdk.ConfigurationError, match=r"^\w+ cannot be pickled or copied: (make|pass|use) "
        ) as caught:
            way(one)
        assert caught.value.__context__ is None


async def test_stores_that_processes_share_may_be_sent_to_them(tmp_path: Path) -> None:
    for kind in (sdk.FileTokenStore, sdk.SqliteTokenStore):
        store = kind(tmp_path / "tokens")
        assert repr(pickle.loads(pickle.dumps(store))) == repr(store)  # noqa: S301


async def test_an_httpx_client_without_a_credential() -> None:
    async with httpx.AsyncClient(transport=Script()) as lent:
        with pytest.raises(sdk.ConfigurationError, match=r"^auth is missing: give it to http_client or pass api_key="):
            sdk.ApiClient(http_client=lent)
