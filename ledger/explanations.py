"""What moved the models of a run for a wallet: asked for once, made by a job, then kept with the run."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from ledger.canonical import canonical_json
from ledger.session import Connection


class Asked(Struct, frozen=True):
    """The job that makes an explanation, and the explanation as JSON once it is made."""

    job: str
    document: bytes | None


async def find_explanation(connection: Connection, run: str, wallet: str) -> Asked | None:
    """Return what was asked for about a wallet of a run; None if nobody has asked."""
    cursor = await connection.execute(
        "SELECT e.job, e.document::text FROM scoring_runs r JOIN explanations e ON e.run = r.number"
        " WHERE r.id = %s AND e.wallet = %s",
        (run, wallet),
    )
    row = await cursor.fetchone()
    return Asked(row["job"], row["document"] and row["document"].encode()) if row else None


async def ask_for_explanation(connection: Connection, run: str, wallet: str, job: str) -> None:
    """Note that a job is to explain a wallet of a run; noted already is noted."""
    await connection.execute(
        "INSERT INTO explanations (run, wallet, job) SELECT number, %s, %s FROM scoring_runs WHERE id = %s"
        " ON CONFLICT DO NOTHING",
        (wallet, job, run),
    )


async def list_waiting(connection: Connection, run: str, limit: int) -> list[str]:
    """Return wallets of a run that are to be explained and are not yet."""
    cursor = await connection.execute(
        "SELECT e.wallet FROM scoring_runs r JOIN explanations e ON e.run = r.number"
        " WHERE r.id = %s AND e.document IS NULL ORDER BY e.wallet LIMIT %s",
        (run, limit),
    )
    return [row["wallet"] for row in await cursor.fetchall()]


async def record_explanations(connection: Connection, run: str, documents: Mapping[str, Struct]) -> None:
    """Keep explanations by wallet of a run; one that is kept already stays."""
    for wallet, document in documents.items():
        await connection.execute(
            "UPDATE explanations e SET document = %s, made_at = clock_timestamp() FROM scoring_runs r"
            " WHERE r.id = %s AND e.run = r.number AND e.wallet = %s AND e.document IS NULL",
            (canonical_json(msgspec.to_builtins(document)), run, wallet),
        )
