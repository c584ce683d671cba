"""Watchlists as people work on them; each change is an event in the same transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from graph.errors import FieldError, InvalidInput
from jobs.services import Services
from ledger import audit, watched_wallets, watchlists
from ledger.session import Connection
from ledger.watchlists import Watchlist

# Raises if a locked list is not the version that the caller has read.
Check = Callable[[Watchlist], None]


async def create(
    services: Services, watchlist: str, *, name: str, description: str | None, threshold: float | None, actor: str
) -> Watchlist:
    """Create a list that watches nobody yet; the same id again does nothing. Raises InvalidInput for a name in use."""
    async with services.ledger.transaction() as connection:
        await watchlists.lock_names(connection)
        is_new = await watchlists.create_watchlist(
            connection, watchlist, name=name, description=description, threshold=threshold, actor=actor
        )
        if not is_new:
            await _require_free(connection, name, watchlist)
        made = await watchlists.get_watchlist(connection, watchlist)
        if is_new:
            body = {"name": name, "threshold": threshold}
            await audit.append(connection, audit.EventDraft(actor, "watchlist.created", watchlist, body))
    return made


async def change(
    services: Services,
    watchlist: str,
    wanted: Callable[[Watchlist], Watchlist],
    *,
    actor: str,
) -> Watchlist:
    """Make a list what `wanted` says, which may refuse the version it is given; raises NotFound, InvalidInput."""
    async with services.ledger.transaction() as connection:
        await watchlists.lock_names(connection)
        before = await watchlists.get_watchlist(connection, watchlist, lock=True)
        after = wanted(before)
        if after == before:
            return before
        await _require_free(connection, after.name, watchlist)
        await watchlists.change_watchlist(
            connection, watchlist, name=after.name, description=after.description, threshold=after.threshold
        )
        changed = await watchlists.get_watchlist(connection, watchlist)
        body = {"version": changed.version, "name": after.name, "threshold": after.threshold}
        await audit.append(connection, audit.EventDraft(actor, "watchlist.changed", watchlist, body))
    return changed


async def end(services: Services, watchlist: str, check: Check, *, actor: str) -> None:
    """End a list: it watches nobody any more, its name is free. Raises NotFound."""
    async with services.ledger.transaction() as connection:
        check(await watchlists.get_watchlist(connection, watchlist, lock=True))
        wallets = await watched_wallets.unwatch(connection, watchlist, None, actor=actor)
        await watchlists.end_watchlist(connection, watchlist)
        draft = audit.EventDraft(actor, "watchlist.ended", watchlist, {"wallets": wallets})
        await audit.append(connection, draft)


async def watch(
    services: Services, watchlist: str, wallets: Sequence[tuple[str, str | None]], *, actor: str
) -> list[str]:
    """Watch these wallets, each with a note or None; return those that were not watched by this list. Repeatable."""
    async with services.ledger.transaction() as connection:
        await watchlists.get_watchlist(connection, watchlist, lock=True)
        added = await watched_wallets.watch_wallets(connection, watchlist, wallets, actor=actor)
        if added:
            draft = audit.EventDraft(actor, "watchlist.wallets_added", watchlist, {"wallets": added})
            await audit.append(connection, draft)
    return added


async def unwatch(services: Services, watchlist: str, wallet: str, *, actor: str) -> None:
    """Watch a wallet no more; one that is not watched is let be. Raises NotFound for the list."""
    async with services.ledger.transaction() as connection:
        await watchlists.get_watchlist(connection, watchlist, lock=True)
        if removed := await watched_wallets.unwatch(connection, watchlist, wallet, actor=actor):
            draft = audit.EventDraft(actor, "watchlist.wallets_removed", watchlist, {"wallets": removed})
            await audit.append(connection, draft)


async def _require_free(connection: Connection, name: str, watchlist: str) -> None:
    other = await watchlists.find_named(connection, name)
    if other not in (None, watchlist):
        raise InvalidInput(FieldError("name", f"is that of watchlist {other}; choose another"))
