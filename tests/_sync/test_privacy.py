"""What is printed in logs and consoles shows which record it is, and nothing of a person."""

from __future__ import annotations

import logging

import httpx
import pytest

from tests._sync.clients import CREDENTIAL, client
from tests.halves import factorialhr_sync as sdk
from tests.support import answers
from tests.support.script import Script

PERSON = "name-of-a-person"


def test_a_record_shows_its_type_and_id() -> None:
    api = client(Script(answers.json(answers.session(id=7, name=PERSON))))
    record = api.trainings.sessions.get_by_id(7)
    for text in (repr(record), str(record), f"{record}", f"{[record]}"):
        assert text.strip("[]") == "Session(id=7)"
    assert record.__rich_repr__() == [("id", 7)]


def test_a_record_without_an_id_shows_none() -> None:
    api = client(Script(answers.json(answers.session(id=..., name=PERSON))))
    with pytest.warns(sdk.DecodeWarning):
        record = api.trainings.sessions.get_by_id(7)
    assert repr(record) == "Session(id=None)"


def test_responses_show_how_many_they_hold() -> None:
    def step() -> object:
        return answers.json({"data": [answers.session(name=PERSON)], "meta": {"has_next_page": False}})

    api = client(Script(step(), step()))
    assert repr(api.trainings.sessions.get()) == "<MetaApiResponse of 1>"
    assert repr(api.trainings.sessions.all()) == "<ListApiResponse of 1>"


def test_clients_show_their_address() -> None:
    api = client(Script())
    assert repr(api) == "<ApiClient https://api.factorialhr.com/api/2026-10-01/resources/>"
    assert repr(api.trainings.sessions) == "<SessionsEndpoint trainings/sessions>"
    assert CREDENTIAL not in f"{api!r} {api!s} {api.trainings!r}"


@pytest.mark.parametrize("kind", [sdk.ApiKeyAuth, sdk.AccessTokenAuth])
def test_credentials_show_their_kind(kind: type) -> None:
    for text in (repr(kind(CREDENTIAL)), str(kind(CREDENTIAL))):
        assert text == f"{kind.__name__}(***)"


def test_the_errors_of_httpx_keep_no_credential() -> None:
    api = client(Script(httpx.ConnectError("")), max_retries=0)
    with pytest.raises(sdk.ApiConnectionError) as caught:
        api.trainings.sessions.get_by_id(7)
    cause = caught.value.__cause__
    assert isinstance(cause, httpx.ConnectError)
    for request in (caught.value.request, cause.request):
        assert CREDENTIAL not in request.headers.values()


def test_nothing_of_a_call_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    api = client(Script(answers.json({"errors": [PERSON]}, 503), answers.json(answers.session(name=PERSON))))
    api.trainings.sessions.get_by_id(7, params={"search": PERSON})
    assert PERSON not in caplog.text
    assert CREDENTIAL not in caplog.text
