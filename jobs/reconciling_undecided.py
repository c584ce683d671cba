"""Transactions that the graph has and the ledger does not: decided as if they had just been posted.

A crash between landing and recording leaves them. The graph keeps all of their content but the personal text, and the
digest of the content: what is made of it again is taken only if it has that digest.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from graph.content import content_hashes
from graph.ingest import Landing
from graph.model import Party, Transaction
from graph.restoring import whole_transactions
from graph.session import Row
from graph.sums import at_micros
from jobs.changes import record_changes
from jobs.reconciling_sweep import ACTOR, Sweep
from jobs.screening import record_prepared
from jobs.screening_steps import Posted, decide_traced, take_landed, trace_landed
from jobs.services import Services
from ledger.landed import missing_keys
from ledger.reconciling import audited_inputs, kept_of

BATCH = 200
FOUND = "is in the graph, and the ledger has no record of it"


async def decide_undecided(sweep: Sweep) -> None:
    """Find them page by page and have each decided under the book in force now."""
    services = sweep.services
    async for keys in sweep.keys_in_graph():
        async with services.ledger.read(timeout_s=60) as connection:
            missing = sorted(await missing_keys(connection, keys))
        wholes = await whole_transactions(services.graph, missing) if missing else {}
        settled = [whole for whole in wholes.values() if at_micros(whole["spans"][-1][3]) < sweep.settled_before]
        for first in range(0, len(settled), BATCH):
            await _take(sweep, settled[first : first + BATCH])
        await sweep.tell("transactions of the graph", len(keys))


async def _take(sweep: Sweep, wholes: Sequence[Row]) -> None:
    async with sweep.services.ledger.read(timeout_s=60) as connection:
        lost = await audited_inputs(connection, [whole["key"] for whole in wholes])
        # Once more: whoever landed it may have been slow.
        open_ = await missing_keys(connection, [whole["key"] for whole in wholes])
    proven: list[tuple[Transaction, Landing]] = []
    for whole in wholes:
        key, transaction = whole["key"], transaction_of(whole)
        if key in lost:
            sweep.find("record", key, "the audit log tells of its decision, which is not there; restore a backup")
        elif transaction is None:
            sweep.find("undecided", key, f"{FOUND}; its content cannot be proven without: post it again")
        elif key in open_:
            proven.append((transaction, _landing(whole)))
    if proven and sweep.repairing:
        await _decide(sweep.services, proven)
    for transaction, landing in proven:
        text = ", without its personal text, which is lost" if landing.text_digest else ""
        sweep.find("undecided", transaction.key, FOUND, f"decided{text}")


async def _decide(services: Services, proven: Sequence[tuple[Transaction, Landing]]) -> None:
    posted = [Posted(transaction, ACTOR, "reconcile") for transaction, _ in proven]
    traced = await trace_landed(services, await take_landed(services, posted, [landing for _, landing in proven]))
    await record_prepared(services, await decide_traced(services, traced))
    keys = sorted(transaction.key for transaction, _ in proven)
    await record_changes(services, keys, actor=ACTOR, own=())
    async with services.ledger.read(timeout_s=60) as connection:
        without = [one.landed.transaction for one in await kept_of(connection, keys) if one.salt is None]
    await services.graph.write("unsalt_text", keys=without)


def transaction_of(whole: Row) -> Transaction | None:
    """The transaction as it first landed, without personal text; None where that cannot be proven."""
    _, at, content, *_ = whole["spans"][0]
    transaction = Transaction(
        network=whole["network"],
        id=whole["id"],
        at=at_micros(at),
        asset=whole["asset"],
        amount=whole["amount"],
        value=whole["value"],
        inputs=tuple(_party(part) for part in whole["payers"]),
        outputs=tuple(_party(part) for part in whole["payees"]),
        context=msgspec.json.decode(whole["context"]) if whole["context"] else {},
    )
    # Whether its value was sent or follows from its amount is not kept, but for the digest.
    for sent in (None, transaction.value):
        given = msgspec.structs.replace(transaction, value_sent=sent)
        if content_hashes(given)[0] == content:
            return given
    return None


def _party(part: Sequence[str]) -> Party:
    return Party(part[0].partition(":")[2], part[3])


def _landing(whole: Row) -> Landing:
    seq, _, content, recorded_at, *_ = whole["spans"][0]
    return Landing(
        whole["key"], "known", seq, content, whole["text_salt"], whole["text_digest"], at_micros(recorded_at)
    )
