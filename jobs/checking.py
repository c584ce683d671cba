"""Checking stored scores: a seeded sample is computed again from the flows; what differs without a mark has drifted."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from graph.model import Job, WalletScore
from jobs.rescoring import score_many
from jobs.runner import Done, Progress
from jobs.scoring import ensure_scoring_run
from jobs.services import Services
from jobs.staleness import stale_scores
from ledger import audit, jobs
from ledger.runs import latest_run
from ledger.scores import find_scores, sample_scores
from risk.causes import differs
from risk.model_signals import joined

NAME = "check_scores"
SAMPLE = 200
DRIFTED = "scores.drifted"


class Check(Struct, frozen=True):
    """A sample of `checked` wallets by `seed`; `drifted` ones are stored otherwise than they are computed now."""

    seed: int
    checked: int
    stale: int
    drifted: tuple[str, ...]
    watermark: int


async def request_check(services: Services, sample: int = SAMPLE) -> Job:
    """Queue a check, or return the one that is queued or running, and wake a worker."""
    async with services.ledger.transaction() as connection:
        job = await jobs.create_job(connection, NAME, {"sample": sample, "seed": new_seed()}, NAME)
    await services.queue.wake(job)
    return job


def new_seed() -> int:
    """A seed that nobody can foresee; it is told with the result."""
    return secrets.randbelow(1 << 31)


async def run_check(services: Services, job: Job, progress: Progress) -> Done:
    """Check as a job; drift is an event that names the wallets, and asks for a run, which writes everything anew."""
    await progress("computing a sample again")
    check = await check_scores(services, job.arguments["sample"], job.arguments["seed"])
    result = _document(check)
    if check.drifted:
        async with services.ledger.read() as connection:
            run = await latest_run(connection)
        await ensure_scoring_run(services, run.hops if run else None)
    events = (audit.EventDraft("worker", DRIFTED, job.id, result),) if check.drifted else ()
    return Done(result, events)


async def check_scores(services: Services, sample: int, seed: int) -> Check:
    """Compare a sample of stored scores with what the flows say now, to 1e-9; nothing is changed."""
    watermark = (await services.graph.settled())["seq"]
    async with services.ledger.read(timeout_s=60) as connection:
        run = await latest_run(connection)
        stored = await sample_scores(connection, sample, seed) if run else []
    if run is None or not stored:
        return Check(seed, 0, 0, (), watermark)
    odd = await _odd(services, stored, run.hops, watermark)
    stale = await stale_scores(services, odd)
    # What was re-screened or scored while it was being compared is looked at once more.
    async with services.ledger.read(timeout_s=60) as connection:
        again = await find_scores(connection, run.id, [key for key in odd if key not in stale])
    drifted = await _odd(services, list(again.values()), run.hops, watermark)
    stale |= await stale_scores(services, drifted)
    return Check(seed, len(stored), len(stale), tuple(key for key in drifted if key not in stale), watermark)


async def _odd(services: Services, stored: Sequence[WalletScore], hops: int, watermark: int) -> list[str]:
    """Wallets whose stored score is not the one computed now, or that are not in the graph."""
    keys = [score.wallet for score in stored]
    found = await score_many(services, keys, hops=hops, run="live", watermark=watermark)
    said = {score.wallet: score.signals for score in stored}
    now = {score.wallet: joined(score, said[score.wallet], services.policy) for score in found.scores}
    return [score.wallet for score in stored if score.wallet not in now or differs(score, now[score.wallet], 1e-9)]


def _document(check: Check) -> dict[str, Any]:
    document = {name: getattr(check, name) for name in check.__struct_fields__}
    return document | {"drifted": list(check.drifted)}
