"""Sessions of people: 256 random bits in a cookie, kept as a hash, with an idle and an absolute end."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from msgspec import Struct

from graph.model import Role
from ledger.session import Connection
from ledger.users import Secret

# A session in use is written to once in this part of its idle time.
TOUCHES = 10


class Session(Struct, frozen=True, kw_only=True):
    """A session in force and whose it is."""

    person: str
    name: str
    role: Role
    must_change: bool
    ends_at: datetime


async def start_session(connection: Connection, secret: Secret, *, lasts_s: float) -> tuple[str, datetime] | None:
    """Start a session and clear away those that have ended; return its token, which is not kept, and its end.

    None if the person was disabled, or the password replaced, since it was checked. The caller records the event.
    """
    token = secrets.token_urlsafe(32)
    cursor = await connection.execute(
        # FOR SHARE: a change of the person under way is waited for, and then seen.
        "INSERT INTO sessions (hash, person, ends_at)"
        " SELECT %s, id, clock_timestamp() + make_interval(secs => %s) FROM users"
        " WHERE id = %s AND password = %s AND disabled_at IS NULL FOR SHARE RETURNING ends_at",
        (_hash(token), lasts_s, secret.user.id, secret.password),
    )
    row = await cursor.fetchone()
    # After the person's row is locked, as by whoever resets a password: so that neither waits for the other.
    await connection.execute("DELETE FROM sessions WHERE ends_at < clock_timestamp()")
    return (token, row["ends_at"]) if row else None


async def find_session(connection: Connection, token: str, *, idle_s: float) -> Session | None:
    """Return the session of a token; None if it has ended, was idle for `idle_s`, or its person is disabled.

    Being asked for is use: it renews the idle time.
    """
    cursor = await connection.execute(
        "SELECT person, name, role, must_change, ends_at,"
        " seen_at < clock_timestamp() - make_interval(secs => %(touch_s)s) AS due"
        " FROM sessions JOIN users ON users.id = person WHERE hash = %(hash)s AND disabled_at IS NULL"
        " AND ends_at > clock_timestamp() AND seen_at > clock_timestamp() - make_interval(secs => %(idle_s)s)",
        {"hash": _hash(token), "idle_s": idle_s, "touch_s": idle_s / TOUCHES},
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    if row.pop("due"):
        await connection.execute("UPDATE sessions SET seen_at = clock_timestamp() WHERE hash = %s", (_hash(token),))
    return Session(**row)


async def end_session(connection: Connection, token: str) -> str | None:
    """End a session; return whose it was, None if there is none. The caller records the event."""
    cursor = await connection.execute("DELETE FROM sessions WHERE hash = %s RETURNING person", (_hash(token),))
    row = await cursor.fetchone()
    return row["person"] if row else None


async def end_sessions(connection: Connection, person: str, *, but: str | None = None) -> int:
    """End all sessions of a person, `but` that of one token; return how many."""
    kept = _hash(but) if but is not None else ""
    cursor = await connection.execute("DELETE FROM sessions WHERE person = %s AND hash <> %s", (person, kept))
    return cursor.rowcount


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
