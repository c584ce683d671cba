"""Exposure of wallets and of payments, computed when asked (design §4)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

from msgspec.structs import replace

from graph.assembly import assemble, coverage_of
from graph.errors import NotFound
from graph.model import Direction, Exposure
from graph.session import Row
from graph.starts import Payment, payment_start, wallet_start
from graph.stops import StopLedger, assemble_stops
from graph.tracing import ExposureLimits, Tracing

__all__ = [
    "ExposureLimits",
    "Payment",
    "Tracing",
    "get_exposure",
    "get_exposures",
    "get_stops",
    "payment_exposures",
    "told_exposure",
]

_COINBASE: list[Row] = [{"level": 0, "reason": "origin", "share": 1.0, "passed": 0.0, "before": None}]


async def get_exposure(tracing: Tracing, key: str) -> Exposure:
    """Return where the wallet's value came from or went to, under the clock; NotFound when it was not known then.

    A wallet without inflow (outflow on the destination side) has total_value 0 and empty tuples. Where an attribution
    met has a valid_from, the transactions are asked too, for what moved before it; None where that takes too long.
    """
    return (await told_exposure(tracing, key))[0]


async def told_exposure(tracing: Tracing, key: str) -> tuple[Exposure, list[Row]]:
    """Return the same as get_exposure, with the rows that it is made of: a row an attribution and level."""
    rows = await _known_rows(tracing, key)
    designated = any(row.get("designated") for row in rows)
    timed = await tracing.moved([wallet_start(key)]) if designated else []
    if not timed or any(row["reason"] == "limit" for row in timed):
        return _of_wallet(rows, key, tracing), rows
    return replace(_of_wallet(timed, key, tracing), **_bounds(rows)), timed


async def get_exposures(tracing: Tracing, keys: Sequence[str]) -> list[Exposure]:
    """Return the exposure of each known wallet, in order of key, by one query; `before_share` may be None."""
    found = _by_id(await _rows_of(tracing, sorted(set(keys))))
    return [_of_wallet(rows, key, tracing) for key, rows in found.items()]


async def get_stops(tracing: Tracing, key: str, *, limit: int = 100) -> StopLedger:
    """Return the `limit` most valuable places where tracing stopped, and what the rest come to; raises NotFound."""
    rows = await _known_rows(replace(tracing, places=limit), key)
    total, _ = _totals(rows, tracing.direction)
    given = rows if total else []
    ledger = assemble_stops(given, subject=key, tracing=tracing, total=total, watermark=_watermark(rows))
    return replace(ledger, **_bounds(rows))


async def payment_exposures(tracing: Tracing, payments: Sequence[Payment]) -> list[Exposure]:
    """Return, for each payment, the exposure of its money on one side: what moved until its time, itself left out.

    A listed party is direct (hop 1); an unlisted one brings its own exposure over one hop less. FLOW answers: as it is
    where no later flow and no flow of the payment's own is in reach, else less what moved later. Where that is too much
    to take away the transactions answer: at most three queries for all, unless they take too long together.
    """
    direction, hops, parties = tracing.direction, tracing.hops, replace(tracing, hops=tracing.hops - 1)
    starts = [payment_start(payment, direction) for payment in payments if payment.side(direction)]
    found = _by_id(await parties.live(starts, start_stops=True) if starts else [])
    unseen = {payment.key: _unseen(found.get(payment.key, []), direction, hops) for payment in payments}
    past = [start for start in starts if any(row["later"] or row["revisits"] for row in found.get(start["id"], []))]
    found |= await _before(parties, past) if past else {}
    watermark = min((_watermark(rows) for rows in found.values()), default=0) or await tracing.graph.watermark()
    return [
        assemble(
            _untimed(found.get(payment.key, []) + unseen[payment.key]) if payment.side(direction) else _COINBASE,
            subject=payment.key,
            tracing=tracing,
            first_hop=0,
            total=sum(payment.side(direction).values()) or sum(payment.outputs.values()),
            coverage=None,
            watermark=watermark,
        )
        for payment in payments
    ]


async def _before(parties: Tracing, starts: list[Row]) -> dict[str, list[Row]]:
    """The rows of payments with later money in reach: of the flows rewound or, where too much is later, of the past."""
    found = _by_id(await parties.rewound(starts)) if parties.pool_above is None else {}
    crowded = [start for start in starts if _is_crowded(found.get(start["id"]))]
    return found | _by_id(await parties.past(crowded, start_stops=True, cached=True) if crowded else [])


def _is_crowded(rows: list[Row] | None) -> bool:
    return rows is None or any(row["crowded"] for row in rows)


async def _known_rows(tracing: Tracing, key: str) -> list[Row]:
    rows = await _rows_of(tracing, [key])
    if not rows:
        raise NotFound("wallet", key)
    return rows


async def _rows_of(tracing: Tracing, keys: Sequence[str]) -> list[Row]:
    """Ask about wallets; each row gets `before`, None where the flows cannot tell it."""
    if tracing.clock:
        starts = [wallet_start(key, tracing.clock.as_of) for key in keys]
        return await tracing.past(starts, start_stops=False, cached=False)
    rows = await tracing.live([wallet_start(key) for key in keys], start_stops=False)
    return [row | {"before": None if row["designated"] else 0.0} for row in rows]


def _of_wallet(rows: list[Row], key: str, tracing: Tracing) -> Exposure:
    total, other = _totals(rows, tracing.direction)
    found = assemble(
        rows if total else [],
        subject=key,
        tracing=tracing,
        first_hop=1,
        total=total,
        coverage=coverage_of(total, other),
        watermark=_watermark(rows),
    )
    return replace(found, **_bounds(rows))


def _bounds(rows: list[Row]) -> dict[str, int]:
    """How much was counted for an answer, and the bound that held: the question may have been asked twice."""
    return {name: int(rows[0][name]) for name in ("flows", "max_flows")}


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
