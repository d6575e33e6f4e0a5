"""Files behind temporary addresses: reads like any other, with a file for their body."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import NoneType
from typing import Any

import httpx

from factorialhr._sync.caller import Caller
from factorialhr._sync.connections import Connections
from factorialhr._core.call import Terms
from factorialhr._core.events import Events
from factorialhr._core.flows import authorize_with
from factorialhr._core.outgoing import Operation, Outgoing, make_download
from factorialhr._core.query import Query
from factorialhr._core.steps import Job
from factorialhr._pace.memory import TokenBucket
from factorialhr._system import twins
from factorialhr._system.httpx_logs import private_addresses
from factorialhr._system.part_files import PartFile, check_target


class Downloads(Caller):
    """Fetches files: no credential is sent, and what their storage says of its rate concerns no call of the API."""

    def __init__(self, terms: Terms, events: Events, connections: Connections) -> None:
        none = httpx.Auth()
        authorize = authorize_with(none, none.sync_auth_flow, httpx.Auth.sync_auth_flow)
        super().__init__(terms._replace(authorize=authorize, limiter=TokenBucket()), events, connections)

    def outgoing(
        self,
        verb: str,  # noqa: ARG002  # a download is always read
        path: tuple[object, ...],
        request: Mapping[str, Any],
        query: Query | None,  # noqa: ARG002  # it is part of the address
        operation: Operation,
    ) -> Outgoing:
        """The request of a download: its path is a whole address."""
        return make_download(self.terms.settings, path, request, operation)

    def fetch(self, url: str, target: str | os.PathLike[str], options: Mapping[str, Any]) -> Path:
        """Stream what an address holds into a file."""
        path = check_target(target)
        part = PartFile(path)
        try:
            with private_addresses():
                self.call("GET", (url,), NoneType, options, sink=part)
            twins.do(Job(part.finish), None)
        finally:
            part.discard()
        return path
