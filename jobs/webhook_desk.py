"""Webhooks as people work on them; each change is an event in the same transaction, without URL and secret."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from graph.errors import FieldError, InvalidInput, NotFound
from jobs.services import Services
from jobs.webhook_targets import TargetRefused, Targets, read_target
from ledger import audit, deliveries, outbox, webhook_secrets, webhooks
from ledger.errors import WebhookConflict
from ledger.session import Connection
from ledger.webhook_secrets import SecretInfo
from ledger.webhooks import Wanted, Webhook

MOST_SECRETS = 5
# Each event is a row for each of them that wants it.
MOST_WEBHOOKS = 200
BY_A_PERSON = "disabled by {actor}"


async def create(
    services: Services, webhook: str, secret: str, wanted: Wanted, *, actor: str
) -> tuple[Webhook, str | None]:
    """Create a webhook with its first secret, under these ids; return it and the secret, None the second time.

    Raises InvalidInput for a URL that cannot be sent to, WebhookConflict where there are enough.
    """
    check_url(services, wanted.url)
    async with services.ledger.transaction() as connection:
        if await webhooks.count_webhooks(connection) >= MOST_WEBHOOKS:
            raise WebhookConflict(f"there are {MOST_WEBHOOKS}, which is the most; end one that is out of use")
        is_new = await webhooks.create_webhook(connection, webhook, wanted, actor=actor)
        made = await webhooks.get_webhook(connection, webhook)
        plaintext = None
        if is_new:
            _, plaintext = await webhook_secrets.create_secret(connection, webhook, secret, actor=actor)
            body = {**_told(wanted), "secret": secret}
            await audit.append(connection, audit.EventDraft(actor, "webhook.created", webhook, body))
    return made, plaintext


async def change(
    services: Services,
    webhook: str,
    wanted: Callable[[Webhook], tuple[Wanted, bool]],
    *,
    actor: str,
) -> Webhook:
    """Make a webhook what `wanted` says, and enabled or not; it may refuse the version it is given.

    Raises NotFound, and InvalidInput for a URL that cannot be sent to.
    """
    async with services.ledger.transaction() as connection:
        before = await webhooks.get_webhook(connection, webhook, lock=True)
        after, enabled = wanted(before)
        events = []
        if after != wanted_of(before):
            check_url(services, after.url)
            await webhooks.change_webhook(connection, webhook, after)
            events.append(audit.EventDraft(actor, "webhook.changed", webhook, _told(after)))
        if enabled != before.enabled:
            events.append(await _switch(connection, webhook, enabled, actor))
        await audit.append(connection, *events)
        return await webhooks.get_webhook(connection, webhook)


async def enable(services: Services, webhook: str, *, actor: str) -> Webhook:
    """Go on where a webhook was disabled, with nothing passed over; one that is enabled stays so. Raises NotFound."""
    return await change(services, webhook, lambda before: (wanted_of(before), True), actor=actor)


async def end(services: Services, webhook: str, check: Callable[[Webhook], None], *, actor: str) -> None:
    """End a webhook and forget its secrets; what waits for it is not sent. Raises NotFound, and what `check` does."""
    async with services.ledger.transaction() as connection:
        check(await webhooks.get_webhook(connection, webhook, lock=True))
        await webhooks.end_webhook(connection, webhook)
        await audit.append(connection, audit.EventDraft(actor, "webhook.ended", webhook, {}))


async def add_secret(services: Services, webhook: str, secret: str, *, actor: str) -> tuple[SecretInfo, str | None]:
    """Make one more secret under this id, which signs from now on beside the others.

    Return what may be known of it, and the secret, None the second time. Raises NotFound, and WebhookConflict where
    there are enough.
    """
    async with services.ledger.transaction() as connection:
        await webhooks.get_webhook(connection, webhook, lock=True)
        known = await webhook_secrets.list_secrets(connection, webhook)
        if there := [one for one in known if one.id == secret]:
            return there[0], None
        if len(known) >= MOST_SECRETS:
            raise WebhookConflict(f"it has {len(known)} secrets, which is the most; delete one that is out of use")
        made, plaintext = await webhook_secrets.create_secret(connection, webhook, secret, actor=actor)
        await audit.append(connection, audit.EventDraft(actor, "webhook.secret_created", webhook, {"secret": secret}))
    return made, plaintext


async def remove_secret(services: Services, webhook: str, secret: str, *, actor: str) -> None:
    """Sign with a secret no more; one that is not there is let be. Raises NotFound, WebhookConflict for the last."""
    async with services.ledger.transaction() as connection:
        await webhooks.get_webhook(connection, webhook, lock=True)
        known = [one.id for one in await webhook_secrets.list_secrets(connection, webhook)]
        if secret not in known:
            return
        if len(known) == 1:
            raise WebhookConflict("it is the only secret; create another one first")
        await webhook_secrets.delete_secret(connection, webhook, secret)
        draft = audit.EventDraft(actor, "webhook.secret_deleted", webhook, {"secret": secret})
        await audit.append(connection, draft)


async def redeliver(services: Services, webhook: str, *, after: int | None, seq: int | None, actor: str) -> Webhook:
    """Have events sent again: all that it wants after `after`, or the one with `seq`. Raises NotFound."""
    async with services.ledger.transaction() as connection:
        await webhooks.get_webhook(connection, webhook, lock=True)
        if seq is not None and not await deliveries.queue_again(connection, webhook, seq):
            raise NotFound("event", str(seq))
        if after is not None:
            await outbox.ask_again(connection, webhook, after)
        body = {"after": after} if seq is None else {"seq": seq}
        await audit.append(connection, audit.EventDraft(actor, "webhook.redelivered", webhook, body))
        return await webhooks.get_webhook(connection, webhook)


def check_url(services: Services, url: str) -> None:
    """Raise InvalidInput for a URL that no webhook may have. Where a name leads to is looked at when it is sent to."""
    try:
        Targets(services.settings.webhooks.webhook_allow).check_literal(read_target(url))
    except TargetRefused as refused:
        raise InvalidInput(FieldError("url", str(refused))) from None


async def _switch(connection: Connection, webhook: str, enabled: bool, actor: str) -> audit.EventDraft:
    if enabled:
        await webhooks.enable_webhook(connection, webhook)
        return audit.EventDraft(actor, "webhook.enabled", webhook, {})
    reason = BY_A_PERSON.format(actor=actor)
    await webhooks.disable_webhook(connection, webhook, reason)
    return audit.EventDraft(actor, "webhook.disabled", webhook, {"reason": reason})


def wanted_of(found: Webhook) -> Wanted:
    """Return what a person wanted of a webhook as it is."""
    return Wanted(name=found.name, url=found.url, types=found.types, in_flight=found.in_flight)


def _told(wanted: Wanted) -> dict[str, Any]:
    """What the audit log tells of a webhook: of its URL, whose path may be a secret, the origin and a digest."""
    return {
        "name": wanted.name,
        "origin": read_target(wanted.url).origin,
        "url_sha256": hashlib.sha256(wanted.url.encode()).hexdigest(),
        "types": wanted.types,
        "in_flight": wanted.in_flight,
    }
