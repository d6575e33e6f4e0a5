"""One TLS context for a process: made at the first HTTPS connection, and never kept if it failed."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
import trustme

from factorialhr import ConfigurationError
from factorialhr._system import tls
from tests.support.peers import Way, foreign_failure, in_every_way, peer, request, says, send

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@pytest.fixture(autouse=True)
def built(monkeypatch: pytest.MonkeyPatch) -> list[ssl.SSLContext]:
    """Contexts that were built: at first none, and the machine's own settings do not count."""
    contexts: list[ssl.SSLContext] = []
    original = httpx.create_ssl_context

    def build() -> ssl.SSLContext:
        contexts.append(original())
        return contexts[-1]

    monkeypatch.setattr(tls, "_shared", {})
    monkeypatch.setattr(httpx, "create_ssl_context", build)
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    return contexts


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def server(authority: trustme.CA) -> Iterator[int]:
    """The port of an HTTPS server on localhost."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with ExitStack() as stack:
        yield stack.enter_context(peer(says(ANSWER), context))


def test_all_share_one_context(built: list[ssl.SSLContext]) -> None:
    assert tls.shared_context() is tls.shared_context()
    assert tls.context_for("https://a.example") is tls.context_for("https://b.example") is tls.shared_context()
    assert built == [tls.shared_context()]
    assert tls.shared_context().verify_mode is ssl.CERT_REQUIRED


def test_plain_http_builds_none(built: list[ssl.SSLContext]) -> None:
    context = tls.context_for("http://a.example")
    assert built == []
    assert not context.get_ca_certs()


@in_every_way
def test_https_links_of_an_http_client_work(
    way: Way,
    built: list[ssl.SSLContext],
    authority: trustme.CA,
    server: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    authority.cert_pem.write_to_path(tmp_path / "trusted.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))
    context = tls.context_for("http://gateway.example")
    assert send(way, request(f"https://localhost:{server}/"), context).status_code == 200
    assert built == [tls.shared_context()]


@in_every_way
def test_https_links_of_an_http_client_are_verified(way: Way, server: int) -> None:
    with pytest.raises(httpx.ConnectError):
        send(way, request(f"https://localhost:{server}/"), tls.context_for("http://gateway.example"))


@in_every_way
def test_a_wrong_setting_is_told_when_it_is_needed(way: Way, server: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "nowhere.pem")
    context = tls.context_for("http://gateway.example")
    text = foreign_failure(way, ConfigurationError, request(f"https://localhost:{server}/"), context)
    assert text.startswith("SSL_CERT_FILE is 'nowhere.pem'")


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("nowhere.pem", "which does not exist"),
        ("empty.pem", "which is not a file of PEM certificates"),
        ("notes.txt", "which is not a file of PEM certificates"),
        ("folder", "which cannot be read"),
    ],
)
def test_a_file_without_certificates(name: str, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty.pem").write_text("")
    (tmp_path / "notes.txt").write_text("no certificate")
    (tmp_path / "folder").mkdir()
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / name))
    with pytest.raises(ConfigurationError) as caught:
        tls.shared_context()
    path = str(tmp_path / name)
    assert (
        str(caught.value) == f"SSL_CERT_FILE is {path!r}, {problem}: set it to a file of CA certificates, or unset it"
    )
    assert isinstance(caught.value.__cause__, OSError)


def test_a_folder_that_does_not_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = f"{tmp_path / 'a'}{tls.os.pathsep}{tmp_path / 'b'}"
    monkeypatch.setenv("SSL_CERT_DIR", folders)
    with pytest.raises(ConfigurationError) as caught:
        tls.shared_context()
    assert str(caught.value) == (
        f"SSL_CERT_DIR is {folders!r}, which does not exist: set it to a folder of CA certificates, or unset it"
    )
    (tmp_path / "b").mkdir()
    assert not tls.shared_context().get_ca_certs()


def test_the_file_wins_over_the_folder(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority.cert_pem.write_to_path(tmp_path / "trusted.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "nowhere"))
    assert len(tls.shared_context().get_ca_certs()) == 1


def test_a_failure_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "nowhere.pem")
    for _ in range(2):
        with pytest.raises(ConfigurationError):
            tls.context_for("https://a.example")
    monkeypatch.delenv("SSL_CERT_FILE")
    assert tls.shared_context().get_ca_certs()
