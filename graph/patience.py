"""How long a question about many starts may take: together, then each by itself, then with fewer flows."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic

from msgspec import Struct

import deadlines
from graph.errors import QueryCut
from graph.session import Row
from graph.together import together

FEWER_FLOWS, PATIENCE = 20_000, 10
AT_ONCE = 4
# So many starts asked together may take the time limit of one once more, up to PATIENCE of them.
A_LOT = 20

# Asks about starts within so many seconds and flows; raises QueryCut when the seconds are over.
Asking = Callable[[list[Row], float, int], Awaitable[list[Row]]]


class Patience(Struct, frozen=True):
    """The time limit (seconds) and the bound of flows of one start."""

    timeout_s: float
    max_flows: int

    async def ask(self, asking: Asking, starts: Sequence[Row]) -> list[Row]:
        """Return the rows of all starts, those of each together, in their order.

        Where all together take too long each is asked by itself. After PATIENCE time limits of that the rest are
        asked with fewer flows at once, so that a batch ends whatever it meets; what that leaves out is told as `limit`.
        """
        if len(starts) > 1:
            try:
                times = min(PATIENCE, max(1, len(starts) // A_LOT))
                return await asking(list(starts), deadlines.part(self.timeout_s * times), self.max_flows)
            except QueryCut:
                pass
        until, places = monotonic() + deadlines.part(self.timeout_s * PATIENCE), asyncio.Semaphore(AT_ONCE)
        found = await together(*(self._in_turn(asking, start, places, until) for start in starts))
        return [row for rows in found for row in rows]

    async def _in_turn(self, asking: Asking, start: Row, places: asyncio.Semaphore, until: float) -> list[Row]:
        async with places:
            return await (self._alone(asking, start) if monotonic() < until else self._briefly(asking, start))

    async def _alone(self, asking: Asking, start: Row) -> list[Row]:
        """Ask about one; where the time limit is too short ask again with fewer flows, which is told as `limit`."""
        try:
            return await asking([start], deadlines.part(self.timeout_s), self.max_flows)
        except QueryCut:
            return await self._briefly(asking, start)

    async def _briefly(self, asking: Asking, start: Row) -> list[Row]:
        """Ask with fewer flows, and patiently: what took so long may have been the first planning of the query."""
        return await asking([start], self.timeout_s * PATIENCE, min(FEWER_FLOWS, self.max_flows))
