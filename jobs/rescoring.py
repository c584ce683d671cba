"""Scores of many wallets computed from the flows as they are now: what re-screening and its checks rest on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from graph.errors import QueryCut
from graph.exposure import get_exposures
from graph.live import hop_counts_of_many
from graph.model import Direction, Exposure, WalletScore
from graph.score_store import LOST
from graph.together import together
from jobs.recounting import Scored, is_many, recount_scores
from jobs.runner import Progress
from jobs.scoring import DIRECTIONS, score_of
from jobs.services import PATIENT, Services

CHUNK = 500


async def score_many(
    services: Services, keys: Sequence[str], *, hops: int, run: str, watermark: int, progress: Progress | None = None
) -> Scored:
    """Score these wallets as a run over `hops` would now; unknown ones are left out.

    `watermark` is that of the graph before this was called. Raises QueryCut for a wallet with too many flows in reach.
    """
    if await is_many(services.graph, len(keys)):
        return await recount_scores(services, keys, hops=hops, run=run, watermark=watermark)
    scores: list[WalletScore] = []
    for first in range(0, len(keys), CHUNK):
        if progress is not None and len(keys) > CHUNK:
            await progress("recomputing wallets", first, len(keys))
        part = await _score(services, keys[first : first + CHUNK], hops, run)
        scores += [replace(score, watermark=watermark) for score in part]
    return Scored(scores, dict.fromkeys(keys, LOST))


async def _score(services: Services, keys: Sequence[str], hops: int, run: str) -> list[WalletScore]:
    answers: list[dict[str, Any]] = await together(
        hop_counts_of_many(services.graph, keys),
        *(_side(services, keys, hops, direction) for direction in DIRECTIONS),
    )
    counts, source, destination = answers
    return [
        score_of(services, key, counts[key], source[key], destination[key], run=run) for key in keys if key in counts
    ]


async def _side(services: Services, keys: Sequence[str], hops: int, direction: Direction) -> dict[str, Exposure]:
    found = await get_exposures(services.tracing(direction, hops, limits=PATIENT), keys)
    if cut := [exposure.wallet for exposure in found if not exposure.exact]:
        raise QueryCut(f"the exposure of {cut[0]} has more than {PATIENT.max_flows:,} flows in reach")
    return {exposure.wallet: exposure for exposure in found}
