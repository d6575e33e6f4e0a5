"""Which proxy a request goes through: of the environment's variables, or of the system's settings."""

from __future__ import annotations

import importlib.util
import ipaddress
import os
import re
import sys
import urllib.request
from collections.abc import Mapping
from typing import Final, NamedTuple, TypeAlias

import httpx

from factorialhr._core.errors import ConfigurationError
from factorialhr._core.steps import Send
from factorialhr._system.tls import shared_context

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

SCHEMES: Final = ("http", "https", "all")
PROXY_SCHEMES: Final = ("http", "https", "socks5", "socks5h")
DEFAULT_PORTS: Final = {"http": 80, "https": 443}
# "[::1]:8080", "[::1]", "example.com:8080", "example.com"
_HOST_AND_PORT: Final = re.compile(r"(?:\[(?P<address>[^\[\]]+)\]|(?P<name>[^\[\]:]+))(?::(?P<port>[0-9]+))?")


class ProxySetting(NamedTuple):
    """The address of a proxy as it is written down, and the name of the place where it is."""

    name: str
    address: str
    """It may hold a password, so it is in no message."""


class Environment(NamedTuple):
    """What the variables of the environment say of proxies."""

    proxies: Mapping[str, ProxySetting]
    """By the scheme of requests: ``http``, ``https``, ``all``."""
    no_proxy: str


def proxy_for(url: httpx.URL) -> httpx.Proxy | None:
    """Return the proxy for requests to this origin; ``None`` if they go there directly.

    ``HTTP_PROXY``, ``HTTPS_PROXY`` and ``ALL_PROXY`` count, except for hosts in ``NO_PROXY``; without them, the
    settings of macOS and Windows. Loopback is always reached directly. Windows may ask DNS here: keep the result.

    Raises:
        ConfigurationError: The address of the proxy is not usable, or SOCKS support is not installed.
    """
    variables = read_environment(os.environ)
    if variables.proxies:
        setting = choose(variables.proxies, variables.no_proxy, url)
    else:
        setting = choose(_system_proxies(), variables.no_proxy, url)
        if setting is not None and urllib.request.proxy_bypass(_bracketed(_host_of(url))):
            return None
    return None if setting is None else _make_proxy(setting)


def read_environment(variables: Mapping[str, str]) -> Environment:
    """Find the variables for proxies; lower case wins, even if it is empty."""
    found: dict[str, ProxySetting] = {}
    for scheme in (*SCHEMES, "no"):
        lower = f"{scheme}_proxy"
        # In a CGI script, HTTP_PROXY is the header "Proxy" of whoever sent the request.
        trusted = (lower,) if scheme == "http" and "REQUEST_METHOD" in variables else (lower, lower.upper())
        name = next((name for name in trusted if name in variables), lower)
        address = variables.get(name, "").strip()
        if address:
            found[scheme] = ProxySetting(name, address)
    no_proxy = found.pop("no", None)
    return Environment(found, no_proxy.address if no_proxy else "")


def choose(proxies: Mapping[str, ProxySetting], no_proxy: str, url: httpx.URL) -> ProxySetting | None:
    """Return the setting for an address, ``None`` if it is to be reached directly."""
    setting = proxies.get(url.scheme) or proxies.get("all")
    return None if setting is None or is_direct(no_proxy, url) else setting


def is_direct(no_proxy: str, url: httpx.URL) -> bool:
    """Whether an address is on loopback, or excepted by the text of a ``NO_PROXY``."""
    host = _host_of(url)
    network = _network_of(host)
    if network is not None and network.is_loopback:
        return True
    if host == "localhost" or host.endswith(".localhost"):
        return True
    port = url.port or DEFAULT_PORTS.get(url.scheme)
    return any(_matches(entry, url.scheme, host, network, port) for entry in re.split(r"[,\s]+", no_proxy.lower()))


def _matches(entry: str, scheme: str, host: str, network: Network | None, port: int | None) -> bool:
    if entry == "*":
        return True
    # httpx knows "https://example.com" as well.
    only, _, place = entry.rpartition("://")
    if only not in ("", "all", scheme):
        return False
    listed = _network_of(place)
    if listed is None:
        parts = _HOST_AND_PORT.fullmatch(place)
        if parts is None or (parts["port"] and int(parts["port"]) != port):
            return False
        listed = _network_of(parts["address"] or parts["name"])
        if listed is None:
            # A name never is the end of an address: "0.1" is not that of 10.0.0.1.
            return network is None and parts["name"] is not None and _is_below(host, parts["name"])
    return network is not None and network.network_address in listed


def _is_below(host: str, name: str) -> bool:
    """Whether the host is the name, or below it in DNS."""
    parent = _ascii(name.removeprefix("*").removeprefix("."))
    return bool(parent) and (host == parent or host.endswith(f".{parent}"))


def _ascii(name: str) -> str:
    try:
        return _host_of(httpx.URL(scheme="http", host=name))
    except httpx.InvalidURL:
        return ""


def _host_of(url: httpx.URL) -> str:
    """The host as it is compared: in ASCII and lower case, as httpx has it, without the dot that ends a full name."""
    return url.raw_host.decode("ascii").removesuffix(".")


def _network_of(text: str) -> Network | None:
    """Read an address or a network; an address is a network of one."""
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _system_proxies() -> dict[str, ProxySetting]:
    # On other systems than macOS and Windows these are the variables again, and there are none.
    found = urllib.request.getproxies()
    return {
        scheme: ProxySetting(f"the system's proxy for {scheme}", address.strip())
        for scheme in SCHEMES
        if (address := found.get(scheme))
    }


def _make_proxy(setting: ProxySetting) -> httpx.Proxy:
    address = setting.address if "://" in setting.address else f"http://{setting.address}"
    scheme = address.partition("://")[0].lower()
    url = _read_address(address) if scheme in PROXY_SCHEMES else None
    if url is None:
        raise ConfigurationError(
            f"{setting.name} is not the address of a proxy: it must look like http://proxy.example:3128, "
            f"begin with {', '.join(f'{one}://' for one in PROXY_SCHEMES)}, and have special characters "
            "in its password percent-encoded"
        )
    if scheme.startswith("socks") and not _has_socks():
        raise ConfigurationError(f"{setting.name} is a SOCKS proxy, which needs: pip install factorialhr[socks]")
    # A proxy that is asked over TLS would else get a context of its own for each connection.
    return httpx.Proxy(url, ssl_context=shared_context() if scheme == "https" else None)


def _read_address(address: str) -> httpx.URL | None:
    """The address of a proxy, ``None`` if it is none; httpx's own error quotes it, password and all."""
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL:
        return None
    usable = bool(url.host) and "%" not in url.host and url.port != 0 and (url.port or 0) < 2**16
    return url if usable else None


def _has_socks() -> bool:
    return importlib.util.find_spec("socksio") is not None


def socks_failures() -> tuple[type[Exception], ...]:
    """Return what httpcore lets through of a SOCKS proxy that breaks off or is none; httpx has no class for it.

    Meant for an ``except`` clause, where it is called after something was raised. Nothing was sent then: treat it
    as ``httpx.ProxyError``.
    """
    module = sys.modules.get("socksio")
    found: object = getattr(module, "SOCKSError", None)
    return (found,) if isinstance(found, type) and issubclass(found, Exception) else ()


def as_httpx_error(error: Exception, step: object) -> Exception:
    """Return httpx's own error for what it lets through of a SOCKS proxy; any other error stays as it is."""
    if isinstance(step, Send) and isinstance(error, socks_failures()):
        failure = httpx.ProxyError("", request=step.request)
        failure.__cause__ = error
        return failure
    return error
