"""`headwater events`: the feed of events as JSON lines, as it is delivered."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import click

from api.event_views import read_type
from cli.running import with_services
from cli.stack import stop_on_signals
from graph.errors import Unavailable
from jobs.envelopes import encode_envelope, envelope
from jobs.services import Services
from ledger.event_feed import Looked, get_head, look
from ledger.following import Following

PAGE, QUIET_S, RETRY_S = 500, 30.0, 0.5


@click.command()
@click.option("--after", type=click.IntRange(min=0), help="Only events with a higher seq; from now on with --follow.")
@click.option("--type", "kind", help="Only events of this type, alert.opened, or of a kind, 'alert.*'.")
@click.option("--follow", is_flag=True, help="Go on with each event as it is committed, until interrupted.")
def events(after: int | None, kind: str | None, follow: bool) -> None:
    """Print events in the order in which they happened, one JSON object a line.

    `seq` grows by one from event to event: to go on where you stopped, pass the last as --after.
    """
    asked = read_type(kind, "admin")
    if follow:
        stop_on_signals()
    with suppress(KeyboardInterrupt, BrokenPipeError):
        with_services(lambda services: _print(services, after, asked, follow))


async def _print(services: Services, after: int | None, kind: str | None, follow: bool) -> None:
    place = await _begin(services, after, follow)
    async with Following.open(services.ledger) as following:
        while True:
            try:
                found = await _page(services, place, kind)
            except Unavailable as error:
                if not follow:
                    raise
                click.echo(f"headwater: {error}; waiting", err=True)
                await asyncio.sleep(RETRY_S)
                continue
            place = found.upto
            if place < found.head:
                continue
            if not follow:
                return
            await following.beyond(place, QUIET_S)


async def _begin(services: Services, after: int | None, follow: bool) -> int:
    if after is not None or not follow:
        return after or 0
    async with services.ledger.read() as connection:
        return await get_head(connection)


async def _page(services: Services, after: int, kind: str | None) -> Looked:
    """Print the next events."""
    async with services.ledger.read() as connection:
        found = await look(connection, after, limit=PAGE, kind=kind)
    for event in found.events:
        click.echo(encode_envelope(envelope(event)))
    return found
