"""`headwater checkpoint`: sign the audit log now, make, print and replace the key that signs."""

from __future__ import annotations

from pathlib import Path

import click

from cli.running import ACTOR, with_services
from jobs.checkpoint_keys import current_key, key_file
from jobs.checkpointing import last_signed, make_checkpoint, origin_of, sink_of
from jobs.rotating_keys import replace_lost_key, rotate_key
from jobs.services import Services
from ledger.key_rotations import list_rotations
from ledger.signing import new_key, write_key


@click.group()
def checkpoint() -> None:
    """Sign checkpoints of the audit log; keys that do."""


@checkpoint.command()
def make() -> None:
    """Sign the log as it is now; a worker does so by itself every HEADWATER_CHECKPOINT_EVERY_S seconds."""

    async def run(services: Services) -> str:
        made = await make_checkpoint(services)
        if made is None:
            return "there is nothing new to sign, or a worker is about it"
        return f"checkpoint of {made.size:,} events written to {sink_of(services.settings).folder}"

    click.echo(with_services(run))


@checkpoint.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def keygen(file: Path) -> None:
    """Make a signing key, readable by you only, and write it to FILE; a file that is there is left as it is."""
    write_key(new_key(), file)
    click.echo(f"{file}: set HEADWATER_CHECKPOINT_KEY to it for the worker, and nobody else")


@checkpoint.command()
@click.option("--pem", is_flag=True, help="As PEM, for OpenSSL.")
def key(pem: bool) -> None:
    """Print the public key: what auditors keep, and give to `headwater verify --key`."""

    async def run(services: Services) -> str:
        async with services.ledger.read() as connection:
            public = current_key(key_file(services.settings), await list_rotations(connection)).public
            seen = await last_signed(connection, public, sink_of(services.settings))
        return public.pem().strip() if pem else public.verifier(origin_of(services.settings, public, seen))

    click.echo(with_services(run))


@checkpoint.command()
@click.option("--lost", is_flag=True, help="The old key is lost: go on with another, which auditors have to be given.")
def rotate(lost: bool) -> None:
    """Replace the signing key by a new one for which the old one vouches; an audit event tells of it."""
    work = replace_lost_key if lost else rotate_key
    rotation = with_services(lambda services: work(services, actor=ACTOR))
    click.echo(f"event {rotation.seq}: from now on checkpoints are signed with", err=True)
    click.echo(rotation.new.verifier(rotation.origin))
