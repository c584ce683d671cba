"""Messages that can never become a transaction: put aside with the reason, so that they hold up no other."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import structlog

from graph.errors import FieldError, InvalidInput, MalformedJson, TransactionConflict
from jobs.kafka_client import Headers, Incoming, MessageTooLarge, Outgoing, Publisher

log = structlog.get_logger()


async def put_aside(publisher: Publisher, topic: str, refused: Sequence[tuple[Incoming, Exception]]) -> None:
    """Send refused messages to the dead-letter topic, as they came and with why; raises Unavailable.

    One that the server finds too large with the reason added is sent without its key and content.
    """
    for message, error in refused:
        letter = dead_letter(topic, message, error)
        log.warning("message_refused", place=list(message.place), offset=message.offset, reason=reason_of(error))
        try:
            await publisher.publish([letter])
        except MessageTooLarge:
            await publisher.publish([_without_content(topic, message, error)])


def dead_letter(topic: str, message: Incoming, error: Exception) -> Outgoing:
    """Return the message as it came, with headers `reason`, `errors` (JSON), and where it stood.

    Headers that it came with stay, first.
    """
    return Outgoing(topic, message.key, message.value, (*message.headers, *_ours(message, error)))


def _without_content(topic: str, message: Incoming, error: Exception) -> Outgoing:
    kept = tuple(header for header in _ours(message, error) if header[0] != "original_key")
    size = str(len(message.value or b"")).encode()
    return Outgoing(topic, None, None, (*kept, ("left_out_bytes", size)))


def reason_of(error: Exception) -> str:
    """Return in a word why a message is refused."""
    if isinstance(error, MalformedJson):
        return "malformed-json"
    if isinstance(error, InvalidInput):
        return "invalid-input"
    if isinstance(error, TransactionConflict):
        return "transaction-conflict"
    return "refused"


def _ours(message: Incoming, error: Exception) -> Headers:
    errors = error.errors if isinstance(error, InvalidInput) else (FieldError("", str(error)),)
    return (
        ("reason", reason_of(error).encode()),
        ("errors", msgspec.json.encode(errors)),
        ("original_topic", message.topic.encode()),
        ("original_partition", str(message.partition).encode()),
        ("original_offset", str(message.offset).encode()),
        ("original_key", message.key or b""),
    )
