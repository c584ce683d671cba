"""Methods compared over all wallets: the latest scores of each side, and when which comparison was made."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from graph.model import Direction
from ledger.session import Connection

# Where a list goes on: the spread, wallet and side of its last row.
Position = tuple[float, str, str]
_COLUMNS = "wallet, direction, haircut, time_ordered_haircut, fifo, poison, sensitive, spread"


class MethodComparison(Struct, frozen=True, kw_only=True):
    """One comparison, by the job of that id: `sensitive` sides of `wallets` fell on different sides of `threshold`."""

    job: str
    hops: int
    policy: str
    threshold: float
    watermark: int
    wallets: int
    sensitive: int
    finished_at: datetime | None = None


class MethodScore(Struct, frozen=True, kw_only=True):
    """What one side of a wallet scores by each method; `spread` is how far methods that conserve value are apart."""

    wallet: str
    direction: Direction
    haircut: float
    time_ordered_haircut: float
    fifo: float
    poison: float
    sensitive: bool
    spread: float


async def replace_method_scores(
    connection: Connection, comparison: MethodComparison, scores: Iterable[MethodScore]
) -> bool:
    """Record a comparison and put its scores in the place of all before; False if it was recorded already."""
    # One after the other: what comes later is of a later graph.
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('methods', 0))")
    cursor = await connection.execute(
        "INSERT INTO method_comparisons (job, hops, policy, threshold, watermark, wallets, sensitive)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (
            comparison.job,
            comparison.hops,
            comparison.policy,
            comparison.threshold,
            comparison.watermark,
            comparison.wallets,
            comparison.sensitive,
        ),
    )
    if cursor.rowcount == 0:
        return False
    await connection.execute("DELETE FROM method_scores")
    async with connection.cursor() as rows, rows.copy(f"COPY method_scores ({_COLUMNS}) FROM STDIN") as copy:
        for one in scores:
            await copy.write_row(
                (
                    one.wallet,
                    one.direction,
                    one.haircut,
                    one.time_ordered_haircut,
                    one.fifo,
                    one.poison,
                    one.sensitive,
                    one.spread,
                )
            )
    return True


async def find_comparison(connection: Connection) -> MethodComparison | None:
    """Return the comparison whose scores are there; None before the first."""
    cursor = await connection.execute(
        "SELECT job, hops, policy, threshold, watermark, wallets, sensitive, finished_at FROM method_comparisons"
        " ORDER BY number DESC LIMIT 1"
    )
    row = await cursor.fetchone()
    return MethodComparison(**row) if row else None


async def list_method_scores(
    connection: Connection, *, sensitive: bool = True, after: Position | None = None, limit: int = 100
) -> tuple[list[MethodScore], Position | None]:
    """Return a page of sides that are sensitive, or are not, furthest apart first, and where it ended."""
    beyond = "" if after is None else " AND (-spread, wallet, direction) > (-%(spread)s::float8, %(wallet)s, %(side)s)"
    spread, wallet, side = after or (0.0, "", "")
    cursor = await connection.execute(
        f"SELECT {_COLUMNS} FROM method_scores WHERE sensitive = %(sensitive)s{beyond}"
        " ORDER BY spread DESC, wallet, direction LIMIT %(limit)s",
        {"sensitive": sensitive, "spread": spread, "wallet": wallet, "side": side, "limit": limit + 1},
    )
    found = [MethodScore(**row) for row in await cursor.fetchall()]
    last = found[limit - 1] if len(found) > limit else None
    return found[:limit], (last.spread, last.wallet, last.direction) if last else None
