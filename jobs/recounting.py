"""Scores of some wallets out of a count of the whole graph: where they are many, cheaper than one by one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import numpy as np
from msgspec import Struct

from graph.batch import Integers, Side, WalletColumns
from graph.columns import Network, read_network
from graph.model import Direction, WalletScore
from graph.recount import recount
from graph.session import Graph
from jobs.score_table import ScoreTable
from jobs.services import Services
from ledger.scores import ScoreRow

# Up to so many wallets are always asked for singly. Beyond, both sides of one near a hub cost about as much as reading
# and counting so many flows (measured: 0.1 to 0.5 s against 8 µs a flow).
SINGLY, FLOWS_PER_WALLET = 4, 20_000


class Scored(Struct, frozen=True):
    """Scores, and levels of source and destination to be stored with them.

    None keeps what is stored; a wallet that is missing loses what it has.
    """

    scores: list[WalletScore]
    levels: Mapping[str, tuple[bytes | None, bytes | None]]


async def is_many(graph: Graph, wallets: int) -> bool:
    """Whether it takes less to read and count the whole graph than to ask for so many wallets singly."""
    if wallets <= SINGLY:
        return False
    return wallets * FLOWS_PER_WALLET > int((await graph.read("count_flows"))[0]["flows"])


async def recount_scores(services: Services, keys: Sequence[str], *, hops: int, run: str, watermark: int) -> Scored:
    """Score these wallets as a run over `hops` does, to the same bytes; unknown ones are left out."""
    network = await read_network(services.graph, services.taxonomy)
    table, levels = await asyncio.to_thread(_count, services, network, keys, hops, run)
    return Scored(scores_of(table, run=run, watermark=watermark), levels)


def scores_of(table: ScoreTable, *, run: str, watermark: int) -> list[WalletScore]:
    """The rows of a table as scores of a run."""
    now = datetime.now(UTC)
    return [_score(row, run=run, watermark=watermark, scored_at=now) for row in table.rows(0, len(table))]


def _count(
    services: Services, network: Network, keys: Sequence[str], hops: int, run: str
) -> tuple[ScoreTable, dict[str, tuple[bytes | None, bytes | None]]]:
    counted = recount(network, hops=hops, taxonomy=services.taxonomy)
    index = {key: place for place, key in enumerate(network.keys)}
    places = np.asarray(sorted(index[key] for key in keys if key in index), dtype=np.int64)
    wallets = _wallets_at(counted.wallets, places)
    sides: Mapping[Direction, Side] = {direction: side.at(places) for direction, side in counted.sides.items()}
    table = ScoreTable(wallets, dict(sides), services.taxonomy, services.policy)
    source, destination = (counted.sides[direction].packed(len(index), run) for direction in counted.sides)
    return table, {network.keys[i]: (source[i], destination[i]) for i in places.tolist()}


def _wallets_at(wallets: WalletColumns, places: Integers) -> WalletColumns:
    return WalletColumns(
        keys=[wallets.keys[i] for i in places.tolist()],
        categories=[wallets.categories[i] for i in places.tolist()],
        in_values=wallets.in_values[places],
        out_values=wallets.out_values[places],
        in_degrees=wallets.in_degrees[places],
        out_degrees=wallets.out_degrees[places],
        hop_counts=wallets.hop_counts[places],
    )


def _score(row: ScoreRow, *, run: str, watermark: int, scored_at: datetime) -> WalletScore:
    return WalletScore(
        wallet=row[0],
        run=run,
        score=row[1],
        hop_score=row[2],
        hop_counts=row[3],
        in_degree=row[4],
        out_degree=row[5],
        illicit_source_share=row[6],
        illicit_destination_share=row[7],
        category=row[8],
        source=row[9],
        destination=row[10],
        signals=tuple(row[11]),
        watermark=watermark,
        scored_at=scored_at,
    )
