"""The demo's API keys: one for each role, made and shown by the first demo of a graph and never again."""

from __future__ import annotations

from typing import get_args

import click

from cli.running import ACTOR
from graph.model import Role
from jobs.keyring import create_key
from jobs.services import Services
from ledger.keys import list_keys


async def make_keys(services: Services) -> dict[Role, str]:
    """Make a key for each role that has no demo key in force; return the new ones, which are kept nowhere."""
    async with services.ledger.read() as connection:
        there = {key.name for key in await list_keys(connection) if key.revoked_at is None}
    made: dict[Role, str] = {}
    for role in get_args(Role):
        if (name := f"demo {role}") not in there:
            _, made[role] = await create_key(services, name, role, actor=ACTOR)  # type: ignore[assignment]
    return made


def show_keys(made: dict[Role, str]) -> None:
    """Print keys by role, or that there is nothing to print."""
    if not made:
        click.echo("API keys: shown by the first demo, and never again; `headwater keys create` makes others")
        return
    click.echo("API keys, one for each role, shown this once:")
    for role, plaintext in made.items():
        click.echo(f"  {role:<13} {plaintext}")
