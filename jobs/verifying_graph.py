"""What the graph has and the ledger never recorded: a crash between the two leaves it until it is reconciled."""

from __future__ import annotations

from graph.transactions import transaction_keys
from jobs.services import Services
from ledger.landed import missing_keys

PAGE = 2_000
SHOWN = 20


async def unrecorded_transactions(services: Services) -> list[str]:
    """Return in words the transactions of the graph that the ledger lacks."""
    suspects = list[str]()
    async for keys in transaction_keys(services.graph, PAGE):
        suspects += await _lacking(services, keys)
    # The graph is changed first: what the ledger lacked a moment ago may have been recorded meanwhile.
    lacking = await _lacking(services, suspects)
    told = [f"transaction {key} is in the graph and was never recorded; run `headwater reconcile`" for key in lacking]
    return told[:SHOWN] + ([f"{len(told) - SHOWN:,} more transactions like these"] if len(told) > SHOWN else [])


async def _lacking(services: Services, keys: list[str]) -> list[str]:
    async with services.ledger.read(timeout_s=60) as connection:
        return sorted(await missing_keys(connection, keys)) if keys else []
