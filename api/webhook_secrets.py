"""The secrets of a webhook: several sign at once, so that a receiver can change over at its own time."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, delete, get, post
from msgspec.structs import asdict

from api.idempotency import new_resource_id
from api.lifespan import GivenCaller, GivenServices
from api.parameters import Id
from api.webhook_bodies import CreatedSecretView, SecretPage, SecretView
from jobs import webhook_desk
from ledger.webhook_secrets import SecretInfo, list_secrets
from ledger.webhooks import get_webhook


@get("/webhooks/{webhook:str}/secrets", operation_id="list_webhook_secrets", summary="The secrets of a webhook")
async def list_secrets_of_webhook(services: GivenServices, webhook: Id) -> SecretPage:
    """Return the secrets that sign now, oldest first; none of them can be used by what is told of it here."""
    async with services.ledger.read() as connection:
        await get_webhook(connection, webhook)
        return SecretPage([_view(one) for one in await list_secrets(connection, webhook)], None)


@post("/webhooks/{webhook:str}/secrets", operation_id="create_webhook_secret", summary="Make one more secret")
async def create_one_webhook_secret(
    request: Request[Any, Any, Any], services: GivenServices, caller: GivenCaller, webhook: Id
) -> Response[CreatedSecretView]:
    """Make a secret, of at most 5, that signs from now on beside the others. It is in this answer and nowhere else.

    To change secrets: make the new one, have the receiver use it, delete the old one.
    """
    made, secret = await webhook_desk.add_secret(services, webhook, new_resource_id(request, "whs"), actor=caller.id)
    return Response(CreatedSecretView(**asdict(_view(made)), secret=secret))


@delete(
    "/webhooks/{webhook:str}/secrets/{secret:str}",
    operation_id="delete_webhook_secret",
    summary="Delete a secret",
    status_code=204,
)
async def delete_one_webhook_secret(services: GivenServices, caller: GivenCaller, webhook: Id, secret: Id) -> None:
    """Sign with a secret no more, and forget it. The last one cannot be deleted. Safe to send again."""
    await webhook_desk.remove_secret(services, webhook, secret, actor=caller.id)


def _view(info: SecretInfo) -> SecretView:
    return SecretView(**asdict(info))
