"""Working on a case: opened, edited, filled and emptied; each change with its audit event, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from graph.errors import FieldError, InvalidInput, NotFound
from jobs.services import Services
from ledger import audit, case_contents
from ledger import cases as ledger
from ledger.audit import EventDraft
from ledger.case_closings import Closing, find_pending
from ledger.cases import Case
from ledger.errors import CaseConflict
from ledger.session import Connection

# Of one case: what a report can still say in one document.
MAX_ALERTS, MAX_WALLETS = 1_000, 1_000

# Raises if a locked case is not the version that the caller has read.
Still = Callable[[Case], None]


class CaseFile(Struct, frozen=True, kw_only=True):
    """A case with what it gathers; `closing` is the proposal that waits for a second person, if any."""

    case: Case
    alerts: tuple[str, ...]
    wallets: tuple[str, ...]
    closing: Closing | None


async def read_file(connection: Connection, case: str) -> CaseFile:
    """Return a case with what it gathers; raises NotFound."""
    found = await ledger.get_case(connection, case)
    return CaseFile(
        case=found,
        alerts=tuple(await case_contents.list_case_alerts(connection, case)),
        wallets=tuple(await case_contents.list_case_wallets(connection, case)),
        closing=await find_pending(connection, case) if found.status == "closing" else None,
    )


async def open_case(
    services: Services,
    case: str,
    *,
    title: str,
    assignee: str | None,
    alerts: Sequence[str],
    wallets: Sequence[str],
    actor: str,
) -> CaseFile:
    """Open a case with alerts and wallets in it; the same id again changes nothing.

    Raises InvalidInput for unknown alerts, CaseConflict for those of another case.
    """
    async with services.ledger.transaction() as connection:
        if await ledger.create_case(connection, case, title=title, assignee=assignee, actor=actor):
            await _fill(connection, case, alerts, wallets, actor)
            body = {"assignee": assignee, "alerts": sorted(set(alerts)), "wallets": sorted(set(wallets))}
            await audit.append(connection, EventDraft(actor, "case.opened", case, body))
        return await read_file(connection, case)


async def edit_case(
    services: Services,
    case: str,
    *,
    title: str | UnsetType,
    assignee: str | UnsetType | None,
    still: Still,
    actor: str,
) -> Case:
    """Change title or assignee; what is UNSET, or the same as before, stays. The title is not in the event."""
    async with services.ledger.transaction() as connection:
        before = await ledger.lock_case(connection, case)
        still(before)
        _require(before, "open", "closing")
        after = replace(
            before,
            title=before.title if title is UNSET else title,
            assignee=before.assignee if assignee is UNSET else assignee,
        )
        if after == before:
            return before
        saved = await ledger.save_case(connection, after)
        body: dict[str, Any] = {"title_changed": after.title != before.title}
        if after.assignee != before.assignee:
            body["assignee"] = after.assignee
        await audit.append(connection, EventDraft(actor, "case.edited", case, body))
        return saved


async def add_to_case(
    services: Services, case: str, *, alerts: Sequence[str] = (), wallets: Sequence[str] = (), actor: str
) -> CaseFile:
    """Put alerts and wallets into an open case; those in it already stay. Raises as `open_case` does."""
    async with services.ledger.transaction() as connection:
        before = await ledger.lock_case(connection, case)
        _require(before, "open")
        added = await _fill(connection, case, alerts, wallets, actor)
        body = {name: keys for name, keys in zip(("alerts", "wallets"), added, strict=True) if keys}
        if body:
            await ledger.save_case(connection, before)
        file = await read_file(connection, case)
        if body:
            await audit.append(connection, EventDraft(actor, "case.added", case, body))
        return file


async def remove_alert(services: Services, case: str, alert: str, *, actor: str) -> None:
    """Take an alert out of an open case; raises NotFound if it is not in it."""
    async with services.ledger.transaction() as connection:
        before = await ledger.lock_case(connection, case)
        _require(before, "open")
        if not await case_contents.remove_alert(connection, case, alert):
            raise NotFound(f"in case {case} the alert", alert)
        await _removed(connection, before, {"alerts": [alert]}, actor)


async def remove_wallet(services: Services, case: str, wallet: str, *, actor: str) -> None:
    """Take a wallet out of an open case; raises NotFound if it is not in it."""
    async with services.ledger.transaction() as connection:
        before = await ledger.lock_case(connection, case)
        _require(before, "open")
        if not await case_contents.remove_wallet(connection, case, wallet):
            raise NotFound(f"in case {case} the wallet", wallet)
        await _removed(connection, before, {"wallets": [wallet]}, actor)


async def _removed(connection: Connection, case: Case, body: dict[str, Any], actor: str) -> None:
    await ledger.save_case(connection, case)
    await audit.append(connection, EventDraft(actor, "case.removed", case.id, body))


async def _fill(
    connection: Connection, case: str, alerts: Sequence[str], wallets: Sequence[str], actor: str
) -> tuple[list[str], list[str]]:
    """Add to a locked case and return what was added: alerts, wallets."""
    if unknown := await case_contents.unknown_alerts(connection, alerts):
        given = ((number, alert) for number, alert in enumerate(alerts) if alert in unknown)
        raise InvalidInput(*(FieldError(f"alerts[{number}]", f"{alert} is no alert") for number, alert in given))
    added = await case_contents.add_alerts(connection, case, alerts, actor)
    found = await case_contents.cases_of_alerts(connection, alerts)
    if elsewhere := {alert: other for alert, other in found.items() if other != case}:
        alert, other = min(elsewhere.items())
        raise CaseConflict(f"alert {alert} is in case {other}; take it out there first, or work on it there")
    wallets_added = await case_contents.add_wallets(connection, case, wallets, actor)
    await _require_room(connection, case)
    return added, wallets_added


async def _require_room(connection: Connection, case: str) -> None:
    """Raise InvalidInput if the case has grown beyond what it may hold."""
    if len(await case_contents.list_case_alerts(connection, case)) > MAX_ALERTS:
        raise InvalidInput(FieldError("alerts", f"a case holds at most {MAX_ALERTS:,} alerts"))
    if len(await case_contents.list_case_wallets(connection, case)) > MAX_WALLETS:
        raise InvalidInput(FieldError("wallets", f"a case holds at most {MAX_WALLETS:,} wallets"))


def _require(case: Case, *statuses: str) -> None:
    if case.status not in statuses:
        raise CaseConflict(f"the case is {case.status}; this takes one that is {' or '.join(statuses)}")
