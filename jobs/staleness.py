"""Whether stored scores are up to date: none is stale unless a pending mark reaches it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from msgspec import Struct

from graph.errors import Unavailable
from graph.marks import count_marks, stale_among
from graph.model import WalletScore
from jobs.services import Services
from ledger.runs import latest_run
from ledger.scores import Position, list_top


class StoredPage(Struct, frozen=True):
    """A page of scores, which of their wallets are stale, and where the page ended; None at the end."""

    scores: Sequence[WalletScore]
    stale: Collection[str]
    ended: Position | None


async def stale_scores(services: Services, keys: Sequence[str]) -> set[str]:
    """Return which of these wallets a pending mark reaches; ask before reading their scores.

    Stored scores are worth reading while Neo4j is away; whether they are current cannot be told then: all are stale.
    """
    try:
        async with services.ledger.read() as connection:
            run = await latest_run(connection)
        return await stale_among(services.graph, keys, run.hops) if run else set()
    except Unavailable as error:
        if error.service != "neo4j":
            raise
        return set(keys)


async def read_page(services: Services, limit: int, attributed: bool | None, position: Position | None) -> StoredPage:
    """Read a page of the ranking and tell which of it is stale.

    Marks are asked for before the scores that they are about: a score read first could be from before a re-screening
    that has taken its mark away meanwhile. So where there are marks the page is read twice: first to know its wallets.
    """
    try:
        pending = await count_marks(services.graph)
    except Unavailable:
        pending = 1
    page, ended = await _top(services, limit, attributed, position)
    if not pending:
        return StoredPage(page, (), ended)
    asked = {score.wallet for score in page}
    stale = await stale_scores(services, sorted(asked))
    page, ended = await _top(services, limit, attributed, position)
    # A wallet that came in between the two readings was not asked about.
    return StoredPage(page, stale | {score.wallet for score in page} - asked, ended)


async def _top(
    services: Services, limit: int, attributed: bool | None, position: Position | None
) -> tuple[list[WalletScore], Position | None]:
    async with services.ledger.read() as connection:
        return await list_top(connection, limit, attributed, position)
