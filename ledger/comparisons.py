"""Two scoring runs in a row: the wallets that the later one found otherwise than they stood before it."""

from __future__ import annotations

from msgspec import Struct

from ledger.session import Connection

# The models of a run that count in its scores.
_COUNTED = "'$[*] ? (@.weight > 0 && @.skipped == null).model'"


class RunPair(Struct, frozen=True):
    """A finished run over `hops`, the one before it, and whether both were made in the same way, by the same models."""

    run: str
    number: int
    hops: int
    watermark: int
    before: str
    before_number: int
    before_watermark: int
    is_alike: bool


async def pair_of(connection: Connection, run: str) -> RunPair | None:
    """Return a finished run with the one that finished before it; None if there is none."""
    cursor = await connection.execute(
        "SELECT r.id AS run, r.number, r.hops, r.watermark, b.id AS before, b.number AS before_number,"
        f" b.watermark AS before_watermark, (r.hops, r.policy, jsonb_path_query_array(r.models::jsonb, {_COUNTED}))"
        f" = (b.hops, b.policy, jsonb_path_query_array(b.models::jsonb, {_COUNTED})) AS is_alike"
        " FROM scoring_runs r, LATERAL (SELECT * FROM scoring_runs o WHERE o.finished_at IS NOT NULL"
        "  AND (o.finished_at, o.number) < (r.finished_at, r.number)"
        "  ORDER BY o.finished_at DESC, o.number DESC LIMIT 1) b"
        " WHERE r.id = %s",
        (run,),
    )
    row = await cursor.fetchone()
    return RunPair(**row) if row else None


async def differing_wallets(
    connection: Connection, pair: RunPair, *, job: str, after: str = "", limit: int = 2_000
) -> list[str]:
    """Return, in order of key from `after` on, wallets whose numbers or category differ; a missing score is 0.

    Those whose change the job has told already are left out.
    """
    cursor = await connection.execute(
        "SELECT n.wallet FROM wallet_scores n"
        " LEFT JOIN LATERAL (SELECT * FROM (SELECT 0 AS rank, score, hop_score, hop_counts, illicit_source_share,"
        "   illicit_destination_share, category FROM rescores WHERE run = %(before)s AND wallet = n.wallet"
        "  UNION ALL SELECT 1, score, hop_score, hop_counts, illicit_source_share, illicit_destination_share, category"
        "   FROM wallet_scores WHERE run = %(before)s AND wallet = n.wallet) either ORDER BY rank LIMIT 1) o ON true"
        " WHERE n.run = %(run)s AND n.wallet > %(after)s AND (abs(n.score - coalesce(o.score, 0)) > 1e-12"
        "  OR abs(n.hop_score - coalesce(o.hop_score, 0)) > 1e-12"
        "  OR n.hop_counts <> coalesce(o.hop_counts, '{0,0,0}')"
        "  OR abs(n.illicit_source_share - coalesce(o.illicit_source_share, 0)) > 1e-12"
        "  OR abs(n.illicit_destination_share - coalesce(o.illicit_destination_share, 0)) > 1e-12"
        "  OR n.category IS DISTINCT FROM o.category)"
        " AND NOT EXISTS (SELECT FROM score_changes c WHERE c.wallet = n.wallet AND c.job = %(job)s)"
        " ORDER BY n.wallet LIMIT %(limit)s",
        {"before": pair.before_number, "run": pair.number, "after": after, "job": job, "limit": limit},
    )
    return [row["wallet"] for row in await cursor.fetchall()]
