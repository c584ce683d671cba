"""Transactions put back as they were: the same numbers, times and spans, whatever the graph holds of them now.

A `whole` is all that the graph keeps of a transaction, in plain values, so that what stands can be compared with what
should. It has no sums: those of wallets and flows follow from the transactions (`graph.settling`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from graph.content import content_hashes, kept_context
from graph.model import Transaction
from graph.session import Graph, Row, Unit
from graph.settling import Odd, lock_wallets, settle
from graph.sums import Sums, at_micros, micros
from graph.transactions import Span


class Restored(Struct, frozen=True):
    """A transaction as its latest landing tells it, with every landing in `spans`, the latest last.

    The salt is None where there is no personal text, or none any more.
    """

    transaction: Transaction
    spans: tuple[Span, ...]
    text_salt: str | None = None
    text_digest: str | None = None

    @property
    def key(self) -> str:
        """The transaction's."""
        return self.transaction.key

    @property
    def counts(self) -> bool:
        """Whether it is not withdrawn."""
        return self.spans[-1].withdrawn_at is None

    @property
    def numbers(self) -> set[int]:
        """The graph's numbers of its landings and withdrawals."""
        return {n for span in self.spans for n in (span.seq, span.withdrawn_seq) if n is not None}


async def whole_transactions(graph: Graph, keys: Sequence[str]) -> dict[str, Row]:
    """Return all that the graph keeps of those transactions that are landed, by key."""
    return {row["key"]: row for row in await graph.read("whole_transactions", keys=list(keys))}


def numbers_of(whole: Row) -> set[int]:
    """The graph's numbers of the landings and withdrawals that a whole tells of."""
    return {n for span in whole["spans"] for n in (span[0], span[4]) if n is not None}


def is_as(given: Restored, whole: Row) -> bool:
    """Whether the graph has the transaction as it should; a graph landed before context was kept may lack that."""
    expected = _whole(given)
    return expected == whole or (whole["context"] is None and expected | {"context": None} == whole)


def differences(given: Restored, whole: Row) -> list[str]:
    """The names of what the graph has otherwise than it should."""
    expected = _whole(given)
    return sorted(name for name in expected if expected[name] != whole[name])


def spans_of(whole: Row) -> tuple[Span, ...] | None:
    """The landings that a whole tells of; None where it leaves out what every landing has."""
    found = []
    for seq, at, content, recorded_at, withdrawn_seq, withdrawn_at in whole["spans"]:
        if None in (seq, at, content, recorded_at) or (withdrawn_seq is None) != (withdrawn_at is None):
            return None
        ended = None if withdrawn_at is None else at_micros(withdrawn_at)
        span = Span(seq=seq, at=at_micros(at), recorded_at=at_micros(recorded_at), content=content)
        found.append(replace(span, withdrawn_seq=withdrawn_seq, withdrawn_at=ended))
    return (*found[:-1], replace(found[-1], reason=whole["reason"]))


async def restore_into_empty(graph: Graph, given: Sequence[Restored]) -> int:
    """Write those that are not there yet, and add what counts of them to wallets and flows; returns how many.

    For a graph that is being filled: what is there is taken to be whole. Repeatable.
    """

    async def work(unit: Unit) -> int:
        there = await unit.run("lock_transactions", keys=sorted(one.key for one in given))
        known = {row[0] for row in there[0]["known"]}
        new = [one for one in given if one.key not in known]
        if new:
            await unit.run("restore_transactions", **_parameters(new, adding=True))
        return len(new)

    return await graph.unit(work)


async def put_right(unit: Unit, given: Sequence[Restored], standing: dict[str, Row]) -> list[Odd]:
    """Write locked transactions anew, in place of what stands, and set right the sums of all whom they concern.

    Returns what of those sums was odd.
    """
    parameters = _parameters(given, adding=False)
    before = (part[0] for one in given if one.key in standing for part in _parties(standing[one.key]))
    wallets = sorted({*before, *(wallet["key"] for wallet in parameters["wallets"])})
    await lock_wallets(unit, wallets)
    await unit.run("clear_transactions", keys=[one.key for one in given])
    await unit.run("restore_transactions", **parameters)
    return await settle(unit, wallets)


