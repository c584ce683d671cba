"""`headwater users`: make, list and disable people who sign in, and give them new first passwords; all is audited."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import closing
from typing import TypeVar, get_args

import click
from rich.table import Table

from cli.running import ACTOR, print_whole, with_services
from graph.model import Role
from jobs import people
from jobs.services import Services
from ledger.passwords import Passwords
from ledger.users import User, get_user_named, list_users

T = TypeVar("T")
PAGE = 1_000


@click.group()
def users() -> None:
    """Make, list and disable people who sign in."""


@users.command()
@click.option("--role", required=True, type=click.Choice(get_args(Role)), help="What they may do.")
@click.argument("name")
def create(role: Role, name: str) -> None:
    """Make somebody who signs in as NAME; a first password is printed once and has to be replaced at first use."""
    user, first = _with_passwords(lambda s, p: people.create_person(s, p, name, role, actor=ACTOR))
    click.echo(f"{user.id}: {user.name} may sign in with this password once, to replace it", err=True)
    click.echo(first)


@users.command("list")
def list_() -> None:
    """List everybody who may sign in, or could once."""
    table = Table("id", "name", "role", "created", "disabled")
    for user in with_services(_everybody):
        disabled = user.disabled_at.isoformat(timespec="seconds") if user.disabled_at else ""
        table.add_row(user.id, user.name, user.role, user.created_at.isoformat(timespec="seconds"), disabled)
    print_whole(table)


@users.command()
@click.argument("name")
def reset(name: str) -> None:
    """Print a new first password for NAME, in place of one that was forgotten; their sessions end."""

    async def run(services: Services, passwords: Passwords) -> str:
        return await people.reset_password(services, passwords, await _id_of(services, name), actor=ACTOR)

    click.echo(_with_passwords(run))


@users.command()
@click.argument("name")
def disable(name: str) -> None:
    """Disable NAME for good; their sessions and the keys they made end within seconds."""

    async def run(services: Services) -> bool:
        return await people.disable_person(services, await _id_of(services, name), actor=ACTOR)

    click.echo(f"{name} {'is' if with_services(run) else 'was already'} disabled")


async def _everybody(services: Services) -> list[User]:
    found: list[User] = []
    async with services.ledger.read() as connection:
        while page := await list_users(connection, after=found[-1].id if found else "", limit=PAGE):
            found += page
    return found


async def _id_of(services: Services, name: str) -> str:
    async with services.ledger.read() as connection:
        return (await get_user_named(connection, people.canonical_name(name))).id


def _with_passwords(work: Callable[[Services, Passwords], Awaitable[T]]) -> T:
    async def run(services: Services) -> T:
        with closing(Passwords()) as passwords:
            return await work(services, passwords)

    return with_services(run)
