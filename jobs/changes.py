"""What became of landed transactions, brought from the graph into the ledger: withdrawals and re-landings.

The graph is changed first. What it says of a transaction and the ledger does not know yet is recorded here, whoever
caused it, so that repeating a request mends a crash between the two.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from graph.content import content_time
from graph.model import Job
from graph.transactions import History, Span, histories_of
from jobs.rescreening_requests import queue_rescreening
from jobs.services import Services
from ledger import audit, changes
from ledger.canonical import canonical_json
from ledger.changes import TransactionChange, change_hash
from ledger.landed import Landed, list_landed
from ledger.runs import latest_run
from ledger.session import Connection


async def record_changes(services: Services, keys: Sequence[str], *, actor: str, own: Collection[int]) -> None:
    """Record what the graph has and the ledger lacks of these landed transactions, and have scores looked at again.

    `own` are the seqs of changes that the actor has just made; others are told as mended.
    """
    histories = await histories_of(services.graph, keys)
    async with services.ledger.transaction() as connection:
        await changes.lock_changes(connection, keys)
        given = [
            change
            for row in await list_landed(connection, keys)
            if row.transaction in histories
            for change in changes_of(histories[row.transaction], row, actor)
        ]
        recorded = await changes.record_changes(connection, given)
        new = sorted((change for change in given if change.seq in recorded), key=lambda change: change.seq)
        if not new:
            return
        await _settle_alerts(connection, sorted({change.transaction for change in new}))
        job = await _request_rescreening(connection)
        await audit.append(connection, *(_event(change, is_own=change.seq in own) for change in new))
    if job is not None:
        await services.queue.wake(job)


def changes_of(history: History, landed: Landed, actor: str) -> list[TransactionChange]:
    """Every change of a transaction since the landing that the ledger began with, as the ledger keeps it."""
    found = []
    for span in history.spans:
        if span.seq != landed.seq:
            found.append(_relanding(span, landed, actor))
        if span.withdrawn_seq is not None:
            found.append(
                TransactionChange(
                    seq=span.withdrawn_seq,
                    transaction=history.key,
                    kind="withdrawn",
                    actor=actor,
                    reason=span.reason,
                    at=span.withdrawn_at,
                )
            )
    return found


def _relanding(span: Span, landed: Landed, actor: str) -> TransactionChange:
    """A landing differs from the first in nothing but its time, or it would have been a conflict."""
    body = msgspec.json.decode(landed.body)
    body["content"]["at"] = content_time(span.at)
    return TransactionChange(
        seq=span.seq,
        transaction=landed.transaction,
        kind="relanded",
        actor=actor,
        body=canonical_json(body),
        content=span.content,
        at=span.recorded_at,
    )


async def _settle_alerts(connection: Connection, keys: Sequence[str]) -> None:
    """The last change of each transaction decides whether its alerts have lost their basis."""
    last = {change.transaction: change.kind for change in await changes.list_changes(connection, keys)}
    await changes.mark_basis_withdrawn(connection, [key for key, kind in last.items() if kind == "withdrawn"])
    await changes.clear_basis_withdrawn(connection, [key for key, kind in last.items() if kind == "relanded"])


async def _request_rescreening(connection: Connection) -> Job | None:
    """Ask for stored scores to be looked at again; without a finished run there are none."""
    if await latest_run(connection) is None:
        return None
    return await queue_rescreening(connection)


def _event(change: TransactionChange, *, is_own: bool) -> audit.EventDraft:
    body = {"seq": change.seq, "change": change_hash(change), "mended": not is_own}
    return audit.EventDraft(change.actor, f"transaction.{change.kind}", change.transaction, body)
