"""The subgraph that a recorded exposure rests on, taken from the graph as it was at the watermark of the record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from evidence.pairs import pairs_of
from evidence.shapes import Cut, Met, Money, Moved, MovedParty, PartFlow, Side, Start
from graph.attribution_lists import attributions_about
from graph.clock import FOREVER
from graph.model import Attribution, Exposure
from graph.session import Graph, Row
from graph.taxonomy import Taxonomy, deciding_attribution
from jobs.services import Services

# What one wallet, and one side, may bring into a bundle: beyond, it is told as cut. A bundle is for people.
MOST_OF_WALLET, MOST_OF_SIDE, AT_ONCE = 2_000, 20_000, 25
PATIENCE_S = 20.0
NOBODY = ""


class Asked(Struct, frozen=True, kw_only=True):
    """What a recorded exposure was asked for: of the parties of a payment, or of a wallet."""

    exposure: Exposure
    starts: Mapping[str, int]
    start_stops: bool
    as_of: datetime | None
    valid_at: datetime


async def gather_money(services: Services, asked: Sequence[Asked], excluded: str | None) -> Money:
    """Return the subgraph behind recorded exposures; what a bound leaves out stands in `cut`."""
    met: dict[str, list[Attribution]] = {}
    walks = [await _Walk(services, one, excluded, met).walk() for one in asked]
    landings = {row["transaction"]: row for walk in walks for row in walk.rows}
    moved = await _transactions(services.graph, landings)
    pairs = {one.key: pairs_of(one) for one in moved}
    return Money(
        reference_currency=services.settings.reference_currency,
        excluded=excluded,
        sides=tuple(walk.side(pairs) for walk in walks),
        transactions=tuple(moved),
        attributions=tuple(one for _, said in sorted(met.items()) for one in sorted(said, key=lambda a: a.id)),
    )


class _Walk:
    """One side, level by level: what was met, whose flows were read, and what was too much."""

    def __init__(
        self, services: Services, asked: Asked, excluded: str | None, said: dict[str, list[Attribution]]
    ) -> None:
        self._graph, self._taxonomy = services.graph, services.taxonomy
        self._asked, self._excluded, self._said = asked, excluded or NOBODY, said
        # A payment's parties are themselves the first hop.
        self._hops = asked.exposure.hops - (1 if asked.start_stops else 0)
        self._met: dict[str, str | None] = {}
        self._opened: set[str] = set()
        self._cut: dict[str, str] = {}
        self.rows: list[Row] = []

    async def walk(self) -> _Walk:
        frontier = sorted(self._asked.starts)
        for level in range(self._hops + 1):
            await self._meet([key for key in frontier if key not in self._met])
            if level == self._hops:
                break
            is_start = level == 0 and not self._asked.start_stops
            following = [key for key in frontier if is_start or not self._stops(key)]
            new = [key for key in following if key not in self._opened and key not in self._cut]
            await self._open(new)
            reached = {row["other"] for row in self.rows if row["wallet"] in set(following)}
            frontier = sorted(reached)
        return self

    async def _meet(self, keys: list[str]) -> None:
        unknown = [key for key in keys if key not in self._said]
        for part in _slices(unknown, 1_000):
            self._said |= {key: [] for key in part}
            for one in await attributions_about(self._graph, part):
                self._said[one.wallet].append(one)
        for key in keys:
            decides = deciding_attribution(self._known(key), self._asked.valid_at, self._taxonomy)
            self._met[key] = decides.id if decides else None

    def _known(self, key: str) -> list[Attribution]:
        mark = self._asked.exposure.watermark
        return [
            one
            for one in self._said[key]
            if (one.seq or 0) <= mark and (one.withdrawn_seq is None or one.withdrawn_seq > mark)
        ]

    def _stops(self, key: str) -> bool:
        decides = next((one for one in self._said[key] if one.id == self._met[key]), None)
        return decides is not None and _is_stop(self._taxonomy, decides.category)

    async def _open(self, keys: list[str]) -> None:
        for part in _slices(keys, AT_ONCE):
            if len(self.rows) >= MOST_OF_SIDE:
                self._cut |= dict.fromkeys(part, "size")
                continue
            by_wallet: dict[str, list[Row]] = defaultdict(list)
            for row in await self._read(part):
                by_wallet[row["wallet"]].append(row)
            for key in part:
                self._take(key, by_wallet[key])

    def _take(self, key: str, rows: list[Row]) -> None:
        if any(row["pool"] for row in rows):
            self._cut[key] = "pool"
        elif len(rows) > MOST_OF_WALLET:
            self._cut[key] = "size"
        else:
            self._opened.add(key)
            self.rows += rows

    async def _read(self, keys: Sequence[str]) -> list[Row]:
        asked = self._asked
        return await self._graph.read(
            f"evidence_{asked.exposure.direction}",
            timeout_s=PATIENCE_S,
            keys=list(keys),
            excluded=self._excluded,
            as_of=asked.as_of or FOREVER,
            watermark=asked.exposure.watermark,
            each=MOST_OF_WALLET + 1,
        )

    def side(self, pairs: Mapping[str, Mapping[tuple[str, str], int]]) -> Side:
        """Return what was walked, with the value of each flow as its transactions give it."""
        asked = self._asked
        return Side(
            direction=asked.exposure.direction,
            hops=self._hops,
            start_stops=asked.start_stops,
            watermark=asked.exposure.watermark,
            valid_at=asked.valid_at,
            as_of=asked.as_of,
            starts=tuple(Start(wallet, value) for wallet, value in sorted(asked.starts.items())),
            met=tuple(Met(key, said) for key, said in sorted(self._met.items())),
            opened=tuple(sorted(self._opened)),
            flows=tuple(self._flows(pairs)),
            cut=tuple(Cut(key, why) for key, why in sorted(self._cut.items())),
        )

    def _flows(self, pairs: Mapping[str, Mapping[tuple[str, str], int]]) -> list[PartFlow]:
        is_source = self._asked.exposure.direction == "source"
        made: dict[tuple[str, str], list[str]] = defaultdict(list)
        for row in self.rows:
            ends = (row["other"], row["wallet"]) if is_source else (row["wallet"], row["other"])
            if ends in pairs[row["transaction"]]:
                made[ends].append(row["transaction"])
        return [
            PartFlow(source, target, sum(pairs[key][source, target] for key in keys), tuple(sorted(keys)))
            for (source, target), keys in sorted(made.items())
        ]


def _slices(keys: Sequence[str], size: int) -> Iterator[list[str]]:
    for first in range(0, len(keys), size):
        yield list(keys[first : first + size])


def _is_stop(taxonomy: Taxonomy, category: str) -> bool:
    return category in taxonomy.categories and taxonomy.categories[category].stops


async def _transactions(graph: Graph, landings: Mapping[str, Row]) -> list[Moved]:
    found: list[Moved] = []
    for part in _slices(sorted(landings), 2_000):
        for row in await graph.read("evidence_transactions", timeout_s=PATIENCE_S, keys=part):
            found.append(_moved(row, landings[row["key"]]))
    return found


def _moved(row: Mapping[str, Any], landing: Row) -> Moved:
    inputs, outputs = (tuple(MovedParty(**party) for party in row[side]) for side in ("inputs", "outputs"))
    return Moved(
        key=row["key"],
        at=landing["at"],
        asset=row["asset"],
        value=row["value"],
        seq=landing["seq"],
        inputs=inputs,
        outputs=outputs,
    )
