"""The audit log walked by a worker, because somebody asked whether it still holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graph.model import Job
from jobs.runner import Done
from jobs.services import Services
from jobs.verifying_log import verify_log
from ledger import audit, jobs
from ledger.event_feed import get_head

if TYPE_CHECKING:
    from jobs.runner import Progress

NAME = "verify_log"
VERIFIED = "audit.verified"
LONGEST_S = 3600
# So many findings are kept with the job; `headwater verify` tells all.
SHOWN = 50


async def request_log_check(services: Services, *, actor: str, job_id: str | None = None) -> Job:
    """Queue a check of the whole log, or return the one that is queued or running, and wake a worker.

    `job_id` is an id to queue it under: if there is a job of that id, it is returned, and none is queued.
    """
    async with services.ledger.transaction() as connection:
        if job_id is not None and (known := await jobs.find_job(connection, job_id)):
            return known
        job = await jobs.create_job(connection, NAME, {}, NAME, job=job_id)
        await audit.append(connection, audit.EventDraft(actor, "audit.verification_requested", job.id, {}))
    await services.queue.wake(job)
    return job


async def check_log(services: Services, job: Job, progress: Progress) -> Done:
    """Walk both chains and compare every checkpoint in the ledger; what was found is an event, too.

    Checkpoints that were kept elsewhere prove more than those in the ledger: `headwater verify` takes them.
    """
    async with services.ledger.read(timeout_s=LONGEST_S) as connection:
        last = await get_head(connection)
        await progress("walking the audit log", 0, last)
        report = await verify_log(
            connection, progress=lambda count: progress.say("walking the audit log", min(count, last))
        )
    await progress("comparing with checkpoints", last)
    found = {
        "events": report.events.checked,
        "head_seq": report.events.head_seq,
        "head_hash": report.events.head_hash,
        "reads": report.reads.checked,
        "checkpoints": report.checkpoints,
        "findings": len(report.findings),
    }
    result = {**found, "findings": report.findings[:SHOWN], "findings_total": len(report.findings), "bad": report.bad}
    return Done(result, (audit.EventDraft("worker", VERIFIED, job.id, found),))
