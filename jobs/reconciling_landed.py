"""Landed transactions compared with the graph and put right there: the ledger is right about what it has.

What became of one in the graph and not yet in the ledger is taken into the ledger if a crash can have left it so: its
numbers are free, and lie within the graph's own. What the ledger says counts as far as the audit log bears it out.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from msgspec import Struct, field
from msgspec.structs import replace

from graph.restoring import Restored, differences, is_as, numbers_of, put_right, spans_of, whole_transactions
from graph.session import Row, Unit
from graph.settling import Odd as OddSum
from graph.sums import micros
from graph.transactions import History
from jobs.changes import changes_of, record_changes
from jobs.reconciling_kept import Unprovable, changes_by_key, restored_of
from jobs.reconciling_sweep import ACTOR, PAGE, Kind, Sweep
from ledger.changes import change_hash, list_change_digests
from ledger.reconciling import (
    Audited,
    Kept,
    audited_inputs,
    kept_of,
    page_of_kept,
    recent_kept,
    undecided_keys,
    used_numbers,
)
from risk.decision import input_hash

BATCH = 100


class Odd(Struct, frozen=True):
    """A transaction that stands otherwise than it should; `stands` is None where it is not there.

    `told` are the graph's numbers that the ledger had something about it under as it was read.
    """

    kept: Kept
    should: Restored
    stands: Row | None
    told: frozenset[int]

    @property
    def key(self) -> str:
        """The transaction's."""
        return self.should.key

    @property
    def parties(self) -> set[str]:
        """The wallets that it names, and those that it should."""
        sides = (*self.should.transaction.inputs, *self.should.transaction.outputs)
        stands = self.stands or {"payers": [], "payees": []}
        named = {part[0] for part in (*stands["payers"], *stands["payees"])}
        return named | {f"{self.should.transaction.network}:{party.address}" for party in sides}

    @property
    def extra(self) -> set[int]:
        """Numbers that only the graph knows."""
        return numbers_of(self.stands) - self.should.numbers if self.stands else set()


class _Looked(Struct):
    """What is odd; what the ledger contradicts itself about, and how, by key; the wallets of all that was looked at."""

    odd: list[Odd] = field(default_factory=list)
    bad: dict[str, str] = field(default_factory=dict)
    parties: set[str] = field(default_factory=set)


class _Beyond(Struct):
    """What became of transactions beyond the ledger's knowledge: to be recorded, on its way, or false numbers."""

    lost: list[str] = field(default_factory=list)
    waiting: set[str] = field(default_factory=set)
    false: set[int] = field(default_factory=set)


async def put_landed_right(sweep: Sweep) -> set[str]:
    """Compare page by page; return the wallets of all that were compared in a sweep over recent ones, else none."""
    touched: set[str] = set()
    async for page in _pages(sweep):
        parties = await _compare(sweep, page)
        touched |= parties if sweep.since else set()
        await sweep.tell("landed transactions", len(page))
    return touched


async def _pages(sweep: Sweep) -> AsyncIterator[list[Kept]]:
    after, last = "", sweep.since
    while True:
        async with sweep.services.ledger.read(timeout_s=60) as connection:
            if sweep.since:
                page = await recent_kept(connection, after=last, limit=PAGE)
            else:
                page = await page_of_kept(connection, after=after, limit=PAGE)
        if not page:
            return
        yield page
        after, last = page[-1].landed.transaction, page[-1].landed.seq


async def _compare(sweep: Sweep, page: Sequence[Kept]) -> set[str]:
    await _tell_undecided(sweep, page)
    first = await _look(sweep, page)
    if not first.odd and not first.bad:
        return first.parties
    # What changed while ledger and graph were read one after the other is no finding.
    seen = await _look_again(sweep, [*(one.key for one in first.odd), *first.bad])
    for key, reason in seen.bad.items():
        sweep.find("record", key, f"the ledger contradicts itself: {reason}; restore a backup")
    beyond = await _beyond(sweep, seen.odd)
    if beyond.lost and sweep.repairing:
        await record_changes(sweep.services, beyond.lost, actor=ACTOR, own=())
        seen = await _look_again(sweep, [one.key for one in seen.odd])
    passed = beyond.waiting if sweep.repairing else beyond.waiting.union(beyond.lost)
    proven = await _proven(sweep, [one for one in seen.odd if one.key not in passed])
    for start in range(0, len(proven), BATCH):
        await _put_right(sweep, proven[start : start + BATCH], beyond.false)
    return first.parties


async def _tell_undecided(sweep: Sweep, page: Sequence[Kept]) -> None:
    async with sweep.services.ledger.read(timeout_s=60) as connection:
        keys = await undecided_keys(connection, [kept.landed.transaction for kept in page])
    for key in keys:
        sweep.find("record", key, "was decided, and its decision is gone; restore a backup")


async def _look_again(sweep: Sweep, keys: Sequence[str]) -> _Looked:
    async with sweep.services.ledger.read(timeout_s=60) as connection:
        kept = await kept_of(connection, keys)
    return await _look(sweep, kept)


