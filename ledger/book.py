"""The book: which version of which rule and which policy are in force, and since which revision."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from ledger.session import Connection

Kind = Literal["rule", "policy"]
State = Literal["active", "retired"]


class InForce(Struct, frozen=True):
    """A rule's version in force; `body` is canonical JSON."""

    rule: str
    version: int
    body: str


async def lock_book(connection: Connection) -> int:
    """Wait until nobody else edits rules or policies, until the end of the transaction; return the revision."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('book', 0))")
    return await get_revision(connection)


async def get_revision(connection: Connection) -> int:
    """Return the number of the last change; 0 for a ledger that has no book yet."""
    cursor = await connection.execute("SELECT coalesce(max(revision), 0) AS revision FROM book_changes")
    row = await cursor.fetchone()
    return int(row["revision"]) if row else 0


async def record_change(
    connection: Connection, kind: Kind, subject: str, version: int, *, state: State, actor: str
) -> int:
    """Bring a rule or a policy into force, or a rule out of it; return the new revision. The book must be locked."""
    cursor = await connection.execute(
        "INSERT INTO book_changes (revision, kind, subject, version, state, actor)"
        " SELECT coalesce(max(revision), 0) + 1, %s, %s, %s, %s, %s FROM book_changes RETURNING revision",
        (kind, subject, version, state, actor),
    )
    row = await cursor.fetchone()
    return int(row["revision"]) if row else 0


async def rules_in_force(connection: Connection, revision: int) -> list[InForce]:
    """Return the rules in force as of a revision, in order of id."""
    cursor = await connection.execute(
        "SELECT v.rule, v.version, v.body FROM (SELECT DISTINCT ON (subject) subject, version, state"
        "  FROM book_changes WHERE kind = 'rule' AND revision <= %s ORDER BY subject, revision DESC) c"
        " JOIN rule_versions v ON v.rule = c.subject AND v.version = c.version"
        " WHERE c.state = 'active' ORDER BY v.rule",
        (revision,),
    )
    return [InForce(**row) for row in await cursor.fetchall()]


async def policy_in_force(connection: Connection, revision: int) -> str | None:
    """Return the id of the policy in force as of a revision; None in a ledger that has none."""
    cursor = await connection.execute(
        "SELECT subject FROM book_changes WHERE kind = 'policy' AND revision <= %s ORDER BY revision DESC LIMIT 1",
        (revision,),
    )
    row = await cursor.fetchone()
    return str(row["subject"]) if row else None
