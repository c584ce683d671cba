"""Erasing the personal text of a transaction: an event; its digest stays, in the records that are kept for good.

The ledger forgets text and salt first, then the graph its copy of the salt; a crash in between is mended by asking
again, or by the reconciler.
"""

from __future__ import annotations

from graph.errors import NotFound
from jobs.services import Services
from ledger import audit
from ledger.landed import find_landed
from ledger.personal import erase_text, find_text

ERASED = "transaction.text_erased"


async def erase_transaction_text(services: Services, key: str, *, reason: str, actor: str) -> bool:
    """Erase purpose and customer reference of a transaction; False where there was nothing to erase.

    `reason` is kept for good. Repeatable; raises NotFound for a transaction that the ledger has no record of.
    """
    async with services.ledger.transaction() as connection:
        if await find_landed(connection, key) is None:
            raise NotFound("transaction", key)
        text = await find_text(connection, key)
        if text is not None and await erase_text(connection, key):
            body = {"digest": text.digest, "reason": reason}
            await audit.append(connection, audit.EventDraft(actor, ERASED, key, body))
    await services.graph.write("unsalt_text", keys=[key])
    return text is not None
