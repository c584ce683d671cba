"""Comparing what the ledger says of attributions with the graph and with the audit log."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from graph.attribution_lists import attributions_of_ids
from graph.model import Attribution
from jobs.services import Services
from ledger.attribution_pages import count_audited_changes, page_of_attribution_changes
from ledger.attributions import AttributionChange

PAGE = 2_000


async def compare_attributions(services: Services) -> tuple[int, list[str]]:
    """Return how many changes of attributions were compared, and in words what does not hold."""
    compared, after, findings = 0, 0, list[str]()
    # Counted first: what is recorded meanwhile is then one too many, never one too few.
    async with services.ledger.read(timeout_s=60) as connection:
        audited = await count_audited_changes(connection)
    while True:
        async with services.ledger.read(timeout_s=60) as connection:
            page = await page_of_attribution_changes(connection, after=after, limit=PAGE)
        if not page:
            break
        findings += await _compare(services, page)
        compared, after = compared + len(page), page[-1].seq
    if compared < audited:
        findings.append(f"{audited - compared} changes of attributions that the audit log tells of are not there")
    return compared, findings


async def _compare(services: Services, page: Sequence[AttributionChange]) -> list[str]:
    found = await attributions_of_ids(services.graph, sorted({change.attribution for change in page}))
    there = {attribution.id: attribution for attribution in found}
    return [
        f"attribution change {change.seq}: the graph does not have {change.attribution} as {change.kind} then"
        for change in page
        if not _is_as(change, there.get(change.attribution))
    ]


def _is_as(change: AttributionChange, now: Attribution | None) -> bool:
    """Whether the attribution is what the change says, its end left out where it was recorded."""
    if now is None:
        return False
    said = _said(change)
    if change.kind == "withdrawn":
        return (now.withdrawn_seq, now.withdrawn_at) == (change.seq, change.at) and said == now
    then = msgspec.structs.replace(now, withdrawn_at=None, withdrawn_seq=None)
    return (now.seq, now.recorded_at) == (change.seq, change.at) and said == then


def _said(change: AttributionChange) -> Attribution | None:
    try:
        return msgspec.json.decode(change.body, type=Attribution)
    except msgspec.DecodeError:
        return None
