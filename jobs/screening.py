"""From posted transactions to decisions: landed, exposed, decided and recorded, each exactly once (design §5)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from msgspec import Struct

from graph.errors import TransactionConflict
from graph.ingest import Landing
from graph.model import Decision, Transaction
from jobs.screening_steps import Posted, Prepared, decide_traced, land, record, trace_landed
from jobs.services import Services


class Screened(Struct, frozen=True):
    """The outcome of one posted transaction; `decision` is None for a conflict and for waived history.

    `created` also if it had been withdrawn and landed again; its decision is then the one made at first.
    """

    transaction: str
    seq: int
    created: bool
    decision: Decision | None
    error: TransactionConflict | None = None


async def screen_transactions(
    services: Services, given: Sequence[Transaction], *, actor: str, trace_id: str
) -> list[Screened]:
    """Land and decide at most 1,000 transactions, in order; posting again mends a crash anywhere on the way.

    A key that is already landed with other content comes back with its conflict; the rest is not held up by it. One
    that was withdrawn lands again, keeping its decision.
    """
    return await screen_posted(services, [Posted(transaction, actor, trace_id) for transaction in given])


async def screen_with_others(services: Services, posted: Posted) -> Screened:
    """Screen one transaction, in one unit with others that are posted at the same time."""
    screened: Screened = await services.posts.ask(posted, partial(screen_posted, services))
    return screened


async def screen_posted(services: Services, posted: Sequence[Posted]) -> list[Screened]:
    """Like `screen_transactions`, each on behalf of its own caller."""
    traced = await trace_landed(services, await land(services, posted))
    return await record_prepared(services, await decide_traced(services, traced))


async def record_prepared(services: Services, prepared: Prepared) -> list[Screened]:
    """Record what was decided, and tell what became of each that was posted."""
    found = await record(services, prepared)
    return [_screened(landing, found) for landing in prepared.landed.landings]


def _screened(landing: Landing, found: dict[str, Decision]) -> Screened:
    if landing.status == "conflict":
        return Screened(landing.key, landing.seq, False, None, TransactionConflict(landing.key))
    return Screened(landing.key, landing.seq, landing.status != "known", found.get(landing.key))
