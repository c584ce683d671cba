"""The shape of the database: brings it to head and tells where it stands."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graph.errors import Unavailable
from ledger.errors import LedgerNotReady

if TYPE_CHECKING:
    from alembic.config import Config
    from psycopg import AsyncConnection

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


def migrate(admin_url: str) -> None:
    """Bring the database to head as its owner; safe to repeat, to run twice at once, and after a kill.

    Raises Unavailable when Postgres cannot be reached, LedgerNotReady when it is newer than this code.
    """
    # alembic and SQLAlchemy are imported here so that the API does not load them to start.
    from alembic import command
    from alembic.util import CommandError
    from sqlalchemy.exc import OperationalError

    config = _config()
    config.attributes["url"] = admin_url
    try:
        command.upgrade(config, "head")
    except OperationalError as error:
        raise Unavailable("postgres", str(error.orig).strip()) from error
    except CommandError as error:
        raise LedgerNotReady(f"the database cannot be migrated by this version of Headwater: {error}") from error


@cache
def head() -> str:
    """Return the version that this code needs."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_config()).get_current_head() or ""


async def version(connection: AsyncConnection[Any]) -> str:
    """Return the version the database has; empty before the first migration."""
    cursor = await connection.execute("SELECT to_regclass('public.alembic_version') IS NOT NULL AS there")
    row = await cursor.fetchone()
    if row is None or not row["there"]:
        return ""
    row = await (await connection.execute("SELECT version_num FROM public.alembic_version")).fetchone()
    return str(row["version_num"]) if row else ""


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config
