"""What is taken for a rate limiter, and what is refused."""

from __future__ import annotations

import re
from typing import Any

import pytest

from factorialhr import ConfigurationError, RateLimiter, Ticket, TokenBucket
from factorialhr._core.pace import checked_limiter


class OwnTicket:
    wait_seconds = 0.0

    def give_back(self) -> None:
        """There is nothing to return."""


class Own:
    """A limiter of the caller's own."""

    blocks = False

    def take(self, verb: str) -> Ticket | None:  # noqa: ARG002
        return OwnTicket()

    def paused_seconds(self) -> float:
        return 0.0

    def pause(self, seconds: float) -> None:
        """Nobody is paused."""


class Both(Own):
    """One that serves older versions as well."""

    def reserve(self, verb: str) -> float:  # noqa: ARG002
        return 0.0


class Old:
    waits_for_disk = False

    def reserve(self, verb: str) -> float:  # noqa: ARG002
        return 0.0

    def pause(self, seconds: float) -> None: ...


class Half:
    blocks = False

    def take(self, verb: str) -> Ticket | None: ...


@pytest.mark.parametrize("limiter", [Own(), Both(), TokenBucket()])
def test_a_limiter_is_taken_as_it_is(limiter: RateLimiter) -> None:
    assert checked_limiter(limiter) is limiter


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, "NoneType"),
        ("200", "str"),
        (200, "int"),
        (Half(), "Half"),
        (object(), "object"),
        (OwnTicket(), "OwnTicket"),
    ],
)
def test_what_is_no_limiter_is_refused(value: Any, kind: str) -> None:
    text = f"^rate_limiter must have take, pause and paused_seconds, .* such as TokenBucket\\(\\); got {kind}$"
    with pytest.raises(ConfigurationError, match=text):
        checked_limiter(value)


def test_the_old_spelling_is_told_what_to_implement() -> None:
    text = "rate_limiter: reserve(verb) is not called any more, and Old has no take: implement take(verb)"
    with pytest.raises(ConfigurationError, match=re.escape(text)):
        checked_limiter(Old())


@pytest.mark.parametrize("kind", [TokenBucket, Own, Old])
def test_a_class_is_no_limiter(kind: type) -> None:
    with pytest.raises(ConfigurationError, match=rf"not its class: {kind.__name__}\(\) instead of {kind.__name__}$"):
        checked_limiter(kind)
