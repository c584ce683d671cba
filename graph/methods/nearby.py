"""One wallet by a method that respects time: the transfers within its hops are read, level by level, and gone through.

What lies further away is beyond the hop limit whatever it is made of, so that the answer is that of all transfers.
"""

from __future__ import annotations

import asyncio
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from graph.assembly import assemble, traced_row
from graph.attribution_lists import attributions_about
from graph.batch import END
from graph.errors import QueryCut
from graph.methods.ground import CUT, OPEN, PASSES, Met, lay_ground
from graph.methods.tracing import TimedMethod, trace_transfers
from graph.model import Exposure
from graph.overlays import Said
from graph.session import Row
from graph.taxonomy import current_attribution
from graph.tracing import Tracing
from graph.transfers import Transfers, pool_pairs, rows_of_pairs

_COLUMNS = ("sources", "targets", "values", "times", "seqs", "positions")
_ATTRIBUTED_AT_ONCE = 5_000


class Nearby(Struct, frozen=True):
    """Transfers around a wallet, what stopping and pass-through wallets are, and which were too busy to be read."""

    transfers: Transfers
    said: dict[str, Said]
    cut: frozenset[str]


async def read_nearby(tracing: Tracing, key: str) -> Nearby:
    """Read all transfers of the wallets that tracing passes within `hops`, under the clock, and what they are.

    A level that would pass the bound of flows, in transactions, or takes too long is not read: `cut` has its wallets.
    """
    gathered, level = _Gathered(tracing), [key]
    await gathered.find_out(level)  # money that comes back to a listed wallet stops there
    for _ in range(tracing.hops):
        level = await gathered.ask(level)
        if not level:
            break
    return gathered.nearby(key)


async def expose_by(
    method: TimedMethod, haircut: Exposure, tracing: Tracing, nearby: Nearby
) -> tuple[Exposure, list[Row]]:
    """The exposure of a wallet by a method, and the rows it is made of.

    `haircut` is the same wallet's, of which it takes what no method changes.
    """
    # Some tenths of a second of arithmetic: other requests are answered meanwhile.
    rows = await asyncio.to_thread(_rows, method, haircut.wallet, tracing, nearby)
    found = assemble(
        rows if haircut.total_value else [],
        subject=haircut.wallet,
        tracing=tracing,
        first_hop=1,
        total=haircut.total_value,
        coverage=haircut.coverage,
        watermark=haircut.watermark,
    )
    bounds = {"flows": len(nearby.transfers.values), "max_flows": tracing.limits.max_flows}
    return replace(found, method=method, **bounds), rows


