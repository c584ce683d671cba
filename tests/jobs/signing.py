"""A ledger that is signed: a key and a sink in a folder, events to sign, and what an owner may do to them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg

from jobs.checkpoint_keys import key_file
from jobs.checkpoint_sink import Sink
from jobs.checkpointing import make_checkpoint, sink_of
from jobs.services import Services, open_services
from ledger import audit, read_log
from ledger.checkpoints import Checkpoint, read_checkpoint
from ledger.signing import PublicKey, SigningKey, load_key, new_key, write_key
from tests.ledger.records import NOW
from tests.servers import Servers


@asynccontextmanager
async def signing_services(servers: Servers, folder: Path, **settings: str) -> AsyncIterator[Services]:
    """Services with a key and a sink below `folder`."""
    own = {"checkpoint_key": str(folder / "keys" / "key.pem"), "checkpoint_dir": str(folder / "sink")} | settings
    given = servers.settings(auth="keys", **own)
    path = key_file(given)
    if not path.exists():
        write_key(new_key(), path)
    async with open_services(given) as services:
        yield services


def key_of(services: Services) -> SigningKey:
    return load_key(key_file(services.settings))


def public_of(services: Services) -> PublicKey:
    return key_of(services).public


def sink(services: Services) -> Sink:
    return sink_of(services.settings)


async def fill(services: Services, count: int, **fields: Any) -> None:
    """Append so many events; each says which it is."""
    drafts = [
        audit.EventDraft(
            **{"actor": "key:ann", "action": "decided", "subject": f"eth:{n}", "body": {"n": n, "share": 0.1}} | fields
        )
        for n in range(count)
    ]
    async with services.ledger.transaction() as connection:
        await audit.append(connection, *drafts)


async def read_wallets(services: Services, *names: str) -> None:
    """Log reads of wallets."""
    reads = [
        read_log.Read(id=name, read_at=NOW, actor="key:ann", operation="get_wallet", subject=name, request_id="r")
        for name in names
    ]
    async with services.ledger.transaction() as connection:
        await read_log.record_reads(connection, reads)


async def sign(services: Services, more: int = 0) -> Checkpoint:
    """Append so many events and make a checkpoint, which must be a new one."""
    if more:
        await fill(services, more)
    made = await make_checkpoint(services)
    assert made is not None
    return made


def published(services: Services) -> list[Checkpoint]:
    """What the sink holds, smallest first."""
    files = sorted(sink(services).folder.glob("*/*.checkpoint"), key=lambda path: path.name)
    return [read_checkpoint(path.read_text())[0] for path in files]


GUARDED = ("audit_events", "checkpoints", "audit_tree", "read_log")


def as_owner_behind_guards(servers: Servers, *statements: str) -> None:
    """Do what only the owner can, with the triggers set aside."""
    with psycopg.connect(servers.postgres_admin_url) as connection:
        for table in GUARDED:
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only")
        for statement in statements:
            connection.execute(statement)  # type: ignore[arg-type]
        for table in GUARDED:
            connection.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only")
