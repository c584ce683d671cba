"""Rules: every version kept, the latest of each with its state."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct

from graph.errors import NotFound
from ledger.session import Connection

RuleState = Literal["draft", "active", "retired"]

_FOUND = (
    "SELECT v.rule, v.version, v.body, v.author, v.recorded_at, coalesce(c.state, 'draft') AS state,"
    " coalesce(c.revision, 0) AS revision, CASE WHEN c.state = 'active' THEN c.version END AS active_version"
    " FROM (SELECT DISTINCT ON (rule) * FROM rule_versions {where} ORDER BY rule, version DESC) v"
    " LEFT JOIN LATERAL (SELECT state, version, revision FROM book_changes"
    "  WHERE kind = 'rule' AND subject = v.rule ORDER BY revision DESC LIMIT 1) c ON true"
)


class RuleVersion(Struct, frozen=True, kw_only=True):
    """One version of a rule; `body` is canonical JSON."""

    rule: str
    version: int
    body: str
    author: str
    recorded_at: datetime


class RuleRecord(RuleVersion, frozen=True, kw_only=True):
    """A rule: its latest version and its state. `revision` is the book's at its last change of state, 0 without one.

    `active_version` is the one in force, which may be older than the latest; None unless active.
    """

    state: RuleState
    revision: int
    active_version: int | None


async def record_version(connection: Connection, rule: str, version: int, body: str, author: str) -> None:
    """Append a version; the book must be locked."""
    await connection.execute(
        "INSERT INTO rule_versions (rule, version, body, author) VALUES (%s, %s, %s, %s)", (rule, version, body, author)
    )


async def find_rule(connection: Connection, rule: str) -> RuleRecord | None:
    """Return the latest version of a rule with its state; None if there is none."""
    cursor = await connection.execute(_FOUND.format(where="WHERE rule = %s"), (rule,))
    row = await cursor.fetchone()
    return RuleRecord(**row) if row else None


async def find_rules(connection: Connection, rules: Sequence[str]) -> dict[str, RuleRecord]:
    """Return the latest versions of rules with their states, by id; one that is not known is left out."""
    cursor = await connection.execute(_FOUND.format(where="WHERE rule = ANY(%s)"), (list(rules),))
    return {row["rule"]: RuleRecord(**row) for row in await cursor.fetchall()}


async def get_rule(connection: Connection, rule: str) -> RuleRecord:
    """Return the latest version of a rule with its state; raises NotFound."""
    found = await find_rule(connection, rule)
    if found is None:
        raise NotFound("rule", rule)
    return found


async def list_rules(
    connection: Connection, *, state: RuleState | None = None, after: str | None = None, limit: int = 100
) -> list[RuleRecord]:
    """Return rules in order of id, those after the id `after` if given."""
    where = "WHERE rule > %(after)s" if after is not None else ""
    of_state = "WHERE state = %(state)s" if state is not None else ""
    cursor = await connection.execute(
        f"SELECT * FROM ({_FOUND.format(where=where)}) found {of_state} ORDER BY rule LIMIT %(limit)s",
        {"after": after, "state": state, "limit": limit},
    )
    return [RuleRecord(**row) for row in await cursor.fetchall()]


async def list_versions(
    connection: Connection, rule: str, *, before: int | None = None, limit: int = 100
) -> list[RuleVersion]:
    """Return the versions of a rule, newest first; raises NotFound for a rule that has none."""
    await get_rule(connection, rule)
    older = "AND version < %(before)s" if before is not None else ""
    cursor = await connection.execute(
        "SELECT rule, version, body, author, recorded_at FROM rule_versions"
        f" WHERE rule = %(rule)s {older} ORDER BY version DESC LIMIT %(limit)s",
        {"rule": rule, "before": before, "limit": limit},
    )
    return [RuleVersion(**row) for row in await cursor.fetchall()]


async def find_versions(connection: Connection, versions: Sequence[tuple[str, int]]) -> list[RuleVersion]:
    """Return these versions, (rule, version) each, in order of rule; one that was never recorded is left out."""
    cursor = await connection.execute(
        "SELECT v.rule, v.version, v.body, v.author, v.recorded_at FROM unnest(%s::text[], %s::int[])"
        " AS given(rule, version) JOIN rule_versions v USING (rule, version) ORDER BY v.rule, v.version",
        ([rule for rule, _ in versions], [version for _, version in versions]),
    )
    return [RuleVersion(**row) for row in await cursor.fetchall()]
