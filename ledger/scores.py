"""Wallet scores of a run: copied in while it runs, read once it is finished, with what was re-screened since."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import Any, LiteralString

import msgspec

from graph.errors import NotFound
from graph.model import ModelSignal, WalletScore
from ledger.canonical import canonical_json
from ledger.run_rows import require_rows
from ledger.session import Connection, Row

# The fields of WalletScore, in order, but for those of the run: wallet, score, hop_score, hop_counts,
# in_degree, out_degree, illicit shares (source, destination), category, source, destination, signals.
ScoreRow = tuple[
    str,
    float,
    float,
    tuple[int, int, int],
    int,
    int,
    float,
    float,
    str | None,
    dict[str, Any],
    dict[str, Any],
    Sequence[ModelSignal],
]
# What models and exposure hold of a wallet: exposure value, model value, model share, disagreement.
Judged = tuple[float | None, float | None, float | None, float | None]
UNJUDGED: Judged = (None, None, None, None)
# Where a page ended: run, score, hop_score and wallet of its last row.
Position = tuple[str, float, float, str]

_COLUMNS = (
    "wallet, score, hop_score, hop_counts, in_degree, out_degree, illicit_source_share,"
    " illicit_destination_share, category, source, destination, signals"
)
_JUDGED = "exposure_value, model_value, model_share, disagreement"
_SELECT = (
    "SELECT s.wallet, r.id AS run, s.score, s.hop_score, s.hop_counts, s.in_degree, s.out_degree,"
    " s.illicit_source_share, s.illicit_destination_share, s.category, s.source::text, s.destination::text,"
    " s.signals::text, s.watermark, s.scored_at"
)
# A wallet's row is what a later change made of it, else what the run found. The row looked for is no join, so that the
# planner keeps reading the run's index in order, whatever it believes of the tables.
_OF_RUN = (
    f"SELECT {_COLUMNS}, r.watermark, r.finished_at AS scored_at FROM wallet_scores w WHERE w.run = r.number"
    " AND (SELECT true FROM rescores x WHERE x.run = w.run AND x.wallet = w.wallet) IS NULL"
)
_RESCORED = f"SELECT {_COLUMNS}, watermark, scored_at FROM rescores w WHERE w.run = r.number"
_LATEST_RUN = (
    "(SELECT * FROM scoring_runs WHERE finished_at IS NOT NULL ORDER BY finished_at DESC, number DESC LIMIT 1) r"
)
_SAME_RUN = "(SELECT * FROM scoring_runs WHERE id = %(run)s AND finished_at IS NOT NULL) r"
# The first comparison is where the index begins.
_AFTER = (
    " AND score <= %(score)s AND (score < %(score)s OR hop_score < %(hop_score)s"
    " OR (hop_score = %(hop_score)s AND wallet > %(wallet)s))"
)
# Those with a category have an index of their own, for they may be few. The others take a CASE, of which the planner
# expects half of the rows, as long as it has no statistics of a new run: of a plain IS NULL it expects so few that it
# would read and sort the whole run.
_ATTRIBUTED = {
    None: "",
    True: " AND category IS NOT NULL",
    False: " AND CASE WHEN category IS NULL THEN true ELSE false END",
}
_ORDER = "ORDER BY score DESC, hop_score DESC, wallet"
_signals = msgspec.json.Decoder(tuple[ModelSignal, ...])


async def clear_scores(connection: Connection, run: str) -> int:
    """Delete what an earlier attempt copied into an unfinished run; raises NotFound if there is none."""
    number = await _lock_unfinished(connection, run)
    cursor = await connection.execute("DELETE FROM wallet_scores WHERE run = %s", (number,))
    return cursor.rowcount


async def copy_scores(
    connection: Connection, run: str, rows: Iterable[ScoreRow], judged: Iterable[Judged] = repeat(UNJUDGED)
) -> int:
    """Copy rows into an unfinished run and return how many; may be called again with further wallets.

    `judged` goes with them, in the same order.
    Raises NotFound when there is no such run. The transaction needs a limit fit for the number of rows.
    """
    number = await _lock_unfinished(connection, run)
    count = 0
    async with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY wallet_scores (run, {_COLUMNS}, {_JUDGED}) FROM STDIN") as copy,
    ):
        for row, values in zip(rows, judged, strict=False):
            await copy.write_row((number, *row[:3], list(row[3]), *row[4:9], *map(canonical_json, row[9:]), *values))
            count += 1
    return count


async def find_score(connection: Connection, wallet: str) -> WalletScore | None:
    """Return the score in force of a wallet: of the run that finished last, or of a re-screening since."""
    return (await _find(connection, _LATEST_RUN, None, [wallet])).get(wallet)


async def find_scores(connection: Connection, run: str, wallets: Sequence[str]) -> dict[str, WalletScore]:
    """Return the scores of wallets in one finished run, as re-screened since; those without any are left out."""
    return await _find(connection, _SAME_RUN, run, wallets)


async def find_first_scores(connection: Connection, run: str, wallets: Sequence[str]) -> dict[str, WalletScore]:
    """Return the scores of wallets as one finished run found them, whatever was re-screened since."""
    found = await connection.execute(
        f"{_SELECT} FROM {_SAME_RUN} CROSS JOIN LATERAL (SELECT {_COLUMNS}, r.watermark, r.finished_at AS scored_at"
        " FROM wallet_scores w WHERE w.run = r.number AND w.wallet = ANY(%(wallets)s)) s",
        {"run": run, "wallets": list(wallets)},
    )
    return {row["wallet"]: _score(row) for row in await found.fetchall()}


async def model_shares(connection: Connection, run: str) -> dict[str, float]:
    """Return what the models of a run add to the scores of wallets; those that they add nothing to are left out."""
    found = await connection.execute(
        "SELECT wallet, model_share FROM wallet_scores WHERE model_share > 0"
        " AND run = (SELECT number FROM scoring_runs WHERE id = %s AND finished_at IS NOT NULL)",
        (run,),
    )
    return {row["wallet"]: row["model_share"] for row in await found.fetchall()}


async def sample_scores(connection: Connection, n: int, seed: int) -> list[WalletScore]:
    """Return n scores in force, chosen by `seed`; the same seed chooses the same of the same wallets."""
    found = await connection.execute(
        f"{_SELECT} FROM {_LATEST_RUN} CROSS JOIN LATERAL ({_OF_RUN} UNION ALL {_RESCORED}) s"
        " ORDER BY hashtextextended(s.wallet, %s), s.wallet LIMIT %s",
        (seed, n),
    )
    return [_score(row) for row in await found.fetchall()]


async def list_top(
    connection: Connection, n: int, attributed: bool | None = None, cursor: Position | None = None
) -> tuple[list[WalletScore], Position | None]:
    """Return the n highest scores, then by hop score, and where the page ended; None at the end.

    Only wallets with a category if `attributed`, only those without if it is False. All pages are of one run: the one
    that finished last when the first was read. A wallet re-screened between two pages stands where it now belongs.
    """
    of_run, where = (_SAME_RUN, _AFTER) if cursor else (_LATEST_RUN, "")
    where += _ATTRIBUTED[attributed]
    run, score, hop_score, wallet = cursor or (None, None, None, None)
    # LATERAL, so that either index is read in order and no further than the page.
    found = await connection.execute(
        f"{_SELECT} FROM {of_run} CROSS JOIN LATERAL (({_OF_RUN}{where} {_ORDER} LIMIT %(limit)s)"
        f" UNION ALL ({_RESCORED}{where} {_ORDER} LIMIT %(limit)s)) s {_ORDER} LIMIT %(limit)s",
        {
            "run": run,
            "score": score,
            "hop_score": hop_score,
            "wallet": wallet,
            "limit": n + 1,
        },
    )
    scores = [_score(row) for row in await found.fetchall()]
    if run is not None:
        await require_rows(connection, run)
    end = scores[n - 1] if len(scores) > n else None
    return scores[:n], (end.run, end.score, end.hop_score, end.wallet) if end else None


async def _find(
    connection: Connection, of_run: LiteralString, run: str | None, wallets: Sequence[str]
) -> dict[str, WalletScore]:
    mine = " AND w.wallet = ANY(%(wallets)s)"
    found = await connection.execute(
        f"{_SELECT} FROM {of_run} CROSS JOIN LATERAL ({_OF_RUN}{mine} UNION ALL {_RESCORED}{mine}) s",
        {"run": run, "wallets": list(wallets)},
    )
    return {row["wallet"]: _score(row) for row in await found.fetchall()}


async def _lock_unfinished(connection: Connection, run: str) -> int:
    """Return the number of an unfinished run, which nobody can finish, clear or fill before we commit."""
    cursor = await connection.execute(
        "SELECT number FROM scoring_runs WHERE id = %s AND finished_at IS NULL FOR UPDATE", (run,)
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFound("unfinished scoring run", run)
    return int(row["number"])


def _score(row: Row) -> WalletScore:
    return WalletScore(
        **{
            **row,
            "hop_counts": tuple(row["hop_counts"]),
            "source": msgspec.json.decode(row["source"]),
            "destination": msgspec.json.decode(row["destination"]),
            "signals": _signals.decode(row["signals"]),
        }
    )
