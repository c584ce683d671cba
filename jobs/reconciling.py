"""The reconciler: ledger, graph and audit log compared, and what does not agree repaired or told (decision 0034)."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from graph.model import Job
from jobs.reconciling_alerts import put_alerts_right
from jobs.reconciling_attributions import put_attributions_right
from jobs.reconciling_counter import put_counter_right
from jobs.reconciling_landed import put_landed_right
from jobs.reconciling_outbox import put_outbox_right
from jobs.reconciling_sums import put_sums_right
from jobs.reconciling_sweep import ACTOR, Sweep
from jobs.reconciling_undecided import decide_undecided
from jobs.runner import Done, Progress
from jobs.services import Services
from ledger import audit, jobs

# What landed last, and everything.
RECENT, ALL = "reconcile", "reconcile_all"
REPAIRED = "reconcile.repaired"
NAMED = 50
BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
RECENT_EVENTS = timedelta(hours=1)


async def reconcile(sweep: Sweep) -> None:
    """Make the sweep, in an order in which what comes later rests on what was put right before; repeatable.

    A sweep over what is recent leaves attributions out, and wallets that nothing recent concerns.
    """
    since = BEGINNING if sweep.since == 0 else datetime.now(UTC) - RECENT_EVENTS
    await put_counter_right(sweep)
    await decide_undecided(sweep)
    touched = await put_landed_right(sweep)
    if sweep.since == 0:
        await put_attributions_right(sweep)
    await put_sums_right(sweep, touched)
    await put_alerts_right(sweep, since)
    await put_outbox_right(sweep, since)


async def new_sweep(services: Services, *, everything: bool, repairing: bool = True) -> Sweep:
    """A sweep over everything, or over the graph's latest numbers; with the grace of the settings."""
    settings = services.settings.reconciling
    since = 0 if everything else max(0, await services.graph.watermark() - settings.reconcile_recent)
    return Sweep(services, since=since, repairing=repairing, grace_s=settings.reconcile_grace_s)


async def record_repairs(sweep: Sweep, *, actor: str = ACTOR) -> None:
    """Append the event of a sweep that repaired something."""
    if events := repaired_events(sweep, actor):
        async with sweep.services.ledger.transaction() as connection:
            await audit.append(connection, *events)


async def run_reconciling(services: Services, job: Job, progress: Progress) -> Done:
    """Sweep as a job."""
    sweep = await new_sweep(services, everything=job.name == ALL)
    sweep.say = progress
    await reconcile(sweep)
    return Done(document(sweep), repaired_events(sweep, ACTOR))


async def request_reconciling(services: Services, name: str) -> Job:
    """Queue a sweep (RECENT or ALL), or return the one that is queued or running, and wake a worker."""
    async with services.ledger.transaction() as connection:
        job = await jobs.create_job(connection, name, {}, name)
    await services.queue.wake(job)
    return job


def document(sweep: Sweep) -> dict[str, Any]:
    """What a sweep looked at and found: counts, and the first subjects of each kind of finding."""
    return {
        "since": sweep.since,
        "looked_at": dict(sorted(sweep.looked.items())),
        "repaired": _counts(sweep, repaired=True),
        "left": _counts(sweep, repaired=False),
        "subjects": [{"kind": one.kind, "subject": one.subject} for one in sweep.findings[:NAMED]],
    }


def repaired_events(sweep: Sweep, actor: str) -> tuple[audit.EventDraft, ...]:
    """The event of a sweep; none for one that repaired nothing."""
    if not sweep.repaired:
        return ()
    return (audit.EventDraft(actor, REPAIRED, "reconcile", document(sweep)),)


def _counts(sweep: Sweep, *, repaired: bool) -> dict[str, int]:
    return dict(Counter(one.kind for one in sweep.findings if (one.done is not None) is repaired))
