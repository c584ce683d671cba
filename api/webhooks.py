"""Webhooks: receivers that are sent events as they happen."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, delete, get, patch, post
from msgspec.structs import asdict

from api.bodies import read_body
from api.etags import IfMatch, check_etag, etag_of, require_if_match
from api.idempotency import new_resource_id
from api.lifespan import GivenCaller, GivenServices
from api.paging import Cursor, Cursors, Limit
from api.parameters import Id
from api.webhook_bodies import CreatedWebhookView, TestedView, WebhookEdit, WebhookInput, WebhookPage
from jobs import webhook_desk
from jobs.webhook_testing import send_test
from ledger.webhooks import Wanted, Webhook, get_webhook, list_webhooks

_cursors: Cursors[str] = Cursors("webhooks", str)


@post("/webhooks", operation_id="create_webhook", summary="Have events sent to a URL")
async def create_one_webhook(
    request: Request[Any, Any, Any], services: GivenServices, caller: GivenCaller
) -> Response[CreatedWebhookView]:
    """Have every event of some types, from now on, posted to a URL, signed as Standard Webhooks has it.

    The secret to verify with is in this answer and nowhere else: whoever loses it makes another one. A message that
    is not answered with 2xx in time is sent again, later and later; each event arrives at least once, always under
    the same `webhook-id`, and in the order of `seq` only while all goes well and one is `in_flight`.
    """
    asked = read_body(await request.body(), WebhookInput)
    made, secret = await webhook_desk.create(
        services,
        new_resource_id(request, "whk"),
        new_resource_id(request, "whs", 1),
        asked.wanted(),
        actor=caller.id,
    )
    return Response(CreatedWebhookView(**asdict(made), secret=secret), headers={"ETag": _etag(made)})


@get("/webhooks", operation_id="list_webhooks", summary="Webhooks, newest first")
async def list_all_webhooks(services: GivenServices, limit: Limit = 100, cursor: Cursor = None) -> WebhookPage:
    """Page through webhooks, those that are disabled too, with why they are."""
    after = _cursors.read(cursor)
    async with services.ledger.read() as connection:
        found, ended = await list_webhooks(connection, after=after, limit=limit)
    return WebhookPage(found, _cursors.write(ended))


@get("/webhooks/{webhook:str}", operation_id="get_webhook", summary="One webhook")
async def get_one_webhook(services: GivenServices, webhook: Id) -> Response[Webhook]:
    """Return a webhook and how sending to it goes, with the `ETag` that an edit of it sends as `If-Match`."""
    async with services.ledger.read() as connection:
        return _response(await get_webhook(connection, webhook))


@patch("/webhooks/{webhook:str}", operation_id="edit_webhook", summary="Change, disable or enable a webhook")
async def edit_one_webhook(
    request: Request[Any, Any, Any],
    services: GivenServices,
    caller: GivenCaller,
    webhook: Id,
    if_match: IfMatch = None,
) -> Response[Webhook]:
    """Change what a webhook is; what is absent stays. Other types are for events to come.

    While it is disabled nothing is sent; once enabled, it goes on where it was disabled.
    """
    given, body = require_if_match(if_match), await request.body()

    def wanted(before: Webhook) -> tuple[Wanted, bool]:
        check_etag(given, _etag(before))
        return read_body(body, WebhookEdit).wanted(before)

    return _response(await webhook_desk.change(services, webhook, wanted, actor=caller.id))


@delete("/webhooks/{webhook:str}", operation_id="end_webhook", summary="End a webhook", status_code=204)
async def end_one_webhook(services: GivenServices, caller: GivenCaller, webhook: Id, if_match: IfMatch = None) -> None:
    """End a webhook for good: what waits for it is not sent, its secrets are forgotten."""
    given = require_if_match(if_match)
    await webhook_desk.end(services, webhook, lambda found: check_etag(given, _etag(found)), actor=caller.id)


@post("/webhooks/{webhook:str}/enable", operation_id="enable_webhook", summary="Enable a webhook", status_code=200)
async def enable_one_webhook(services: GivenServices, caller: GivenCaller, webhook: Id) -> Response[Webhook]:
    """Go on sending where a webhook was disabled, with no event passed over. Safe to send again."""
    return _response(await webhook_desk.enable(services, webhook, actor=caller.id))


@post("/webhooks/{webhook:str}/test", operation_id="test_webhook", summary="Send a test message", status_code=200)
async def try_one_webhook(services: GivenServices, caller: GivenCaller, webhook: Id) -> TestedView:
    """Send a message of type `webhook.test`, which is no event, and wait for what comes of it; enabled or not."""
    answer = await send_test(services, webhook, actor=caller.id)
    return TestedView(delivered=answer.is_good, status=answer.status, ms=answer.ms, error=answer.error)


def _etag(webhook: Webhook) -> str:
    return etag_of(webhook.id, webhook.version)


def _response(webhook: Webhook) -> Response[Webhook]:
    return Response(webhook, headers={"ETag": _etag(webhook)})
