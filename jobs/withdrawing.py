"""Withdrawing a transaction: out of the graph's sums first, then recorded; repeating it mends a crash in between."""

from __future__ import annotations

from graph.transactions import get_transaction
from graph.whole import check_whole
from graph.withdrawal import Withdrawal
from graph.withdrawal import withdraw_transaction as withdraw_from_graph
from jobs.changes import record_changes
from jobs.services import Services
from ledger.errors import NotRecorded
from ledger.landed import find_landed

# Characters of the reason for a withdrawal, of a transaction or an attribution.
MAX_REASON = 500


async def withdraw_transaction(services: Services, key: str, *, reason: str | None, actor: str) -> Withdrawal:
    """Withdraw a landed transaction; its decision stays, its alerts say that their basis was withdrawn.

    Repeatable: the first withdrawal stands, with its reason. Raises NotFound for one that never landed, and
    NotRecorded for one whose landing was never acknowledged.
    """
    # What half a graph lacks must not be answered as if it had never landed.
    await check_whole(services.graph)
    async with services.ledger.read() as connection:
        landed = await find_landed(connection, key)
    if landed is None:
        await get_transaction(services.graph, key)
        raise NotRecorded(f"transaction {key} was never acknowledged; post it again, then withdraw it")
    withdrawal = await withdraw_from_graph(services.graph, key, reason)
    await record_changes(services, [key], actor=actor, own=() if withdrawal.was_known else (withdrawal.seq,))
    return withdrawal
