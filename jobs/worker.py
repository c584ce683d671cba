"""The worker: arq wakes it, Postgres tells what to do, a sweeper finds what nobody was told."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, cast

import structlog
from arq.typing import WorkerCoroutine
from arq.worker import Worker, func

from graph.errors import HeadwaterError
from jobs import runner
from jobs.backtesting import backtest_rule
from jobs.checking import run_check
from jobs.comparing import compare_runs
from jobs.queue import RUN_JOB, decode, encode, redis_settings
from jobs.replaying import replay_run
from jobs.rescreening import rescreen
from jobs.schedule import Schedule
from jobs.scoring import score_graph
from jobs.services import PATIENT_S, Services, open_services
from ledger.jobs import list_due
from ledger.schema import head
from settings import Settings

SWEEP_S = 2.0
JOB_TIMEOUT_S = 6 * 3600
HANDLERS: dict[str, runner.Handler] = {
    "score_graph": score_graph,
    "replay_run": replay_run,
    "rescreen": rescreen,
    "check_scores": run_check,
    "compare_runs": compare_runs,
    "backtest_rule": backtest_rule,
}
log = structlog.get_logger()


async def run_worker(settings: Settings) -> None:
    """Work until stopped. A lost Redis is waited for: losing it loses nothing."""
    # Asked before anything: a later version may be put in place of our files while we run.
    head()
    async with open_services(settings, retry_s=PATIENT_S) as services:
        sweeper = asyncio.create_task(_sweep(services))
        try:
            while not await _serve(services):  # noqa: ASYNC110  # nothing tells us when Redis is back
                await asyncio.sleep(1)
        finally:
            sweeper.cancel()
            with suppress(asyncio.CancelledError):
                await sweeper


async def _serve(services: Services) -> bool:
    """Run one arq worker; True when it was told to stop, False when it lost Redis."""

    async def run(_context: dict[Any, Any], *arguments: Any, **_: Any) -> None:
        await runner.run_job(services, HANDLERS, arguments[0])

    worker = Worker(
        functions=[func(cast(WorkerCoroutine, run), name=RUN_JOB, keep_result=0, max_tries=1, timeout=JOB_TIMEOUT_S)],
        redis_settings=redis_settings(services.settings.queue.redis_url, retries=20),
        job_serializer=encode,
        job_deserializer=decode,
        poll_delay=0.05,
        max_jobs=2,
        health_check_interval=30,
    )
    try:
        await worker.async_run()
    except asyncio.CancelledError:
        return True
    except (OSError, ConnectionError) as error:
        log.warning("redis_lost", error=str(error))
    except Exception as error:
        # redis-py's own connection errors do not derive from the built-in ones.
        log.warning("worker_restarted", error=f"{type(error).__name__}: {error}")
    finally:
        with suppress(Exception):
            await worker.close()
    return False


async def _sweep(services: Services) -> None:
    """Queue what is due by itself and wake a worker for every job that is, for ever; a server away is asked again."""
    schedule = Schedule(services)
    while True:
        for step in (schedule(), _wake_due(services)):
            try:
                await step
            except HeadwaterError as error:
                log.warning("sweep_postponed", error=str(error))
            except Exception:
                log.exception("sweep_failed")
        await asyncio.sleep(SWEEP_S)


async def _wake_due(services: Services) -> None:
    async with services.ledger.read() as connection:
        due = await list_due(connection)
    for job in due:
        await services.queue.wake_due(job)
