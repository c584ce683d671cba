"""Two scoring runs side by side: how many wallets moved, which moved most, and the changes recorded in between."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from graph.model import Cause, ScoringRun
from ledger.session import Connection

# Sums in another order end in other last digits; what moved by less has not moved.
LEAST = 1e-12
# So many changes are looked at for a wallet, the latest ones.
MOST_CHANGES = 20
# Where a page ended: how far its last wallet moved, and which it was.
Position = tuple[float, str]

_causes = msgspec.json.Decoder(tuple[Cause, ...])
_NUMBER = "(SELECT number FROM scoring_runs WHERE id = {})"
# Every wallet of either run, with its score in both; null where a run does not have it.
_BOTH = (
    f"(SELECT wallet, score FROM wallet_scores WHERE run = {_NUMBER.format('%(before)s')}) b"
    f" FULL JOIN (SELECT wallet, score FROM wallet_scores WHERE run = {_NUMBER.format('%(after)s')}) a USING (wallet)"
)
_CHANGE = "coalesce(a.score, 0) - coalesce(b.score, 0)"


class DiffCounts(Struct, frozen=True, kw_only=True):
    """How many wallets are in both runs or in one only, and of all of them how many rose, fell or kept their score.

    `largest` is by how much the one that moved most did.
    """

    in_both: int
    only_before: int
    only_after: int
    rose: int
    fell: int
    unchanged: int
    largest: float


class Moved(Struct, frozen=True):
    """A wallet and its score in both runs; None where a run does not have it."""

    wallet: str
    before: float | None
    after: float | None

    @property
    def change(self) -> float:
        """How far it rose; a wallet that is not there counts as 0."""
        return (self.after or 0.0) - (self.before or 0.0)


async def count_moved(connection: Connection, before: str, after: str) -> DiffCounts:
    """Count the wallets of two runs by what became of their scores."""
    cursor = await connection.execute(
        "SELECT count(*) FILTER (WHERE in_before AND in_after) AS in_both,"
        " count(*) FILTER (WHERE NOT in_after) AS only_before, count(*) FILTER (WHERE NOT in_before) AS only_after,"
        " count(*) FILTER (WHERE change > %(least)s) AS rose, count(*) FILTER (WHERE change < -%(least)s) AS fell,"
        " count(*) FILTER (WHERE abs(change) <= %(least)s) AS unchanged, coalesce(max(abs(change)), 0) AS largest"
        f" FROM (SELECT b.score IS NOT NULL AS in_before, a.score IS NOT NULL AS in_after, {_CHANGE} AS change"
        f"  FROM {_BOTH}) moved",
        {"before": before, "after": after, "least": LEAST},
    )
    row = await cursor.fetchone()
    if row is None:
        raise RuntimeError("counting gave no row")
    return DiffCounts(**row)


async def list_moved(
    connection: Connection,
    before: str,
    after: str,
    *,
    min_change: float = 0.0,
    position: Position | None = None,
    limit: int = 100,
) -> tuple[list[Moved], Position | None]:
    """Return wallets whose score moved by `min_change` or more, those that moved most first, and where the page ended.

    The end of all is None.
    """
    far, wallet = position or (None, None)
    beyond = " AND (far < %(far)s OR (far = %(far)s AND wallet > %(wallet)s))" if position else ""
    cursor = await connection.execute(
        "SELECT wallet, before, after, far FROM (SELECT wallet, b.score AS before, a.score AS after,"
        f"  abs({_CHANGE}) AS far FROM {_BOTH}) moved"
        f" WHERE far > %(least)s AND far >= %(min_change)s{beyond} ORDER BY far DESC, wallet LIMIT %(limit)s",
        {
            "before": before,
            "after": after,
            "least": LEAST,
            "min_change": min_change,
            "far": far,
            "wallet": wallet,
            "limit": limit + 1,
        },
    )
    rows = await cursor.fetchall()
    found = [Moved(row["wallet"], row["before"], row["after"]) for row in rows[:limit]]
    return found, (rows[limit - 1]["far"], rows[limit - 1]["wallet"]) if len(rows) > limit else None


async def causes_between(
    connection: Connection, before: ScoringRun, after: ScoringRun, wallets: Sequence[str]
) -> dict[str, tuple[Cause, ...]]:
    """Return by wallet what was recorded as the cause of a change of its score between two runs, each once.

    The latest come first; wallets that nothing is recorded of are left out.
    """
    first, last = sorted((before.watermark or 0, after.watermark or 0))
    cursor = await connection.execute(
        "SELECT c.wallet, c.causes::text FROM unnest(%s::text[]) AS asked (wallet) CROSS JOIN LATERAL ("
        "  SELECT wallet, causes, number FROM score_changes WHERE wallet = asked.wallet AND watermark > %s"
        "  AND watermark <= %s ORDER BY number DESC LIMIT %s) c ORDER BY c.wallet, c.number DESC",
        (list(wallets), first, last, MOST_CHANGES),
    )
    found: dict[str, dict[str, Cause]] = {}
    for row in await cursor.fetchall():
        known = found.setdefault(row["wallet"], {})
        for cause in _causes.decode(row["causes"]):
            known.setdefault(cause.id, cause)
    return {wallet: tuple(causes.values()) for wallet, causes in found.items() if causes}
