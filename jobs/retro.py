"""Which wallets get an alert about the past: those that crossed a threshold and are not told of already."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from graph.model import Alert, ScoreChange, Severity
from graph.movements import Movement, transactions_since
from jobs.services import Services
from jobs.watched_changes import watched_changes
from ledger import audit
from ledger.landed import missing_keys
from ledger.proposals import told_live
from risk.priority import RANKS
from risk.retro import crossed, retro_alert
from risk.watching import watched_alert, with_watched

# Between landing and decision a payment's own alert is on its way: how long after landing it is waited for. Should it
# come later still, `ledger.proposals.propose_told` puts that right.
DECIDING = timedelta(seconds=0.5)
ASK_AGAIN_S = 0.05
MOST_LANDINGS = 5_000


async def retro_alerts(
    services: Services, changes: Sequence[ScoreChange], movements: Sequence[Movement]
) -> list[Alert]:
    """The alerts that these changes open, for crossing a threshold and for moving while somebody watches.

    None for a crossing that a live alert since then tells as severely. `movements` are those that were known before
    the scores were computed.
    """
    crossings = await _untold_crossings(services, changes, movements)
    noticed = await watched_changes(services, changes)
    now, categories = datetime.now(UTC), services.taxonomy.categories
    opened = []
    for change in changes:
        if severity := crossings.get(change.wallet):
            alert = retro_alert(change, severity, categories, now)
            opened.append(with_watched(alert) if change.wallet in noticed else alert)
        elif change.wallet in noticed:
            opened.append(watched_alert(change, services.policy, categories, now))
    return opened


async def _untold_crossings(
    services: Services, changes: Sequence[ScoreChange], movements: Sequence[Movement]
) -> dict[str, Severity]:
    """The severities that wallets have risen to, those left out that a live alert tells."""
    crossings = {change.wallet: severity for change in changes if (severity := severity_crossed(services, change))}
    if not crossings:
        return {}
    before = [change.before.watermark for change in changes if change.wallet in crossings and change.before]
    after = max([one.seq for one in movements] + before, default=0)
    # What has landed since may be in the scores too.
    later = await transactions_since(services.graph, list(crossings), after, MOST_LANDINGS)
    await _decided(services, [*movements, *later])
    async with services.ledger.read() as connection:
        told = await told_live(connection, list(crossings))
    return {
        change.wallet: crossings[change.wallet]
        for change in changes
        if change.wallet in crossings and not _is_told(change, crossings[change.wallet], told)
    }


def opened_event(alert: Alert, change: ScoreChange) -> audit.EventDraft:
    """What the audit log says of a retro alert."""
    body = {
        "class": alert.class_,
        "wallet": change.wallet,
        "severity": alert.severity,
        "risk_score": alert.risk_score,
        "reason_codes": alert.reason_codes,
        "causes": [cause.id for cause in change.causes],
        "watermark": change.watermark,
    }
    return audit.EventDraft("worker", "alert.opened", alert.id, body)


def severity_crossed(services: Services, change: ScoreChange) -> Severity | None:
    """The severity of an alert that a change has risen to; None otherwise."""
    return crossed(change.before, change.after, services.policy)


def _is_told(change: ScoreChange, severity: Severity, told: Sequence[tuple[str, Severity, int]]) -> bool:
    known = change.before.watermark if change.before else -1
    return any(
        wallet == change.wallet and RANKS[as_] >= RANKS[severity] and watermark > known
        for wallet, as_, watermark in told
    )


async def _decided(services: Services, movements: Sequence[Movement]) -> None:
    """Wait until what has just landed is decided: its landing is recorded with its decision."""
    landed = {one.id: one.recorded_at for one in movements if one.kind == "landed"}
    while recent := [key for key, at in landed.items() if datetime.now(UTC) - at < DECIDING]:
        async with services.ledger.read() as connection:
            if not await missing_keys(connection, recent):
                return
        await asyncio.sleep(ASK_AGAIN_S)
