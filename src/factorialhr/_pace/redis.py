"""A rate limit in Redis, for clients on several machines."""

from __future__ import annotations

import math
from contextlib import suppress
from importlib import import_module
from typing import Any, ClassVar, Protocol

from factorialhr._core.errors import ConfigurationError, FactorialError
from factorialhr._pace.memory import LONGEST_PAUSE_SECONDS, WRITES_PER_MINUTE, bucket_rate

DEFAULT_KEY = "factorialhr:writes"
TIMEOUT_SECONDS = 3.0
"""For connecting and for each answer, where the client is made here; a failure is tried once more."""

# The arithmetic is that of limits.Bucket, on the clock of the server: those of the machines need not agree.
# KEYS[1]: the bucket. ARGV: "GET", "take" or "pause"; tokens a second; size; longest pause; seconds to pause.
# A bucket that would be full again is as good as none, so that is when its key expires.
_SCRIPT = """
local action, per_second, burst = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local longest, seconds = tonumber(ARGV[4]), tonumber(ARGV[5])
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
local saved = redis.call('HMGET', KEYS[1], 'tokens', 'moment', 'paused_until')

local function sound(value)
  return value and math.abs(value) < 1e12
end

local tokens, moment, paused = tonumber(saved[1] or ''), tonumber(saved[2] or ''), tonumber(saved[3] or '')
if not (sound(tokens) and sound(moment) and sound(paused)) then
  tokens, moment, paused = burst, now, 0
end

local pause = paused - now
if pause < 0 or pause > longest then
  pause = 0
end
if action == 'GET' then
  return string.format('%.6f', pause)
end

local wait = 0
if action == 'take' then
  tokens = math.min(burst, tokens + math.max(0, now - moment) * per_second) - 1
  moment = now
  wait = math.max(0, -tokens / per_second, pause)
else
  pause = math.max(pause, math.min(seconds, longest))
  paused = now + pause
end
redis.call('HSET', KEYS[1], 'tokens', string.format('%.17g', tokens),
  'moment', string.format('%.17g', moment), 'paused_until', string.format('%.17g', paused))
redis.call('EXPIRE', KEYS[1], math.ceil(math.max((burst - tokens) / per_second, pause)) + 1)
return string.format('%.6f', wait)
"""


class RateLimiterError(FactorialError):
    """The limiter could not be asked, so the request was not sent: bring its Redis back, and call again."""


class RedisClient(Protocol):
    """What is used of ``redis.Redis``."""

    def register_script(self, script: Any, /) -> Any:
        """A callable that runs the script."""
        ...


class RedisRateLimiter:
    """A bucket in Redis (5 or later), shared by everybody who names the same key there.

    It runs on the clock of the Redis server. A key that is deleted or damaged, and a Redis that lost its memory,
    start a new, full bucket. Where Redis does not answer, calls raise ``RateLimiterError`` and nothing is sent:
    many machines that nobody limits would be locked out by the API. An answer of 429 that cannot be shared is an
    error for the same reason.

    Needs the extra: ``pip install factorialhr[redis]``.

    Args:
        redis: ``redis://host:6379/0``, with the options of ``redis.Redis.from_url``; or a client of the ``redis``
            package, a blocking one for both halves. A client of your own brings its own timeouts; you close it.
        writes_per_minute: Most requests other than ``GET`` in any minute, of all who share the key.
        key: Where the bucket is. The API counts by company and credential: give each its own key.
    """

    waits_for_disk: ClassVar[bool] = True

    def __init__(
        self,
        redis: str | RedisClient,
        writes_per_minute: float = WRITES_PER_MINUTE,
        *,
        key: str = DEFAULT_KEY,
    ) -> None:
        per_second, burst = bucket_rate(writes_per_minute)
        if not isinstance(key, str) or not key:
            raise ConfigurationError("key is the name of a key in Redis, such as 'factorialhr:writes'")
        package = _load_package()
        self._failure: type[Exception] = package.RedisError
        client = _connect(package, redis) if isinstance(redis, str) else _checked(package, redis)
        self._key = key
        self._rate = (per_second, burst, LONGEST_PAUSE_SECONDS)
        self._script = client.register_script(_SCRIPT)

    def reserve(self, verb: str) -> float:
        return self._run("GET" if verb == "GET" else "take")

    def pause(self, seconds: float) -> None:
        self._run("pause", seconds if math.isfinite(seconds) else LONGEST_PAUSE_SECONDS)

    def _run(self, action: str, seconds: float = 0.0) -> float:
        try:
            return float(self._script(keys=[self._key], args=[action, *self._rate, seconds]))
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
    # One more attempt: a connection that was kept may have been closed meanwhile. Taking a place twice harms nobody.
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
