"""Alerts that have lost what they rested on, and those that have it again: proposed for closing, or no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from graph.bases import bases_of
from graph.model import WalletScore
from jobs.causes import Causes
from jobs.services import Services
from ledger import audit, proposals
from ledger.proposals import Standing
from ledger.session import Connection
from risk.policy import Policy
from risk.retro import needs_alert

NOT_ILLICIT = "no wallet that its evidence names is illicit any more"
WITHDRAWN = "its transaction was withdrawn"


class Review(Struct, frozen=True):
    """Alerts to propose for closing, with the reason, and those whose proposal is taken back."""

    propose: Mapping[str, str]
    keep: Sequence[str]

    def events(self) -> list[audit.EventDraft]:
        """What the audit log says of it."""
        return proposed_events(self.propose) + [
            audit.EventDraft("worker", "alert.proposal_withdrawn", alert, {}) for alert in self.keep
        ]

    async def record(self, connection: Connection) -> None:
        """Set and take back the proposals."""
        if self.propose:
            await proposals.propose_closing(connection, self.propose)
        if self.keep:
            await proposals.withdraw_proposals(connection, self.keep)


def proposed_events(reasons: Mapping[str, str]) -> list[audit.EventDraft]:
    """What the audit log says of alerts proposed for closing."""
    return [
        audit.EventDraft("worker", "alert.closing_proposed", alert, {"reason": reason})
        for alert, reason in reasons.items()
    ]


async def review_all(services: Services) -> Review:
    """Judge again every live alert that nobody has closed."""
    async with services.ledger.read(timeout_s=60) as connection:
        live = await proposals.standing_live(connection)
    return _review(live, await _reasons(services, live))


async def review_alerts(
    services: Services, causes: Causes, before: Mapping[str, WalletScore], after: Sequence[WalletScore]
) -> Review:
    """Judge again the alerts that changed attributions, transactions and scores may have touched."""
    touched = [score for score in after if _fell_or_rose(before.get(score.wallet), score, services.policy)]
    scores = {score.wallet: score for score in touched}
    attributions = [one.id for one in causes.attributions]
    transactions = [one.id for one in causes.movements if one.kind != "landed"]
    if not (scores or attributions or transactions):
        return Review({}, ())
    async with services.ledger.read(timeout_s=30) as connection:
        live = await proposals.standing_on(connection, attributions, transactions)
        retro = await proposals.standing_about(connection, list(scores))
    reasons = await _reasons(services, live) | {one.id: _fallen(one, scores, services.policy) for one in retro}
    return _review([*live, *retro], reasons)


def _fell_or_rose(before: WalletScore | None, after: WalletScore, policy: Policy) -> bool:
    return needs_alert(after, policy) != (before is not None and needs_alert(before, policy))


async def _reasons(services: Services, live: Sequence[Standing]) -> dict[str, str | None]:
    """Why each live alert has lost its basis; None where it stands."""
    if not live:
        return {}
    attributions = {name for one in live for name in one.attributions}
    holds = await bases_of(services.graph, attributions, {one.transaction for one in live if one.transaction})
    reasons: dict[str, str | None] = {}
    for one in live:
        lost = one.attributions and not holds.illicit.intersection(one.attributions)
        reasons[one.id] = WITHDRAWN if one.transaction not in holds.counting else NOT_ILLICIT if lost else None
    return reasons


def _fallen(one: Standing, scores: Mapping[str, WalletScore], policy: Policy) -> str | None:
    about = [scores[wallet] for wallet in one.wallets if wallet in scores]
    if any(needs_alert(score, policy) for score in about):
        return None
    return "; ".join(f"the score of {score.wallet} fell to {score.score:.2g}, below the threshold" for score in about)


def _review(standing: Sequence[Standing], reasons: Mapping[str, str | None]) -> Review:
    propose = {one.id: reason for one in standing if not one.is_proposed and (reason := reasons[one.id])}
    return Review(propose, [one.id for one in standing if one.is_proposed and reasons[one.id] is None])
