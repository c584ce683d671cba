"""Scores of a run or of a re-screening, written to the wallets they are about."""

from __future__ import annotations

from collections.abc import Sequence

from graph.model import WalletScore
from graph.session import Graph

CHUNK = 20_000


async def store_scores(
    graph: Graph,
    *,
    keys: Sequence[str],
    scores: Sequence[float],
    hop_scores: Sequence[float],
    sources: Sequence[float],
    destinations: Sequence[float],
    run: str,
    watermark: int,
) -> None:
    """Write one number per wallet and kind; sequences run in parallel. Repeatable."""
    for first in range(0, len(keys), CHUNK):
        part = slice(first, first + CHUNK)
        await graph.batched(
            "store_scores",
            keys=keys[part],
            scores=scores[part],
            hop_scores=hop_scores[part],
            sources=sources[part],
            destinations=destinations[part],
            run=run,
            watermark=watermark,
        )


async def store_rescores(graph: Graph, scores: Sequence[WalletScore]) -> None:
    """Write re-screened scores; what a later watermark wrote stays. Repeatable."""
    for first in range(0, len(scores), CHUNK):
        await graph.batched("store_rescores", rows=[_row(score) for score in scores[first : first + CHUNK]])


def _row(score: WalletScore) -> dict[str, str | float | int]:
    return {
        "key": score.wallet,
        "score": score.score,
        "hop_score": score.hop_score,
        "source": score.illicit_source_share,
        "destination": score.illicit_destination_share,
        "run": score.run,
        "watermark": score.watermark,
    }
