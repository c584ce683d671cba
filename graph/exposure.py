"""Exposure of wallets and of payments, computed when asked (design §4)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

from graph.assembly import assemble, coverage_of
from graph.clock import NOW, Clock
from graph.errors import NotFound
from graph.model import Direction, Exposure
from graph.session import Graph, Row
from graph.starts import Payment, payment_start, wallet_start
from graph.stops import StopLedger, assemble_stops
from graph.taxonomy import Taxonomy
from graph.tracing import DEFAULT_LIMITS, ExposureLimits, Tracing

__all__ = [
    "DEFAULT_LIMITS",
    "MAX_HOPS",
    "ExposureLimits",
    "Payment",
    "get_exposure",
    "get_exposures",
    "get_stops",
    "payment_exposures",
]

MAX_HOPS = 6
_COINBASE: list[Row] = [{"level": 0, "reason": "origin", "share": 1.0, "passed": 0.0, "before": None}]


async def get_exposure(
    graph: Graph,
    key: str,
    *,
    direction: Direction,
    hops: int,
    taxonomy: Taxonomy,
    limits: ExposureLimits = DEFAULT_LIMITS,
    clock: Clock = NOW,
    pool_above: int | None = None,
) -> Exposure:
    """Return where the wallet's value came from or went to, under the clock; NotFound when it was not known then.

    A wallet without inflow (outflow on the destination side) has total_value 0 and empty tuples. Where an attribution
    met has a valid_from, the transactions are asked too, for what moved before it; None where that takes too long.
    """
    tracing = Tracing(
        graph=graph,
        direction=direction,
        hops=hops,
        taxonomy=taxonomy,
        limits=limits,
        clock=clock,
        pool_above=pool_above,
    )
    rows = await _rows_of(tracing, [key])
    if not rows:
        raise NotFound("wallet", key)
    designated = any(row.get("designated") for row in rows)
    timed = await tracing.moved([wallet_start(key)]) if designated else []
    is_whole = timed and not any(row["reason"] == "limit" for row in timed)
    return _of_wallet(timed if is_whole else rows, key, tracing)


async def get_exposures(
    graph: Graph,
    keys: Sequence[str],
    *,
    direction: Direction,
    hops: int,
    taxonomy: Taxonomy,
    limits: ExposureLimits = DEFAULT_LIMITS,
    clock: Clock = NOW,
) -> list[Exposure]:
    """Return the exposure of each known wallet, in order of key, by one query; `before_share` may be None."""
    tracing = Tracing(graph=graph, direction=direction, hops=hops, taxonomy=taxonomy, limits=limits, clock=clock)
    found = _by_id(await _rows_of(tracing, sorted(set(keys))))
    return [_of_wallet(rows, key, tracing) for key, rows in found.items()]


async def get_stops(
    graph: Graph,
    key: str,
    *,
    direction: Direction,
    hops: int,
    taxonomy: Taxonomy,
    limits: ExposureLimits = DEFAULT_LIMITS,
    clock: Clock = NOW,
    pool_above: int | None = None,
    limit: int = 100,
) -> StopLedger:
    """Return the `limit` most valuable places where tracing stopped, and what the rest come to; raises NotFound."""
    tracing = Tracing(
        graph=graph,
        direction=direction,
        hops=hops,
        taxonomy=taxonomy,
        limits=limits,
        clock=clock,
        pool_above=pool_above,
        places=limit,
    )
    rows = await _rows_of(tracing, [key])
    if not rows:
        raise NotFound("wallet", key)
    total, _ = _totals(rows, direction)
    return assemble_stops(rows if total else [], subject=key, tracing=tracing, total=total, watermark=_watermark(rows))


async def payment_exposures(
    graph: Graph,
    payments: Sequence[Payment],
    *,
    direction: Direction,
    hops: int,
    taxonomy: Taxonomy,
    limits: ExposureLimits = DEFAULT_LIMITS,
) -> list[Exposure]:
    """Return, for each payment, the exposure of its money on one side: what moved until its time, itself left out.

    A listed party is direct (hop 1); an unlisted one brings its own exposure over `hops` - 1. FLOW answers where no
    later flow and no flow of the payment's own is in reach, else the transactions do: at most two queries for all.
    """
    tracing = Tracing(graph=graph, direction=direction, hops=hops - 1, taxonomy=taxonomy, limits=limits)
    starts = [payment_start(payment, direction) for payment in payments if payment.side(direction)]
    found = _by_id(await tracing.live(starts, start_stops=True) if starts else [])
    unseen = {payment.key: _unseen(found.get(payment.key, []), direction, hops) for payment in payments}
    past = [start for start in starts if any(row["later"] or row["revisits"] for row in found.get(start["id"], []))]
    if past:
        found |= _by_id(await tracing.past(past, start_stops=True, cached=True))
    watermark = min((_watermark(rows) for rows in found.values()), default=0) or await graph.watermark()
    return [
        assemble(
            _untimed(found.get(payment.key, []) + unseen[payment.key]) if payment.side(direction) else _COINBASE,
            subject=payment.key,
            tracing=tracing,
            hops=hops,
            first_hop=0,
            total=sum(payment.side(direction).values()) or sum(payment.outputs.values()),
            coverage=None,
            watermark=watermark,
        )
        for payment in payments
    ]


async def _rows_of(tracing: Tracing, keys: Sequence[str]) -> list[Row]:
    """Ask about wallets; each row gets `before`, None where the flows cannot tell it."""
    if tracing.clock:
        starts = [wallet_start(key, tracing.clock.as_of) for key in keys]
        return await tracing.past(starts, start_stops=False, cached=False)
    rows = await tracing.live([wallet_start(key) for key in keys], start_stops=False)
    return [row | {"before": None if row["designated"] else 0.0} for row in rows]


def _of_wallet(rows: list[Row], key: str, tracing: Tracing) -> Exposure:
    total, other = _totals(rows, tracing.direction)
    return assemble(
        rows if total else [],
        subject=key,
        tracing=tracing,
        hops=tracing.hops,
        first_hop=1,
        total=total,
        coverage=coverage_of(total, other),
        watermark=_watermark(rows),
    )


def _totals(rows: list[Row], direction: Direction) -> tuple[int, int]:
    """What moved on the side asked for and on the other, as the rows of the start itself tell."""
    inflow, outflow = (max(row[name] or 0 for row in rows) for name in ("in_value", "out_value"))
    return (inflow, outflow) if direction == "source" else (outflow, inflow)


def _watermark(rows: list[Row]) -> int:
    return int(rows[0]["watermark"])


def _untimed(rows: list[Row]) -> list[Row]:
    return [row | {"before": None} for row in rows]


def _unseen(rows: list[Row], direction: Direction, hops: int) -> list[Row]:
    """What parties bring that the graph has not seen: a wallet without flows, met as the first of all."""
    seen = sum(row["share"] for row in rows if row["level"] == 0)
    if 1.0 - seen < 1e-12:
        return []
    end = "origin" if direction == "source" else "unspent"
    return [{"level": 0, "reason": end if hops > 1 else "hop_limit", "share": 1.0 - seen, "passed": 0.0}]


def _by_id(rows: list[Row]) -> dict[str, list[Row]]:
    return {key: list(part) for key, part in groupby(rows, key=itemgetter("id"))}
