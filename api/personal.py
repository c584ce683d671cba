"""What a transaction says about people: shown to who investigates, and erasable."""

from __future__ import annotations

import msgspec
from litestar import get
from msgspec import Struct

from api.lifespan import GivenServices
from api.parameters import TransactionKey, canonical_transaction_key
from graph.transactions import get_transaction
from ledger.personal import find_text


class TextView(Struct, frozen=True):
    """The personal text of a transaction; both are null where it never had any, or where it was erased."""

    transaction: str
    purpose: str | None
    customer_reference: str | None


@get(
    "/transactions/{key:str}/text",
    operation_id="get_transaction_text",
    summary="The personal text of a transaction",
)
async def get_text_of_transaction(services: GivenServices, key: TransactionKey) -> TextView:
    """Return purpose and customer reference as they were sent."""
    found = await get_transaction(services.graph, canonical_transaction_key(key))
    async with services.ledger.read() as connection:
        text = await find_text(connection, found.key)
    body = text.body if text else {}
    return TextView(found.key, _told(body.get("purpose")), _told(body.get("customer_reference")))


def _told(said: object) -> str | None:
    """A reference may have been sent as any JSON; what is no text is told as its JSON."""
    return said if isinstance(said, str) or said is None else msgspec.json.encode(said).decode()
