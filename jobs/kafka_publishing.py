"""Decisions and alerts to Kafka: events of the audit log in order of seq, each at least once, by one publisher.

A cursor in Postgres tells how far Kafka has acknowledged; it moves on the connection that holds the turn, so that a
publisher that lost the turn cannot move it. Kafka away holds up nothing but this.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine
from typing import Any

import structlog

from graph.errors import Unavailable
from graph.model import Event
from jobs.envelopes import MEDIA_TYPE, Envelope, encode_envelope, envelope
from jobs.kafka_client import Headers, Outgoing, Publisher, open_publisher
from jobs.services import Services
from ledger import audit, kafka
from ledger.following import Following
from ledger.session import Connection
from ledger.turns import take_turn
from settings import KafkaSettings

PAGE = 500
# What is appended is told at once; asked for again in case it was not.
SILENCE_S = 5.0
# Unanswered for so long, Kafka counts as away; what was sent is still waited for.
PATIENCE_S = 10.0
# How soon another worker's turn is asked for again.
TURN_S = 2.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 15.0
DECISIONS, ALERTS = "transaction.", "alert."
log = structlog.get_logger()


async def publish_events(services: Services, following: Following) -> None:
    """Publish for ever. Whatever is away is tried again, ever less often."""
    pause = FIRST_PAUSE_S
    while True:
        try:
            async with services.ledger.listener() as connection:
                while not await take_turn(connection, "kafka"):  # noqa: ASYNC110  # nobody tells when it is free
                    await asyncio.sleep(TURN_S)
                pause = await _publish_in_turn(services, following, connection, pause)
        except Unavailable as error:
            log.warning("publishing_postponed", error=str(error))
        except Exception:
            log.exception("publishing_failed")
        await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311


async def _publish_in_turn(services: Services, following: Following, connection: Connection, pause: float) -> float:
    """Publish until Kafka fails; return how long to pause then: twice as long if nothing went through."""
    settings = services.settings.kafka
    seq = begun = await kafka.open_cursor(connection, from_beginning=settings.kafka_from == "beginning")
    try:
        async with open_publisher(settings.kafka_url) as publisher:
            await _within_patience(connection, publisher.make_sure_of(settings.kafka_decisions, settings.kafka_alerts))
            await kafka.note_answer(connection)
            while True:
                seq = await _publish_page(connection, publisher, settings, seq)
                await following.beyond(seq, SILENCE_S)
    except Unavailable as error:
        if error.service != "kafka":
            raise
        log.warning("kafka_away", error=str(error))
    await kafka.note_failure(connection)
    return FIRST_PAUSE_S if seq > begun else min(pause * 2, LONGEST_PAUSE_S)


async def _publish_page(connection: Connection, publisher: Publisher, settings: KafkaSettings, seq: int) -> int:
    """Publish what comes next; return the seq up to which everything is published then."""
    events = await audit.list_events(connection, after=seq, limit=PAGE)
    messages = [message for event in events if (message := message_of(event, settings)) is not None]
    if messages:
        await _within_patience(connection, publisher.publish(messages))
    if events:
        seq = events[-1].seq
        await kafka.move_cursor(connection, seq)
    return seq


async def _within_patience(connection: Connection, work: Coroutine[Any, Any, None]) -> None:
    """Wait for Kafka as long as it takes, and record when it has taken too long."""
    task = asyncio.create_task(work)
    try:
        while not (await asyncio.wait({task}, timeout=PATIENCE_S))[0]:
            await kafka.note_failure(connection)
        await task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def message_of(event: Event, settings: KafkaSettings) -> Outgoing | None:
    """Return the message that tells an event, None for one that is not told to Kafka.

    Its key is the event's subject, a transaction's key or an alert's id; its value the envelope (CloudEvents 1.0,
    structured); the headers repeat the envelope's attributes for those who route without reading.
    """
    if event.action.startswith(DECISIONS):
        topic = settings.kafka_decisions
    elif event.action.startswith(ALERTS):
        topic = settings.kafka_alerts
    else:
        return None
    told = envelope(event)
    return Outgoing(topic, event.subject.encode(), encode_envelope(told), _headers(told))


def _headers(told: Envelope) -> Headers:
    """https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md."""
    names = ("specversion", "id", "source", "type", "time", "subject")
    repeated = tuple((f"ce_{name}", str(getattr(told, name)).encode()) for name in names)
    return (("content-type", f"{MEDIA_TYPE}; charset=UTF-8".encode()), *repeated)
