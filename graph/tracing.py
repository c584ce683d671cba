"""How money is traced: the bounds and clocks of one question, and the queries that answer it."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from msgspec import Struct

from graph.clock import NOW, Clock
from graph.deciding import deciding_parameters
from graph.errors import QueryCut
from graph.model import Direction
from graph.patience import Patience
from graph.session import Graph, Row
from graph.taxonomy import Taxonomy

NEVER = -1
# A wallet with more later payments, and parties of them, is not told from its flows.
MOST_LATER = 1_000


class ExposureLimits(Struct, frozen=True):
    """How far one answer may go: flows expanded, seconds, and the share below which a flow is dust.

    An unattributed wallet that was passed and has more than `hub_counterparties` is named in the answer.
    """

    max_flows: int = 1_000_000
    timeout_s: float = 2.0
    dust: float = 0.0
    hub_counterparties: int = 1_000


DEFAULT_LIMITS = ExposureLimits()


class Tracing(Struct, frozen=True, kw_only=True):
    """One question: which way, how far, under which bounds and clocks; `places` stops are told with their wallet.

    `pool_above` stops tracing at unattributed wallets of more counterparties than that. It is off (None) unless asked
    for: a haircut through a service that nobody labelled taints everyone, but a busy wallet need not be a service.
    """

    graph: Graph
    direction: Direction
    hops: int
    taxonomy: Taxonomy
    limits: ExposureLimits = DEFAULT_LIMITS
    clock: Clock = NOW
    pool_above: int | None = None
    places: int = 0

    async def live(self, starts: list[Row], *, start_stops: bool) -> list[Row]:
        """Ask the flows as they are now, and the categories cached on wallets."""
        return await self._ask(f"exposure_{self.direction}", starts, start_stops=start_stops)

    async def past(self, starts: list[Row], *, start_stops: bool, cached: bool) -> list[Row]:
        """Ask the transactions until each start's `as_of`, as they were known at the clock's `known_at`.

        `cached` takes the attributions that decide now; otherwise those decide that were in force under the clock.
        """
        given = self._past(start_stops=start_stops, cached=cached)
        return await self._ask(f"exposure_{self.direction}_as_of", starts, **given)

    async def rewound(self, starts: list[Row]) -> list[Row]:
        """Ask the flows of payments, less what moved after each start's `as_of` or in the payment itself.

        Rows with `crowded` above 0 are no answer: too much came later. `pool_above` is not heeded.
        """
        return await self._ask(f"exposure_{self.direction}_rewound", starts, most_later=MOST_LATER)

    async def moved(self, starts: list[Row]) -> list[Row]:
        """Ask the same as `live` of the transactions, which have times; no rows where that takes too long."""
        given = self._parameters(starts) | self._past(start_stops=False, cached=True)
        name = f"exposure_{self.direction}_as_of"
        try:
            return await self._rows(name, self.limits.timeout_s, self.limits.max_flows, given)
        except QueryCut:
            return []

    async def _ask(self, name: str, starts: list[Row], **parameters: Any) -> list[Row]:
        """Ask about starts in bounded time; what a bound leaves out is told as `limit`."""

        def asking(some: list[Row], timeout_s: float, max_flows: int) -> Awaitable[list[Row]]:
            return self._rows(name, timeout_s, max_flows, self._parameters(some) | parameters)

        return await Patience(self.limits.timeout_s, self.limits.max_flows).ask(asking, starts)

    async def _rows(self, name: str, timeout_s: float, max_flows: int, parameters: Row) -> list[Row]:
        [answer] = await self.graph.read(name, timeout_s=timeout_s, max_flows=max_flows, **parameters)
        rows: list[Row] = answer["rows"]
        return rows

    def _parameters(self, starts: list[Row]) -> Row:
        return {
            "starts": starts,
            "hops": self.hops,
            "passing": sorted(self.taxonomy.passing),
            "dust": self.limits.dust,
            "pool_above": NEVER if self.pool_above is None else self.pool_above,
            "hub_counterparties": self.limits.hub_counterparties,
            "places": self.places,
        }

    def _past(self, *, start_stops: bool, cached: bool) -> Row:
        times = self.clock.parameters()
        given = {"known_at": times["known_at"], "valid_at": times["valid_at"]} | deciding_parameters(self.taxonomy)
        return given | {"start_stops": start_stops, "cached": cached}
