"""Health: whether the process lives, and whether everything it needs answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Literal

import structlog
from litestar import get
from msgspec import Struct

import deadlines
from api.errors import Unready
from api.lifespan import GivenServices
from graph.errors import FieldError, NoAnswer, Rebuilding, Stopped, Unavailable
from graph.whole import check_whole
from ledger import schema
from ledger.checkpoint_state import Progress, progress_of
from ledger.errors import LedgerNotReady
from ledger.kafka import Publishing, find_publishing

# A server that hangs must not make readiness hang: it gets this, or the usual part of the deadline.
CHECK_S = 5.0

_log = structlog.get_logger("headwater.api")


class HealthView(Struct, frozen=True):
    """The process answers."""

    status: Literal["ok"] = "ok"


class KafkaView(Struct, frozen=True):
    """How far events are published: `lag` of them are not yet.

    `degraded` while Kafka does not answer, since `failing_since`; `unknown` until a worker has first had its turn.
    """

    status: Literal["ok", "degraded", "unknown"]
    lag: int | None
    failing_since: datetime | None


class ReadinessView(Struct, frozen=True):
    """Everything the service needs answers; `schema_version` is that of Postgres.

    `checkpoints` tells whether the audit log is signed: `off` without a key, `failing` where key or folder cannot be
    used, `refused` where the log is not what was signed before, `late` where events wait. None of it stops anything.
    `kafka` is null where none is set; while it is away decisions go on.
    """

    status: Literal["ready"]
    neo4j: Literal["ok"]
    postgres: Literal["ok"]
    redis: Literal["ok"]
    schema_version: str
    checkpoints: Progress
    kafka: KafkaView | None


@get("/health", operation_id="get_health", summary="Liveness")
async def get_health() -> HealthView:
    """Answer as long as the process can; asks no server."""
    return HealthView()


@get("/health/ready", operation_id="get_readiness", summary="Readiness")
async def get_readiness(services: GivenServices) -> ReadinessView:
    """Ask Neo4j, Postgres and Redis, and compare the schema version; 503 names in `errors` what failed."""
    failed = await asyncio.gather(
        _failure("neo4j", partial(check_whole, services.graph)),
        _failure("postgres", services.ledger.check),
        _failure("redis", services.queue.ping),
    )
    errors = [error for error in failed if error is not None]
    if errors:
        raise Unready(*errors)
    async with services.ledger.read() as connection:
        signed = await progress_of(connection, services.settings.checkpoints.checkpoint_every_s)
        kafka = _kafka(await find_publishing(connection)) if services.settings.kafka.kafka_url else None
    return ReadinessView("ready", "ok", "ok", "ok", schema.head(), signed, kafka)


def _kafka(found: Publishing | None) -> KafkaView:
    if found is None:
        return KafkaView("unknown", None, None)
    return KafkaView("degraded" if found.failing_since else "ok", found.lag, found.failing_since)


async def _failure(name: str, check: Callable[[], Awaitable[object]]) -> FieldError | None:
    limit_s = deadlines.part(CHECK_S)
    try:
        with deadlines.within(limit_s):
            await check()
    except NoAnswer:
        return FieldError(name, f"does not answer within {limit_s:.2g} s")
    except LedgerNotReady as error:
        return FieldError(name, str(error))
    except Rebuilding:
        return FieldError(name, "is being rebuilt from the ledger; nothing is taken until it is whole")
    except Stopped:
        return FieldError(name, "has stopped its database, as with a full disk; its log says why")
    except Unavailable as error:
        _log.warning("not ready", service=name, error=str(error))
        return FieldError(name, "cannot be reached")
    return None
