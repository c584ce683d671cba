"""What a case gathers: alerts, each in one case at most, and wallets."""

from __future__ import annotations

from collections.abc import Sequence

from graph.model import Alert
from ledger.alerts import ALERT_COLUMNS, alert_from
from ledger.session import Connection


async def list_case_alerts(connection: Connection, case: str) -> list[str]:
    """Return the ids of the alerts of a case, in order."""
    cursor = await connection.execute('SELECT alert FROM case_alerts WHERE "case" = %s ORDER BY alert', (case,))
    return [row["alert"] for row in await cursor.fetchall()]


async def read_case_alerts(connection: Connection, case: str) -> list[Alert]:
    """Return the alerts of a case as they stand, in the order they were opened."""
    cursor = await connection.execute(
        f'SELECT {ALERT_COLUMNS} FROM alerts WHERE id IN (SELECT alert FROM case_alerts WHERE "case" = %s)'
        " ORDER BY created_at, id",
        (case,),
    )
    return [alert_from(row) for row in await cursor.fetchall()]


async def list_case_wallets(connection: Connection, case: str) -> list[str]:
    """Return the keys of the wallets of a case, in order."""
    cursor = await connection.execute('SELECT wallet FROM case_wallets WHERE "case" = %s ORDER BY wallet', (case,))
    return [row["wallet"] for row in await cursor.fetchall()]


async def unknown_alerts(connection: Connection, alerts: Sequence[str]) -> set[str]:
    """Return which of the ids are no alerts."""
    cursor = await connection.execute(
        "SELECT id FROM unnest(%s::text[]) AS given(id) WHERE NOT EXISTS"
        " (SELECT FROM alerts WHERE alerts.id = given.id)",
        (list(alerts),),
    )
    return {row["id"] for row in await cursor.fetchall()}


async def add_alerts(connection: Connection, case: str, alerts: Sequence[str], actor: str) -> list[str]:
    """Add alerts that are in no case yet and return their ids; waits for others who add the same ones."""
    # In order of id, so that two callers who share alerts wait for each other instead of dead-locking.
    cursor = await connection.execute(
        'INSERT INTO case_alerts (alert, "case", added_by)'
        ' SELECT id, %s, %s FROM unnest(%s::text[]) AS given(id) ORDER BY id COLLATE "C"'
        " ON CONFLICT DO NOTHING RETURNING alert",
        (case, actor, sorted(set(alerts))),
    )
    return sorted(row["alert"] for row in await cursor.fetchall())


async def cases_of_alerts(connection: Connection, alerts: Sequence[str]) -> dict[str, str]:
    """Return the case of each of the alerts that has one."""
    cursor = await connection.execute('SELECT alert, "case" FROM case_alerts WHERE alert = ANY(%s)', (list(alerts),))
    return {row["alert"]: row["case"] for row in await cursor.fetchall()}


async def add_wallets(connection: Connection, case: str, wallets: Sequence[str], actor: str) -> list[str]:
    """Add wallets that the case does not have yet and return their keys."""
    cursor = await connection.execute(
        'INSERT INTO case_wallets ("case", wallet, added_by)'
        " SELECT %s, key, %s FROM unnest(%s::text[]) AS given(key) ON CONFLICT DO NOTHING RETURNING wallet",
        (case, actor, sorted(set(wallets))),
    )
    return sorted(row["wallet"] for row in await cursor.fetchall())


async def remove_alert(connection: Connection, case: str, alert: str) -> bool:
    """Take an alert out of a case; False if it was not in it."""
    cursor = await connection.execute('DELETE FROM case_alerts WHERE "case" = %s AND alert = %s', (case, alert))
    return cursor.rowcount == 1


async def remove_wallet(connection: Connection, case: str, wallet: str) -> bool:
    """Take a wallet out of a case; False if it was not in it."""
    cursor = await connection.execute('DELETE FROM case_wallets WHERE "case" = %s AND wallet = %s', (case, wallet))
    return cursor.rowcount == 1
