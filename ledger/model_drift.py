"""How far the graph has moved from what each model version learned: measured again and again, appended."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec
from msgspec import Struct

from ledger.canonical import canonical_json
from ledger.session import Connection, Row

DriftLevel = Literal["none", "notice", "alarm"]
_features = msgspec.json.Decoder(dict[str, float])


class ModelDrift(Struct, frozen=True, kw_only=True):
    """One measurement of a model: population stability index of its score and of each feature, `highest` of all.

    `run` is the scoring run that it was measured with, None where it was measured by itself. `level` is by the
    thresholds of then. `told` from the first alarm on until the drift is below notice again. `number` orders
    measurements; it and `measured_at` are set by the ledger.
    """

    model: str
    job: str
    run: str | None
    watermark: int
    wallets: int
    highest: float
    score: float
    features: dict[str, float]
    level: DriftLevel
    told: bool
    number: int = 0
    measured_at: datetime | None = None


async def was_told(connection: Connection, model: str) -> bool:
    """Whether the drift of a model has been told of and has not been below notice since.

    Nobody else measures it until the end of the transaction.
    """
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('drift ' || %s, 0))", (model,))
    cursor = await connection.execute(
        "SELECT told FROM model_drift WHERE model = %s ORDER BY number DESC LIMIT 1", (model,)
    )
    row = await cursor.fetchone()
    return bool(row and row["told"])


async def record_drift(connection: Connection, drift: ModelDrift) -> bool:
    """Append a measurement; False if its job has measured that model already."""
    cursor = await connection.execute(
        "INSERT INTO model_drift (model, job, run, watermark, wallets, highest, score, features, level, told)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (
            drift.model,
            drift.job,
            drift.run,
            drift.watermark,
            drift.wallets,
            drift.highest,
            drift.score,
            canonical_json(drift.features),
            drift.level,
            drift.told,
        ),
    )
    return cursor.rowcount == 1


async def list_drift(
    connection: Connection, model: str, *, before: int | None = None, limit: int = 100
) -> list[ModelDrift]:
    """Return measurements of a model, latest first, those with a lower number than `before` if given."""
    cursor = await connection.execute(
        "SELECT model, job, run, watermark, wallets, highest, score, features::text, level, told, number, measured_at"
        f" FROM model_drift WHERE model = %(model)s {'AND number < %(before)s' if before is not None else ''}"
        " ORDER BY number DESC LIMIT %(limit)s",
        {"model": model, "before": before, "limit": limit},
    )
    return [_drift(row) for row in await cursor.fetchall()]


async def last_measured(connection: Connection) -> datetime | None:
    """Return when the drift of any model was measured last; None if it never was."""
    cursor = await connection.execute("SELECT measured_at FROM model_drift ORDER BY number DESC LIMIT 1")
    row = await cursor.fetchone()
    return row["measured_at"] if row else None


def _drift(row: Row) -> ModelDrift:
    return ModelDrift(**{**row, "features": _features.decode(row["features"])})
