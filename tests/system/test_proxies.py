"""Which route a request takes."""

from __future__ import annotations

import socket
import sys
import urllib.request

import httpx
import pytest
import socksio
from hypothesis import given
from hypothesis import strategies as st

from factorialhr import ConfigurationError
from factorialhr._system.proxies import (
    Environment,
    ProxySetting,
    choose,
    is_direct,
    proxy_for,
    read_environment,
    socks_failures,
)
from factorialhr._system.tls import context_for, shared_context
from tests.support.peers import Way, foreign_failure, hangs_up, in_every_way, peer, request, says, send

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
API = httpx.URL("https://api.example/resources")


@pytest.fixture(autouse=True)
def _no_proxies(without_proxies: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    monkeypatch.delenv("REQUEST_METHOD", raising=False)


@pytest.mark.parametrize(
    ("no_proxy", "url", "direct"),
    [
        # Names, and what is below them.
        ("api.example", "https://api.example", True),
        ("api.example", "https://eu.api.example", True),
        ("api.example", "https://myapi.example", False),
        ("api.example", "https://api.example.org", False),
        ("eu.api.example", "https://api.example", False),
        (".api.example", "https://api.example", True),
        (".api.example", "https://eu.api.example", True),
        (".api.example", "https://myapi.example", False),
        ("*.api.example", "https://api.example", True),
        ("*.api.example", "https://eu.api.example", True),
        ("*.api.example", "https://myapi.example", False),
        ("example", "https://api.example", True),
        ("API.Example", "https://api.example", True),
        ("api.example", "https://API.EXAMPLE", True),
        ("api.example.", "https://api.example", True),
        ("api.example", "https://api.example.", True),
        ("api_1.example", "https://api_1.example", True),
        ("bücher.example", "https://xn--bcher-kva.example", True),
        ("xn--bcher-kva.example", "https://bücher.example", True),
        ("BÜCHER.example", "https://www.bücher.example", True),
        # Lists.
        ("", "https://api.example", False),
        (",, ,", "https://api.example", False),
        ("a.example,api.example", "https://api.example", True),
        (" a.example , api.example ,", "https://api.example", True),
        ("a.example\tapi.example", "https://api.example", True),
        ("a.example,b.example", "https://api.example", False),
        ("*", "https://api.example", True),
        ("a.example, *", "http://10.0.0.1", True),
        # Ports.
        ("api.example:443", "https://api.example", True),
        ("api.example:443", "https://api.example:443", True),
        ("api.example:443", "https://eu.api.example", True),
        ("api.example:443", "http://api.example", False),
        ("api.example:80", "http://api.example", True),
        ("api.example:8443", "https://api.example", False),
        ("api.example:8443", "https://api.example:8443", True),
        ("api.example", "https://api.example:8443", True),
        (".api.example:443", "https://eu.api.example", True),
        ("10.0.0.1:8080", "http://10.0.0.1:8080", True),
        ("10.0.0.1:8080", "http://10.0.0.1", False),
        ("10.0.0.0/8:443", "https://10.0.0.1", True),
        ("10.0.0.0/8:443", "http://10.0.0.1", False),
        # Addresses and networks.
        ("10.0.0.1", "https://10.0.0.1", True),
        ("10.0.0.1", "https://10.0.0.10", False),
        ("0.0.1", "https://10.0.0.1", False),
        ("10.0.0.0/8", "https://10.255.0.1", True),
        ("10.1.2.3/8", "https://10.255.0.1", True),
        ("10.0.0.0/8", "https://11.0.0.1", False),
        ("10.0.0.0/255.0.0.0", "https://10.255.0.1", True),
        ("10.0.0.0/8", "https://ten.example", False),
        ("0.0.0.0/0", "https://[2001:db8::1]", False),
        ("::/0", "https://10.0.0.1", False),
        ("2001:db8::1", "https://[2001:db8::1]", True),
        ("2001:DB8:0::1", "https://[2001:db8::1]", True),
        ("[2001:db8::1]", "https://[2001:db8::1]:8443", True),
        ("[2001:db8::1]:8443", "https://[2001:db8::1]:8443", True),
        ("[2001:db8::1]:8443", "https://[2001:db8::1]", False),
        ("[2001:db8::1]:443", "https://[2001:db8::1]", True),
        ("2001:db8::1:443", "https://[2001:db8::1]", False),
        ("2001:db8::/32", "https://[2001:db8:1::1]", True),
        ("[2001:db8::/32]", "https://[2001:db8:1::1]", True),
        ("2001:db8::/32", "https://[2001:db9::1]", False),
        # With a scheme, as httpx has it.
        ("https://api.example", "https://api.example", True),
        ("HTTPS://api.example", "https://api.example", True),
        ("http://api.example", "https://api.example", False),
        ("all://api.example", "https://api.example", True),
        # What cannot be read is passed over.
        ("api.example:", "https://api.example", False),
        ("api.example:x", "https://api.example", False),
        ("api.example:443:1", "https://api.example", False),
        ("[api.example]", "https://api.example", False),
        ("[2001:db8::1", "https://[2001:db8::1]", False),
        ("10.0.0.0/33", "https://10.0.0.1", False),
        (".", "https://api.example", False),
        ("*.", "https://api.example", False),
        ("api.*", "https://api.example", False),
        ("api.example/resources", "https://api.example", False),
        ("\x00,[::1]:99999999999999999999,api.example", "https://api.example", True),
        # Loopback always is.
        ("", "http://localhost:8000", True),
        ("", "http://LOCALHOST.", True),
        ("", "http://sandbox.localhost", True),
        ("", "http://127.0.0.1:8000", True),
        ("", "http://127.255.255.254", True),
        ("", "http://[::1]:8000", True),
        ("", "http://[0:0:0:0:0:0:0:1]", True),
        ("", "http://128.0.0.1", False),
        ("", "http://[::2]", False),
        ("", "http://localhost.example", False),
        ("", "http://mylocalhost", False),
    ],
)
def test_what_is_reached_directly(no_proxy: str, url: str, direct: bool) -> None:
    assert is_direct(no_proxy, httpx.URL(url)) is direct


@given(st.text())
def test_no_text_of_no_proxy_breaks(text: str) -> None:
    assert is_direct(f"{text},api.example", API) is True


def settings(**proxies: str) -> dict[str, ProxySetting]:
    return {scheme: ProxySetting(scheme, address) for scheme, address in proxies.items()}


@pytest.mark.parametrize(
    ("proxies", "url", "chosen"),
    [
        ({}, "https://api.example", None),
        ({"http": "a"}, "https://api.example", None),
        ({"http": "a", "https": "b", "all": "c"}, "http://api.example", "http"),
        ({"http": "a", "https": "b", "all": "c"}, "https://api.example", "https"),
        ({"http": "a", "all": "c"}, "https://api.example", "all"),
        ({"all": "c"}, "https://except.example", None),
        ({"all": "c"}, "http://127.0.0.1", None),
    ],
)
def test_the_proxy_of_a_scheme(proxies: dict[str, str], url: str, chosen: str | None) -> None:
    found = choose(settings(**proxies), "except.example", httpx.URL(url))
    assert (found.name if found else None) == chosen


@pytest.mark.parametrize(
    ("variables", "proxies", "no_proxy"),
    [
        ({}, {}, ""),
        ({"HTTP_PROXY": "a", "HTTPS_PROXY": "b"}, {"http": ("HTTP_PROXY", "a"), "https": ("HTTPS_PROXY", "b")}, ""),
        ({"ALL_PROXY": "a", "all_proxy": "b"}, {"all": ("all_proxy", "b")}, ""),
        ({"HTTPS_PROXY": " a "}, {"https": ("HTTPS_PROXY", "a")}, ""),
        ({"HTTPS_PROXY": "a", "https_proxy": ""}, {}, ""),
        ({"HTTPS_PROXY": " "}, {}, ""),
        ({"NO_PROXY": "a"}, {}, "a"),
        ({"NO_PROXY": "a", "no_proxy": "b"}, {}, "b"),
        ({"NO_PROXY": "a", "no_proxy": ""}, {}, ""),
        ({"REQUEST_METHOD": "GET", "HTTP_PROXY": "a"}, {}, ""),
        ({"REQUEST_METHOD": "GET", "http_proxy": "a"}, {"http": ("http_proxy", "a")}, ""),
        ({"REQUEST_METHOD": "GET", "HTTPS_PROXY": "a"}, {"https": ("HTTPS_PROXY", "a")}, ""),
        ({"FTP_PROXY": "a", "PROXY": "b", "TRAVIS_APT_PROXY": "c"}, {}, ""),
    ],
)
def test_the_variables(variables: dict[str, str], proxies: dict[str, tuple[str, str]], no_proxy: str) -> None:
    expected = {scheme: ProxySetting(name, address) for scheme, (name, address) in proxies.items()}
    assert read_environment(variables) == Environment(expected, no_proxy)


def test_without_settings_there_is_no_proxy() -> None:
    assert proxy_for(API) is None


@pytest.mark.parametrize(
    ("address", "url", "auth"),
    [
        ("proxy.example:3128", "http://proxy.example:3128", None),
        ("http://proxy.example:3128/", "http://proxy.example:3128/", None),
        ("HTTP://proxy.example", "http://proxy.example", None),
        ("http://user:p%40ss@proxy.example:1", "http://proxy.example:1", ("user", "p@ss")),
        ("user:planted@proxy.example:1", "http://proxy.example:1", ("user", "planted")),
        ("socks5://proxy.example:1080", "socks5://proxy.example:1080", None),
        ("socks5h://u:p@[2001:db8::1]:1080", "socks5h://[2001:db8::1]:1080", ("u", "p")),
        ("10.0.0.1:3128", "http://10.0.0.1:3128", None),
    ],
)
def test_the_address_of_a_proxy(
    address: str, url: str, auth: tuple[str, str] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", address)
    proxy = proxy_for(API)
    assert proxy is not None
    assert (proxy.url, proxy.auth, proxy.ssl_context) == (httpx.URL(url), auth, None)
    assert proxy_for(httpx.URL("http://api.example")) is None


def test_a_proxy_that_is_asked_over_tls_shares_our_context(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "https://proxy.example")
    proxy = proxy_for(API)
    assert proxy is not None
    assert proxy.ssl_context is shared_context()


@pytest.mark.parametrize(
    "address",
    [
        *("http://", "http://:3128", "://", "/", "http://user:planted@", "http://proxy.example:planted"),
        *("http://user:plan#ted@proxy.example:1", "http://proxy.example:0", "http://proxy.example:65536"),
        *(
            "socks://planted:1",
            "socks4://planted:1",
            "ftp://planted:1",
            "planted proxy",
            "http://pro\nxy",
            "http://[::1",
        ),
    ],
)
def test_what_is_no_proxy_is_refused_by_the_name_of_its_variable(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", address)
    with pytest.raises(ConfigurationError, match=r"^HTTPS_PROXY is not the address of a proxy: ") as caught:
        proxy_for(API)
    assert "planted" not in str(caught.value)
    assert caught.value.__context__ is None  # httpx's error quotes parts of the address
    # Nothing is refused that is not used.
    assert proxy_for(httpx.URL("http://api.example")) is None
    assert proxy_for(httpx.URL("https://localhost")) is None


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
def test_socks_names_what_to_install(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", f"{scheme}://user:planted@proxy.example:1080")
    monkeypatch.setitem(sys.modules, "socksio", None)
    with pytest.raises(ConfigurationError) as caught:
        proxy_for(API)
    assert str(caught.value) == "ALL_PROXY is a SOCKS proxy, which needs: pip install factorialhr[socks]"
    assert socks_failures() == ()


class System:
    """Settings of macOS or Windows."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, proxies: dict[str, str], *direct: str) -> None:
        self.asked: list[str] = []

        def bypass(host: str) -> bool:
            self.asked.append(host)
            return host in direct

        monkeypatch.setattr(urllib.request, "getproxies", lambda: proxies)
        monkeypatch.setattr(urllib.request, "proxy_bypass", bypass)


def test_the_settings_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    system = System(monkeypatch, {"https": "http://proxy.example:3128", "ftp": "x", "socks": "y"}, "intern.example")
    proxy = proxy_for(API)
    assert proxy is not None
    assert str(proxy.url) == "http://proxy.example:3128"
    assert proxy_for(httpx.URL("https://intern.example:8443")) is None
    assert proxy_for(httpx.URL("https://[2001:db8::1]")) is not None
    assert system.asked == ["api.example", "intern.example", "[2001:db8::1]"]
    # These need no question.
    assert proxy_for(httpx.URL("http://api.example")) is None
    assert proxy_for(httpx.URL("https://127.0.0.1")) is None
    assert len(system.asked) == 3


def test_no_proxy_counts_for_the_settings_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    System(monkeypatch, {"https": "http://proxy.example:3128"})
    monkeypatch.setenv("NO_PROXY", "api.example")
    assert proxy_for(API) is None


def test_variables_win_over_the_settings_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    system = System(monkeypatch, {"https": "http://system.example:3128"}, "api.example")
    monkeypatch.setenv("HTTPS_PROXY", "http://variable.example:3128")
    proxy = proxy_for(API)
    assert proxy is not None
    assert proxy.url.host == "variable.example"
    assert system.asked == []


def test_a_wrong_setting_of_the_system_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    System(monkeypatch, {"https": "socks4://planted:1"})
    with pytest.raises(ConfigurationError, match=r"^the system's proxy for https is not the address of a proxy: "):
        proxy_for(API)


@in_every_way
def test_credentials_reach_the_proxy_and_no_text(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    heads: list[bytes] = []

    def answers(connection: socket.socket) -> None:
        heads.append(connection.recv(65536))
        connection.sendall(ANSWER)

    with peer(answers) as port:
        monkeypatch.setenv("http_proxy", f"http://user:planted@127.0.0.1:{port}")
        url = httpx.URL("http://api.example/resources")
        proxy = proxy_for(url)
        response = send(way, request(str(url)), context_for(str(url)), proxy)
    assert response.status_code == 200
    assert heads[0].startswith(b"POST http://api.example/resources HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic dXNlcjpwbGFudGVk\r\n" in heads[0]
    assert "planted" not in repr(proxy)


@in_every_way
def test_socks(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    with peer(says(b"\x05\x00", b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00", ANSWER)) as port:
        monkeypatch.setenv("all_proxy", f"socks5h://127.0.0.1:{port}")
        url = httpx.URL("http://api.example/")
        assert send(way, request(str(url)), context_for(str(url)), proxy_for(url)).status_code == 200


@in_every_way
def test_what_is_no_socks_proxy_raises_what_we_know(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    with peer(hangs_up) as port:
        monkeypatch.setenv("all_proxy", f"socks5://127.0.0.1:{port}")
        text = foreign_failure(way, socksio.SOCKSError, request(str(API)), shared_context(), proxy_for(API))
    assert text == "Malformed reply"
    assert socks_failures() == (socksio.SOCKSError,)
