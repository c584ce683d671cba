"""Wallets on which models and exposure disagree most: a queue of its own."""

from __future__ import annotations

from typing import Annotated

from litestar import get
from litestar.params import QueryParameter
from msgspec import Meta, Struct

from api.lifespan import GivenServices
from api.paging import Cursor, Cursors, Limit
from api.scores import Attributed
from ledger.disagreements import Disagreement, Higher, Position, list_disagreements

Believed = Annotated[
    Higher | None,
    QueryParameter(
        description="`model`: only wallets that models rank higher than exposure does; `exposure`: only the others"
    ),
]
_cursors: Cursors[Position] = Cursors("disagreements", tuple[Annotated[str, Meta(max_length=100)], float, str])


class DisagreementPage(Struct, frozen=True):
    """A page of disagreements of one run; `next` is null at the end."""

    items: list[Disagreement]
    next: str | None


@get(
    "/scores/disagreements",
    operation_id="list_disagreements",
    summary="Wallets on which models and exposure disagree most",
)
async def list_all_disagreements(
    services: GivenServices,
    *,
    higher: Believed = None,
    attributed: Attributed = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> DisagreementPage:
    """Page through wallets of the latest run, those first whose rank by the models is furthest from that by exposure.

    What a wallet is attributed as itself counts on neither side; `category` shows it. Empty for a run without champion.
    """
    after = _cursors.read(cursor)
    async with services.ledger.read() as connection:
        items, ended = await list_disagreements(
            connection, higher=higher, attributed=attributed, after=after, limit=limit
        )
    return DisagreementPage(items, _cursors.write(ended))
