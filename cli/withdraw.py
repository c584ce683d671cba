"""`headwater withdraw KEY`."""

from __future__ import annotations

import click

from api.parameters import canonical_transaction_key
from cli.running import ACTOR, with_services
from graph.errors import FieldError, InvalidInput
from graph.withdrawal import Withdrawal
from jobs.services import Services
from jobs.withdrawing import MAX_REASON, withdraw_transaction


@click.command()
@click.argument("key")
@click.option("--reason", help="Why; kept for good, so name no person in it.")
def withdraw(key: str, reason: str | None) -> None:
    """Take transaction KEY (network:id) out of all flows; it stays known, and posting it again lands it again."""
    canonical = canonical_transaction_key(key)
    if reason and (len(reason) > MAX_REASON or any("\ud800" <= c <= "\udfff" for c in reason)):
        raise InvalidInput(FieldError("--reason", f"must be at most {MAX_REASON} characters of UTF-8 text"))

    async def run(services: Services) -> Withdrawal:
        return await withdraw_transaction(services, canonical, reason=reason or None, actor=ACTOR)

    done = with_services(run)
    said = "was withdrawn before" if done.was_known else "is withdrawn"
    click.echo(f"{done.key} {said} at #{done.seq}")
