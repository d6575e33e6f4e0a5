"""A rate limit in Redis, for clients on several machines."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from importlib import import_module
from typing import Any, Protocol

from factorialhr._core.errors import ConfigurationError, RateLimiterError
from factorialhr._core.pace import Ticket
from factorialhr._core.uncopied import Uncopied
from factorialhr._pace.tickets import FREE, FREE_VERBS, OldSpelling, Place
from factorialhr._pace.window import (
    FARTHEST_SECONDS,
    LONGEST_WAIT_SECONDS,
    SHARED_MINUTE_SECONDS,
    WRITES_PER_MINUTE,
    Limit,
    check_wait,
    pause_of,
)
from factorialhr._system.forks import renew_in_children
from factorialhr._system.locks import ProcessLock, Release

DEFAULT_KEY = "factorialhr:writes"
TIMEOUT_SECONDS = 3.0
"""For connecting and for each answer, where the client is made here; a failure is tried once more."""
MOST_REMEMBERED = 1000
"""Of places that could not be returned. Those of a longer outage end by themselves, each at its time."""

# The arithmetic is that of Window, on the clock of the server: those of the machines need not agree. The window is a
# sorted set, a member for each ticket, with the planned moment as its score.
# KEYS[1]: the window. ARGV: writes in a period, its seconds, longest wait, farthest moment; the new member, which a
# second attempt finds if the first one arrived; members to return.
_TAKE = """
local writes, period = tonumber(ARGV[1]), tonumber(ARGV[2])
local longest, farthest = tonumber(ARGV[3]), tonumber(ARGV[4])
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000

if redis.call('TYPE', KEYS[1]).ok ~= 'zset' then
  redis.call('DEL', KEYS[1])
end
for index = 5, #ARGV do
  redis.call('ZREM', KEYS[1], ARGV[index])
end

local last = tonumber(redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2])
if last and last > now + farthest then
  redis.call('DEL', KEYS[1])
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.17g', now - period))

