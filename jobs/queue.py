"""The wake-up of workers: arq over Redis, carrying job ids as JSON. The truth of a job is in Postgres."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import msgspec
from arq.connections import ArqRedis, RedisSettings
from arq.constants import in_progress_key_prefix, retry_key_prefix
from redis.asyncio import ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from graph.errors import Unavailable
from graph.model import Job

RUN_JOB = "run_job"
LOST: list[type[Exception]] = [RedisConnectionError, RedisTimeoutError, OSError]


def redis_settings(url: str, *, retries: int = 1) -> RedisSettings:
    """How to reach Redis; a worker waits out a restart of Redis, a request does not.

    OSError must be named: redis-py raises it bare when a reconnect is refused.
    """
    settings = RedisSettings.from_dsn(url)
    settings.conn_timeout = 2
    settings.conn_retries = retries
    settings.retry_on_timeout = True
    settings.retry_on_error = LOST
    settings.retry = Retry(ExponentialBackoff(cap=2, base=0.1), retries)
    return settings


def encode(value: dict[str, Any]) -> bytes:
    """JSON on the wire: whoever can write to Redis must not be able to run code in a worker."""
    return msgspec.json.encode(value)


def decode(data: bytes) -> dict[str, Any]:
    """The inverse of `encode`."""
    value: dict[str, Any] = msgspec.json.decode(data)
    return value


class Queue:
    """Wakes workers. Every method but `ping` treats a lost Redis as a delay, never as an error."""

    def __init__(self, redis: ArqRedis) -> None:
        self._redis = redis

    @classmethod
    def open(cls, url: str) -> Queue:
        """Make a client; it connects when it is first used."""
        settings = redis_settings(url)
        pool = ConnectionPool.from_url(
            url,
            socket_connect_timeout=settings.conn_timeout,
            socket_timeout=settings.conn_timeout,
            retry=settings.retry,
            retry_on_error=LOST,
        )
        redis = ArqRedis(pool, job_serializer=encode, job_deserializer=decode)
        return cls(redis)

    async def close(self) -> None:
        """Close the connection pool."""
        with suppress(RedisError, OSError):
            await self._redis.aclose(close_connection_pool=True)

    async def wake(self, job: Job) -> bool:
        """Tell a worker about the next attempt of a job; False when Redis is away: the sweeper will tell later."""
        try:
            await self._redis.enqueue_job(RUN_JOB, job.id, _job_id=_next_attempt(job))
        except (RedisError, OSError):
            return False
        return True

    async def wake_due(self, job: Job) -> bool:
        """As `wake`, for a job that nobody works on according to Postgres.

        A worker that was killed after it took the call and before it claimed the job has left word in Redis that it is
        at work, for as long as a job may last: whoever comes after it would pass the job by.
        """
        name = _next_attempt(job)
        try:
            await self._redis.delete(in_progress_key_prefix + name, retry_key_prefix + name)
        except (RedisError, OSError):
            return False
        return await self.wake(job)

    async def ping(self) -> None:
        """Raise Unavailable when Redis does not answer."""
        try:
            await self._redis.ping()
        except (RedisError, OSError) as error:
            raise Unavailable("redis", str(error)) from error


def _next_attempt(job: Job) -> str:
    """What the next attempt of a job is called in Redis: one call is enough, however many ask."""
    return f"{job.id}:{job.attempt + 1}"
