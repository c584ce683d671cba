"""Which wallets somebody watches: asked for the parties of every payment, so one indexed read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from graph.model import WalletScore
from ledger.session import Connection

_score = msgspec.json.Decoder(WalletScore)


class WatchedWallet(Struct, frozen=True, kw_only=True):
    """A wallet on a watchlist. `threshold` is the list's, None for the least change that is told."""

    watchlist: str
    wallet: str
    threshold: float | None
    added_at: datetime


class Watch(Struct, frozen=True, kw_only=True):
    """A wallet of a watchlist as people see it; `number` orders them as they were added."""

    number: int
    watchlist: str
    wallet: str
    note: str | None
    added_by: str
    added_at: datetime


class Watching(Struct, frozen=True, kw_only=True):
    """A watchlist that watches a wallet, and what was noted when it was added."""

    watchlist: str
    name: str
    note: str | None
    added_by: str
    added_at: datetime


async def watched(connection: Connection, wallets: Sequence[str]) -> list[WatchedWallet]:
    """Return who of these wallets is watched, and by which list, in order of wallet and list."""
    cursor = await connection.execute(
        "SELECT w.watchlist, w.wallet, l.threshold, w.added_at FROM watched_wallets w"
        " JOIN watchlists l ON l.id = w.watchlist"
        " WHERE w.wallet = ANY(%s) AND w.removed_at IS NULL ORDER BY w.wallet, w.watchlist",
        (list(wallets),),
    )
    return [WatchedWallet(**row) for row in await cursor.fetchall()]


async def watch_wallets(
    connection: Connection, watchlist: str, wallets: Sequence[tuple[str, str | None]], *, actor: str
) -> list[str]:
    """Put wallets, each with a note or None, on a list and return those that were not on it, in order of wallet."""
    ordered = sorted(wallets)
    cursor = await connection.execute(
        "INSERT INTO watched_wallets (watchlist, wallet, note, added_by)"
        " SELECT %s, wallet, note, %s FROM unnest(%s::text[], %s::text[]) AS given (wallet, note)"
        " ON CONFLICT (wallet, watchlist) WHERE removed_at IS NULL DO NOTHING RETURNING wallet",
        (watchlist, actor, [wallet for wallet, _ in ordered], [note for _, note in ordered]),
    )
    return sorted(row["wallet"] for row in await cursor.fetchall())


async def unwatch(connection: Connection, watchlist: str, wallet: str | None, *, actor: str) -> list[str]:
    """Take a wallet off a list, or all of them (None), and return those that were on it."""
    only = "" if wallet is None else "AND wallet = %(wallet)s"
    cursor = await connection.execute(
        "UPDATE watched_wallets SET removed_at = clock_timestamp(), removed_by = %(actor)s"
        f" WHERE watchlist = %(watchlist)s AND removed_at IS NULL {only} RETURNING wallet",
        {"actor": actor, "watchlist": watchlist, "wallet": wallet},
    )
    return sorted(row["wallet"] for row in await cursor.fetchall())


async def list_watched(
    connection: Connection, watchlist: str, *, after: int = 0, limit: int = 100
) -> tuple[list[Watch], int | None]:
    """Return a page of the wallets that a list watches now, and where it ended; None at the end."""
    cursor = await connection.execute(
        "SELECT number, watchlist, wallet, note, added_by, added_at FROM watched_wallets"
        " WHERE watchlist = %s AND removed_at IS NULL AND number > %s ORDER BY number LIMIT %s",
        (watchlist, after, limit + 1),
    )
    found = [Watch(**row) for row in await cursor.fetchall()]
    return found[:limit], found[limit - 1].number if len(found) > limit else None


async def scores_when_told(
    connection: Connection, watches: Sequence[WatchedWallet], reason: str
) -> dict[tuple[str, str], WalletScore | None]:
    """Return, by list and wallet, the score that was last told to who watches it; None if it had none then.

    That is the one after its last alert with this reason code, or when it was added. Left out where it has not changed
    since.
    """
    cursor = await connection.execute(
        "SELECT w.watchlist, w.wallet, base.before FROM unnest(%s::text[], %s::text[], %s::timestamptz[])"
        "  AS w (watchlist, wallet, added_at)"
        " LEFT JOIN LATERAL (SELECT max(c.number) AS number FROM alerts a JOIN score_changes c"
        "  ON c.wallet = w.wallet AND c.words = a.body ->> 'explanation' WHERE a.class = 'retro'"
        "  AND (a.body ->> 'wallets')::jsonb ? w.wallet AND (a.body ->> 'reason_codes')::jsonb ? %s) told ON true"
        " JOIN LATERAL (SELECT c.before::text FROM score_changes c WHERE c.wallet = w.wallet"
        "  AND c.number > coalesce(told.number, 0) AND c.at >= w.added_at ORDER BY c.number LIMIT 1) base ON true",
        (
            [one.watchlist for one in watches],
            [one.wallet for one in watches],
            [one.added_at for one in watches],
            reason,
        ),
    )
    return {
        (row["watchlist"], row["wallet"]): None if row["before"] is None else _score.decode(row["before"])
        for row in await cursor.fetchall()
    }


async def lists_watching(connection: Connection, wallet: str) -> list[Watching]:
    """Return the lists that watch a wallet now, in order of name."""
    cursor = await connection.execute(
        "SELECT w.watchlist, l.name, w.note, w.added_by, w.added_at FROM watched_wallets w"
        " JOIN watchlists l ON l.id = w.watchlist"
        " WHERE w.wallet = %s AND w.removed_at IS NULL ORDER BY lower(l.name), w.watchlist",
        (wallet,),
    )
    return [Watching(**row) for row in await cursor.fetchall()]
