"""The wake-up of workers: arq over Redis, carrying job ids as JSON. The truth of a job is in Postgres."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import msgspec
from arq.connections import ArqRedis, RedisSettings
from redis.asyncio import ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from graph.errors import NoAnswer, Unavailable
from graph.model import Job
from ledger.jobs import MAX_ATTEMPTS

RUN_JOB = "run_job"
# Jobs whose names begin so may take all the memory they are let: no other job shall go down with them.
TRAINING = "train_"
# A wake-up that takes longer is left to the sweeper, and a count to nobody: who asks does not wait for Redis.
ANSWER_S = 1.0
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


def open_redis(url: str, *, retries: int = 1) -> ArqRedis:
    """Return a client that carries calls as JSON; it connects when first used, and waits for no answer for ever."""
    settings = redis_settings(url, retries=retries)
    pool = ConnectionPool.from_url(
        url,
        socket_connect_timeout=settings.conn_timeout,
        socket_timeout=settings.conn_timeout,
        retry=settings.retry,
        retry_on_error=LOST,
    )
    return ArqRedis(pool, job_serializer=encode, job_deserializer=decode)


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
        return cls(open_redis(url))

    async def close(self) -> None:
        """Close the connection pool."""
        with suppress(RedisError, OSError):
            await self._redis.aclose(close_connection_pool=True)

    async def wake(self, job: Job) -> bool:
        """Tell a worker about the next attempt of a job; False when Redis is away: the sweeper will tell later."""
        try:
            async with asyncio.timeout(ANSWER_S):
                await self._redis.enqueue_job(RUN_JOB, job.id, needs_apart(job), _job_id=_next_attempt(job))
        except (RedisError, OSError):
            return False
        return True

    async def ping(self) -> None:
        """Raise Unavailable when Redis does not answer."""
        try:
            async with asyncio.timeout(ANSWER_S):
                await self._redis.ping()
        except TimeoutError as error:
            raise NoAnswer("redis") from error
        except (RedisError, OSError) as error:
            raise Unavailable("redis", str(error)) from error


def needs_apart(job: Job) -> bool:
    """Whether a job that is due trains, or did not end well before; one that is only to be buried does not need it."""
    is_last = job.attempt % MAX_ATTEMPTS == 0 or job.cancel_requested_at is not None
    is_over = job.state == "running" and is_last
    return (job.attempt > 0 or job.name.startswith(TRAINING)) and not is_over


def _next_attempt(job: Job) -> str:
    """What the next attempt of a job is called in Redis: one call is enough, however many ask."""
    return f"{job.id}:{job.attempt + 1}"
