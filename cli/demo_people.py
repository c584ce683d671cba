"""The demo's people: one for each role, made and shown by the first demo of a graph and never again."""

from __future__ import annotations

from contextlib import closing
from typing import get_args

import click

from cli.running import ACTOR
from graph.model import Role
from jobs.people import create_person
from jobs.services import Services
from ledger.passwords import Passwords
from ledger.users import find_secret


async def make_people(services: Services) -> dict[Role, str]:
    """Make a person named after each role that has none; return their passwords, which are kept nowhere else.

    They need not be replaced: who reads them is who signs in, on a machine of their own.
    """
    made: dict[Role, str] = {}
    with closing(Passwords()) as passwords:
        for role in get_args(Role):
            if not await _is_there(services, role):
                _, first = await create_person(services, passwords, role, role, actor=ACTOR, must_change=False)
                made |= {role: first} if first else {}
    return made


async def _is_there(services: Services, name: str) -> bool:
    async with services.ledger.read() as connection:
        return await find_secret(connection, name=name) is not None


def show_people(made: dict[Role, str]) -> None:
    """Print names and passwords, or that there is nothing to print."""
    if not made:
        click.echo("People: their passwords were shown by the first demo; `headwater users reset NAME` makes a new one")
        return
    click.echo("People who may sign in, one for each role, and their passwords, shown this once:")
    for name, password in made.items():
        click.echo(f"  {name:<13} {password}")
