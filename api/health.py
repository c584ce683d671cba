"""Health: whether the process lives, and whether everything it needs answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Literal

import structlog
from litestar import get
from msgspec import Struct

from api.errors import Unready
from api.lifespan import GivenServices
from graph.errors import FieldError, Unavailable
from ledger import schema
from ledger.errors import LedgerNotReady

# A server that hangs must not make readiness hang.
CHECK_S = 5.0

_log = structlog.get_logger("headwater.api")


class HealthView(Struct, frozen=True):
    """The process answers."""

    status: Literal["ok"] = "ok"


class ReadinessView(Struct, frozen=True):
    """Everything the service needs answers; `schema_version` is that of Postgres."""

    status: Literal["ready"]
    neo4j: Literal["ok"]
    postgres: Literal["ok"]
    redis: Literal["ok"]
    schema_version: str


@get("/health", operation_id="get_health", summary="Liveness")
async def get_health() -> HealthView:
    """Answer as long as the process can; asks no server."""
    return HealthView()


@get("/health/ready", operation_id="get_readiness", summary="Readiness")
async def get_readiness(services: GivenServices) -> ReadinessView:
    """Ask Neo4j, Postgres and Redis, and compare the schema version; 503 names in `errors` what failed."""
    failed = await asyncio.gather(
        _failure("neo4j", services.graph.watermark()),
        _failure("postgres", services.ledger.check()),
        _failure("redis", services.queue.ping()),
    )
    errors = [error for error in failed if error is not None]
    if errors:
        raise Unready(*errors)
    return ReadinessView("ready", "ok", "ok", "ok", schema.head())


async def _failure(name: str, check: Awaitable[object]) -> FieldError | None:
    try:
        async with asyncio.timeout(CHECK_S):
            await check
    except TimeoutError:
        return FieldError(name, f"does not answer within {CHECK_S:g} s")
    except LedgerNotReady as error:
        return FieldError(name, str(error))
    except Unavailable as error:
        _log.warning("not ready", service=name, error=str(error))
        return FieldError(name, "cannot be reached")
    return None
