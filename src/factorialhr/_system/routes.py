"""Which way a request takes: with TLS or without, through a proxy or not."""

from __future__ import annotations

import ssl
from typing import TypeAlias

import httpx

from factorialhr._system.proxies import proxy_for
from factorialhr._system.tls import context_for

Origin: TypeAlias = tuple[str, bytes, int | None]


class Route:
    """What the transports of one origin are made with; one object for each."""

    __slots__ = ("context", "proxy")

    def __init__(self, context: ssl.SSLContext, proxy: httpx.Proxy | None) -> None:
        self.context = context
        self.proxy = proxy


class Routes:
    """The routes of a client: looked up once for each origin, since the settings of a machine rarely change."""

    def __init__(self) -> None:
        self._known: dict[Origin, Route] = {}

    def of(self, url: httpx.URL) -> Route:
        """The route to an address.

        Raises:
            ConfigurationError: The settings of the machine name a proxy or certificates that cannot be used.
        """
        origin = url.scheme, url.raw_host, url.port
        route = self._known.get(origin)
        if route is None:
            # Of two threads that look it up at once, both must get the same: connections are kept by route.
            route = self._known.setdefault(origin, Route(context_for(str(url)), proxy_for(url)))
        return route
