"""Alerts that have lost what they rested on: proposed for closing, never closed by a program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import get_args

from msgspec import Struct

from graph.model import AlertClass, Severity
from ledger.session import Connection

_FIELDS = (
    "a.id, a.class AS class_, a.severity, a.transaction, a.proposal IS NOT NULL AS is_proposed,"
    " array(SELECT jsonb_array_elements_text((a.body ->> 'wallets')::jsonb)) AS wallets"
)
_OPEN = "a.status IN ('open', 'acknowledged')"
# Not as jsonb, which refuses texts with a NUL: an actor's name may hold one.
_EVIDENCE = (
    "SELECT t FROM json_array_elements(d.body -> 'evidence') e, json_array_elements(e -> 'categories') c,"
    " json_array_elements(c -> 'actors') x, json_array_elements_text(x -> 'attributions') t"
    " WHERE c ->> 'class' = 'illicit'"
)


class Standing(Struct, frozen=True):
    """An alert that nobody has closed; `attributions` are the illicit ones of a live alert's evidence."""

    id: str
    class_: AlertClass
    severity: Severity
    wallets: tuple[str, ...]
    transaction: str | None
    is_proposed: bool
    attributions: tuple[str, ...] = ()


async def standing_on(
    connection: Connection, attributions: Sequence[str], transactions: Sequence[str]
) -> list[Standing]:
    """Return the live alerts of these transactions, and those whose evidence names one of these attributions."""
    # Reading the evidence of every open alert is for changes of attributions only: those of money name theirs.
    named = "OR attributions && %(attributions)s" if attributions else ""
    of_these = "" if attributions else "AND a.transaction = ANY(%(transactions)s)"
    cursor = await connection.execute(
        f"SELECT * FROM (SELECT {_FIELDS}, array({_EVIDENCE}) AS attributions FROM alerts a"
        f" JOIN decisions d ON d.id = a.decision WHERE a.class = 'live' AND {_OPEN} {of_these}) found"
        f" WHERE transaction = ANY(%(transactions)s) {named} ORDER BY id",
        {"attributions": list(attributions), "transactions": list(transactions)},
    )
    return [_standing(**row) for row in await cursor.fetchall()]


async def standing_live(connection: Connection) -> list[Standing]:
    """Return every live alert that nobody has closed."""
    cursor = await connection.execute(
        f"SELECT {_FIELDS}, array({_EVIDENCE}) AS attributions FROM alerts a"
        f" JOIN decisions d ON d.id = a.decision WHERE a.class = 'live' AND {_OPEN} ORDER BY id"
    )
    return [_standing(**row) for row in await cursor.fetchall()]


async def standing_about(connection: Connection, wallets: Sequence[str]) -> list[Standing]:
    """Return the retro alerts about these wallets."""
    cursor = await connection.execute(
        f"SELECT {_FIELDS} FROM alerts a WHERE a.class = 'retro' AND {_OPEN}"
        " AND (a.body ->> 'wallets')::jsonb ?| %s ORDER BY id",
        (list(wallets),),
    )
    return [_standing(**row) for row in await cursor.fetchall()]


async def told_live(connection: Connection, wallets: Sequence[str]) -> list[tuple[str, Severity, int]]:
    """Return for wallets the live alerts of transactions they are party to: wallet, severity, graph watermark.

    Those whose transaction was withdrawn tell nothing any more, and those that were suppressed have told nobody.
    """
    cursor = await connection.execute(
        "SELECT w.key, a.severity, d.watermark FROM alerts a JOIN decisions d ON d.id = a.decision,"
        " jsonb_array_elements_text((a.body ->> 'wallets')::jsonb) AS w(key)"
        " WHERE a.class = 'live' AND (a.body ->> 'wallets')::jsonb ?| %(wallets)s AND w.key = ANY(%(wallets)s)"
        " AND a.basis_withdrawn_at IS NULL AND a.suppressed_by IS NULL",
        {"wallets": list(wallets)},
    )
    return [(row["key"], row["severity"], row["watermark"]) for row in await cursor.fetchall()]


async def propose_told(connection: Connection, alerts: Sequence[str]) -> dict[str, str]:
    """Propose for closing the retro alerts that these live alerts tell as severely; return the reasons, by retro alert.

    Those are about a wallet of the payment, and a change of its score that the payment's landing was part of: the
    re-screening overtook the decision.
    """
    cursor = await connection.execute(
        "SELECT DISTINCT ON (r.id) r.id, format('alert %%s of transaction %%s tells the same', l.id, l.transaction)"
        " AS reason FROM alerts l JOIN landed t ON t.transaction = l.transaction JOIN alerts r ON r.class = 'retro'"
        "  AND (r.body ->> 'wallets')::jsonb ?|"
        "   array(SELECT jsonb_array_elements_text((l.body ->> 'wallets')::jsonb))"
        " JOIN score_changes c ON c.wallet = r.body -> 'wallets' ->> 0 AND c.words = r.body ->> 'explanation'"
        " WHERE l.id = ANY(%(alerts)s) AND r.status IN ('open', 'acknowledged') AND r.proposal IS NULL"
        "  AND array_position(%(severities)s, r.severity) <= array_position(%(severities)s, l.severity)"
        "  AND t.seq > coalesce((c.before ->> 'watermark')::bigint, -1) AND t.seq <= c.watermark ORDER BY r.id, l.id",
        {"alerts": list(alerts), "severities": list(get_args(Severity))},
    )
    reasons = {row["id"]: row["reason"] for row in await cursor.fetchall()}
    if reasons:
        await propose_closing(connection, reasons)
    return reasons


async def propose_closing(connection: Connection, reasons: Mapping[str, str]) -> None:
    """Say on alerts, by id, why they might be closed."""
    await _lock(connection, list(reasons))
    await connection.execute(
        "UPDATE alerts SET proposal = 'close', proposal_reason = reason, proposed_at = clock_timestamp()"
        " FROM unnest(%s::text[], %s::text[]) AS given(alert, reason) WHERE id = alert",
        (list(reasons), list(reasons.values())),
    )


async def withdraw_proposals(connection: Connection, alerts: Sequence[str]) -> None:
    """Take that back: they rest on something again."""
    await _lock(connection, alerts)
    await connection.execute(
        "UPDATE alerts SET proposal = NULL, proposal_reason = NULL, proposed_at = NULL WHERE id = ANY(%s)",
        (list(alerts),),
    )


async def _lock(connection: Connection, alerts: Sequence[str]) -> None:
    # In one order, so that two who judge the same alerts cannot wait for each other.
    await connection.execute("SELECT FROM alerts WHERE id = ANY(%s) ORDER BY id FOR UPDATE", (list(alerts),))


def _standing(*, wallets: list[str], attributions: Sequence[str] = (), **row: object) -> Standing:
    return Standing(wallets=tuple(wallets), attributions=tuple(sorted(set(attributions))), **row)  # type: ignore[arg-type]
