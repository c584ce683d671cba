"""Scores of a run or of a re-screening, written to the wallets they are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graph.errors import Disturbed
from graph.model import WalletScore
from graph.session import Graph

CHUNK = 20_000
LOST = (b"", b"")


async def claim_scores(graph: Graph, *, is_run: bool = False) -> int:
    """Take the right to write scores from everybody who began before; what they have read is not what is stored then.

    A re-screening does not take it from a run. Returns the number to write with.
    """
    [row] = await graph.write("claim_scores", is_run=is_run)
    return int(row["runs" if is_run else "writers"])


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
    model_scores: Sequence[float | None] = (),
    run: str,
    watermark: int,
    claim: int,
) -> None:
    """Write one number per wallet and kind; sequences run in parallel, `model_scores` may be empty. Repeatable.

    Raises Disturbed once another run has claimed to write.
    """
    for first in range(0, len(keys), CHUNK):
        part = slice(first, first + CHUNK)
        [row] = await graph.batched(
            "store_scores",
            keys=keys[part],
            scores=scores[part],
            hop_scores=hop_scores[part],
            sources=sources[part],
            destinations=destinations[part],
            illicit_neighbours=illicit_neighbours[part],
            source_levels=source_levels[part],
            destination_levels=destination_levels[part],
            model_scores=model_scores[part],
            run=run,
            watermark=watermark,
            claim=claim,
        )
        if row["stored"] < len(keys[part]):
            raise Disturbed("another scoring run has begun to write")


async def store_rescores(
    graph: Graph,
    scores: Sequence[WalletScore],
    levels: Mapping[str, tuple[bytes | None, bytes | None]],
    claim: int,
) -> None:
    """Write re-screened scores: all of them, or none and raise Disturbed if there is a later claim. Repeatable.

    `levels` are those of source and destination, None where they stay; a scored wallet that is not in it loses those it
    had. Those of wallets without a score here are written, too.
    They go together: what one wallet is stored with counts on what those before it are stored with.
    """
    if scores:
        of = {score.wallet: _numbers(score) for score in scores}
        rows = [
            {"key": key, "properties": of.get(key, {}) | _written(levels.get(key, LOST))}
            for key in sorted(of.keys() | levels.keys())
        ]
        [row] = await graph.write("store_rescores", rows=rows, claim=claim)
        if not row["stored"]:
            raise Disturbed("somebody else has begun to write scores")


def _numbers(score: WalletScore) -> dict[str, object]:
    return {
        "score": score.score,
        "hop_score": score.hop_score,
        "illicit_source_share": score.illicit_source_share,
        "illicit_destination_share": score.illicit_destination_share,
        "illicit_neighbours": score.hop_counts[1],
        "run": score.run,
        "scored_seq": score.watermark,
    }


def _written(levels: tuple[bytes | None, bytes | None]) -> dict[str, object]:
    # Only what is written anew: a vector takes the store longer than all the rest.
    named = zip(("source_levels", "destination_levels"), levels, strict=True)
    return {name: one for name, one in named if one is not None}
