"""A message of Kafka read as a transaction, by the same rules as the body of `POST /transactions`."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime

from graph.canonical import canonical_transaction, decode_transaction
from graph.errors import AddressError, HeadwaterError, InvalidInput, MalformedJson, TransactionConflict
from jobs.kafka_client import Incoming
from jobs.screening_steps import Posted
from jobs.services import Services

ACTOR = "kafka"
_is_traceparent = re.compile(rb"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(-.*)?").fullmatch


class MessageRefused(HeadwaterError):
    """The message can never become a transaction; the text says why."""


# Sending the message again would not help; anything else is ours to try again.
REFUSALS = (MessageRefused, MalformedJson, InvalidInput, AddressError, TransactionConflict)


def read_message(services: Services, message: Incoming) -> Posted:
    """Return the payment that a message holds; raises one of REFUSALS."""
    settings = services.settings
    if message.value is None:
        raise MessageRefused("the message is empty")
    if len(message.value) > settings.api.max_body_bytes:
        raise MessageRefused(
            f"the message is longer than {settings.api.max_body_bytes} bytes (HEADWATER_MAX_BODY_BYTES)"
        )
    transaction = canonical_transaction(
        decode_transaction(message.value),
        reference_currency=settings.reference_currency,
        now=datetime.now(UTC),
        max_future_s=settings.api.max_future_s,
    )
    return Posted(transaction, ACTOR, _trace_id(message))


def _trace_id(message: Incoming) -> str:
    """The caller's, if it sent a W3C `traceparent`, else a new one."""
    found = _is_traceparent(dict(message.headers).get("traceparent") or b"")
    return found[1].decode() if found else secrets.token_hex(16)
