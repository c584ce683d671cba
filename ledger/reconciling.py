"""What the ledger has to say about the graph, read in bulk: to put the graph right, or to fill a new one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from ledger.landed import LANDED_COLUMNS, Landed
from ledger.session import Connection, Row

_SALT = "(SELECT p.salt FROM personal_texts p WHERE p.transaction = landed.transaction) AS salt"
_KEPT = f"SELECT {LANDED_COLUMNS}, {_SALT} FROM landed"


class Kept(Struct, frozen=True):
    """A landed transaction as the ledger keeps it; `salt` is that of its personal text, None without one."""

    landed: Landed
    salt: str | None


async def page_of_kept(connection: Connection, *, after: str, limit: int) -> list[Kept]:
    """Return landed transactions in order of key, those beyond `after`."""
    cursor = await connection.execute(f"{_KEPT} WHERE transaction > %s ORDER BY transaction LIMIT %s", (after, limit))
    return [_kept(row) for row in await cursor.fetchall()]


async def recent_kept(connection: Connection, *, after: int, limit: int) -> list[Kept]:
    """Return landed transactions in order of their first number in the graph, those beyond `after`."""
    cursor = await connection.execute(f"{_KEPT} WHERE seq > %s ORDER BY seq LIMIT %s", (after, limit))
    return [_kept(row) for row in await cursor.fetchall()]


async def kept_of(connection: Connection, keys: Sequence[str]) -> list[Kept]:
    """Return those of the keys that are landed, in order of key."""
    cursor = await connection.execute(f"{_KEPT} WHERE transaction = ANY(%s) ORDER BY transaction", (list(keys),))
    return [_kept(row) for row in await cursor.fetchall()]


def _kept(row: Row) -> Kept:
    salt = row.pop("salt")
    return Kept(Landed(**row), salt)


async def count_landed(connection: Connection) -> int:
    """Return how many transactions have landed."""
    row = await (await connection.execute("SELECT count(*) AS n FROM landed")).fetchone()
    return int(row["n"]) if row else 0


class Audited(Struct, frozen=True):
    """What the audit log says a decision was made upon: the digest of its input, and the landing's number and time.

    Those two are None for one made before they were told.
    """

    input_hash: str | None
    seq: int | None
    landed_at: datetime | None


async def audited_inputs(connection: Connection, keys: Sequence[str]) -> dict[str, Audited]:
    """Return by transaction what the audit log has of those that it says were decided."""
    cursor = await connection.execute(
        "SELECT subject, body ->> 'input_hash' AS input_hash, (body ->> 'seq')::bigint AS seq,"
        " (body ->> 'landed_at')::timestamptz AS landed_at FROM (SELECT DISTINCT ON (subject) subject,"
        "  CASE WHEN body IS JSON THEN body::json END AS body FROM audit_events"
        "  WHERE action = 'transaction.decided' AND subject = ANY(%s) ORDER BY subject, seq) AS first",
        (list(keys),),
    )
    return {row.pop("subject"): Audited(**row) for row in await cursor.fetchall()}


async def undecided_keys(connection: Connection, keys: Sequence[str]) -> list[str]:
    """Return those of the transactions that are landed, not waived, and without a decision, in order of key.

    Landing and decision are recorded in one transaction: whatever left them so was no crash.
    """
    cursor = await connection.execute(
        "SELECT transaction FROM landed WHERE transaction = ANY(%s) AND NOT waived"
        " AND NOT EXISTS (SELECT FROM decisions d WHERE d.transaction = landed.transaction) ORDER BY transaction",
        (list(keys),),
    )
    return [row["transaction"] for row in await cursor.fetchall()]


async def used_numbers(connection: Connection, numbers: Sequence[int]) -> dict[int, set[str]]:
    """Return what the ledger has under the graph's numbers, transactions or attributions, by number."""
    given = list(numbers)
    cursor = await connection.execute(
        "SELECT seq, transaction AS subject FROM landed WHERE seq = ANY(%s)"
        " UNION SELECT seq, transaction FROM transaction_changes WHERE seq = ANY(%s)"
        " UNION SELECT seq, attribution FROM attribution_changes WHERE seq = ANY(%s)",
        (given, given, given),
    )
    used: dict[int, set[str]] = {}
    for row in await cursor.fetchall():
        used.setdefault(row["seq"], set()).add(row["subject"])
    return used


async def highest_number(connection: Connection) -> tuple[int, datetime | None]:
    """Return the highest number of the graph that the ledger has seen, and the latest instant of its clock.

    Numbers that stand for a change of cached categories alone are known from the watermarks that came after them.
    """
    row = await (
        await connection.execute(
            "SELECT greatest((SELECT max(seq) FROM landed), (SELECT max(seq) FROM transaction_changes),"
            " (SELECT max(seq) FROM attribution_changes), "
            " (SELECT watermark FROM decisions ORDER BY decided_at DESC LIMIT 1),"
            " (SELECT max(watermark) FROM scoring_runs),"
            " (SELECT (body::json ->> 'watermark')::bigint FROM audit_events WHERE action = 'attributions.refreshed'"
            "  ORDER BY seq DESC LIMIT 1), 0) AS seq,"
            " greatest((SELECT coalesce(landed_at, recorded_at) FROM landed ORDER BY seq DESC LIMIT 1),"
            " (SELECT coalesce(at, recorded_at) FROM transaction_changes ORDER BY seq DESC LIMIT 1),"
            " (SELECT at FROM attribution_changes ORDER BY seq DESC LIMIT 1)) AS at"
        )
    ).fetchone()
    return (int(row["seq"]), row["at"]) if row else (0, None)


async def texts_told_gone(connection: Connection, keys: Sequence[str], reconciler: str) -> set[str]:
    """Return those of the transactions whose personal text an event says is no more.

    It was erased, or it was lost in a crash and the reconciler decided without it.
    """
    cursor = await connection.execute(
        "SELECT DISTINCT subject FROM audit_events WHERE subject = ANY(%s) AND (action = 'transaction.text_erased'"
        " OR (action = 'transaction.decided' AND actor = %s))",
        (list(keys), reconciler),
    )
    return {row["subject"] for row in await cursor.fetchall()}
