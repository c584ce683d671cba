"""Runs migrations over one connection: one at a time, bounded waits, one transaction each."""

from __future__ import annotations

from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection, NullPool, create_engine, make_url, text

LOCK = 4_873_225_001
# The first migrator may be busy; the others wait for it, not for single locks.
WAIT_FOR_OTHERS = {
    "lock_timeout": "120s",
    "statement_timeout": "120s",
    "client_connection_check_interval": "1s",
}
# A migration that cannot get a table at once must not make everybody else queue behind it.
WHILE_MIGRATING = {"lock_timeout": "5s", "statement_timeout": "300s"}


def _set(connection: Connection, options: dict[str, str]) -> None:
    for name, value in options.items():
        connection.execute(text("SELECT set_config(:name, :value, false)"), {"name": name, "value": value})


def migrate() -> None:
    url = context.config.attributes.get("url")
    if not url:
        raise CommandError("no database given: migrations are run by `ledger.schema.migrate(admin_url)`")
    engine = create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        poolclass=NullPool,
        connect_args={"connect_timeout": 5, "application_name": "headwater-migrations"},
    )
    with engine.connect() as connection:
        _set(connection, WAIT_FOR_OTHERS)
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK})
        _set(connection, WHILE_MIGRATING)
        connection.commit()
        context.configure(connection=connection, transaction_per_migration=True)
        with context.begin_transaction():
            context.run_migrations()


migrate()
