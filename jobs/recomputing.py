"""One round of a re-screening: from marks to the scores they concern, what changed, why, and what follows from it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from graph.errors import QueryCut
from graph.marks import Mark, Reach, count_marks, marked_since, reach
from graph.model import Cause, Job, ScoreChange, WalletScore
from graph.together import together
from jobs.causes import Causes, causes_since
from jobs.closing import review_alerts
from jobs.recording import Outcome
from jobs.recounting import Scored
from jobs.rescoring import score_many
from jobs.retracing import retrace_reached, score_reached
from jobs.retro import retro_alerts
from jobs.runner import Progress
from jobs.scoring import ensure_scoring_run
from jobs.services import Services
from ledger.rescores import RunState, find_untold
from ledger.scores import find_scores
from risk.causes import TOLD, moved, moves, tell
from risk.model_signals import joined
from risk.retro import crossed

BATCH = 5_000


class Turn(Struct, frozen=True):
    """What is known when a round begins.

    Every change up to `watermark` is in the scores already or among the `marks`; those up to `after` are in the scores.
    What is found is written under the `claim`, taken before anything was read.
    """

    job: Job
    progress: Progress
    state: RunState
    marks: Sequence[Mark]
    watermark: int
    after: int
    claim: int


class Compared(Struct, frozen=True):
    """Scores of the wallets reached: as stored, how far those have moved untold, and as they are now."""

    before: dict[str, WalletScore]
    untold: dict[str, float]
    after: Scored


async def review_only(services: Services, turn: Turn) -> Outcome:
    """Before the first run nothing is stored that could change; alerts can have lost their basis all the same."""
    causes = await causes_since(services, turn.marks, turn.watermark, datetime.now(UTC))
    return Outcome((), (), (), await review_alerts(services, causes, {}, ()))


async def recompute(services: Services, turn: Turn) -> Outcome | None:
    """Compute every wallet that the marks reach again; None where that is more than is worked off singly.

    Raises Disturbed where new marks have to be read first.
    """
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
    causes, scores = answers
    changes, small = _changes(services, turn, reached.seeds, causes, scores)
    opened = await retro_alerts(services, changes, causes.movements)
    review = await review_alerts(services, causes, scores.before, scores.after.scores)
    return Outcome(scores.after.scores, changes, opened, review, scores.after.levels, small)


async def _rescored(services: Services, turn: Turn, reached: Reach, *, run: str, hops: int) -> Compared:
    keys = sorted(reached.seeds)
    if len(turn.marks) < BATCH:
        # No mark is left out, so what is stored of everybody else is true.
        answers: list[Any] = await together(
            _stored(services, run, keys), retrace_reached(services, reached, hops=hops, run=run)
        )
        (before, untold), found = answers
        known = _without_new(reached, before, turn.marks)
        near = await asyncio.to_thread(score_reached, services, known, found, before, run=run, watermark=turn.watermark)
        if near is not None:
            return Compared(before, untold, _with_models(services, near, before))
        # Something is missing from the store, and would be at every change near it.
        await ensure_scoring_run(services, hops)
    else:
        before, untold = await _stored(services, run, keys)
    scored = await score_many(services, keys, hops=hops, run=run, watermark=turn.watermark, progress=turn.progress)
    scored = _with_models(services, await _unless_marked(services, scored, turn.marks), before)
    return Compared(before, untold, scored)


def _with_models(services: Services, scored: Scored, before: Mapping[str, WalletScore]) -> Scored:
    """Carry along what models said of the wallets in the run: they are asked again by the next one."""
    said = {key: score.signals for key, score in before.items()}
    return replace(scored, scores=[joined(one, said.get(one.wallet, ()), services.policy) for one in scored.scores])


def _without_new(reached: Reach, before: Mapping[str, WalletScore], marks: Sequence[Mark]) -> Reach:
    """Leave out wallets that came after the marks were read: their own will bring them."""
    known = before.keys() | {mark.key for mark in marks}
    return replace(reached, seeds={key: of for key, of in reached.seeds.items() if key in known})


async def _unless_marked(services: Services, scored: Scored, marks: Sequence[Mark]) -> Scored:
    """Give up levels of wallets that were marked since, on the sides that the marks tell of.

    What others were just counted with is what those wallets give now, and not what is stored of them.
    """
    levels = dict(scored.levels)
    for key, mark in (await marked_since(services.graph, marks)).items():
        source, destination = levels.get(key, (None, None))
        levels[key] = (
            b"" if mark.tells_of("source") else source,
            b"" if mark.tells_of("destination") else destination,
        )
    return Scored(scored.scores, levels)


async def _stored(services: Services, run: str, keys: Sequence[str]) -> tuple[dict[str, WalletScore], dict[str, float]]:
    async with services.ledger.read(timeout_s=60) as connection:
        return await find_scores(connection, run, keys), await find_untold(connection, run, keys)


def _changes(
    services: Services, turn: Turn, seeds: Mapping[str, Sequence[str]], causes: Causes, scores: Compared
) -> tuple[list[ScoreChange], dict[str, float]]:
    """The changes to be told, with their causes in words, and how far the other scores have moved untold."""
    found, small = [], {}
    for score in scores.after.scores:
        was = scores.before.get(score.wallet)
        by = scores.untold.get(score.wallet, 0.0) + moved(was, score)
        if by > TOLD or crossed(was, score, services.policy):
            why = causes.explain(seeds[score.wallet], [move.category for move in moves(was, score)])
            found.append(_change(services, turn, why, was, score))
        elif by:
            small[score.wallet] = by
    return found, small


def _change(
    services: Services, turn: Turn, why: tuple[Cause, ...], was: WalletScore | None, score: WalletScore
) -> ScoreChange:
    return ScoreChange(
        wallet=score.wallet,
        run=score.run,
        job=turn.job.id,
        before=was,
        after=score,
        causes=why,
        words=tell(was, score, why, services.taxonomy.categories),
        watermark=score.watermark,
    )
