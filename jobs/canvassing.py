"""Saving the canvas of a case, with its audit event, in one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from jobs.services import Services
from ledger import audit, canvases
from ledger.audit import EventDraft
from ledger.canonical import canonical_json
from ledger.canvases import Canvas
from ledger.cases import lock_case
from ledger.errors import CaseConflict


async def save_canvas(
    services: Services, case: str, body: dict[str, Any], *, still: Callable[[Canvas], None], actor: str
) -> Canvas:
    """Replace the canvas of a case that is not closed; the same again changes nothing.

    `still` raises unless the canvas is the version that the caller has read. Raises NotFound, CaseConflict. The event
    has the salted digest of the whole, and how much it is.
    """
    async with services.ledger.transaction() as connection:
        locked = await lock_case(connection, case)
        before = await canvases.get_canvas(connection, case)
        still(before)
        if locked.status == "closed":
            raise CaseConflict("the case is closed; it is opened again first")
        if before.body == body and before.version:
            return before
        saved = await canvases.put_canvas(connection, case, body, actor=actor)
        digest = hashlib.sha256(f"{saved.salt}{canonical_json(body)}".encode()).hexdigest()
        sizes = {name: len(body[name]) for name in ("nodes", "flows", "expansions")}
        await audit.append(connection, EventDraft(actor, "case.canvas_saved", case, {"digest": digest, **sizes}))
        return saved
