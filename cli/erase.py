"""`headwater erase`."""

from __future__ import annotations

import click

from api.parameters import canonical_transaction_key
from cli.running import ACTOR, with_services
from jobs.erasing import erase_transaction_text


@click.group()
def erase() -> None:
    """Erase what may be erased; the audit log says that it was, and why."""


@erase.command()
@click.argument("key")
@click.option("--reason", required=True, help="Kept for good in the audit log, so name no person in it.")
def text(key: str, reason: str) -> None:
    """Erase the personal text (purpose, customer reference) of the transaction KEY, such as eth:0x12ab."""
    found = canonical_transaction_key(key)
    erased = with_services(lambda services: erase_transaction_text(services, found, reason=reason, actor=ACTOR))
    click.echo(f"the text of {found} is erased" if erased else f"{found} has no text, or none any more")
