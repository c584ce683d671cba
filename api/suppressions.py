"""Suppressions: alerts that are known and need nobody, until something about them is different."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from litestar import Request, Response, delete, get, post
from litestar.params import QueryParameter
from msgspec import Struct

from api.alert_bodies import SuppressInput
from api.bodies import read_body
from api.idempotency import new_resource_id
from api.lifespan import GivenCaller, GivenServices
from api.paging import Cursor, Cursors, Limit
from api.parameters import Id
from graph.errors import FieldError, InvalidInput
from graph.model import Severity
from jobs import suppressing
from ledger.suppressions import Suppression, get_suppression, list_suppressions

InForce = Annotated[bool | None, QueryParameter(description="Only those in force now, or only the others")]

_cursors: Cursors[str] = Cursors("suppressions", str)


class SidesView(Struct, frozen=True):
    """Ids or wallet keys, by the side of the money they are on."""

    source: tuple[str, ...]
    destination: tuple[str, ...]


class SuppressionView(Struct, frozen=True, kw_only=True):
    """What must stay the same for a new alert to be closed as it comes: parties, reasons, what they rest on.

    `attributions` are the illicit ones behind the alert, `routes` the wallets on the shortest ways of the money from
    and to their wallets, `rule_versions` those of rules that fired. What is above `severity` is never suppressed.
    """

    id: str
    alert: str
    severity: Severity
    wallets: tuple[str, ...]
    reason_codes: tuple[str, ...]
    attributions: SidesView
    routes: SidesView
    rule_versions: dict[str, str]
    reason: str
    until: datetime | None
    created_by: str
    created_at: datetime
    ended_by: str | None
    ended_at: datetime | None
    in_force: bool

    @classmethod
    def from_suppression(cls, one: Suppression) -> SuppressionView:
        """Return the suppression as it is on the wire, in force or not now."""
        return cls(
            id=one.id,
            alert=one.alert,
            severity=one.severity,
            wallets=tuple(one.parts["wallets"]),
            reason_codes=tuple(one.parts["reason_codes"]),
            attributions=_sides(one.parts["attributions"]),
            routes=_sides(one.parts["routes"]),
            rule_versions=one.parts["rule_versions"],
            reason=one.reason,
            until=one.until,
            created_by=one.created_by,
            created_at=one.created_at,
            ended_by=one.ended_by,
            ended_at=one.ended_at,
            in_force=one.ended_at is None and (one.until is None or one.until > datetime.now(UTC)),
        )


class SuppressionPage(Struct, frozen=True):
    """A page of suppressions; `next` is null at the end."""

    items: list[SuppressionView]
    next: str | None


@post("/alerts/{alert:str}/suppress", operation_id="suppress_alert", summary="Suppress alerts like this one")
async def suppress_alert(
    request: Request[Any, Any, Any], services: GivenServices, caller: GivenCaller, alert: Id
) -> Response[SuppressionView]:
    """Have new alerts that rest on the same as this one recorded, and dismissed as they come, with `suppressed_by`.

    The same: parties, reason codes, attributions behind it, the wallets on the shortest ways of the money, versions of
    the rules that fired, and no higher severity. Once any of it differs, or at `until`, or when the suppression is
    ended, they open again. This alert itself stays as it is. One in force already that does the same, with the same
    `until`, is a 200, whatever its reason.
    """
    asked, suppression = read_body(await request.body(), SuppressInput), new_resource_id(request, "sup")
    made = await suppressing.suppress(
        services,
        suppression,
        alert,
        reason=asked.reason,
        until=_later(asked.until),
        actor=caller.id,
    )
    return Response(SuppressionView.from_suppression(made), status_code=201 if made.id == suppression else 200)


@get("/suppressions", operation_id="list_suppressions", summary="Suppressions, newest first")
async def list_all_suppressions(
    services: GivenServices, *, in_force: InForce = None, limit: Limit = 100, cursor: Cursor = None
) -> SuppressionPage:
    """Page through suppressions, those that have ended too."""
    after = _cursors.read(cursor)
    async with services.ledger.read() as connection:
        found, ended = await list_suppressions(connection, in_force=in_force, after=after, limit=limit)
    return SuppressionPage([SuppressionView.from_suppression(one) for one in found], _cursors.write(ended))


@get("/suppressions/{suppression:str}", operation_id="get_suppression", summary="One suppression")
async def get_one_suppression(services: GivenServices, suppression: Id) -> SuppressionView:
    """Return a suppression, in force or not, with all that it binds to."""
    async with services.ledger.read() as connection:
        return SuppressionView.from_suppression(await get_suppression(connection, suppression))


@delete("/suppressions/{suppression:str}", operation_id="end_suppression", summary="End a suppression", status_code=204)
async def end_one_suppression(services: GivenServices, caller: GivenCaller, suppression: Id) -> None:
    """Let alerts like its own open again from now on; those it has closed stay closed. Safe to send again."""
    await suppressing.end(services, suppression, actor=caller.id)


def _later(until: datetime | None) -> datetime | None:
    if until is None:
        return None
    try:
        instant = until.astimezone(UTC)
    except OverflowError:
        raise InvalidInput(FieldError("until", "lies outside the years 1 to 9999 in UTC")) from None
    if instant <= datetime.now(UTC):
        raise InvalidInput(FieldError("until", "is over already; send a time to come, or leave it out"))
    return instant


def _sides(given: dict[str, list[str]]) -> SidesView:
    return SidesView(tuple(given["source"]), tuple(given["destination"]))
