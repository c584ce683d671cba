"""Attributions compared with the graph: put back as the ledger has them, or taken into the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec.structs import replace

from graph.attribution_drafts import attribution_id
from graph.attribution_lists import attributions_of_ids
from graph.model import Attribution
from graph.reattributing import restore_attributions
from jobs.attributing import record_lost
from jobs.reconciling_sweep import ACTOR, PAGE, Sweep
from ledger.attribution_pages import page_of_latest_changes
from ledger.attributions import AttributionChange, missing_changes, recorded_change, withdrawn_change

FOUND = "the graph has it as {kind}, and the ledger has no record of that"


async def put_attributions_right(sweep: Sweep) -> None:
    """First what the graph has and the ledger lacks, then the other way round."""
    await _take_in(sweep)
    await _put_back(sweep)


async def _take_in(sweep: Sweep) -> None:
    after = ""
    while rows := await sweep.services.graph.read("attribution_page", after=after, limit=PAGE):
        given = [Attribution(**{name: row[name] for name in Attribution.__struct_fields__}) for row in rows]
        lost = await _lost(sweep, given)
        if lost and sweep.repairing:
            await record_lost(sweep.services, lost, actor=ACTOR)
        for change in lost:
            found = FOUND.format(kind=change.kind)
            sweep.find("unrecorded_attribution", change.attribution, found, "recorded")
        after = rows[-1]["id"]


async def _lost(sweep: Sweep, given: Sequence[Attribution]) -> list[AttributionChange]:
    ended = [one.id for one in given if one.withdrawn_at is not None]
    async with sweep.services.ledger.read(timeout_s=60) as connection:
        new = await missing_changes(connection, [one.id for one in given], "recorded")
        old = await missing_changes(connection, ended, "withdrawn")
    watermark, found = await sweep.services.graph.watermark(), list[AttributionChange]()
    for one in given:
        if one.id in new and _is_settled(sweep, one.recorded_at):
            if one.seq is None or one.seq > watermark or not says_itself(one):
                sweep.find("unrecorded_attribution", one.id, "is in the graph and cannot be proven: record it again")
                continue
            found.append(recorded_change(one))
        # A withdrawal under a number that the graph has not reached is none: it is put back with the rest.
        if one.id in old and _is_settled(sweep, one.withdrawn_at) and (one.withdrawn_seq or watermark + 1) <= watermark:
            found.append(withdrawn_change(one, actor=ACTOR, reason=None))
    return found


def _is_settled(sweep: Sweep, at: datetime | None) -> bool:
    return at is not None and at < sweep.settled_before


async def _put_back(sweep: Sweep) -> None:
    services, after = sweep.services, ""
    while True:
        async with services.ledger.read(timeout_s=60) as connection:
            page = await page_of_latest_changes(connection, after=after, limit=PAGE)
        if not page:
            return
        should = [one for change in page if (one := _said(sweep, change)) is not None]
        odd = await _odd(sweep, should)
        if odd and sweep.repairing:
            await restore_attributions(services.graph, odd)
        for one in odd:
            sweep.find("attribution", one.id, "the graph has it otherwise, or not", "put back as the ledger has it")
        after = page[-1].attribution
        await sweep.tell("attributions", len(page))


def _said(sweep: Sweep, change: AttributionChange) -> Attribution | None:
    said = attribution_of(change)
    if said is None:
        sweep.find("record", change.attribution, "the ledger's attribution is not what its id was made of")
    return said


def attribution_of(change: AttributionChange) -> Attribution | None:
    """The attribution as a change left it; None where it does not say what its id is the digest of."""
    try:
        said = msgspec.json.decode(change.body, type=Attribution)
    except msgspec.MsgspecError:
        return None
    return said if said.id == change.attribution and says_itself(said) else None


def says_itself(given: Attribution) -> bool:
    """Whether an attribution says what its id is the digest of."""
    return attribution_id(given) == given.id.partition("-")[0]


async def _odd(sweep: Sweep, should: Sequence[Attribution]) -> list[Attribution]:
    there = {one.id: one for one in await attributions_of_ids(sweep.services.graph, [one.id for one in should])}
    return [one for one in should if (now := there.get(one.id)) != one and not _is_ahead(sweep, one, now)]


def _is_ahead(sweep: Sweep, should: Attribution, now: Attribution | None) -> bool:
    """Whether it was withdrawn in the graph a moment ago, which the ledger is about to be told."""
    if now is None or now.withdrawn_at is None or now.withdrawn_at < sweep.settled_before:
        return False
    return replace(now, withdrawn_at=None, withdrawn_seq=None) == should
