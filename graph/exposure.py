"""Exposure of wallets and of payments, computed when asked (design §4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from msgspec import Struct

from graph.assembly import assemble, coverage_of
from graph.errors import NotFound, QueryCut
from graph.model import Direction, Exposure
from graph.session import Graph, Row
from graph.sums import micros
from graph.taxonomy import Taxonomy

MAX_HOPS = 6
FEWER_FLOWS, PATIENCE = 20_000, 10


class ExposureLimits(Struct, frozen=True):
    """How far one answer may go: flows expanded, seconds, and the share below which a flow is dust."""

    max_flows: int = 1_000_000
    timeout_s: float = 2.0
    dust: float = 0.0


DEFAULT_LIMITS = ExposureLimits()
_COINBASE: list[Row] = [{"level": 0, "reason": "origin", "share": 1.0, "passed": 0.0}]


class Payment(Struct, frozen=True):
    """What a payment's exposure needs: its key, time, and value by wallet on either side (micro-units)."""

    key: str
    at: datetime
    inputs: Mapping[str, int]
    outputs: Mapping[str, int]

    def side(self, direction: Direction) -> Mapping[str, int]:
        """The parties whose money is asked for: payers on the source side, payees on the destination side."""
        return self.inputs if direction == "source" else self.outputs


async def get_exposure(
    graph: Graph,
    key: str,
    *,
    direction: Direction,
    hops: int,
    taxonomy: Taxonomy,
    limits: ExposureLimits = DEFAULT_LIMITS,
) -> Exposure:
    """Return where the wallet's value came from or went to, over all time; NotFound when it is not known.

    A wallet without inflow (outflow on the destination side) has total_value 0 and empty tuples.
    """
    start = {"id": key, "wallets": [{"key": key, "mass": 1.0}], "as_of": None, "own": []}
    ask = _Ask(graph, direction, hops, taxonomy, limits)
    rows = await ask(f"exposure_{direction}", [start], start_stops=False, dust=limits.dust)
    if not rows:
        raise NotFound("wallet", key)
    inflow, outflow = rows[0]["in_value"], rows[0]["out_value"]
    total, other = (inflow, outflow) if direction == "source" else (outflow, inflow)
    return assemble(
        rows if total else [],
        subject=key,
        direction=direction,
        hops=hops,
        first_hop=1,
        total=total,
        coverage=coverage_of(total, other),
        watermark=rows[0]["watermark"],
        taxonomy=taxonomy,
    )


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
    ask = _Ask(graph, direction, hops - 1, taxonomy, limits)
    starts = [_start(payment, direction) for payment in payments if payment.side(direction)]
    name = f"exposure_{direction}"
    found = _by_id(await ask(name, starts, start_stops=True, dust=limits.dust) if starts else [])
    unseen = {payment.key: _unseen(found.get(payment.key, []), direction, hops) for payment in payments}
    past = [start for start in starts if any(row["later"] or row["revisits"] for row in found.get(start["id"], []))]
    if past:
        found |= _by_id(await ask(f"{name}_as_of", past))
    watermark = min((rows[0]["watermark"] for rows in found.values()), default=0) or await graph.watermark()
    return [
        assemble(
            found.get(payment.key, []) + unseen[payment.key] if payment.side(direction) else _COINBASE,
            subject=payment.key,
            direction=direction,
            hops=hops,
            first_hop=0,
            total=sum(payment.side(direction).values()) or sum(payment.outputs.values()),
            coverage=None,
            watermark=watermark,
            taxonomy=taxonomy,
        )
        for payment in payments
    ]


def _unseen(rows: list[Row], direction: Direction, hops: int) -> list[Row]:
    """What parties bring that the graph has not seen: a wallet without flows, met as the first of all."""
    seen = sum(row["share"] for row in rows if row["level"] == 0)
    if 1.0 - seen < 1e-12:
        return []
    end = "origin" if direction == "source" else "unspent"
    return [{"level": 0, "reason": end if hops > 1 else "hop_limit", "share": 1.0 - seen, "passed": 0.0}]


def _start(payment: Payment, direction: Direction) -> Row:
    """Where tracing of a payment starts: its parties on that side, weighted by value."""
    side = payment.side(direction)
    total = sum(side.values())
    # A party without value counts only where no party has any.
    weights = {key: value / total for key, value in side.items() if value} or dict.fromkeys(side, 1 / len(side))
    wallets = [{"key": key, "mass": mass} for key, mass in sorted(weights.items())]
    own = sorted(payment.outputs if direction == "source" else payment.inputs)
    return {"id": payment.key, "wallets": wallets, "as_of": micros(payment.at), "own": own}


def _by_id(rows: list[Row]) -> dict[str, list[Row]]:
    return {key: list(part) for key, part in groupby(rows, key=itemgetter("id"))}


class _Ask(Struct):
    """An exposure query with its bounds.

    Where the time limit is too short it is asked again with fewer flows, which is told as `limit`, and with patience:
    what took so long may have been the first planning of the query.
    """

    graph: Graph
    direction: Direction
    hops: int
    taxonomy: Taxonomy
    limits: ExposureLimits

    async def __call__(self, name: str, starts: list[Row], **parameters: Any) -> list[Row]:
        parameters |= {"starts": starts, "hops": self.hops, "passing": list(self.taxonomy.passing)}
        timeout_s = self.limits.timeout_s * max(1, len(starts) // 10)
        try:
            return await self.graph.read(name, timeout_s=timeout_s, max_flows=self.limits.max_flows, **parameters)
        except QueryCut:
            fewer = min(FEWER_FLOWS, self.limits.max_flows)
            return await self.graph.read(name, timeout_s=timeout_s * PATIENCE, max_flows=fewer, **parameters)
