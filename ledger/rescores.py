"""What changes of the graph made of stored scores since their run, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import attrgetter

import msgspec
from msgspec import Struct

from graph.model import Cause, ScoreChange, WalletScore
from ledger.canonical import canonical_json
from ledger.session import Connection, Row

_causes = msgspec.json.Decoder(tuple[Cause, ...])
_score = msgspec.json.Decoder(WalletScore)


class RunState(Struct, frozen=True, kw_only=True):
    """Whose scores are in force, and whether a scoring run is reading the graph right now.

    `drained` is a watermark up to which every change is in those scores. All but `is_running` are None before the
    first run has finished.
    """

    is_running: bool
    run: str | None
    number: int | None
    hops: int | None
    requested_at: datetime | None
    drained: int | None


async def run_state(connection: Connection) -> RunState:
    """Return which scores are in force and whether a scoring run is at work."""
    cursor = await connection.execute(
        "SELECT EXISTS (SELECT FROM jobs WHERE name = 'score_graph' AND state = 'running') AS is_running,"
        " r.id AS run, r.number, r.hops, r.requested_at, greatest(r.watermark, d.drained) AS drained FROM (SELECT) one"
        " LEFT JOIN (SELECT * FROM scoring_runs WHERE finished_at IS NOT NULL"
        "  ORDER BY finished_at DESC, number DESC LIMIT 1) r ON true"
        " LEFT JOIN LATERAL (SELECT (j.result ->> 'watermark')::bigint AS drained FROM jobs j"
        "  WHERE j.id > r.job AND j.name = 'rescreen' AND j.state = 'succeeded' AND j.result ->> 'run' = r.id"
        "  ORDER BY j.id DESC LIMIT 1) d ON true"
    )
    row = await cursor.fetchone()
    if row is None:
        raise RuntimeError("the state of scoring runs gave no row")
    return RunState(**row)


async def find_untold(connection: Connection, run: str, wallets: Sequence[str]) -> dict[str, float]:
    """Return how far scores of a run moved since a change of them was last told; those that did not are left out."""
    cursor = await connection.execute(
        "SELECT x.wallet, x.untold FROM scoring_runs r JOIN rescores x ON x.run = r.number"
        " WHERE r.id = %s AND x.wallet = ANY(%s) AND x.untold > 0",
        (run, list(wallets)),
    )
    return {row["wallet"]: row["untold"] for row in await cursor.fetchall()}


async def record_rescores(
    connection: Connection, number: int, scores: Sequence[WalletScore], untold: Mapping[str, float]
) -> None:
    """Put these scores in force in the run of that number; a row with a later watermark stays.

    `untold` is how far a score has moved since a change of it was last told, 0 where it is not named.
    """
    await connection.execute(
        "INSERT INTO rescores AS known SELECT %s, wallet, score, hop_score, hop_counts, in_degree, out_degree,"
        " illicit_source_share, illicit_destination_share, category, source, destination, signals, watermark,"
        " scored_at, coalesce(untold, 0) FROM json_to_recordset(%s::json) AS given (wallet text, score float8,"
        " hop_score float8, hop_counts int[], in_degree int, out_degree int, illicit_source_share float8,"
        " illicit_destination_share float8, category text, source json, destination json, signals json,"
        " watermark bigint, scored_at timestamptz)"
        " LEFT JOIN unnest(%s::text[], %s::float8[]) AS small (wallet, untold) USING (wallet) ORDER BY wallet"
        " ON CONFLICT (run, wallet) DO UPDATE SET score = excluded.score, hop_score = excluded.hop_score,"
        " hop_counts = excluded.hop_counts, in_degree = excluded.in_degree, out_degree = excluded.out_degree,"
        " illicit_source_share = excluded.illicit_source_share,"
        " illicit_destination_share = excluded.illicit_destination_share, category = excluded.category,"
        " source = excluded.source, destination = excluded.destination, signals = excluded.signals,"
        " watermark = excluded.watermark, scored_at = excluded.scored_at, untold = excluded.untold"
        " WHERE known.watermark <= excluded.watermark",
        (number, canonical_json(scores), list(untold), list(untold.values())),
    )


async def record_score_changes(connection: Connection, number: int, changes: Sequence[ScoreChange]) -> None:
    """Append why scores of the run of that number changed."""
    # Copied row by row: arrays of documents take the server four times as long to take apart.
    async with (
        connection.cursor() as cursor,
        cursor.copy(
            "COPY score_changes (wallet, run, job, before, after, causes, words, watermark) FROM STDIN"
        ) as copy,
    ):
        for change in sorted(changes, key=attrgetter("wallet")):
            before = None if change.before is None else canonical_json(change.before)
            documents = before, canonical_json(change.after), canonical_json(change.causes)
            await copy.write_row((change.wallet, number, change.job, *documents, change.words, change.watermark))


async def find_causes(connection: Connection, wallet: str, words: str) -> tuple[Cause, ...]:
    """Return the causes of the latest change of a wallet's score that was told in these words; empty without one."""
    cursor = await connection.execute(
        "SELECT causes::text FROM score_changes WHERE wallet = %s AND words = %s ORDER BY number DESC LIMIT 1",
        (wallet, words),
    )
    row = await cursor.fetchone()
    return _causes.decode(row["causes"]) if row else ()


async def list_score_changes(
    connection: Connection, wallet: str, *, before: int | None = None, limit: int = 100
) -> tuple[list[ScoreChange], int | None]:
    """Return a page of what changed the scores of a wallet, latest first, and where it ended; None at the end.

    `before` is the number that an earlier page ended with.
    """
    cursor = await connection.execute(
        "SELECT c.number, c.wallet, r.id AS run, c.job, c.before::text, c.after::text, c.causes::text, c.words,"
        " c.watermark, c.at FROM score_changes c JOIN scoring_runs r ON r.number = c.run"
        f" WHERE c.wallet = %(wallet)s {'AND c.number < %(before)s' if before is not None else ''}"
        " ORDER BY c.number DESC LIMIT %(limit)s",
        {"wallet": wallet, "before": before, "limit": limit + 1},
    )
    changes = [_change(row) for row in await cursor.fetchall()]
    return changes[:limit], changes[limit - 1].number if len(changes) > limit else None


def _change(row: Row) -> ScoreChange:
    before = row["before"]
    return ScoreChange(
        **{
            **row,
            "before": None if before is None else _score.decode(before),
            "after": _score.decode(row["after"]),
            "causes": _causes.decode(row["causes"]),
        }
    )
