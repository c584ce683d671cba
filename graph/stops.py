"""The stop ledger: every place where tracing a wallet's value stopped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from graph.assembly import ended_rows, spread
from graph.model import Direction
from graph.session import Row
from graph.tracing import Tracing


class Stop(Struct, frozen=True, kw_only=True):
    """A wallet where tracing stopped, `hops` flows away; what it is called is None unless `reason` is `category`."""

    wallet: str
    hops: int
    reason: str
    category: str | None
    actor: str | None
    attribution: str | None
    share: float
    value: int


class StopRest(Struct, frozen=True):
    """What the stops that are not listed come to."""

    count: int
    share: float
    value: int


class StopLedger(Struct, frozen=True, kw_only=True):
    """Every place where tracing stopped, most valuable first; values of stops and rest add up to `total_value`.

    `flows` and `max_flows` are as in Exposure.
    """

    wallet: str
    direction: Direction
    hops: int
    total_value: int
    watermark: int
    stops: tuple[Stop, ...]
    rest: StopRest
    exact: bool = True
    as_of: datetime | None = None
    known_at: datetime | None = None
    pool_above: int | None = None
    flows: int | None = None
    max_flows: int | None = None


def assemble_stops(rows: Sequence[Row], *, subject: str, tracing: Tracing, total: int, watermark: int) -> StopLedger:
    """Build the ledger of stops; rows without a place are those beyond the ones to be listed."""
    ended = sorted(ended_rows(rows), key=lambda row: (-row["share"], row["level"], row["reason"], row["place"] or ""))
    told = [row for row in ended if row["place"] is not None]
    untold = [row for row in ended if row["place"] is None]
    rest = sum(row["share"] for row in untold)
    *values, rest_value = spread(total, [*(row["share"] for row in told), rest]) if ended else [0]
    return StopLedger(
        wallet=subject,
        direction=tracing.direction,
        hops=tracing.hops,
        total_value=total,
        watermark=watermark,
        stops=tuple(_stop(row, value) for row, value in zip(told, values, strict=True)),
        rest=StopRest(sum(row["wallets"] for row in untold), rest, rest_value),
        exact=all(row["reason"] != "limit" for row in ended),
        as_of=tracing.clock.as_of,
        known_at=tracing.clock.known_at,
        pool_above=tracing.pool_above,
    )


def _stop(row: Row, value: int) -> Stop:
    # Dust is met one flow beyond the wallet whose small flows were not followed, and told at that wallet.
    hops = row["level"] - 1 if row["reason"] == "dust" else row["level"]
    return Stop(
        wallet=row["place"],
        hops=hops,
        reason=row["reason"],
        category=row["category"],
        actor=row["actor"],
        attribution=row["attribution"],
        share=row["share"],
        value=value,
    )
