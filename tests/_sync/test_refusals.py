"""Refused before anything is sent: what would be ignored, misunderstood, or fail in the depths."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests._sync.clients import client
from tests.halves import factorialhr_sync as sdk
from tests.support import answers
from tests.support.script import Script

KEY = sdk.ApiKeyAuth("key")


@pytest.mark.parametrize("name", ["transport", "http_client"])
def test_something_else_than_a_transport_or_client_of_this_half(name: str) -> None:
    with pytest.raises(sdk.ConfigurationError, match=f"^{name} must be an httpx .* of this half; got object$"):
        sdk.ApiClient(auth=KEY, **{name: object()})


@pytest.mark.parametrize("empty", [[], (), set(), {}.keys(), range(0), iter(()), [None], {}])
@pytest.mark.parametrize("method", ["get", "all"])
def test_an_empty_filter_which_the_api_would_not_see(method: str, empty: Any) -> None:
    script = Script()
    with pytest.raises(sdk.ConfigurationError, match="'ids' is empty, and the API would answer as if"):
        getattr(client(script).trainings.sessions, method)(ids=empty)
    assert script.requests == []


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), Decimal("NaN"), dt.timedelta(1), b"7", [1, float("nan")]]
)
@pytest.mark.parametrize("where", ["keyword", "params"])
@pytest.mark.parametrize("method", ["get", "all"])
def test_a_filter_whose_value_has_no_meaning_on_the_wire(method: str, where: str, value: Any) -> None:
    script = Script()
    options: dict[str, Any] = {"ids": value} if where == "keyword" else {"params": {"ids[]": value}}
    with pytest.raises(sdk.ConfigurationError, match=r"^GET trainings/sessions: 'ids\[\]' (is NaN|must be text)"):
        getattr(client(script).trainings.sessions, method)(**options)
    assert script.requests == []


@pytest.mark.parametrize("method", ["iter", "pages"])
def test_a_stream_whose_filters_cannot_work_is_refused_where_it_is_made(method: str) -> None:
    with pytest.raises(sdk.UnexpectedKeywordError, match="did you mean 'search'"):
        getattr(client(Script()).trainings.sessions, method)(serach="x")


@pytest.mark.parametrize("where", ["keyword", "params"])
def test_a_filter_that_can_be_read_once_is_sent_with_every_page(where: str) -> None:
    script = Script(answers.page_before("c1", "1"), answers.page_before("c2", "2"), answers.page("3"))
    once = (number for number in (7, 8))
    options: dict[str, Any] = {"ids": once} if where == "keyword" else {"params": {"ids[]": once}}
    assert len(client(script).trainings.sessions.all(**options)) == 3
    assert [request.url.params.get_list("ids[]") for request in script.requests] == [["7", "8"]] * 3


def test_a_filter_that_makes_too_long_an_address() -> None:
    script = Script()
    with pytest.raises(sdk.ConfigurationError, match=r"the URL too long.*split the list over several calls"):
        client(script).trainings.sessions.get(ids=range(10_000))
    assert script.requests == []


@pytest.mark.parametrize(("verb", "path"), [("GET", 7), (None, "trainings/sessions"), ("GET", ("trainings",))])
def test_a_request_whose_verb_or_path_is_no_text(verb: Any, path: Any) -> None:
    script = Script()
    with pytest.raises(sdk.ConfigurationError, match="verb and path must be str"):
        client(script).request(verb, path)
    assert script.requests == []


def test_a_closed_httpx_client() -> None:
    http_client = httpx.Client()
    api = sdk.ApiClient(auth=KEY, http_client=http_client)
    http_client.close()
    with pytest.raises(sdk.ClientClosedError, match="this client is closed"):
        api.trainings.sessions.get()


def test_redirects_carry_no_key_to_another_host(httpx_mock: Any) -> None:
    httpx_mock.add_response(status_code=302, headers={"location": "https://elsewhere.example/"})
    with httpx.Client(follow_redirects=True) as http_client:
        with pytest.raises(sdk.ApiStatusError, match="redirects are not followed; check base_url"):
            sdk.ApiClient(auth=KEY, http_client=http_client).trainings.sessions.get()
    assert len(httpx_mock.get_requests()) == 1


def test_a_rate_limit_in_a_file_that_cannot_be_one(tmp_path: Path) -> None:
    limiter = sdk.FileRateLimiter(tmp_path / "limit")
    (tmp_path / "limit").mkdir()
    script = Script()
    with pytest.raises(sdk.RateLimiterError, match="cannot be used for the rate limit: "):
        client(script, rate_limiter=limiter).trainings.sessions.get()
    assert script.requests == []


LOSSY = [float("nan"), float("inf"), Decimal("NaN"), dt.timedelta(1), b"7", bytearray(b"7")]


@pytest.mark.parametrize("value", LOSSY)
def test_a_body_whose_value_would_be_written_as_something_else(value: Any) -> None:
    script = Script()
    sessions = client(script).trainings.sessions
    with pytest.raises(sdk.ConfigurationError, match=r"^PUT trainings/sessions/7: 'duration' is "):
        sessions.update(7, {"name": "x", "duration": value})
    with pytest.raises(sdk.ConfigurationError, match=r"^POST trainings/sessions: 'reminders\[0\]\.content' is "):
        sessions.create({"name": "x", "training_id": 1, "reminders": [{"content": value}]})
    assert script.requests == []


@pytest.mark.parametrize("value", LOSSY)
def test_a_form_whose_value_would_be_written_as_something_else(value: Any) -> None:
    script = Script()
    with pytest.raises(sdk.ConfigurationError, match=r"'task_id' (is NaN|must be text)"):
        client(script).tasks.task_files.create({"task_id": value, "file": b"x"})
    assert script.requests == []


@pytest.mark.parametrize("name", ["Content-Type", "content-type"])
def test_a_body_has_one_content_type(name: str) -> None:
    script = Script(*[session_answer()] * 3)
    api = client(script, headers={name: "application/problem+json"})
    api.trainings.sessions.update(7, {"name": "x"}, headers={name: "application/vnd.api+json"})
    api.trainings.sessions.update(7, {"name": "x"})
    sent = [request.headers.get_list("content-type") for request in script.requests]
    assert sent == [["application/vnd.api+json"], ["application/problem+json"]]


@pytest.mark.parametrize("name", ["Content-Type", "content-type"])
def test_the_content_type_of_a_form_is_its_own(name: str) -> None:
    script = Script(answers.json({"id": "1", "task_id": "7"}, 201))
    api = client(script, headers={name: "application/json"})
    with pytest.raises(sdk.ConfigurationError, match="the Content-Type of a form says where its parts end"):
        api.tasks.task_files.create({"task_id": 7, "file": b"x"}, headers={name: "multipart/form-data"})
    assert script.requests == []
    with pytest.warns(sdk.DecodeWarning):
        api.tasks.task_files.create({"task_id": 7, "file": b"x"})
    [kind] = script.request.headers.get_list("content-type")
    assert kind.startswith("multipart/form-data; boundary=")


def session_answer() -> Any:
    return answers.json(answers.session())
