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
from jobs.asking_methods import NAME as COMPARE_METHODS
from jobs.backtesting import backtest_rule
from jobs.checking import run_check
from jobs.checking_log import NAME as VERIFY_LOG
from jobs.checking_log import check_log
from jobs.clustering import NAME as CLUSTER_WALLETS
from jobs.clustering import cluster_wallets
from jobs.comparing import compare_runs
from jobs.comparing_methods import compare_all_methods
from jobs.crew import Crew
from jobs.drifting import NAME as MEASURE_DRIFT
from jobs.drifting import measure_drift
from jobs.kafka_address import parse_kafka_url
from jobs.kafka_publishing import publish_events
from jobs.keeping_checkpoints import keep_checkpoints
from jobs.queue import RUN_JOB, decode, encode, needs_apart, open_redis
from jobs.reconciling import ALL, RECENT, run_reconciling
from jobs.relaying import relaying
from jobs.replaying import replay_run
from jobs.rescreening import rescreen
from jobs.retaining import NAME as RETAIN_RUNS
from jobs.retaining import retain_runs
from jobs.schedule import Schedule
from jobs.scoring import score_graph
from jobs.services import PATIENT_S, Services, open_services
from jobs.training import TRAININGS, train
from jobs.wallet_explanations import explain_wallet
from ledger.following import Following
from ledger.jobs import list_next
from ledger.schema import head
from settings import Settings

SWEEP_S = 2.0
# How long handing a job over may take, and how often Redis is asked for wake-ups.
CALL_S, POLL_S = 5, 0.02
HANDLERS: dict[str, runner.Handler] = {
    "score_graph": score_graph,
    "replay_run": replay_run,
    "rescreen": rescreen,
    "check_scores": run_check,
    "compare_runs": compare_runs,
    "backtest_rule": backtest_rule,
    "explain_wallet": explain_wallet,
    VERIFY_LOG: check_log,
    COMPARE_METHODS: compare_all_methods,
    CLUSTER_WALLETS: cluster_wallets,
    RECENT: run_reconciling,
    ALL: run_reconciling,
    RETAIN_RUNS: retain_runs,
    MEASURE_DRIFT: measure_drift,
    **dict.fromkeys(TRAININGS, train),
}
log = structlog.get_logger()


async def run_worker(settings: Settings) -> None:
    """Work until stopped. A lost Redis is waited for: losing it loses nothing."""
    # Asked before anything: a later version may be put in place of our files while we run.
    head()
    if settings.kafka.kafka_url:
        parse_kafka_url(settings.kafka.kafka_url)  # a bad one stops the start
    async with (
        open_services(settings, retry_s=PATIENT_S) as services,
        Following.open(services.ledger) as following,
        relaying(services, following),
    ):
        crew = Crew(services, HANDLERS)
        works = [_sweep(services), _take_due(services, crew), keep_checkpoints(services)]
        works += [publish_events(services, following)] if settings.kafka.kafka_url else []
        beside = [asyncio.create_task(work) for work in works]
        try:
            while not await _serve(services, crew):  # noqa: ASYNC110  # nothing tells us when Redis is back
                await asyncio.sleep(1)
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            await crew.close()


async def run_one(settings: Settings, job: str) -> None:
    """Run one attempt of one job, in this process alone."""
    head()
    async with open_services(settings, retry_s=PATIENT_S) as services:
        await runner.run_job(services, HANDLERS, job)


async def _serve(services: Services, crew: Crew) -> bool:
    """Run one arq worker; True when it was told to stop, False when it lost Redis.

    Its calls only hand a job over and are over at once: what arq keeps of a call while it lasts, and a Redis that is
    lost meanwhile, concern no job.
    """

    async def run(_context: dict[Any, Any], *arguments: Any, **_: Any) -> None:
        crew.take(arguments[0], apart=any(arguments[1:]))

    worker = Worker(
        functions=[func(cast(WorkerCoroutine, run), name=RUN_JOB, keep_result=0, max_tries=1, timeout=CALL_S)],
        redis_pool=open_redis(services.settings.queue.redis_url, retries=20),
        job_serializer=encode,
        job_deserializer=decode,
        poll_delay=POLL_S,
        max_jobs=100,
        health_check_interval=30,
        handle_signals=False,
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
    """Queue what is due by itself, for ever; a server that is away is asked again."""
    schedule = Schedule(services)
    while True:
        try:
            await schedule()
        except HeadwaterError as error:
            log.warning("sweep_postponed", error=str(error))
        except Exception:
            log.exception("sweep_failed")
        await asyncio.sleep(SWEEP_S)


async def _take_due(services: Services, crew: Crew) -> None:
    """Take every job that nobody works on, for ever: those that a wake-up was lost for, and those that wait."""
    while True:
        crew.freed.clear()
        try:
            async with services.ledger.read() as connection:
                due = await list_next(connection, HANDLERS)
            for job in due:
                crew.take(job.id, apart=needs_apart(job))
        except HeadwaterError as error:
            log.warning("sweep_postponed", error=str(error))
        except Exception:
            log.exception("sweep_failed")
        with suppress(TimeoutError):
            await asyncio.wait_for(crew.freed.wait(), SWEEP_S)
