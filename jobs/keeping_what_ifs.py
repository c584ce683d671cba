"""Keeping what-ifs with a case, each change with its audit event, in one transaction."""

from __future__ import annotations

import hashlib

from graph.errors import NotFound
from jobs.services import Services
from ledger import audit, what_ifs
from ledger.audit import EventDraft
from ledger.canonical import canonical_json
from ledger.cases import lock_case
from ledger.errors import CaseConflict
from ledger.session import Connection
from ledger.what_ifs import SavedWhatIf, WhatIfDraft

# Of one case: what a person still looks through.
MOST_WHAT_IFS = 200


async def save_what_if(services: Services, draft: WhatIfDraft) -> SavedWhatIf:
    """Save a what-if with a case that is not closed; the same id again changes nothing.

    Raises NotFound for the case, CaseConflict. The event has the salted digest of the question, not its words.
    """
    async with services.ledger.transaction() as connection:
        await _lock_open(connection, draft.case)
        if await what_ifs.count_what_ifs(connection, draft.case) >= MOST_WHAT_IFS:
            raise CaseConflict(f"the case has {MOST_WHAT_IFS} what-ifs; one is removed first")
        saved = await what_ifs.record_what_if(connection, draft)
        if saved is None:
            return await what_ifs.get_what_if(connection, draft.case, draft.id)
        await audit.append(connection, EventDraft(draft.saved_by, "case.what_if_saved", draft.case, _body(saved)))
        return saved


async def remove_what_if(services: Services, case: str, what_if: str, *, actor: str) -> None:
    """Remove a what-if from a case that is not closed; safe to repeat. Raises NotFound for the case, CaseConflict."""
    async with services.ledger.transaction() as connection:
        await _lock_open(connection, case)
        try:
            saved = await what_ifs.get_what_if(connection, case, what_if)
        except NotFound:
            return
        await what_ifs.delete_what_if(connection, what_if)
        await audit.append(connection, EventDraft(actor, "case.what_if_removed", case, _body(saved)))


async def _lock_open(connection: Connection, case: str) -> None:
    if (await lock_case(connection, case)).status == "closed":
        raise CaseConflict("the case is closed; it is opened again first")


def _body(saved: SavedWhatIf) -> dict[str, object]:
    question = {"title": saved.title, "suppose": saved.suppose, "direction": saved.direction, "hops": saved.hops}
    digest = hashlib.sha256(f"{saved.salt}{canonical_json(question)}".encode()).hexdigest()
    return {"what_if": saved.id, "wallet": saved.wallet, "digest": digest, "watermark": saved.watermark}