local saved, planned = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES'), {}
for index = 2, #saved, 2 do
  planned[#planned + 1] = tonumber(saved[index])
end
local moment = now
for index = 1, #planned - writes + 1 do
  local free_again, nth = planned[index] + period, planned[index + writes - 1]
  if moment < free_again and nth < free_again and nth < moment + period then
    moment = free_again
  end
end

if moment - now > longest then
  return 'inf'
end
redis.call('ZADD', KEYS[1], string.format('%.17g', moment), ARGV[5])
local ends = math.max(moment, planned[#planned] or moment) + period
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.ceil((ends - now) * 1000)))
return string.format('%.6f', moment - now)
"""

# KEYS[1]: there while nobody may send, and gone by itself. ARGV: milliseconds, the longest there can be.
_PAUSE = """
local left, asked = redis.call('PTTL', KEYS[1]), tonumber(ARGV[1])
if left < asked or left > tonumber(ARGV[2]) then
  redis.call('SET', KEYS[1], '', 'PX', ARGV[1])
end
return 'OK'
"""


class RedisClient(Protocol):
    """What is used of ``redis.Redis``."""

    def register_script(self, script: Any, /) -> Any:
        """A callable that runs the script."""
        ...

    def pttl(self, name: Any, /) -> Any:
        """Milliseconds until the key ends."""
        ...

    def zrem(self, name: Any, /, *values: Any) -> Any:
        """Take members out of a sorted set."""
        ...


class RedisRateLimiter(Uncopied, OldSpelling):
    """Limit the writes of everybody who names the same key in Redis (5 or later).

    In any minute, all of them together send no more than ``writes_per_minute`` requests that are neither ``GET`` nor
    ``HEAD``. The limit runs on the clock of the Redis server. A key that is deleted, damaged or of another type, and a
    Redis that lost its memory, count as an empty window. If Redis does not answer, calls raise ``RateLimiterError``
    and nothing is sent: many machines that nobody limits would be locked out by the API.

    Needs the extra: ``pip install factorialhr[redis]``.

    Args:
        redis: ``redis://host:6379/0``, with the options of ``redis.Redis.from_url``; or a client of the ``redis``
            package, a blocking one for both halves. A client of your own brings its own timeouts; you close it.
        writes_per_minute: Most writes in any 61 seconds, of all who share the key; of a fraction below 1, one write
            in a longer period. The second is for requests that take longer to leave than others.
        key: Where the window is; a pause is at the same key with ``:paused`` behind it. The API counts by company and
            credential: give each its own key.

    Raises:
        ConfigurationError: An argument cannot work, or the package ``redis`` is not installed.
    """

    _instead = "make one in each process, after it has started; those of one name share one limit"

    blocks: bool = True

    def __init__(
        self,
        redis: str | RedisClient,
        writes_per_minute: float = WRITES_PER_MINUTE,
        *,
        key: str = DEFAULT_KEY,
    ) -> None:
        limit = Limit.per_minute(writes_per_minute, SHARED_MINUTE_SECONDS)
        if not isinstance(key, str) or not key:
            raise ConfigurationError("key is the name of a key in Redis, such as 'factorialhr:writes'")
        package = _load_package()
        self._failure: type[Exception] = package.RedisError
        self._client = _connect(package, redis) if isinstance(redis, str) else _checked(package, redis)
        self._key = key
        self._pause_key = f"{key}:paused"
        self._limits = (*limit, LONGEST_WAIT_SECONDS, FARTHEST_SECONDS)
        self._take_script = self._client.register_script(_TAKE)
        self._pause_script = self._client.register_script(_PAUSE)
        self._returned: dict[str, None] = {}
        """Members of returned places that are, or may be, still in the window."""
        self._returning = ProcessLock()
        renew_in_children(self)

    def after_fork(self) -> None:
        """Forget what was to be returned: the parent does it."""
        self._returned.clear()

    def take(self, verb: str) -> Ticket | None:
        """Take a place for one request; ``GET`` and ``HEAD`` need none.

        Raises:
            RateLimiterError: The request would wait for more than an hour, or Redis did not answer.
        """
        if verb in FREE_VERBS:
            return FREE
        member, returned = uuid.uuid4().hex, tuple(self._returned)
        try:
            wait = float(self._ask(self._take_script, [self._key], [*self._limits, member, *returned]))
        except BaseException:
            # The place may have been taken, and the answer lost.
            self._remember(member)
            raise
        self._forget(returned)
        check_wait(wait)
        return Place(wait, partial(self._give_back, member))

    def paused_seconds(self) -> float:
        """How long nobody may send, in seconds.

        Raises:
            RateLimiterError: Redis did not answer.
        """
        left = float(self._ask(self._client.pttl, self._pause_key)) / 1000
        if self._returned:
            self._return_places()
        return min(left, LONGEST_WAIT_SECONDS) if 0 < left <= FARTHEST_SECONDS else 0.0

    def pause(self, seconds: float) -> bool:
        """Keep everybody from sending for so many seconds, an hour at most; ``True``: it is done.

        Raises:
            RateLimiterError: Redis did not answer.
        """
        milliseconds = round(pause_of(seconds) * 1000)
        if milliseconds > 0:
            self._ask(self._pause_script, [self._pause_key], [milliseconds, round(FARTHEST_SECONDS * 1000)])
        if self._returned:
            self._return_places()
        return True

    def _give_back(self, member: str) -> None:
        self._remember(member)
        self._return_places()

    def _return_places(self) -> None:
        """Have places returned by a thread, since tickets are given back where nothing may wait for a network.

        What it does not manage, the next operation does.
        """
        release = self._returning.try_lock()
        if release is None:
            return
        try:
            threading.Thread(target=self._return_all, args=(release,), daemon=True).start()
        except RuntimeError:  # no more threads, or the interpreter is about to end
            release()

    def _return_all(self, release: Release) -> None:
        try:
            # All of them: a client that its owner closes meanwhile raises anything, and nobody would catch it here.
            with suppress(Exception):
                while members := tuple(self._returned):
                    self._ask(self._client.zrem, self._key, *members)
                    self._forget(members)
        finally:
            release()

    def _remember(self, member: str) -> None:
        if len(self._returned) < MOST_REMEMBERED:
            self._returned[member] = None

    def _forget(self, members: Iterable[str]) -> None:
        for member in members:
            self._returned.pop(member, None)

    def _ask(self, command: Any, *arguments: Any) -> Any:
        try:
            return command(*arguments)
        except self._failure as error:
            kind = type(error).__name__
        # Raised out here: texts of Redis may quote what is stored, or what was sent to log in.
        raise RateLimiterError(
            f"the Redis of the rate limiter did not do its work ({kind}), so nothing was sent: "
            "check that it runs, its address, its password, and that nothing else uses the key"
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._key}>"


def _load_package() -> Any:
    try:
        return import_module("redis")
    except ImportError as error:
        raise ConfigurationError(
            "RedisRateLimiter needs the package 'redis': pip install factorialhr[redis]"
        ) from error


def _connect(package: Any, url: str) -> RedisClient:
    # One more attempt: a connection that was kept may have been closed meanwhile. What is done twice here is as good as once.
    retry = import_module("redis.retry").Retry(import_module("redis.backoff").NoBackoff(), 1)
    client: RedisClient | None = None
    with suppress(ValueError, TypeError):
        client = package.Redis.from_url(
            url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS, retry=retry
        )
    if client is None:
        # Its text is not shown, and neither is the message about it: both may carry a password.
        raise ConfigurationError("the address of Redis is redis://host:port/number, rediss:// or unix://")
    return client


def _checked(package: Any, client: RedisClient) -> RedisClient:
    blocking: tuple[type, ...] = (package.Redis, package.RedisCluster)
    if not isinstance(client, blocking):
        raise ConfigurationError(
            "redis is an address such as 'redis://localhost:6379/0' or a blocking client of the package 'redis' "
            f"(redis.Redis, for both halves), not {type(client).__module__}.{type(client).__name__}"
        )
    return client
