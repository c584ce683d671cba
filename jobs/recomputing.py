"""One round of a re-screening: from marks to the scores they concern, what changed, why, and what follows from it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from graph.errors import QueryCut
from graph.marks import Mark, Reach, count_marks, reach
from graph.model import Job, ScoreChange, WalletScore
from graph.together import together
from jobs.causes import Causes, causes_since
from jobs.closing import review_alerts
from jobs.recording import Outcome
from jobs.recounting import Scored
from jobs.rescoring import score_many
from jobs.retracing import retrace_reached, score_reached
from jobs.retro import retro_alerts
from jobs.runner import Progress
from jobs.services import Services
from ledger.rescores import RunState
from ledger.scores import find_scores
from risk.causes import has_changed, moves, tell

BATCH = 5_000


class Turn(Struct, frozen=True):
    """What is known when a round begins.

    Every change up to `watermark` is in the scores already or among the `marks`; those up to `after` are in the scores.
    """

    job: Job
    progress: Progress
    state: RunState
    marks: Sequence[Mark]
    watermark: int
    after: int


async def review_only(services: Services, turn: Turn) -> Outcome:
    """Before the first run nothing is stored that could change; alerts can have lost their basis all the same."""
    causes = await causes_since(services, turn.marks, turn.watermark, datetime.now(UTC))
    return Outcome((), (), (), await review_alerts(services, causes, {}, ()))


async def recompute(services: Services, turn: Turn) -> Outcome | None:
    """Compute every wallet that the marks reach again; None where that is more than is worked off singly."""
    state, bound = turn.state, services.settings.graph.rescreen_max_wallets
    if state.run is None or state.hops is None or state.requested_at is None:
        raise ValueError("no scoring run has finished")
    if len(turn.marks) == BATCH and await count_marks(services.graph) > bound:
        return None
    reached = await reach(services.graph, turn.marks, state.hops)
    if reached.is_cut or len(reached.seeds) > bound:
        return None
    rescoring = _rescored(services, turn, reached, run=state.run, hops=state.hops)
    try:
        answers: list[Any] = await together(
            causes_since(services, turn.marks, turn.after, state.requested_at), rescoring
        )
    except QueryCut:
        return None
    causes, (before, after) = answers
    pairs = [(before.get(score.wallet), score) for score in after.scores]
    changes = _changes(services, turn, reached.seeds, causes, pairs)
    opened = await retro_alerts(services, changes, causes.movements)
    review = await review_alerts(services, causes, before, after.scores)
    return Outcome(after.scores, changes, opened, review, after.levels)


async def _rescored(
    services: Services, turn: Turn, reached: Reach, *, run: str, hops: int
) -> tuple[dict[str, WalletScore], Scored]:
    """The scores of the wallets reached, as stored and as they are now."""
    keys = sorted(reached.seeds)
    if len(turn.marks) < BATCH:
        # No mark is left out, so what is stored of everybody else is true.
        answers: list[Any] = await together(
            _stored(services, run, keys), retrace_reached(services, reached, hops=hops, run=run)
        )
        before, found = answers
        near = await asyncio.to_thread(
            score_reached, services, reached, found, before, run=run, watermark=turn.watermark
        )
        if near is not None:
            return before, near
    else:
        before = await _stored(services, run, keys)
    scored = await score_many(services, keys, hops=hops, run=run, watermark=turn.watermark, progress=turn.progress)
    return before, scored


async def _stored(services: Services, run: str, keys: Sequence[str]) -> dict[str, WalletScore]:
    async with services.ledger.read(timeout_s=60) as connection:
        return await find_scores(connection, run, keys)


def _changes(
    services: Services,
    turn: Turn,
    seeds: Mapping[str, Sequence[str]],
    causes: Causes,
    pairs: Sequence[tuple[WalletScore | None, WalletScore]],
) -> list[ScoreChange]:
    """Those of the scores that differ from the stored ones, with their causes in words."""
    found = []
    for was, score in pairs:
        if not has_changed(was, score):
            continue
        why = causes.explain(seeds[score.wallet], [move.category for move in moves(was, score)])
        found.append(
            ScoreChange(
                wallet=score.wallet,
                run=score.run,
                job=turn.job.id,
                before=was,
                after=score,
                causes=why,
                words=tell(was, score, why, services.taxonomy.categories),
                watermark=score.watermark,
            )
        )
    return found