async def _look(sweep: Sweep, page: Sequence[Kept]) -> _Looked:
    services, keys = sweep.services, [kept.landed.transaction for kept in page]
    async with services.ledger.read(timeout_s=60) as connection:
        changes = await changes_by_key(connection, keys)
    wholes = await whole_transactions(services.graph, keys)
    looked = _Looked()
    for kept in page:
        key = kept.landed.transaction
        stands = wholes.get(key)
        looked.parties |= {part[0] for part in (*stands["payers"], *stands["payees"])} if stands else set()
        became = changes.get(key, [])
        try:
            should = restored_of(kept, became, services.settings.reference_currency)
        except Unprovable as error:
            looked.bad[key] = str(error)
            continue
        if stands is None or not is_as(should, stands):
            told = frozenset((kept.landed.seq, *(change.seq for change in became)))
            looked.odd.append(Odd(kept, should, stands, told))
    return looked


async def _beyond(sweep: Sweep, odd: Sequence[Odd]) -> _Beyond:
    found, ahead = _Beyond(), [one for one in odd if one.extra]
    if not ahead:
        return found
    async with sweep.services.ledger.read(timeout_s=60) as connection:
        used = await used_numbers(connection, sorted(set[int]().union(*(one.extra for one in ahead))))
    watermark = await sweep.services.graph.watermark()
    for one in ahead:
        if any(used.get(number) == {one.key} for number in one.extra - one.told):
            # Recorded since the ledger was read: what it says now is for the next sweep.
            found.waiting.add(one.key)
        elif one.extra & used.keys() or max(one.extra) > watermark or not _can_be(sweep, one):
            found.false |= one.extra
        elif _last_change(one) >= sweep.settled_before:
            found.waiting.add(one.key)
        else:
            found.lost.append(one.key)
            numbers = ", ".join(map(str, sorted(one.extra)))
            sweep.find("unrecorded_change", one.key, f"change {numbers} of the graph is not in the ledger", "recorded")
    return found


def _can_be(sweep: Sweep, one: Odd) -> bool:
    """Whether the ledger, once it has taken in what the graph says became of it, would say just that."""
    spans = spans_of(one.stands or {})
    if spans is None:
        return False
    history = History(one.key, one.should.text_digest, spans)
    try:
        changes = changes_of(history, one.kept.landed, ACTOR)
        told = restored_of(one.kept, changes, sweep.services.settings.reference_currency)
    except Unprovable:
        return False
    return told.spans == spans


def _last_change(one: Odd) -> datetime:
    spans = spans_of(one.stands or {}) or ()
    return max(at for span in spans for at in (span.recorded_at, span.withdrawn_at) if at is not None)


async def _proven(sweep: Sweep, odd: Sequence[Odd]) -> list[Odd]:
    """Those of which the audit log bears out what the ledger says; the others are only told."""
    keys = [one.key for one in odd]
    async with sweep.services.ledger.read(timeout_s=60) as connection:
        audited = await audited_inputs(connection, keys)
        digests = await list_change_digests(connection, keys)
    forged = {one.change.transaction for one in digests if one.audited != change_hash(one.change)}
    proven = []
    for one in odd:
        if one.key in forged or not _is_borne_out(one, audited.get(one.key)):
            sweep.find("record", one.key, "differs from the graph, and from what the audit log has of it")
        else:
            proven.append(one)
    return proven


def _is_borne_out(one: Odd, audited: Audited | None) -> bool:
    """A decided one by its event; of history without a decision nothing but the graph can speak against it."""
    first, row = one.should.spans[0], one.kept.landed
    if audited is not None:
        upon = {input_hash(one.key, span.content, one.should.text_digest) for span in one.should.spans}
        if audited.input_hash not in upon or audited.seq not in (None, row.seq):
            return False
        if audited.seq is not None and audited.landed_at == row.landed_at:
            return True
    # Neither its number nor its time is proven: where the graph has others, nobody can tell which are right.
    return one.stands is None or one.stands["spans"][0][:4] == [
        first.seq,
        micros(first.at),
        first.content,
        micros(first.recorded_at),
    ]


async def _put_right(sweep: Sweep, odd: Sequence[Odd], false: set[int]) -> None:
    written, sums = await sweep.unit(lambda unit: _write(unit, odd, false))
    for one in odd:
        if one.key not in written:
            continue
        if not sweep.repairing:
            sweep.unsettled |= one.parties
        if one.stands is None:
            sweep.find("missing_transaction", one.key, "is in the ledger, not in the graph", "landed again as it was")
        else:
            names = differences(one.should, one.stands)
            kind: Kind = "salt" if names == ["text_salt"] else "changed_transaction"
            sweep.find(kind, one.key, f"differs in {', '.join(names)}", "put back as the ledger has it")
    sweep.find_odd(sums)


async def _write(unit: Unit, odd: Sequence[Odd], false: set[int]) -> tuple[set[str], list[OddSum]]:
    """Under the locks of the transactions: what changed meanwhile, and is not in the ledger yet, is left alone."""
    keys = sorted(one.key for one in odd)
    await unit.run("lock_whole", keys=keys)
    standing = {row["key"]: row for row in await unit.run("whole_transactions", keys=keys)}
    wrong = []
    for one in odd:
        now = replace(one, stands=standing.get(one.key))
        if (now.stands is None or not is_as(now.should, now.stands)) and not now.extra - false:
            wrong.append(now.should)
    sums = await put_right(unit, wrong, standing) if wrong else []
    return {one.key for one in wrong}, sums
