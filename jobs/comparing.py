"""After a scoring run: what changed since the scores before it is told and judged, as after a re-screening.

Most runs find what re-screening has found already. What they find first is a change too wide for it: a long import, a
whole list of sanctions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from graph.attribution_lists import attributions_about, attributions_of_ids
from graph.exposure import get_exposures
from graph.model import Cause, Direction, Exposure, Job, ScoreChange
from graph.together import together
from jobs.causes import Causes, cause_of
from jobs.closing import review_alerts, review_all
from jobs.recording import Outcome, record_outcome
from jobs.retro import retro_alerts, severity_crossed
from jobs.runner import Done, Progress
from jobs.services import PATIENT, Services
from ledger import jobs
from ledger.comparisons import RunPair, differing_wallets, pair_of
from ledger.scores import find_first_scores, find_scores
from ledger.session import Connection
from risk.causes import TOLD, moved, moves, tell
from risk.retro import crossed

NAME = "compare_runs"
PAGE = 500
DIRECTIONS: tuple[Direction, Direction] = ("source", "destination")
NOTHING = Causes({}, (), ())


async def create_comparison(connection: Connection, run: str) -> None:
    """Queue the comparison of a run with the one before it, in the transaction that finishes it."""
    if await pair_of(connection, run) is not None:
        await jobs.create_job(connection, NAME, {"run": run})


async def compare_runs(services: Services, job: Job, progress: Progress) -> Done:
    """Tell what a run found otherwise than it stood before, page by page; a page that is recorded is not told again."""
    async with services.ledger.read() as connection:
        pair = await pair_of(connection, job.arguments["run"])
    if pair is None or not pair.is_alike:
        return Done({"run": job.arguments["run"], "changed": 0, "alerts": 0})
    changed, opened, after = 0, 0, ""
    while True:
        async with services.ledger.read(timeout_s=120) as connection:
            keys = await differing_wallets(connection, pair, job=job.id, after=after, limit=PAGE)
        if not keys:
            break
        outcome = await _page(services, job, pair, keys)
        await record_outcome(services, progress, pair.number, outcome)
        changed, opened, after = changed + len(outcome.changes), opened + len(outcome.opened), keys[-1]
        await progress(f"{changed:,} wallets changed", changed)
    await record_outcome(services, progress, None, Outcome((), (), (), await review_all(services)))
    return Done({"run": pair.run, "before": pair.before, "changed": changed, "alerts": opened})


async def _page(services: Services, job: Job, pair: RunPair, keys: Sequence[str]) -> Outcome:
    async with services.ledger.read(timeout_s=60) as connection:
        before = await find_scores(connection, pair.before, keys)
        after = await find_first_scores(connection, pair.run, keys)
    changes = [
        ScoreChange(
            wallet=key,
            run=pair.run,
            job=job.id,
            before=before.get(key),
            after=after[key],
            causes=(),
            words="",
            watermark=pair.watermark,
        )
        for key in keys
        if moved(before.get(key), after[key]) > TOLD or crossed(before.get(key), after[key], services.policy)
    ]
    # Exposure is asked for where an alert is due; of the others the score is the answer.
    rising = [change.wallet for change in changes if severity_crossed(services, change)]
    causes = await _causes(services, rising, pair) if rising else {}
    told = [_told(services, change, causes.get(change.wallet, ())) for change in changes]
    review = await review_alerts(services, NOTHING, before, list(after.values()))
    return Outcome((), told, await retro_alerts(services, told, ()), review)


def _told(services: Services, change: ScoreChange, causes: Sequence[Cause]) -> ScoreChange:
    moved = [move.category for move in moves(change.before, change.after)]
    ordered = tuple(sorted(causes, key=lambda cause: (cause.category not in moved, cause.id)))
    words = tell(change.before, change.after, ordered, services.taxonomy.categories)
    return replace(change, causes=ordered, words=words)


async def _causes(services: Services, keys: Sequence[str], pair: RunPair) -> Mapping[str, Sequence[Cause]]:
    """The attributions since the run before that the exposure of each wallet ends at, or that are its own."""
    sides: list[list[Exposure]] = await together(
        *(get_exposures(services.tracing(direction, pair.hops, limits=PATIENT), keys) for direction in DIRECTIONS)
    )
    named: dict[str, set[str]] = {key: set() for key in keys}
    for exposure in (one for side in sides for one in side):
        named[exposure.wallet].update(*(a.attributions for part in exposure.categories for a in part.actors))
    own = await attributions_about(services.graph, keys)
    met = await attributions_of_ids(services.graph, sorted({name for names in named.values() for name in names}))
    for one in own:
        named[one.wallet].add(one.id)
    new = [one for one in (*own, *met) if (one.seq or 0) > pair.before_watermark and one.withdrawn_at is None]
    causes = {one.id: cause_of(one, "attribution_recorded") for one in new}
    return {key: [causes[name] for name in sorted(names) if name in causes] for key, names in named.items()}
