"""Scores of a run or of a re-screening, written to the wallets they are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter

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
    illicit_neighbours: Sequence[int],
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
            illicit_neighbours=illicit_neighbours[part],
            source_levels=source_levels[part],
            destination_levels=destination_levels[part],
            run=run,
            watermark=watermark,
        )


async def store_rescores(
    graph: Graph, scores: Sequence[WalletScore], levels: Mapping[str, tuple[bytes | None, bytes | None]]
) -> None:
    """Write re-screened scores of one watermark: all of them, or none if a later one has been written. Repeatable.

    `levels` are those of source and destination, None where they stay; a wallet that is not in it loses those it had.
    They go together: what one wallet is stored with counts on what those before it are stored with.
    """
    if scores:
        rows = [_row(score, levels.get(score.wallet, LOST)) for score in sorted(scores, key=attrgetter("wallet"))]
        await graph.write("store_rescores", rows=rows, watermark=scores[0].watermark)


def _row(score: WalletScore, levels: tuple[bytes | None, bytes | None]) -> dict[str, object]:
    properties = {
        "score": score.score,
        "hop_score": score.hop_score,
        "illicit_source_share": score.illicit_source_share,
        "illicit_destination_share": score.illicit_destination_share,
        "illicit_neighbours": score.hop_counts[1],
        "run": score.run,
    }
    # Only what is written anew: a vector takes the store longer than all the rest.
    written = zip(("source_levels", "destination_levels"), levels, strict=True)
    return {"key": score.wallet, "properties": properties | {name: one for name, one in written if one is not None}}
