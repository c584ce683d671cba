"""Model versions: each recorded once, by the job that trained it; its state is the last of its states."""

from __future__ import annotations

from collections.abc import Sequence
from typing import LiteralString

import msgspec

from graph.errors import NotFound
from graph.model import ModelKind, ModelState, ModelVersion
from ledger.canonical import canonical_json
from ledger.session import Connection, Row

_OWN = ("id", "kind", "version", "state", "job", "created_at")
_FOUND = (
    "SELECT v.id, v.kind, v.version, v.job, v.created_at, v.body, s.state FROM model_versions v"
    " CROSS JOIN LATERAL (SELECT state FROM model_states WHERE model = v.id ORDER BY number DESC LIMIT 1) s"
)


async def next_version(connection: Connection, kind: ModelKind) -> int:
    """Return the number that the next version of a kind has; models of the kind must be locked."""
    cursor = await connection.execute(
        "SELECT coalesce(max(version), 0) + 1 AS next FROM model_versions WHERE kind = %s", (kind,)
    )
    row = await cursor.fetchone()
    return int(row["next"]) if row else 1


async def record_model(connection: Connection, model: ModelVersion) -> None:
    """Append a version as it is, all but its state and time; its first state must follow in the same transaction."""
    fields = msgspec.structs.asdict(model)
    body = {name: value for name, value in fields.items() if name not in _OWN}
    await connection.execute(
        "INSERT INTO model_versions (id, kind, version, job, feature_digest, body) VALUES (%s, %s, %s, %s, %s, %s)",
        (model.id, model.kind, model.version, model.job, model.feature_digest, canonical_json(body)),
    )


async def find_model(connection: Connection, model: str) -> ModelVersion | None:
    """Return a version by its id; None if it is not known."""
    return await _one(connection, "v.id", model)


async def find_trained(connection: Connection, job: str) -> ModelVersion | None:
    """Return the version that a job trained; None if it has none yet."""
    return await _one(connection, "v.job", job)


async def get_model(connection: Connection, model: str) -> ModelVersion:
    """Return a version by its id; raises NotFound."""
    found = await find_model(connection, model)
    if found is None:
        raise NotFound("model", model)
    return found


async def list_models(
    connection: Connection,
    *,
    kind: ModelKind | None = None,
    states: Sequence[ModelState] = (),
    after: tuple[str, int] | None = None,
    limit: int | None = 100,
) -> list[ModelVersion]:
    """Return versions by kind, the newest of each first; in any of `states` if given, after (kind, version).

    All of them without a limit: there is one for each training.
    """
    where = "WHERE true"
    where += " AND v.kind = %(kind)s" if kind is not None else ""
    where += " AND s.state = ANY(%(states)s)" if states else ""
    where += " AND (v.kind, -v.version) > (%(after)s, -%(version)s)" if after is not None else ""
    last, version = after if after is not None else ("", 0)
    cursor = await connection.execute(
        f"{_FOUND} {where} ORDER BY v.kind, -v.version LIMIT %(limit)s",
        {"kind": kind, "states": list(states), "after": last, "version": version, "limit": limit},
    )
    return [_model(row) for row in await cursor.fetchall()]


async def _one(connection: Connection, column: LiteralString, value: str) -> ModelVersion | None:
    row = await (await connection.execute(f"{_FOUND} WHERE {column} = %s", (value,))).fetchone()
    return _model(row) if row else None


def _model(row: Row) -> ModelVersion:
    own = {name: row[name] for name in _OWN}
    return msgspec.convert({**msgspec.json.decode(row["body"]), **own}, ModelVersion)