def _parties(whole: Row) -> list[list[Any]]:
    return [*whole["payers"], *whole["payees"]]


def _still(wallet: Row) -> Row:
    """A wallet to which nothing is added."""
    nothing = {"in_value": 0, "out_value": 0, "in_count": 0, "out_count": 0, "first_at": None, "last_at": None}
    return wallet | nothing


def _parameters(given: Sequence[Restored], *, adding: bool) -> Row:
    """What `restore_transactions` is given; what does not count, or is not `adding`, adds to no sum."""
    sums, silent = Sums(), Sums()
    for one in given:
        (sums if adding and one.counts else silent).add(one.transaction, _properties(one))
    for key, wallet in silent.wallets.items():
        sums.wallets.setdefault(key, _still(wallet))
    placed = sums.placed([*sums.rows, *silent.rows])
    of = {one.key: one for one in given}
    return {**placed, "rows": [row | _times(of[row["key"]]) for row in placed["rows"]]}


def _properties(one: Restored) -> Row:
    content, timeless = content_hashes(one.transaction)
    text = {"text_salt": one.text_salt, "text_digest": one.text_digest}
    return {"content": content, "timeless": timeless, "context": kept_context(one.transaction)} | text


def _times(one: Restored) -> Row:
    *earlier, last = one.spans
    return {
        "seq": last.seq,
        "recorded_at": micros(last.recorded_at),
        "withdrawn_at": None if last.withdrawn_at is None else micros(last.withdrawn_at),
        "withdrawn_seq": last.withdrawn_seq,
        "reason": last.reason,
        "at_us": micros(last.at) if one.counts else None,
        "earlier": _earlier(earlier) if earlier else None,
    }


def _earlier(spans: Sequence[Span]) -> Row:
    return {
        "seq": [span.seq for span in spans],
        "content": [span.content for span in spans],
        "withdrawn_seq": [span.withdrawn_seq for span in spans],
        "at": [micros(span.at) for span in spans],
        "recorded_at": [micros(span.recorded_at) for span in spans],
        "withdrawn_at": [None if span.withdrawn_at is None else micros(span.withdrawn_at) for span in spans],
    }


def _whole(one: Restored) -> Row:
    """What `whole_transactions` must tell of it."""
    sums = Sums()
    sums.add(one.transaction, _properties(one))
    [row] = sums.rows
    properties, at_us = row["properties"], _times(one)["at_us"]
    pool = row["pool"] or {"inputs": [], "outputs": []}
    named = ("network", "id", "asset", "amount", "value", "timeless", "text_salt", "text_digest", "context")
    return {
        "key": one.key,
        **{name: properties[name] for name in named},
        "reason": one.spans[-1].reason,
        "splits": properties.get("splits"),
        "inputs": properties.get("inputs"),
        "pool": row["pool"] is not None,
        "spans": [_span(span) for span in one.spans],
        "payers": [_party(part, at_us) for part in row["inputs"]],
        "payees": [_party(part, at_us) for part in row["outputs"]],
        "pooled_in": _pooled(pool["inputs"]),
        "pooled_out": _pooled(pool["outputs"]),
    }


def _span(span: Span) -> list[Any]:
    ended = None if span.withdrawn_at is None else micros(span.withdrawn_at)
    return [span.seq, micros(span.at), span.content, micros(span.recorded_at), span.withdrawn_seq, ended]


def _party(part: Row, at_us: int | None) -> list[Any]:
    wallet = part["wallet"]
    return [wallet, wallet, part["position"], part["amount"], part["value"], at_us, part["net"], part["others"]]


def _pooled(parts: Sequence[Row]) -> list[list[Any]]:
    return sorted([part["wallet"], part["value"], part["net"], part["across"]] for part in parts)
