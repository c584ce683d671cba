"""Drift: whether wallets still look as they did when a model learned; told once when they no longer do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from graph.attributions import refresh_attributions
from graph.clock import Clock
from graph.model import Job
from jobs.modelled import Judgement, judge_wallets
from jobs.runner import Done
from jobs.services import Services
from ledger import audit, jobs
from ledger.model_drift import DriftLevel, ModelDrift, record_drift, was_told
from ledger.session import Connection
from settings import ModelSettings

if TYPE_CHECKING:
    from jobs.runner import Progress

NAME = "measure_drift"
DRIFTED = "model.drifted"
SCORE = "score"
# So many features are named in an event, those that moved most.
NAMED = 5


async def request_drift(services: Services) -> Job:
    """Queue a measurement, or return the one that is queued or running, and wake a worker."""
    async with services.ledger.transaction() as connection:
        job = await jobs.create_job(connection, NAME, {}, NAME)
    await services.queue.wake(job)
    return job


async def measure_drift(services: Services, job: Job, progress: Progress) -> Done:
    """Measure every champion and shadow against the graph as it is now; a scoring run does it by itself."""
    begun = await refresh_attributions(services.graph, services.taxonomy)
    modelled = await judge_wallets(services, Clock(known_at=begun.at), progress, valid_at=begun.valid_at)
    thresholds = services.settings.models
    async with services.ledger.transaction() as connection:
        await progress.settle(connection)
        found = modelled.judgements
        told = await note_drift(connection, thresholds, found, job=job.id, run=None, watermark=begun.seq)
        await audit.append(connection, *told)
    highest = {one.model.model: max(one.drift.values()) for one in found if one.drift}
    return Done({"watermark": begun.seq, "highest": highest, "drifted": [event.subject for event in told]})


async def note_drift(
    connection: Connection,
    thresholds: ModelSettings,
    judgements: Sequence[Judgement],
    *,
    job: str,
    run: str | None,
    watermark: int,
) -> list[audit.EventDraft]:
    """Record how far the wallets that each model saw are from those it learned; once for a job.

    Return the events of models that have drifted and were below notice when that was told last.
    """
    events = []
    for judged in judgements:
        if judged.values is not None and judged.drift:
            before = await was_told(connection, judged.model.model)
            drift = _measured(judged, thresholds, before, job=job, run=run, watermark=watermark)
            if await record_drift(connection, drift) and drift.told and not before:
                events.append(_drifted(drift))
    return events


def _measured(
    judged: Judgement, thresholds: ModelSettings, told: bool, *, job: str, run: str | None, watermark: int
) -> ModelDrift:
    highest = max(judged.drift.values())
    level = level_of(highest, thresholds)
    return ModelDrift(
        model=judged.model.model,
        job=job,
        run=run,
        watermark=watermark,
        wallets=0 if judged.values is None else len(judged.values),
        highest=highest,
        score=judged.drift[SCORE],
        features={name: index for name, index in judged.drift.items() if name != SCORE},
        level=level,
        told=level == "alarm" or (told and level == "notice"),
    )


def level_of(highest: float, thresholds: ModelSettings) -> DriftLevel:
    """How far a model is from what it learned, in a word."""
    if highest >= thresholds.drift_alarm:
        return "alarm"
    return "notice" if highest >= thresholds.drift_notice else "none"


def _drifted(drift: ModelDrift) -> audit.EventDraft:
    most = sorted(drift.features, key=lambda name: (-drift.features[name], name))[:NAMED]
    body = {
        "run": drift.run,
        "job": drift.job,
        "watermark": drift.watermark,
        "wallets": drift.wallets,
        "highest": drift.highest,
        "score": drift.score,
        "features": {name: drift.features[name] for name in most},
    }
    return audit.EventDraft("worker", DRIFTED, drift.model, body)
