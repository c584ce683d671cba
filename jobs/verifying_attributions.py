"""Comparing what the ledger says of attributions with the graph and with the audit log."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from graph.attribution_lists import Asked, attributions_of_ids, list_attributions
from graph.model import Attribution
from jobs.services import Services
from ledger.attribution_pages import count_audited_changes, page_of_attribution_changes
from ledger.attributions import AttributionChange, Kind, missing_changes

PAGE = 2_000
SHOWN = 20
MEND: dict[Kind, str] = {
    "recorded": "record it again, or withdraw it, to mend what a crash left open",
    "withdrawn": "withdraw it again to mend what a crash left open",
}


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
    return compared, findings + await _unrecorded(services)


async def _compare(services: Services, page: Sequence[AttributionChange]) -> list[str]:
    found = await attributions_of_ids(services.graph, sorted({change.attribution for change in page}))
    there = {attribution.id: attribution for attribution in found}
    return [
        f"attribution change {change.seq}: the graph does not have {change.attribution} as {change.kind} then"
        for change in page
        if not _is_as(change, there.get(change.attribution))
    ]


async def _unrecorded(services: Services) -> list[str]:
    """What the graph has and the ledger does not."""
    suspects, before = list[Attribution](), None
    while True:
        page, before = await list_attributions(
            services.graph, Asked(), services.taxonomy, limit=PAGE, before_seq=before
        )
        lacking = await _lacking(services, page)
        suspects += [attribution for attribution in page if attribution.id in lacking]
        if before is None:
            break
    # The graph is changed first: what the ledger lacked a moment ago may have been recorded meanwhile.
    lacking = await _lacking(services, suspects)
    told = [f"attribution {name} is not in the ledger as {kind}; {MEND[kind]}" for name, kind in lacking.items()]
    return told[:SHOWN] + ([f"{len(told) - SHOWN:,} more attributions like these"] if len(told) > SHOWN else [])


async def _lacking(services: Services, given: Sequence[Attribution]) -> dict[str, Kind]:
    """Ids of which the ledger lacks what the graph says, with the first that it lacks."""
    ended = [attribution.id for attribution in given if attribution.withdrawn_at is not None]
    async with services.ledger.read(timeout_s=60) as connection:
        unknown = await missing_changes(connection, [attribution.id for attribution in given], "recorded")
        standing = await missing_changes(connection, ended, "withdrawn")
    found: dict[str, Kind] = dict.fromkeys(sorted(standing), "withdrawn")
    return found | dict.fromkeys(sorted(unknown), "recorded")


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
