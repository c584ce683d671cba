"""Watchlists: wallets that somebody wants to hear of, whatever the policy makes of them."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from graph.errors import NotFound
from ledger.session import Connection
from ledger.watched_wallets import WatchedWallet, watched

__all__ = ["WatchedWallet", "Watchlist", "watched"]

_COLUMNS = (
    "l.id, l.name, l.description, l.threshold, l.version, l.created_by, l.created_at,"
    " (SELECT count(*) FROM watched_wallets w WHERE w.watchlist = l.id AND w.removed_at IS NULL) AS wallets"
)


class Watchlist(Struct, frozen=True, kw_only=True):
    """A list of `wallets` wallets. A change of exposure by more than `threshold` is worth an alert.

    A `threshold` of None is the least change that is told at all.
    """

    id: str
    name: str
    description: str | None
    threshold: float | None
    version: int
    created_by: str
    created_at: datetime
    wallets: int


async def create_watchlist(
    connection: Connection,
    watchlist: str,
    *,
    name: str,
    description: str | None,
    threshold: float | None,
    actor: str,
) -> bool:
    """Create a list under this id; False if its name is taken by another, or the list is there already."""
    cursor = await connection.execute(
        "INSERT INTO watchlists (id, name, description, threshold, created_by) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        (watchlist, name, description, threshold, actor),
    )
    return cursor.rowcount > 0


async def get_watchlist(connection: Connection, watchlist: str, *, lock: bool = False) -> Watchlist:
    """Return a list that has not ended; raises NotFound. `lock` keeps others from changing it until the commit."""
    if lock:
        await connection.execute("SELECT FROM watchlists WHERE id = %s FOR UPDATE", (watchlist,))
    cursor = await connection.execute(
        f"SELECT {_COLUMNS} FROM watchlists l WHERE l.id = %s AND l.ended_at IS NULL", (watchlist,)
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFound("watchlist", watchlist)
    return Watchlist(**row)


async def lock_names(connection: Connection) -> None:
    """Let others who rename a list wait until the commit."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('watchlist names', 0))")


async def find_named(connection: Connection, name: str) -> str | None:
    """Return the id of the list in use of that name, whatever its case."""
    cursor = await connection.execute(
        "SELECT id FROM watchlists WHERE lower(name) = lower(%s) AND ended_at IS NULL", (name,)
    )
    row = await cursor.fetchone()
    return row["id"] if row else None


async def list_watchlists(
    connection: Connection, *, after: str | None = None, limit: int = 100
) -> tuple[list[Watchlist], str | None]:
    """Return a page of the lists in use, newest first, and where it ended; None at the end."""
    before = "AND l.id < %(after)s" if after is not None else ""
    cursor = await connection.execute(
        f"SELECT {_COLUMNS} FROM watchlists l WHERE l.ended_at IS NULL {before} ORDER BY l.id DESC LIMIT %(limit)s",
        {"after": after, "limit": limit + 1},
    )
    lists = [Watchlist(**row) for row in await cursor.fetchall()]
    return lists[:limit], lists[limit - 1].id if len(lists) > limit else None


async def change_watchlist(
    connection: Connection, watchlist: str, *, name: str, description: str | None, threshold: float | None
) -> None:
    """Change what a list is called and what it takes for an alert; its name must not be another's."""
    await connection.execute(
        "UPDATE watchlists SET name = %s, description = %s, threshold = %s, version = version + 1 WHERE id = %s",
        (name, description, threshold, watchlist),
    )


async def end_watchlist(connection: Connection, watchlist: str) -> None:
    """End a list; whoever it watches is to be taken off it in the same transaction."""
    await connection.execute("UPDATE watchlists SET ended_at = clock_timestamp() WHERE id = %s", (watchlist,))
