"""The secrets that webhook messages are signed with: shown once when made, and from then on to nobody but the sender.

A signature takes the secret itself, so that no hash of it would do: it stands in the table as it is.
"""

from __future__ import annotations

import base64
import secrets
from datetime import datetime

from msgspec import Struct

from ledger.session import Connection

PREFIX = "whsec_"
# Of 24 to 64 that Standard Webhooks allows: as many as the hash is long.
SECRET_BYTES = 32


class SecretInfo(Struct, frozen=True, kw_only=True):
    """What may be known of a secret."""

    id: str
    created_by: str
    created_at: datetime


async def create_secret(connection: Connection, webhook: str, secret: str, *, actor: str) -> tuple[SecretInfo, str]:
    """Make a secret under a new id; return what may be known of it, and the secret. The caller records the event."""
    plaintext = PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    made = await connection.execute(
        "INSERT INTO webhook_secrets (id, webhook, secret, created_by) VALUES (%s, %s, %s, %s)"
        " RETURNING id, created_by, created_at",
        (secret, webhook, plaintext, actor),
    )
    [row] = await made.fetchall()
    return SecretInfo(**row), plaintext


async def list_secrets(connection: Connection, webhook: str) -> list[SecretInfo]:
    """Return what may be known of a webhook's secrets, oldest first."""
    cursor = await connection.execute(
        "SELECT id, created_by, created_at FROM webhook_secrets WHERE webhook = %s ORDER BY id", (webhook,)
    )
    return [SecretInfo(**row) for row in await cursor.fetchall()]


async def signing_secrets(connection: Connection, webhook: str) -> list[str]:
    """Return the secrets themselves, newest first: for the sender alone."""
    cursor = await connection.execute(
        "SELECT secret FROM webhook_secrets WHERE webhook = %s ORDER BY id DESC", (webhook,)
    )
    return [row["secret"] for row in await cursor.fetchall()]


async def delete_secret(connection: Connection, webhook: str, secret: str) -> bool:
    """Forget a secret; False if it is not there. The caller sees to it that one stays, and records the event."""
    cursor = await connection.execute("DELETE FROM webhook_secrets WHERE webhook = %s AND id = %s", (webhook, secret))
    return cursor.rowcount > 0
