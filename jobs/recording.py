"""What a re-screening found, put on record as a whole: scores in force, why they changed, alerts, events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from graph.model import Alert, ScoreChange, WalletScore
from jobs.closing import Review
from jobs.queueing import open_retro_alerts
from jobs.retro import opened_event
from jobs.runner import Progress
from jobs.services import Services
from ledger import audit, rescores


class Outcome(Struct, frozen=True):
    """What was found; it is recorded as a whole. `levels` are for the graph alone, of those scores that have them.

    `untold` is how far scores have moved whose changes are too small to be told yet.
    """

    scores: Sequence[WalletScore]
    changes: Sequence[ScoreChange]
    opened: Sequence[Alert]
    review: Review
    levels: Mapping[str, tuple[bytes | None, bytes | None]] = {}
    untold: Mapping[str, float] = {}


async def record_outcome(services: Services, progress: Progress, number: int | None, outcome: Outcome) -> None:
    """Record all of it in the run of that number, or nothing; raises Fenced if a later attempt owns the job.

    `number` is None before the first run: then there are no scores.
    """
    if not (outcome.scores or outcome.changes or outcome.review.events()):
        return
    by_wallet = {change.wallet: change for change in outcome.changes}
    async with services.ledger.transaction(timeout_s=120) as connection:
        await progress.hold(connection)
        if number is not None:
            await rescores.record_rescores(connection, number, outcome.scores, outcome.untold)
            await rescores.record_score_changes(connection, number, outcome.changes)
        new, suppressed = await open_retro_alerts(services, connection, outcome.opened)
        await outcome.review.record(connection)
        opened = [opened_event(one, by_wallet[one.wallets[0]]) for one in outcome.opened if one.id in new]
        await audit.append(connection, *opened, *suppressed, *outcome.review.events())
