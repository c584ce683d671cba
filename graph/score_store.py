"""Scores of a run or of a re-screening, written to the wallets they are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graph.model import WalletScore
from graph.session import Graph

CHUNK = 20_000
LOST = (b"", b"")


async def store_scores(
    graph: Graph,
    *,
    keys: Sequence[str],
    scores: Sequence[float],
    hop_scores: Sequence[float],
    sources: Sequence[float],
    destinations: Sequence[float],
    source_levels: Sequence[bytes],
    destination_levels: Sequence[bytes],
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
            source_levels=source_levels[part],
            destination_levels=destination_levels[part],
            run=run,
            watermark=watermark,
        )


async def store_rescores(
    graph: Graph, scores: Sequence[WalletScore], levels: Mapping[str, tuple[bytes | None, bytes | None]]
) -> None:
    """Write re-screened scores; what a later watermark wrote stays. Repeatable.

    `levels` are those of source and destination, None where they stay; a wallet that is not in it loses those it had.
    """
    for first in range(0, len(scores), CHUNK):
        part = scores[first : first + CHUNK]
        await graph.batched("store_rescores", rows=[_row(score, levels.get(score.wallet, LOST)) for score in part])


def _row(score: WalletScore, levels: tuple[bytes | None, bytes | None]) -> dict[str, object]:
    return {
        "key": score.wallet,
        "score": score.score,
        "hop_score": score.hop_score,
        "source": score.illicit_source_share,
        "destination": score.illicit_destination_share,
        "run": score.run,
        "watermark": score.watermark,
        "source_levels": levels[0],
        "destination_levels": levels[1],
    }
