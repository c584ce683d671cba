"""Scoring runs: each from its request to its end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString

import msgspec

from graph.errors import NotFound
from graph.model import RunModel, ScoringRun
from ledger.canonical import canonical_json
from ledger.ids import new_id
from ledger.session import Connection, Row

_COLUMNS = (
    "id, job, hops, policy, requested_at, watermark, wallets, finished_at, known_at, valid_at, ended_watermark, digest,"
    " models::text, feature_digest, rows_removed_at"
)
_models = msgspec.json.Decoder(tuple[RunModel, ...])


async def create_run(connection: Connection, *, job: str, hops: int, policy: str, run: str | None = None) -> ScoringRun:
    """Create the run of a job, under the new id `run` if given, or return the one it has."""
    await connection.execute(
        "INSERT INTO scoring_runs (id, job, hops, policy) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (run or new_id("run"), job, hops, policy),
    )
    found = await _one(connection, f"SELECT {_COLUMNS} FROM scoring_runs WHERE job = %s", job)
    if found is None:
        raise NotFound("job", job)
    return found


async def finish_run(
    connection: Connection,
    run: str,
    *,
    watermark: int,
    wallets: int,
    known_at: datetime | None = None,
    valid_at: datetime | None = None,
    ended_watermark: int | None = None,
    digest: str | None = None,
    models: Sequence[RunModel] = (),
    feature_digest: str | None = None,
) -> bool:
    """Make the scores of a run visible; False if it is not known or already finished.

    The graph's history at `known_at` and `valid_at` gives the same rows, whose digest is `digest`, unless the graph
    changed while the run read it: then `ended_watermark` is above `watermark`. None where no history can tell.
    """
    cursor = await connection.execute(
        "UPDATE scoring_runs SET watermark = %s, wallets = %s, known_at = %s, valid_at = %s, ended_watermark = %s,"
        " digest = %s, models = %s, feature_digest = %s, finished_at = clock_timestamp()"
        " WHERE id = %s AND finished_at IS NULL",
        (watermark, wallets, known_at, valid_at, ended_watermark, digest, canonical_json(models), feature_digest, run),
    )
    return cursor.rowcount == 1


async def find_run(connection: Connection, run: str) -> ScoringRun | None:
    """Return a run by its id."""
    return await _one(connection, f"SELECT {_COLUMNS} FROM scoring_runs WHERE id = %s", run)


async def latest_run(connection: Connection) -> ScoringRun | None:
    """Return the run that finished last; its scores are the ones in force."""
    return await _one(
        connection,
        f"SELECT {_COLUMNS} FROM scoring_runs WHERE finished_at IS NOT NULL"
        " ORDER BY finished_at DESC, number DESC LIMIT 1",
    )


async def list_runs(connection: Connection, *, after: str | None = None, limit: int = 100) -> list[ScoringRun]:
    """Return runs, newest first, those before the run `after` if given."""
    cursor = await connection.execute(
        f"SELECT {_COLUMNS} FROM scoring_runs {'WHERE id < %(after)s' if after else ''}"
        " ORDER BY id DESC LIMIT %(limit)s",
        {"after": after, "limit": limit},
    )
    return [_run(row) for row in await cursor.fetchall()]


async def _one(connection: Connection, query: LiteralString, *parameters: str) -> ScoringRun | None:
    row = await (await connection.execute(query, parameters)).fetchone()
    return _run(row) if row else None


def _run(row: Row) -> ScoringRun:
    return ScoringRun(**{**row, "models": _models.decode(row["models"])})
