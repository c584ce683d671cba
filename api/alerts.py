"""Alerts: the queue of decisions and re-screenings that need a person."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from litestar import Response, get
from litestar.params import QueryParameter
from msgspec import Meta, Struct

from api.etags import etag_of
from api.lifespan import GivenServices
from api.paging import Cursor, Cursors, Limit
from api.parameters import Id, canonical_wallet, read_span
from graph.model import Alert, AlertClass, AlertStatus, Severity, Verdict
from graph.money import format_micro
from ledger import alert_pages
from ledger import alerts as ledger
from ledger.alert_pages import Asked, NewestPosition, Position

Status = Annotated[AlertStatus | None, QueryParameter(description="Only alerts with this status")]
Severe = Annotated[Severity | None, QueryParameter(description="Only alerts of this severity")]
Class = Annotated[
    AlertClass | None,
    QueryParameter(name="class", description="live: about payments as they came; retro: about what became known later"),
]
InCategory = Annotated[str | None, QueryParameter(max_length=100, description="Only alerts of this risk category")]
AssignedTo = Annotated[
    str | None, QueryParameter(max_length=200, description="Only those of this assignee; `none`: of nobody")
]
InGroup = Annotated[str | None, QueryParameter(max_length=100, description="Only alerts of this group, of one cause")]
About = Annotated[str | None, QueryParameter(max_length=300, description="Only about this wallet, `network:address`")]
Proposed = Annotated[
    bool | None,
    QueryParameter(description="true: only alerts that have lost their basis and are proposed for closing"),
]
Suppressed = Annotated[
    bool | None,
    QueryParameter(description="true: only alerts that a suppression closed as they came; false: only the others"),
]
Since = Annotated[
    datetime | None, QueryParameter(name="from", description="Only those opened at or after: RFC 3339 with a zone")
]
Until = Annotated[
    datetime | None, QueryParameter(name="to", description="Only those opened before: RFC 3339 with a zone")
]
Sort = Annotated[
    Literal["priority", "newest"],
    QueryParameter(description="priority: highest first, then newest; newest: latest opened first"),
]

Instant = Annotated[datetime, Meta(tz=True)]
_cursors: Cursors[Position] = Cursors("alerts", tuple[float, Instant, str])
_newest: Cursors[NewestPosition] = Cursors("newest-alerts", tuple[Instant, str])


class AlertView(Struct, frozen=True, kw_only=True, rename={"class_": "class"}):
    """An alert; `priority` orders the queue where risk scores are near saturation.

    A `retro` alert is about the wallet in `wallets`: it has no decision and no transaction, and `explanation` says
    which change of flows or attributions made it. `basis_withdrawn_at` is since when its transaction is withdrawn.
    `proposal` is `close` once the alert has lost what it rested on, for the reason given; a person decides. `version`
    counts what was made of it, `verdict` is how it was closed, `suppressed_by` the suppression that closed it as it
    came. `value` is what its payment moved, null for a retro one.
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
    version: int
    verdict: Verdict | None
    suppressed_by: str | None
    value: str | None

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
            version=alert.version,
            verdict=alert.verdict,
            suppressed_by=alert.suppressed_by,
            value=None if alert.value is None else format_micro(alert.value),
        )


class AlertPage(Struct, frozen=True):
    """A page of alerts; `next` is null at the end."""

    items: list[AlertView]
    next: str | None


def alert_etag(alert: Alert) -> str:
    """Return the ETag of an alert: it differs once anybody, or the worker, has made anything of it."""
    return etag_of(alert.id, alert.version, alert.proposed_at, alert.basis_withdrawn_at)


def alert_response(alert: Alert) -> Response[AlertView]:
    """Return the alert with its ETag."""
    return Response(AlertView.from_alert(alert), headers={"ETag": alert_etag(alert)})


@get("/alerts", operation_id="list_alerts", summary="Alerts, highest priority first")
async def list_alerts(
    services: GivenServices,
    *,
    status: Status = None,
    severity: Severe = None,
    class_: Class = None,
    category: InCategory = None,
    assignee: AssignedTo = None,
    group: InGroup = None,
    wallet: About = None,
    proposed: Proposed = None,
    suppressed: Suppressed = None,
    since: Since = None,
    until: Until = None,
    sort: Sort = "priority",
    limit: Limit = 100,
    cursor: Cursor = None,
) -> AlertPage:
    """Page through the queue: by priority, then newest first, or newest first. Filters meet: all given must hold."""
    since, until = read_span(since, until)
    asked = Asked(
        status=status,
        severity=severity,
        class_=class_,
        category=category,
        assignee=assignee,
        group=group,
        wallet=None if wallet is None else canonical_wallet(wallet, "wallet"),
        proposed=proposed,
        suppressed=suppressed,
        since=since,
        until=until,
    )
    async with services.ledger.read() as connection:
        if sort == "newest":
            found, newest = await alert_pages.list_newest(connection, asked, after=_newest.read(cursor), limit=limit)
            ended = _newest.write(newest)
        else:
            found, last = await alert_pages.list_alerts(connection, asked, after=_cursors.read(cursor), limit=limit)
            ended = _cursors.write(last)
    return AlertPage([AlertView.from_alert(alert) for alert in found], ended)


@get("/alerts/{alert:str}", operation_id="get_alert", summary="One alert")
async def get_alert(services: GivenServices, alert: Id) -> Response[AlertView]:
    """Return an alert, with the `ETag` that an edit of it sends as `If-Match`.

    The decision behind a live one, with evidence, is at its transaction's `/decision`; the change behind a retro one
    is at `/scores/{key}/changes` of its wallet. `/explanation` draws either.
    """
    async with services.ledger.read() as connection:
        return alert_response(await ledger.get_alert(connection, alert))
