"""An analyst's veto: a transaction's links hold no entity together any more, until somebody ends the veto."""

from __future__ import annotations

from graph.entities import get_entity, is_linked_by
from graph.errors import FieldError, InvalidInput
from graph.model import Job
from jobs.clustering import queue_clustering
from jobs.services import Services
from ledger import audit, vetoes
from ledger.vetoes import Veto


async def veto(
    services: Services, veto: str, entity: str, transaction: str, *, reason: str, actor: str
) -> tuple[Veto, Job]:
    """Record a veto and queue the clustering that it asks for; return both.

    Where one of the transaction is in force already, that is returned, whatever its reason. Raises NotFound for the
    entity, InvalidInput for a transaction that links none of its wallets.
    """
    found = await get_entity(services.graph, entity)
    if not await is_linked_by(services.graph, found.key, transaction):
        message = "links no wallets of this entity; send one that its proof names"
        raise InvalidInput(FieldError("transaction", message))
    async with services.ledger.transaction() as connection:
        is_new = await vetoes.record_veto(
            connection, veto, entity=found.key, transaction=transaction, reason=reason, actor=actor
        )
        recorded = await vetoes.find_veto_of(connection, transaction) or await vetoes.get_veto(connection, veto)
        job = await queue_clustering(connection)
        if is_new:
            body = {"entity": found.key, "transaction": transaction, "reason": reason}
            await audit.append(connection, audit.EventDraft(actor, "entity.vetoed", veto, body))
    await services.queue.wake(job)
    return recorded, job


async def end(services: Services, veto: str, *, actor: str) -> None:
    """End a veto: its transaction counts again once wallets are clustered next, which is asked for.

    Raises NotFound; ending it again does nothing.
    """
    async with services.ledger.transaction() as connection:
        found = await vetoes.get_veto(connection, veto)
        if not await vetoes.end_veto(connection, veto, actor=actor):
            return
        job = await queue_clustering(connection)
        body = {"entity": found.entity, "transaction": found.transaction}
        await audit.append(connection, audit.EventDraft(actor, "entity.veto_ended", veto, body))
    await services.queue.wake(job)
