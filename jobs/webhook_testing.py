"""Sending a webhook a message that is no event, to see whether it arrives."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec.structs import replace

from jobs.envelopes import Envelope, EventData, encode_envelope
from jobs.services import Services
from jobs.webhook_sending import Answer, Sender
from ledger import audit, webhooks
from ledger.audit import format_at
from ledger.ids import new_id
from ledger.webhook_secrets import signing_secrets

TYPE = "webhook.test"
# Somebody waits for the answer.
PATIENCE_S = 4.0


async def send_test(services: Services, webhook: str, *, actor: str) -> Answer:
    """Send `webhook.test` to a webhook now, enabled or not, and return what came of it. Raises NotFound."""
    settings = services.settings.webhooks
    async with services.ledger.read() as connection:
        found = await webhooks.get_webhook(connection, webhook)
        secrets = await signing_secrets(connection, webhook)
    message = new_id("test")
    body = encode_envelope(_message(message, webhook, actor))
    async with Sender.open(replace(settings, webhook_timeout_s=min(settings.webhook_timeout_s, PATIENCE_S))) as sender:
        answer = await sender.send(found.url, f"msg_{message}", secrets, body)
    async with services.ledger.transaction() as connection:
        told = {"delivered": answer.is_good, "status": answer.status}
        await audit.append(connection, audit.EventDraft(actor, "webhook.tested", webhook, told))
    return answer


def _message(name: str, webhook: str, actor: str) -> Envelope:
    return Envelope(
        id=name,
        type=TYPE,
        time=format_at(datetime.now(UTC)),
        subject=webhook,
        data=EventData(actor=actor, body={}),
    )
