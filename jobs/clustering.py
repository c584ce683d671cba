"""Clustering wallets: links from what landed since the last time, then the entities that these links make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from graph.linking import PAGE, read_changed, read_state, relink
from graph.model import Job
from graph.regrouping import regroup
from jobs.rescreening_requests import request_rescreening
from jobs.runner import Done
from jobs.services import Services
from ledger import audit, jobs
from ledger.session import Connection
from ledger.vetoes import vetoed_transactions

if TYPE_CHECKING:
    from jobs.runner import Progress

NAME = "cluster_wallets"
CLUSTERED = "wallets.clustered"


class Counts(Struct):
    """What one job has done: changed transactions, links said anew, wallets regrouped, those that lost company."""

    transactions: int = 0
    links: int = 0
    wallets: int = 0
    entities: int = 0
    torn: int = 0


async def queue_clustering(connection: Connection, job_id: str | None = None) -> Job:
    """Queue clustering with what else the transaction records, or return the job there is; wake it after.

    One that runs already may have read vetoes and watermark before: it is followed by another.
    """
    if job_id is not None and (known := await jobs.find_job(connection, job_id)):
        return known
    waiting = await jobs.list_jobs(connection, name=NAME, state="queued", after=None, limit=1)
    return waiting[0] if waiting else await jobs.create_job(connection, NAME, {}, None, job=job_id)


async def request_clustering(services: Services, *, actor: str, job_id: str | None = None) -> Job:
    """Queue clustering of what landed since the last time, and wake a worker.

    `job_id` is an id to queue it under: if there is a job of that id, it is returned, and none is queued.
    """
    async with services.ledger.transaction() as connection:
        job = await queue_clustering(connection, job_id)
        await audit.append(connection, audit.EventDraft(actor, "clustering.requested", job.id, {}))
    await services.queue.wake(job)
    return job


async def cluster_wallets(services: Services, job: Job, progress: Progress) -> Done:
    """Bring links and entities up to the graph as it is now, and to the vetoes in force; repeatable at any point.

    Wallets whose entity lost members are marked stale and re-screened.
    """
    until, counts = (await services.graph.settled())["seq"], Counts()
    await progress("reading what changed", 0)
    await _link(services, progress, until, counts)
    await progress("making entities of links")
    done = await regroup(services.graph)
    await services.graph.write("finish_clustering", seq=until)
    counts.wallets, counts.entities, counts.torn = done.wallets, done.entities, done.torn
    if done.torn:
        await request_rescreening(services)
    result = {name: getattr(counts, name) for name in counts.__struct_fields__} | {"watermark": until}
    events = (audit.EventDraft("worker", CLUSTERED, job.id, result),) if done.wallets else ()
    return Done(result, events)


async def _link(services: Services, progress: Progress, until: int, counts: Counts) -> None:
    """Say anew what vetoed and changed transactions tell, page by page; each page stands once it is written."""
    async with services.ledger.read() as connection:
        vetoed = await vetoed_transactions(connection)
    state = await read_state(services.graph)
    if decided := vetoed ^ state.vetoed:
        counts.links += await relink(services.graph, decided, seq=state.linked, vetoed=vetoed)
    after, is_last = state.linked, state.linked >= until
    while not is_last:
        changed = await read_changed(services.graph, after, until)
        counts.links += await relink(services.graph, changed.keys, seq=changed.seq, vetoed=vetoed)
        counts.transactions += len(changed.keys)
        after, is_last = changed.seq, changed.is_last
        if len(changed.keys) == PAGE:
            await progress(f"{counts.transactions:,} transactions read", counts.transactions)
