"""`headwater keys`: make, list and revoke API keys; both changes are audited."""

from __future__ import annotations

from typing import get_args

import click
from rich.console import Console
from rich.table import Table

from cli.running import ACTOR, with_services
from graph.errors import NotFound
from graph.model import Role
from jobs.services import Services
from ledger import audit
from ledger import keys as ledger


@click.group()
def keys() -> None:
    """Make, list and revoke API keys."""


@keys.command()
@click.option("--role", required=True, type=click.Choice(get_args(Role)), help="What the key may do.")
@click.option("--name", required=True, help="What it is for, to tell keys apart; shown in the audit log.")
def create(role: Role, name: str) -> None:
    """Make a key and print it; it is shown this once and kept nowhere."""
    if not name.strip() or not name.isprintable() or len(name) > 100:
        raise click.BadParameter("must be 1 to 100 printable characters", param_hint="--name")
    key, plaintext = with_services(lambda services: create_key(services, name.strip(), role))
    click.echo(f"{key}: keep this key, it is not shown again", err=True)
    click.echo(plaintext)


@keys.command("list")
def list_() -> None:
    """List all keys, revoked ones included."""
    table = Table("id", "name", "role", "ends in", "created", "revoked")
    for key in with_services(list_keys):
        revoked = key.revoked_at.isoformat(timespec="seconds") if key.revoked_at else ""
        created = key.created_at.isoformat(timespec="seconds")
        table.add_row(key.id, key.name, key.role, key.last4, created, revoked)
    Console().print(table)


@keys.command()
@click.argument("key", metavar="ID")
def revoke(key: str) -> None:
    """Revoke a key for good; a running API refuses it within seconds."""
    with_services(lambda services: revoke_key(services, key))
    click.echo(f"{key} is revoked")


async def create_key(services: Services, name: str, role: Role) -> tuple[str, str]:
    """Create a key and its audit event together; return its id and the key itself."""
    async with services.ledger.transaction() as connection:
        key, plaintext = await ledger.create_key(connection, name, role)
        event = audit.EventDraft(ACTOR, "key.created", key, {"name": name, "role": role})
        await audit.append(connection, event)
    return key, plaintext


async def list_keys(services: Services) -> list[ledger.KeyInfo]:
    """Return all keys, oldest first."""
    async with services.ledger.read() as connection:
        return await ledger.list_keys(connection)


async def revoke_key(services: Services, key: str) -> None:
    """Revoke a key and record the event together; raises NotFound for one that is not in force."""
    async with services.ledger.transaction() as connection:
        if not await ledger.revoke_key(connection, key):
            raise NotFound("key in force", key)
        await audit.append(connection, audit.EventDraft(ACTOR, "key.revoked", key, {}))
