"""Withdrawing a transaction, as after a chain reorganisation: it stays known and no longer counts."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec import Struct

from graph.errors import NotFound
from graph.model import Party, Transaction
from graph.session import Graph, Row, Unit
from graph.sums import Sums


class Withdrawal(Struct, frozen=True):
    """The end of a transaction's span: `seq` and `at` number it; `was_known` if it had been withdrawn before."""

    key: str
    seq: int
    at: datetime
    was_known: bool


async def withdraw_transaction(graph: Graph, key: str, reason: str | None = None) -> Withdrawal:
    """Withdraw a landed transaction in one unit; repeatable. Raises NotFound for one that never landed."""

    async def work(unit: Unit) -> Withdrawal:
        rows = await unit.run("lock_transaction", key=key)
        if not rows:
            raise NotFound("transaction", key)
        if rows[0]["withdrawn_at"] is not None:
            return Withdrawal(key, rows[0]["withdrawn_seq"], rows[0]["withdrawn_at"], True)
        sums = Sums()
        sums.add(_transaction(rows[0]), {})
        done = await unit.run(
            "withdraw_transaction",
            key=key,
            reason=reason,
            wallets=[sums.wallets[wallet] for wallet in sorted(sums.wallets)],
            flows=list(sums.flows.values()),
            now=datetime.now(UTC),
        )
        return Withdrawal(key, done[0]["seq"], done[0]["at"], False)

    return await graph.unit(work)


def _transaction(row: Row) -> Transaction:
    """What it added when it landed follows from its parties, in the order they were listed."""
    sides = [tuple(Party(**party) for party in row[name]) for name in ("inputs", "outputs")]
    return Transaction(
        network=row["network"],
        id=row["id"],
        at=row["at"],
        asset=row["asset"],
        amount=row["amount"],
        value=row["value"],
        inputs=sides[0],
        outputs=sides[1],
    )
