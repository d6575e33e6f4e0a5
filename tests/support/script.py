"""A transport with scripted answers, for both halves."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import httpx

Step: TypeAlias = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


class Script(httpx.MockTransport):
    """Answers each request with the next step: an answer, an error to raise, or a function of the request.

    A request beyond the last step fails the test, so the number of requests is always checked.
    """

    def __init__(self, *steps: Step) -> None:
        super().__init__(self._answer)
        self._steps = iter(steps)
        self.requests: list[httpx.Request] = []
        self.closed = 0

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        step = next(self._steps, None)
        assert step is not None, f"nothing is scripted for request {len(self.requests)}: {request.method} {request.url}"
        if isinstance(step, Exception):
            raise step
        return step if isinstance(step, httpx.Response) else step(request)

    @property
    def request(self) -> httpx.Request:
        """The only request."""
        assert len(self.requests) == 1
        return self.requests[0]

    @property
    def queries(self) -> list[dict[str, str]]:
        """The query of each request."""
        return [dict(request.url.params.multi_items()) for request in self.requests]

    def close(self) -> None:
        self.closed += 1

    async def aclose(self) -> None:
        self.closed += 1


def always(step: Callable[[], httpx.Response], times: int) -> list[httpx.Response]:
    """The same answer several times; an answer is read once, so each is made anew."""
    return [step() for _ in range(times)]
