"""`headwater consume`."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress

import click

from cli.garbage import collect_rarely
from cli.running import connected_settings
from graph.errors import HeadwaterError
from jobs.kafka_address import parse_kafka_url
from jobs.rehearsing import rehearse_in_turn
from jobs.services import PATIENT_S, open_services
from settings import Settings, SettingsError


@click.command()
def consume() -> None:
    """Screen the payments of the Kafka topic `financial-transactions` until told to stop.

    A message is the JSON of POST /transactions. It is committed once it is decided; one that can never be is put into
    the dead-letter topic, with the reason. What is under way when told to stop is finished first.
    """
    from api.logs import configure_logging

    settings = connected_settings()
    if not settings.kafka.kafka_url:
        raise SettingsError(
            "there is no Kafka to consume from: set HEADWATER_KAFKA_URL, or start `headwater up --kafka`"
        )
    parse_kafka_url(settings.kafka.kafka_url)  # a bad one stops the start
    configure_logging()
    collect_rarely()
    asyncio.run(_consume(settings))
    click.echo("consumer stopped", err=True)


async def _consume(settings: Settings) -> None:
    from jobs.kafka_consuming import Consumer

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with open_services(settings, retry_s=PATIENT_S) as services:
        # Else the first payments would wait for the planning of their queries; a database that is down is no matter.
        with suppress(HeadwaterError):
            await rehearse_in_turn(services, is_over=stop.is_set)
        await Consumer(services, stop).run()
