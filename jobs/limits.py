"""How often something may be done in a stretch of time, exact across processes: counted in Redis, by Redis' clock."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from contextlib import suppress

import structlog
from msgspec import Struct
from redis.asyncio import Redis
from redis.exceptions import RedisError

from jobs.queue import ANSWER_S, LOST, redis_settings

# One entry for each time it was done within the stretch; what is refused leaves none. An entry is named by its time
# and how many there were, which no other of that microsecond can be.
TAKE = """
local t = redis.call('TIME')
local now, most, window = t[1] * 1000000 + t[2], tonumber(ARGV[1]), tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
local count = redis.call('ZCARD', KEYS[1])
local passed = count < most
if passed then
  redis.call('ZADD', KEYS[1], now, string.format('%.0f:%d', now, count))
  redis.call('PEXPIRE', KEYS[1], math.ceil(window / 1000))
  count = count + 1
end
local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
return {passed and 1 or 0, most - count, first[2] + window - now}
"""
WARN_EVERY_S = 10.0
REMEMBERED = 10_000

_log = structlog.get_logger("headwater.limits")


class Limit(Struct, frozen=True):
    """At most `most` times in any `window_s` seconds."""

    most: int
    window_s: float


class Taken(Struct, frozen=True):
    """Whether it may be done, how often it still may be, and in how many seconds one more time is free again."""

    passed: bool
    left: int
    free_in_s: float


class Limits:
    """Counts what is done; a lost Redis is logged and loses nothing but the counting."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._take = redis.register_script(TAKE)
        self._warned_at = -math.inf
        self._here: dict[str, deque[float]] = {}

    @classmethod
    def open(cls, url: str) -> Limits:
        """Make a client; it connects when it is first used."""
        settings = redis_settings(url)
        return cls(
            Redis.from_url(
                url,
                socket_connect_timeout=settings.conn_timeout,
                socket_timeout=settings.conn_timeout,
                retry=settings.retry,
                retry_on_error=LOST,
            )
        )

    async def close(self) -> None:
        """Close the connections."""
        with suppress(RedisError, OSError):
            await self._redis.aclose()

    async def take(self, name: str, limit: Limit) -> Taken | None:
        """Count one use of `name`, if it is within the limit; None while Redis is away."""
        try:
            async with asyncio.timeout(ANSWER_S):
                passed, left, free_us = await self._take(
                    keys=[f"headwater:limit:{name}"], args=[limit.most, int(limit.window_s * 1_000_000)]
                )
        except (RedisError, OSError) as error:
            self._warn(error)
            return None
        return Taken(bool(passed), int(left), float(free_us) / 1_000_000)

    async def take_for_sure(self, name: str, limit: Limit) -> Taken:
        """As `take`, but counted in this process alone while Redis is away: a guesser must not gain by that."""
        return await self.take(name, limit) or self._take_here(name, limit)

    def _take_here(self, name: str, limit: Limit) -> Taken:
        now = time.monotonic()
        if name not in self._here and len(self._here) >= REMEMBERED:
            self._here.clear()
        times = self._here.setdefault(name, deque())
        while times and times[0] <= now - limit.window_s:
            times.popleft()
        passed = len(times) < limit.most
        if passed:
            times.append(now)
        return Taken(passed, limit.most - len(times), times[0] + limit.window_s - now)

    def _warn(self, error: Exception) -> None:
        now = time.monotonic()
        if now - self._warned_at >= WARN_EVERY_S:
            self._warned_at = now
            _log.warning("redis is away: requests are not limited", error=str(error))
