"""All wallets by every method, from one reading of all transfers: a job, and whose score depends on the method."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, get_args

import numpy as np

from graph.batch import Floats, Side, WalletColumns
from graph.columns import Network
from graph.methods.ground import lay_ground
from graph.methods.sides import kinds_of, side_of
from graph.methods.tracing import TimedMethod, trace_transfers
from graph.model import Direction, Job, Method
from graph.recount import recount_side
from graph.taxonomy import Taxonomy
from graph.transfers import Transfers
from jobs.method_opinions import ALERTING
from jobs.runner import Done
from jobs.services import Services
from ledger import audit
from ledger.methods import MethodComparison, MethodScore, replace_method_scores

if TYPE_CHECKING:
    from jobs.runner import Progress

COMPARED = "methods.compared"
DIRECTIONS: tuple[Direction, ...] = ("source", "destination")
_TIMED: tuple[TimedMethod, ...] = get_args(TimedMethod)


async def compare_all_methods(services: Services, job: Job, progress: Progress) -> Done:
    """Trace every wallet by every method, both sides, and put the scores in the place of those before."""
    book = await services.current_book()
    hops, threshold = int(job.arguments["hops"]), book.policy.thresholds[ALERTING]
    await progress("reading what landed", 0, 2 * len(_TIMED) + 3)
    current = await services.transfers.current(services.graph, services.taxonomy)
    transfers, watermark = current.transfers, current.watermark
    scores: list[MethodScore] = []
    for number, direction in enumerate(DIRECTIONS):
        await progress(f"{direction}: {len(transfers.values):,} transfers by each method", 1 + 3 * number)
        told = await asyncio.to_thread(_scores, transfers, direction, hops, services.taxonomy)
        scores += _rows(transfers.keys, direction, told, threshold)
    sensitive = sum(one.sensitive for one in scores)
    comparison = MethodComparison(
        job=job.id,
        hops=hops,
        policy=book.policy.id,
        threshold=threshold,
        watermark=watermark,
        wallets=len(transfers.keys),
        sensitive=sensitive,
    )
    await progress("storing", 2 * len(_TIMED) + 2)
    async with services.ledger.transaction() as connection:
        await replace_method_scores(connection, comparison, scores)
    found = {
        "wallets": len(transfers.keys),
        "sensitive": sensitive,
        "watermark": watermark,
        "hops": hops,
        "read": current.landed,
    }
    return Done(found, (audit.EventDraft("worker", COMPARED, job.id, found),))


def _scores(transfers: Transfers, direction: Direction, hops: int, taxonomy: Taxonomy) -> dict[Method, Floats]:
    """The score of that side of every wallet by each method."""
    severities = {name: taxonomy.get(name).severity for name in taxonomy.illicit}
    haircut = _haircut(transfers, direction, hops, taxonomy)
    found: dict[Method, Floats] = {"haircut": _weighed(haircut, severities, len(transfers.keys))}
    kinds, names = kinds_of(transfers.categories, taxonomy)
    ground = lay_ground(transfers, kinds, direction=direction, hops=hops)
    for method in _TIMED:
        side = side_of(trace_transfers(ground, method), names, direction)
        found[method] = _weighed(side, severities, len(transfers.keys))
    worst = np.zeros(len(transfers.keys))
    for name, pushed in haircut.categories.items():
        worst = np.maximum(worst, np.where(pushed.share > 0, severities.get(name, 0.0), 0.0))
    return found | {"poison": worst}


def _haircut(transfers: Transfers, direction: Direction, hops: int, taxonomy: Taxonomy) -> Side:
    """The haircut over all time of the same transfers, as the batch computes it."""
    n = len(transfers.keys)
    pairs, place = np.unique(transfers.payers.astype(np.int64) * n + transfers.payees, return_inverse=True)
    values = np.zeros(len(pairs), np.int64)
    np.add.at(values, place, transfers.values)
    network = Network(transfers.keys, transfers.categories, pairs // n, pairs % n, values, ())
    nothing = np.zeros(n, np.int64)
    wallets = WalletColumns(
        transfers.keys,
        transfers.categories,
        transfers.received(),
        transfers.sent(),
        nothing,
        nothing,
        np.zeros((n, 3), np.int64),
    )
    return recount_side(network, wallets, direction=direction, hops=hops, taxonomy=taxonomy)


def _weighed(side: Side, severities: Mapping[str, float], wallets: int) -> Floats:
    score = np.zeros(wallets)
    for name, pushed in side.categories.items():
        score += severities.get(name, 0.0) * pushed.share
    return np.minimum(score, 1.0)


def _rows(
    keys: list[str], direction: Direction, scores: Mapping[Method, Floats], threshold: float
) -> Iterator[MethodScore]:
    """A row for each wallet of which some method says something."""
    everything = np.stack([scores[method] for method in get_args(Method)], axis=1)
    above = (everything >= threshold).sum(axis=1)
    sensitive = (above > 0) & (above < everything.shape[1])
    conserving = everything[:, :3]
    spread = conserving.max(axis=1) - conserving.min(axis=1)
    for place in np.flatnonzero(everything.any(axis=1)).tolist():
        named = dict(zip(get_args(Method), everything[place].tolist(), strict=True))
        yield MethodScore(
            wallet=keys[place],
            direction=direction,
            sensitive=bool(sensitive[place]),
            spread=float(spread[place]),
            **named,
        )
