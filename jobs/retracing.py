"""Scores of the wallets that marks reach, out of what changed and of what is stored of them and their counterparties.

That is true where nothing but those wallets can have changed: where all pending marks are looked at together.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from msgspec import Struct

from graph.batch import END, Integers, Pushed, Side, WalletColumns
from graph.errors import Disturbed
from graph.levels import LevelFormat
from graph.live import HopCounts, hop_counts_of_many
from graph.marks import Reach, SideReach
from graph.model import Direction, WalletScore
from graph.retracing import Retraced, retrace, without_store
from graph.surroundings import read_surroundings
from graph.taxonomy import Taxonomy
from graph.together import together
from jobs.recounting import Scored, scores_of
from jobs.score_table import ScoreTable
from jobs.services import Services


class Surrounded(Struct, frozen=True):
    """What the graph says now of the wallets that marks reach; a side is None where levels are missing."""

    counts: dict[str, HopCounts]
    source: Retraced | None
    destination: Retraced | None


async def retrace_reached(services: Services, reached: Reach, *, hops: int, run: str) -> Surrounded:
    """Look at each side of the wallets that a mark can have changed, and count around those near one.

    Raises Disturbed where that has to be begun again.
    """
    answers: list[Any] = await together(
        hop_counts_of_many(services.graph, sorted(reached.near), stored=not reached.is_illicit_changed),
        _side(services, reached, "source", hops, run),
        _side(services, reached, "destination", hops, run),
    )
    return Surrounded(*answers)


def score_reached(
    services: Services,
    reached: Reach,
    found: Surrounded,
    before: Mapping[str, WalletScore],
    *,
    run: str,
    watermark: int,
) -> Scored | None:
    """Score the wallets reached as a run would, to the same bytes; None where that takes tracing anew.

    `before` are their stored scores: they answer for a side, or for what is counted around, that no mark has reached.
    """
    source, destination, keys = found.source, found.destination, sorted(reached.seeds)
    if source is None or destination is None or not _is_whole(reached, before):
        return None
    wallets = _wallets(keys, before, found.counts, (source, destination))
    filled: dict[Direction, Side] = {
        "source": _filled(wallets, before, source, "source", services.taxonomy),
        "destination": _filled(wallets, before, destination, "destination", services.taxonomy),
    }
    table = ScoreTable(wallets, filled, services.taxonomy, services.policy)
    known = [dict(zip(one.keys, one.levels, strict=True)) for one in (source, destination)]
    levels = {key: (known[0].get(key), known[1].get(key)) for key in keys}
    return Scored(scores_of(table, run=run, watermark=watermark), levels)


def _is_whole(reached: Reach, before: Mapping[str, WalletScore]) -> bool:
    """Whether everything of every wallet is either looked at or stored."""
    looked_at = reached.source.wallets & reached.destination.wallets & reached.near
    return all(key in before or key in looked_at for key in reached.seeds)


async def _side(services: Services, reached: Reach, direction: Direction, hops: int, run: str) -> Retraced | None:
    side: SideReach = getattr(reached, direction)
    asked: dict[str, Any] = {"direction": direction, "hops": hops, "taxonomy": services.taxonomy, "run": run}
    new = LevelFormat.of(services.taxonomy, hops).head(run)
    for _ in range(hops):
        found = await read_surroundings(services.graph, side, direction, new=new)
        if not found.labelled <= reached.labelled:
            raise Disturbed("a wallet got another category: what that reaches is not known yet")
        if not (alone := without_store(found, **asked)):
            return await asyncio.to_thread(partial(retrace, found, **asked))
        side = side.counting(alone)
    return None


def _wallets(
    keys: list[str],
    before: Mapping[str, WalletScore],
    counts: Mapping[str, HopCounts],
    found: Sequence[Retraced],
) -> WalletColumns:
    """What the graph says now of those it was asked about; of the others nothing has changed."""
    said = {key: (score.category or "", *_sums(score)) for key, score in before.items()}
    for one in found:
        said.update(zip(one.keys, zip(one.categories, one.in_values, one.out_values, strict=True), strict=True))
    around = np.asarray([_around(counts.get(key), before.get(key)) for key in keys], dtype=np.int64)
    return WalletColumns(
        keys=keys,
        categories=[said[key][0] for key in keys],
        in_values=np.asarray([said[key][1] for key in keys], dtype=np.int64),
        out_values=np.asarray([said[key][2] for key in keys], dtype=np.int64),
        in_degrees=around[:, 0],
        out_degrees=around[:, 1],
        hop_counts=around[:, 2:],
    )


def _sums(score: WalletScore) -> tuple[int, int]:
    return score.source["total_value"], score.destination["total_value"]


def _around(counts: HopCounts | None, before: WalletScore | None) -> tuple[int, int, int, int, int]:
    """Degrees, and illicit wallets at each distance."""
    if counts is not None:
        return counts.in_degree, counts.out_degree, counts.at_0, counts.at_1, counts.at_2
    if before is None:
        raise ValueError("a wallet that is new was not counted")
    return before.in_degree, before.out_degree, *before.hop_counts


def _filled(
    wallets: WalletColumns, before: Mapping[str, WalletScore], found: Retraced, direction: Direction, taxonomy: Taxonomy
) -> Side:
    """One side of all the wallets: as found, or as it is stored where it was not looked for."""
    n, index = len(wallets.keys), {key: place for place, key in enumerate(wallets.keys)}
    places = np.asarray([index[key] for key in found.keys], dtype=np.int64)
    side = _spread(found.side, places, n, direction, taxonomy)
    for place in set(range(n)).difference(places.tolist()):
        document = getattr(before[wallets.keys[place]], direction)
        side.passed_through[place] = document["passed_through"]
        for name, (share, direct, hops) in document["categories"].items():
            pushed = side.categories[name]
            pushed.share[place], pushed.direct[place], pushed.hops[place] = share, direct, hops
        for name, share in document["residuals"].items():
            side.residuals[name][place] = share
    return side


def _spread(side: Side, places: Integers, n: int, direction: Direction, taxonomy: Taxonomy) -> Side:
    """The columns of some wallets among n, zero elsewhere."""
    stopping = [name for name in taxonomy.names if name not in taxonomy.passing]
    categories = {
        name: Pushed(np.zeros(n, np.float64), np.zeros(n, np.float64), np.zeros(n, np.int8)) for name in stopping
    }
    residuals = {name: np.zeros(n, np.float64) for name in (END[direction], "hop_limit")}
    for name, pushed in side.categories.items():
        to = categories[name]
        to.share[places], to.direct[places], to.hops[places] = pushed.share, pushed.direct, pushed.hops
    for name, shares in side.residuals.items():
        residuals[name][places] = shares
    passed = np.zeros(n, np.float64)
    passed[places] = side.passed_through
    return Side(categories, residuals, passed)
