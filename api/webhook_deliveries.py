"""Deliveries to a webhook: what was sent, what is to be, and sending again."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.params import QueryParameter

from api.bodies import read_body
from api.lifespan import GivenCaller, GivenServices
from api.paging import Cursor, Cursors, Limit, Seq
from api.parameters import Id
from api.webhook_bodies import DeliveryPage, DeliveryView, RedeliverInput
from graph.errors import FieldError, InvalidInput
from jobs import webhook_desk
from jobs.webhook_lanes import message_id
from ledger.deliveries import DeliveryState, list_deliveries
from ledger.webhooks import Webhook, get_webhook

State = Annotated[DeliveryState | None, QueryParameter(name="state", description="Only those in this state")]

_cursors: Cursors[int] = Cursors("deliveries", Seq)


@get(
    "/webhooks/{webhook:str}/deliveries",
    operation_id="list_webhook_deliveries",
    summary="Deliveries to a webhook, latest event first",
)
async def list_deliveries_to_webhook(
    services: GivenServices, webhook: Id, *, of_state: State = None, limit: Limit = 100, cursor: Cursor = None
) -> DeliveryPage:
    """Page through what was sent to a webhook and what is to be; what has ended is kept for a week unless set."""
    after = _cursors.read(cursor)
    async with services.ledger.read() as connection:
        await get_webhook(connection, webhook)
        found, ended = await list_deliveries(connection, webhook, state=of_state, after=after, limit=limit)
    items = [DeliveryView.from_delivery(one, message_id(webhook, one.seq)) for one in found]
    return DeliveryPage(items, _cursors.write(ended))


@post(
    "/webhooks/{webhook:str}/redeliver",
    operation_id="redeliver_webhook",
    summary="Have events sent again",
    status_code=200,
)
async def redeliver_to_webhook(
    request: Request[Any, Any, Any], services: GivenServices, caller: GivenCaller, webhook: Id
) -> Response[Webhook]:
    """Queue all events of its types after a `seq` for a webhook, or one event of any type, delivered before or not.

    Each keeps its `webhook-id`, so that a receiver that has it can tell. Many are queued little by little, while the
    webhook is `catching_up`; nothing is sent while it is disabled.
    """
    asked = read_body(await request.body(), RedeliverInput)
    if (asked.after is None) == (asked.seq is None):
        raise InvalidInput(FieldError("after", "send either after or seq"))
    return Response(await webhook_desk.redeliver(services, webhook, after=asked.after, seq=asked.seq, actor=caller.id))
