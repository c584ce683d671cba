"""Alerts: the queue of decisions and re-screenings that need a person."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from litestar import get
from litestar.params import QueryParameter
from msgspec import Meta, Struct

from api.lifespan import GivenServices
from api.paging import Cursor, Cursors, Limit
from api.parameters import Id
from graph.model import Alert, AlertClass, AlertStatus, Severity
from ledger import alerts as ledger
from ledger.alerts import Position

Status = Annotated[AlertStatus | None, QueryParameter(description="Only alerts with this status")]
Severe = Annotated[Severity | None, QueryParameter(description="Only alerts of this severity")]
Class = Annotated[
    AlertClass | None,
    QueryParameter(name="class", description="live: about payments as they came; retro: about what became known later"),
]
Proposed = Annotated[
    bool | None,
    QueryParameter(description="true: only alerts that have lost their basis and are proposed for closing"),
]

_cursors: Cursors[Position] = Cursors("alerts", tuple[float, Annotated[datetime, Meta(tz=True)], str])


class AlertView(Struct, frozen=True, kw_only=True, rename={"class_": "class"}):
    """An alert; `priority` orders the queue where risk scores are near saturation.

    A `retro` alert is about the wallet in `wallets`: it has no decision and no transaction, and `explanation` says
    which change of flows or attributions made it. `basis_withdrawn_at` is since when its transaction is withdrawn.
    `proposal` is `close` once the alert has lost what it rested on, for the reason given; a person decides.
    """

    id: str
    decision: str | None
    transaction: str | None
    class_: AlertClass
    severity: Severity
    status: AlertStatus
    assignee: str | None
    risk_score: float
    priority: float
    risk_category: str | None
    reason_codes: tuple[str, ...]
    explanation: str
    wallets: tuple[str, ...]
    group_id: str
    created_at: datetime
    basis_withdrawn_at: datetime | None
    proposal: Literal["close"] | None
    proposal_reason: str | None
    proposed_at: datetime | None

    @classmethod
    def from_alert(cls, alert: Alert) -> AlertView:
        """Return the alert as it is on the wire."""
        return cls(
            id=alert.id,
            decision=alert.decision,
            transaction=alert.transaction,
            class_=alert.class_,
            severity=alert.severity,
            status=alert.status,
            assignee=alert.assignee,
            risk_score=alert.risk_score,
            priority=alert.priority,
            risk_category=alert.risk_category,
            reason_codes=alert.reason_codes,
            explanation=alert.explanation,
            wallets=alert.wallets,
            group_id=alert.group_id,
            created_at=alert.created_at,
            basis_withdrawn_at=alert.basis_withdrawn_at,
            proposal=alert.proposal,
            proposal_reason=alert.proposal_reason,
            proposed_at=alert.proposed_at,
        )


class AlertPage(Struct, frozen=True):
    """A page of alerts; `next` is null at the end."""

    items: list[AlertView]
    next: str | None


@get("/alerts", operation_id="list_alerts", summary="Alerts, highest priority first")
async def list_alerts(
    services: GivenServices,
    *,
    status: Status = None,
    severity: Severe = None,
    class_: Class = None,
    proposed: Proposed = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> AlertPage:
    """Page through the queue: by priority, then newest first."""
    after = _cursors.read(cursor)
    async with services.ledger.read() as connection:
        alerts, ended = await ledger.list_alerts(
            connection,
            status=status,
            severity=severity,
            class_=class_,
            proposed=proposed,
            after=after,
            limit=limit,
        )
    return AlertPage([AlertView.from_alert(alert) for alert in alerts], _cursors.write(ended))


@get("/alerts/{alert:str}", operation_id="get_alert", summary="One alert")
async def get_alert(services: GivenServices, alert: Id) -> AlertView:
    """Return an alert.

    The decision behind a live one, with evidence, is at its transaction's `/decision`; the change behind a retro one
    is at `/scores/{key}/changes` of its wallet.
    """
    async with services.ledger.read() as connection:
        return AlertView.from_alert(await ledger.get_alert(connection, alert))