class _Gathered:
    """The answers so far, of each level."""

    def __init__(self, tracing: Tracing) -> None:
        self._tracing, self._columns = tracing, {name: list[Any]() for name in _COLUMNS}
        self._asked, self._cut, self._landings = set[str](), set[str](), set[int]()
        self._said = dict[str, Said]()
        self._count = 0

    async def ask(self, level: list[str]) -> list[str]:
        """Read the transfers of a level; returns the wallets at their other end that tracing passes."""
        tracing, limits = self._tracing, self._tracing.limits
        times = tracing.clock.parameters()
        bounds = {"as_of": times["as_of"], "known_at": times["known_at"]}
        left = limits.max_flows - self._count
        self._asked.update(level)
        try:
            found = await tracing.graph.read(
                "transfers_of", timeout_s=limits.timeout_s, keys=level, max_transactions=left, **bounds
            )
        except QueryCut:
            self._cut.update(level)
            return []
        self._count += found[0]["transactions"]
        if found[0]["transactions"] > left:
            self._cut.update(level)
            return []
        return await self.find_out(self._take(found[0], set(level)))

    def _take(self, row: Row, level: set[str]) -> list[str]:
        """Keep what was not read before; returns who gives to the level, or takes from it."""
        parts = [row, *({"sources": p["payers"], "targets": p["payees"], **p} for p in map(pool_pairs, row["pools"]))]
        met, known, is_source = dict[str, None](), frozenset(self._landings), self._tracing.direction == "source"
        for part in parts:
            for one in zip(*(part[name] for name in _COLUMNS), strict=True):
                near, far = (one[1], one[0]) if is_source else (one[0], one[1])
                if near in level and one[2] > 0:
                    met[far] = None
                if one[4] not in known:
                    self._landings.add(one[4])
                    for name, value in zip(_COLUMNS, one, strict=True):
                        self._columns[name].append(value)
        return [key for key in met if key not in self._asked]

    async def find_out(self, met: list[str]) -> list[str]:
        """Find out what wallets are that were not met before; returns those at which tracing does not stop."""
        times, taxonomy = self._tracing.clock.parameters(), self._tracing.taxonomy
        for first in range(0, len(met), _ATTRIBUTED_AT_ONCE):
            about = await attributions_about(self._tracing.graph, met[first : first + _ATTRIBUTED_AT_ONCE])
            for key in {one.wallet for one in about}:
                given = [one for one in about if one.wallet == key]
                decides = current_attribution(given, times["valid_at"], taxonomy, known_at=times["known_at"])
                if decides is not None:
                    self._said[key] = Said(decides.category, decides.actor, decides.id)
        return [key for key in met if not self._stops(key)]

    def _stops(self, key: str) -> bool:
        said = self._said.get(key)
        return said is not None and self._tracing.taxonomy.get(said.category).stops

    def nearby(self, key: str) -> Nearby:
        """All of it, in the order in which it happened."""
        columns = self._columns
        keys = dict.fromkeys((key, *columns["sources"], *columns["targets"]), "")
        payers, payees = columns["sources"], columns["targets"]
        rest = {name: columns[name] for name in ("values", "times", "seqs", "positions")}
        return Nearby(
            rows_of_pairs((), payers=payers, payees=payees, **rest).ordered(keys), self._said, frozenset(self._cut)
        )


def _rows(method: TimedMethod, key: str, tracing: Tracing, nearby: Nearby) -> list[Row]:
    """Trace, and tell what the wallet was given in the shape of the rows that queries return."""
    taxonomy, keys = tracing.taxonomy, nearby.transfers.keys
    stops = {one: said for one, said in nearby.said.items() if taxonomy.get(said.category).stops}
    saids = list(dict.fromkeys(stops.values()))
    numbers = {said: number for number, said in enumerate(saids)}
    passes = nearby.said.keys() - stops.keys()
    kinds = [
        numbers[stops[one]] if one in stops else CUT if one in nearby.cut else PASSES if one in passes else OPEN
        for one in keys
    ]
    if key in nearby.cut:
        return [traced_row(0, "limit", 1.0)]
    ground = lay_ground(nearby.transfers, kinds, direction=tracing.direction, hops=tracing.hops)
    return _told(trace_transfers(ground, method), keys.index(key), saids, tracing)


def _told(met: Met, place: int, saids: list[Said], tracing: Tracing) -> list[Row]:
    total, hops = max(1, int(met.totals[place])), range(1, tracing.hops + 1)
    rows = [traced_row(hop, END[tracing.direction], float(met.end[place, hop - 1]) / total) for hop in hops]
    for said, units in zip(saids, met.kinds, strict=False):
        named = {"category": said.category, "actor": said.actor, "attribution": said.attribution}
        rows += [traced_row(hop, "category", float(units[place, hop - 1]) / total, **named) for hop in hops]
    rows.append(traced_row(tracing.hops, "hop_limit", float(met.hop_limit[place]) / total))
    rows.append(traced_row(tracing.hops, "limit", float(met.limit[place]) / total))
    rows = [row for row in rows if row["share"]]
    return [*rows, traced_row(1, "followed", 0.0, passed=float(met.passed[place]) / total)]
