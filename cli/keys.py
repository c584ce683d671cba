"""`headwater keys`: make, list and revoke API keys; both changes are audited."""

from __future__ import annotations

from typing import get_args

import click
from rich.table import Table

from cli.running import ACTOR, print_whole, with_services
from graph.errors import NotFound
from graph.model import Role
from jobs import keyring
from jobs.services import Services
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
    made, plaintext = with_services(lambda services: keyring.create_key(services, name.strip(), role, actor=ACTOR))
    click.echo(f"{made.id}: keep this key, it is not shown again", err=True)
    click.echo(plaintext)


@keys.command("list")
def list_() -> None:
    """List all keys, revoked ones included."""
    table = Table("id", "name", "role", "ends in", "created", "revoked")
    for key in with_services(list_keys):
        revoked = key.revoked_at.isoformat(timespec="seconds") if key.revoked_at else ""
        created = key.created_at.isoformat(timespec="seconds")
        table.add_row(key.id, key.name, key.role, key.last4, created, revoked)
    print_whole(table)


@keys.command()
@click.argument("key", metavar="ID")
def revoke(key: str) -> None:
    """Revoke a key for good; a running API refuses it within seconds."""
    revoked = with_services(lambda services: keyring.revoke_key(services, key, actor=ACTOR))
    if not revoked:
        raise NotFound("key in force", key)
    click.echo(f"{key} is revoked")


async def list_keys(services: Services) -> list[ledger.KeyInfo]:
    """Return all keys, oldest first."""
    async with services.ledger.read() as connection:
        return await ledger.list_keys(connection)
