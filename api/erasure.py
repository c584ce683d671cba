"""Erasing what a transaction says about people."""

from __future__ import annotations

from typing import Annotated

from litestar import delete
from litestar.params import QueryParameter

from api.lifespan import GivenCaller, GivenServices
from api.parameters import TransactionKey, canonical_transaction_key
from jobs.erasing import erase_transaction_text
from jobs.withdrawing import MAX_REASON

Reason = Annotated[
    str,
    QueryParameter(
        min_length=1,
        max_length=MAX_REASON,
        description="Why, such as `request of the data subject`; kept for good, so name no person in it",
    ),
]


@delete(
    "/transactions/{key:str}/text",
    operation_id="erase_transaction_text",
    summary="Erase the personal text of a transaction",
    status_code=204,
)
async def erase_text_of_transaction(
    services: GivenServices, caller: GivenCaller, key: TransactionKey, reason: Reason
) -> None:
    """Erase purpose and customer reference. What was decided stays, with the digest of the text.

    The audit log says who erased it and why. Safe to send again. From then on a transaction is known that is the same
    in the rest, whatever its text.
    """
    await erase_transaction_text(services, canonical_transaction_key(key), reason=reason, actor=caller.id)
