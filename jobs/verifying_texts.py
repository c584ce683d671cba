"""Personal texts against the digests that stand for them: there and the same, or gone and an event says so."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from jobs.payments import TEXT
from jobs.reconciling_sweep import ACTOR
from jobs.services import Services
from ledger.landed import Landed
from ledger.personal import list_texts
from ledger.reconciling import texts_told_gone


async def compare_texts(services: Services, page: Sequence[Landed]) -> tuple[int, list[str]]:
    """Return how many texts of these transactions are erased, and in words what does not hold."""
    digests = {row.transaction: digest for row in page if (digest := _digest(row.body)) is not None}
    if not digests:
        return 0, []
    async with services.ledger.read(timeout_s=60) as connection:
        texts = {text.transaction: text for text in await list_texts(connection, list(digests))}
        gone = digests.keys() - texts.keys()
        told = await texts_told_gone(connection, sorted(gone), ACTOR)
    findings = [
        f"transaction {key}: its personal text is not the one that was landed"
        for key, text in texts.items()
        if text.digest != digests[key]
    ]
    missing = sorted(gone - told)
    return len(told), findings + [f"transaction {key}: its text is gone, and no event says so" for key in missing]


def _digest(body: str) -> str | None:
    """The digest of the personal text within a body; a body that is none is found elsewhere."""
    try:
        found = msgspec.json.decode(body).get(TEXT)
    except (msgspec.DecodeError, AttributeError):
        return None
    return found if isinstance(found, str) else None
