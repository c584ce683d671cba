"""Alerts of one cause, together."""

from __future__ import annotations

from datetime import datetime

from litestar import get
from msgspec import Struct

from api.alerts import About, AssignedTo, Class, InCategory, Instant, Severe, Status, Suppressed
from api.lifespan import GivenServices
from api.paging import Cursor, Cursors, Limit
from api.parameters import canonical_wallet
from graph.model import Severity
from graph.money import format_micro
from ledger.alert_groups import AlertGroup, GroupPosition, list_groups
from ledger.alert_pages import Asked

_cursors: Cursors[GroupPosition] = Cursors("alert-groups", tuple[float, Instant, str])


class AlertGroupView(Struct, frozen=True, kw_only=True):
    """The alerts of one cause: `count` of them, `open` not closed, the highest severity and priority among them.

    `value` is what the payments behind live ones moved, null where there is none. `category`, `reason_codes` and
    `explanation` are of `first`, the one of highest priority. `group` of `GET /alerts` lists them all.
    """

    group_id: str
    count: int
    open: int
    severity: Severity
    priority: float
    value: str | None
    oldest_at: datetime
    newest_at: datetime
    first: str
    category: str | None
    reason_codes: tuple[str, ...]
    explanation: str

    @classmethod
    def from_group(cls, group: AlertGroup) -> AlertGroupView:
        """Return the group as it is on the wire."""
        return cls(
            group_id=group.group_id,
            count=group.count,
            open=group.open,
            severity=group.severity,
            priority=group.priority,
            value=None if group.value is None else format_micro(group.value),
            oldest_at=group.oldest_at,
            newest_at=group.newest_at,
            first=group.first,
            category=group.category,
            reason_codes=group.reason_codes,
            explanation=group.explanation,
        )


class AlertGroupPage(Struct, frozen=True):
    """A page of groups; `next` is null at the end."""

    items: list[AlertGroupView]
    next: str | None


@get("/alerts/groups", operation_id="list_alert_groups", summary="Alerts by cause, highest priority first")
async def list_alert_groups(
    services: GivenServices,
    *,
    status: Status = None,
    severity: Severe = None,
    class_: Class = None,
    category: InCategory = None,
    assignee: AssignedTo = None,
    wallet: About = None,
    suppressed: Suppressed = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> AlertGroupPage:
    """Page through the causes of the alerts asked for. Every alert is in one group, and in the queue all the same."""
    asked = Asked(
        status=status,
        severity=severity,
        class_=class_,
        category=category,
        assignee=assignee,
        wallet=None if wallet is None else canonical_wallet(wallet, "wallet"),
        suppressed=suppressed,
    )
    after = _cursors.read(cursor)
    async with services.ledger.read() as connection:
        groups, ended = await list_groups(connection, asked, after=after, limit=limit)
    return AlertGroupPage([AlertGroupView.from_group(group) for group in groups], _cursors.write(ended))
