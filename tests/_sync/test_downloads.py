"""Files behind temporary addresses: whole or not there, and no credential goes with the request."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests._sync.clients import CREDENTIAL, client
from tests.halves import factorialhr_sync as sdk
from tests.support.copies import printed
from tests.support.files import names_in
from tests.support.script import Script
from tests.support.server import Server, answer

ADDRESS = "https://files.example/documents/7?signature=temporary-permission"
CONTENT = b"what is in the file" * 10_000


def test_a_file_is_written_where_it_is_wanted(tmp_path: Path) -> None:
    script = Script(httpx.Response(200, content=CONTENT), httpx.Response(200, content=b"newer"))
    api = client(script, timeout=7)
    target = tmp_path / "contract.pdf"
    assert api.download(ADDRESS, target) == target
    assert target.read_bytes() == CONTENT
    assert api.download(ADDRESS, str(target)) == target
    assert target.read_bytes() == b"newer"
    assert names_in(tmp_path) == ["contract.pdf"]
    assert str(script.requests[0].url) == ADDRESS
    assert script.requests[0].extensions["timeout"]["read"] == 7


def test_no_credential_goes_to_the_address(tmp_path: Path) -> None:
    script = Script(httpx.Response(200, content=CONTENT))
    client(script, headers={"X-Team": "a"}).download(ADDRESS, tmp_path / "a")
    assert CREDENTIAL not in str(script.request.headers.multi_items())


def test_no_credential_of_an_httpx_client_goes_to_the_address(tmp_path: Path) -> None:
    script = Script(httpx.Response(200, content=CONTENT))
    http_client = httpx.Client(transport=script, auth=("user", CREDENTIAL))
    sdk.ApiClient(http_client=http_client).download(ADDRESS, tmp_path / "a")
    assert "authorization" not in script.request.headers


def test_the_address_is_not_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    http_client = httpx.Client(transport=Script(httpx.Response(200, content=CONTENT)))
    sdk.ApiClient(auth=sdk.ApiKeyAuth("key"), http_client=http_client).download(ADDRESS, tmp_path / "a")
    assert "temporary-permission" not in caplog.text


@pytest.mark.parametrize(
    ("step", "kind", "message"),
    [
        (httpx.Response(404, content=b"secret"), sdk.NotFoundError, "GET a file from files.example: 404 Not Found"),
        (httpx.Response(403), sdk.PermissionDeniedError, "GET a file from files.example: 403 Forbidden"),
        (
            httpx.ConnectError("x"),
            sdk.ApiConnectionError,
            "GET a file from files.example: no connection to files.example",
        ),
        (httpx.ReadTimeout("x"), sdk.ApiTimeoutError, "GET a file from files.example: no answer within 60 s"),
        (ZeroDivisionError(), ZeroDivisionError, ""),
    ],
)
def test_what_fails_leaves_nothing(step: Any, kind: type[Exception], message: str, tmp_path: Path) -> None:
    target = tmp_path / "contract.pdf"
    target.write_bytes(b"older")
    step = step if isinstance(step, Exception) else httpx.Response(step.status_code, content=step.content)
    with pytest.raises(kind, match=f"^{message}") as caught:
        client(Script(step)).download(ADDRESS, target, max_retries=0)
    assert "temporary-permission" not in printed(caught.value)
    assert "secret" not in printed(caught.value)
    assert names_in(tmp_path) == ["contract.pdf"]
    assert target.read_bytes() == b"older"


def test_a_file_that_is_cut_off_is_not_written(tmp_path: Path) -> None:
    with Server(answer(CONTENT, length=len(CONTENT) + 1)) as server:
        with sdk.ApiClient("http://h", auth=sdk.ApiKeyAuth("key")) as api:
            with pytest.raises(sdk.ApiConnectionError):
                api.download(f"{server.url}/file", tmp_path / "a", max_retries=0)
    assert not names_in(tmp_path)


@pytest.mark.parametrize("address", ["", "file", "/file", "ftp://h/file", "file:///etc/passwd", "https://", None])  # fmt: skip
def test_what_is_no_address_is_refused(address: Any, tmp_path: Path) -> None:
    script = Script()
    with pytest.raises(sdk.ConfigurationError, match="the address of a download must begin with https://"):
        client(script).download(address, tmp_path / "a")
    assert not script.requests


def test_what_is_no_target_is_refused(tmp_path: Path) -> None:
    script = Script()
    with pytest.raises(sdk.ConfigurationError, match="is a folder: name the file"):
        client(script).download(ADDRESS, tmp_path)
    with pytest.raises(sdk.ConfigurationError, match="does not exist: create it first"):
        client(script).download(ADDRESS, tmp_path / "folder" / "a")
    assert not script.requests


def test_a_client_that_is_closed_downloads_nothing(tmp_path: Path) -> None:
    api = client(Script())
    api.close()
    with pytest.raises(sdk.ClientClosedError):
        api.download(ADDRESS, tmp_path / "a")
    assert not names_in(tmp_path)


def test_two_downloads_to_one_target_do_not_mix(tmp_path: Path) -> None:
    """The second begins and ends in the middle of the first, whose file then takes its place, whole."""
    target = tmp_path / "contract.pdf"

    def first() -> Iterator[bytes]:
        yield CONTENT[:1000]
        api.download(ADDRESS, target)
        assert target.read_bytes() == b"another"
        yield CONTENT[1000:]

    script = Script(httpx.Response(200, content=first()), httpx.Response(200, content=b"another"))
    api = client(script)
    api.download(ADDRESS, target)
    assert target.read_bytes() == CONTENT
    assert names_in(tmp_path) == ["contract.pdf"]
