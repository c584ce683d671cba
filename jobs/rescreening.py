"""Re-screening: what changes of the graph can have touched is computed again, told with its causes, and judged.

The marks on wallets are the list of what is to be done. They are taken away last, and only where nobody has renewed
them, so that a job killed anywhere is done again from the same marks.
"""

from __future__ import annotations

from msgspec import Struct

from graph.errors import Disturbed
from graph.marks import clear_marks, count_marks, read_marks
from graph.model import Job
from graph.score_store import claim_scores, store_rescores
from graph.together import together
from jobs.recomputing import BATCH, Turn, recompute, review_only
from jobs.recording import record_outcome
from jobs.runner import Done, Progress
from jobs.scoring import ensure_scoring_run
from jobs.services import Services
from ledger.rescores import RunState, run_state

AT_WORK = "left to the scoring run at work"
NO_CLAIM = 0
TOO_MUCH = "left to a scoring run: more can have changed than is worked off wallet by wallet"


class Counts(Struct):
    """What one job has done so far."""

    marks: int = 0
    wallets: int = 0
    changed: int = 0
    alerts: int = 0
    proposed: int = 0


async def rescreen(services: Services, job: Job, progress: Progress) -> Done:
    """Work off the marks until there are none, or leave them to a scoring run; repeatable at any point."""
    counts, last = Counts(), None
    while True:
        turn = await _next(services, job, progress, last)
        if not turn.marks:
            return _done(counts, turn.state, turn.watermark)
        if turn.state.is_running:
            return _done(counts, turn.state, None, AT_WORK)
        try:
            if not await _work_off(services, turn, counts):
                await ensure_scoring_run(services, turn.state.hops)
                return _done(counts, turn.state, None, TOO_MUCH)
        except Disturbed:
            # Who is late by an attempt ends here, and does not take the claim of the later one away again.
            await progress.beat()
            continue
        last = turn


async def _next(services: Services, job: Job, progress: Progress, last: Turn | None) -> Turn:
    # With nothing to be done nothing is written; should marks come just now, the write is refused and all begins anew.
    claim = await claim_scores(services.graph) if await count_marks(services.graph) else NO_CLAIM
    watermark = (await services.graph.settled())["seq"]
    marks = await read_marks(services.graph, BATCH)
    # Asked after the marks are read: a run that begins later sees all that they stand for.
    async with services.ledger.read() as connection:
        state = await run_state(connection)
    after = state.drained or 0
    if last is not None and last.state.run == state.run:
        # A full batch may have left marks of changes before its watermark.
        after = last.watermark if len(last.marks) < BATCH else last.after
    return Turn(job, progress, state, marks, watermark, after, claim)


async def _work_off(services: Services, turn: Turn, counts: Counts) -> bool:
    """Do one batch of marks; False if it reaches more wallets than the bound."""
    outcome = await (review_only if turn.state.run is None else recompute)(services, turn)
    if outcome is None:
        return False
    # The graph's copy is no record: should only it be written, the marks that stay bring the rest.
    await together(
        record_outcome(services, turn.progress, turn.state.number, outcome),
        store_rescores(services.graph, outcome.scores, outcome.levels, turn.claim),
    )
    counts.marks += await clear_marks(services.graph, turn.marks)
    counts.wallets += len(outcome.scores)
    counts.changed += len(outcome.changes)
    counts.alerts += len(outcome.opened)
    counts.proposed += len(outcome.review.propose)
    if len(turn.marks) == BATCH:
        await turn.progress(f"{counts.wallets:,} wallets re-screened, {counts.changed:,} changed", counts.marks)
    return True


def _done(counts: Counts, state: RunState, watermark: int | None, left: str | None = None) -> Done:
    """`watermark` is the one up to which every change is in the scores; None if marks were left."""
    result = {name: getattr(counts, name) for name in counts.__struct_fields__}
    return Done(result | {"run": state.run, "watermark": watermark, "left": left})
