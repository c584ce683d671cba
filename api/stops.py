"""The stop ledger: every place where tracing a wallet's value stopped, and why."""

from __future__ import annotations

from datetime import datetime

from litestar import get
from msgspec import Struct

from api.exposure import MaxFlows, PoolAbove, Way
from api.lifespan import GivenServices
from api.paging import Limit
from api.parameters import AsOf, Hops, KnownAt, WalletKey, canonical_wallet, read_clock
from graph.exposure import get_stops
from graph.model import Direction
from graph.money import format_micro
from graph.stops import Stop, StopLedger


class StopView(Struct, frozen=True, kw_only=True):
    """A wallet where tracing stopped, `hops` flows away.

    `reason` is category (then what it is called is told), origin or unspent (it has no flows further), hop_limit, dust
    (small flows of this wallet were not followed), limit (the answer was cut) or pooled.
    """

    wallet: str
    hops: int
    reason: str
    category: str | None
    actor: str | None
    attribution: str | None
    share: float
    value: str

    @classmethod
    def from_stop(cls, stop: Stop) -> StopView:
        """Return the stop as it is on the wire."""
        return cls(
            wallet=stop.wallet,
            hops=stop.hops,
            reason=stop.reason,
            category=stop.category,
            actor=stop.actor,
            attribution=stop.attribution,
            share=stop.share,
            value=format_micro(stop.value),
        )


class StopRestView(Struct, frozen=True):
    """How many more stops there are, and what they come to."""

    count: int
    share: float
    value: str


class StopLedgerView(Struct, frozen=True, kw_only=True):
    """Stops, most valuable first, and the rest: their values add up to `total_value` exactly.

    One wallet can stop tracing at several distances, or for several reasons; each is a line of its own. `exact` is
    false when a limit cut the answer; `flows` and `max_flows` then tell which, as in `…/exposure`.
    """

    wallet: str
    direction: Direction
    hops: int
    total_value: str
    watermark: int
    exact: bool
    stops: tuple[StopView, ...]
    rest: StopRestView
    as_of: datetime | None
    known_at: datetime | None
    pool_above: int | None
    flows: int | None
    max_flows: int | None

    @classmethod
    def from_ledger(cls, ledger: StopLedger) -> StopLedgerView:
        """Return the ledger as it is on the wire."""
        rest = ledger.rest
        return cls(
            wallet=ledger.wallet,
            direction=ledger.direction,
            hops=ledger.hops,
            total_value=format_micro(ledger.total_value),
            watermark=ledger.watermark,
            exact=ledger.exact,
            stops=tuple(map(StopView.from_stop, ledger.stops)),
            rest=StopRestView(rest.count, rest.share, format_micro(rest.value)),
            as_of=ledger.as_of,
            known_at=ledger.known_at,
            pool_above=ledger.pool_above,
            flows=ledger.flows,
            max_flows=ledger.max_flows,
        )


@get("/wallets/{key:str}/stops", operation_id="list_wallet_stops", summary="Where tracing a wallet's value stopped")
async def list_wallet_stops(
    services: GivenServices,
    key: WalletKey,
    *,
    direction: Way = "source",
    hops: Hops = 3,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    pool_above: PoolAbove = None,
    max_flows: MaxFlows = None,
    limit: Limit = 100,
) -> StopLedgerView:
    """Trace as `…/exposure` does and list the `limit` most valuable places where that stopped."""
    clock, limits = read_clock(as_of, known_at), services.limits_of(max_flows)
    asked = services.tracing(direction, hops, limits=limits, clock=clock, pool_above=pool_above)
    ledger = await get_stops(asked, canonical_wallet(key), limit=limit)
    return StopLedgerView.from_ledger(ledger)
