"""Which of many keys and sessions are in force still, asked at once: for connections that stay open."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from ledger.session import Connection


def digest(secret: str) -> str:
    """Return what is kept of a key or a token: its SHA-256, in hex."""
    return hashlib.sha256(secret.encode()).hexdigest()


async def find_standing(connection: Connection, digests: Sequence[str], *, idle_s: float) -> set[str]:
    """Return those of the digests that are of a key, or of a session used within `idle_s` seconds, in force now.

    Unlike a request, being asked for is no use of a session: it ends as it would without.
    """
    cursor = await connection.execute(
        "SELECT hash FROM api_keys WHERE hash = ANY(%(digests)s) AND revoked_at IS NULL AND NOT EXISTS"
        " (SELECT FROM users WHERE users.id = api_keys.created_by AND users.disabled_at IS NOT NULL)"
        " UNION ALL SELECT hash FROM sessions JOIN users ON users.id = person WHERE hash = ANY(%(digests)s)"
        " AND disabled_at IS NULL AND ends_at > clock_timestamp()"
        " AND seen_at > clock_timestamp() - make_interval(secs => %(idle_s)s)",
        {"digests": list(digests), "idle_s": idle_s},
    )
    return {row["hash"] for row in await cursor.fetchall()}
