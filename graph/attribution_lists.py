"""Reading attributions: by id, by wallet, and in lists as far as they were known at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from graph.clock import Clock
from graph.errors import NotFound
from graph.model import Attribution
from graph.session import Graph
from graph.taxonomy import Taxonomy, is_in_force

_LAST_SEQ = 2**63 - 1


class Asked(Struct, frozen=True):
    """Which attributions are asked for: None asks for all.

    `in_force`: recorded, not withdrawn and valid at `known_at`; `review`: not withdrawn, and of a category that is
    not in the table. `known_at` None is now; what was recorded later is left out.
    """

    wallet: str | None = None
    category: str | None = None
    source: str | None = None
    in_force: bool | None = None
    review: bool | None = None
    known_at: datetime | None = None


async def attributions_about(graph: Graph, wallets: Sequence[str]) -> list[Attribution]:
    """Return every attribution of the wallets, withdrawn ones too, in order of wallet and id."""
    return [Attribution(**row) for row in await graph.read("attributions_about", wallets=list(wallets))]


async def attributions_of_ids(graph: Graph, ids: Sequence[str]) -> list[Attribution]:
    """Return the attributions of those ids that are known, in order of id."""
    return [Attribution(**row) for row in await graph.read("attributions_of_ids", ids=list(ids))]


async def get_attribution(graph: Graph, id_: str) -> Attribution:
    """Return one attribution, withdrawn or not; raises NotFound."""
    found = await attributions_of_ids(graph, [id_])
    if not found:
        raise NotFound("attribution", id_)
    return found[0]


async def list_attributions(
    graph: Graph, asked: Asked, taxonomy: Taxonomy, *, limit: int, before_seq: int | None = None
) -> tuple[list[Attribution], int | None]:
    """List what is asked for, latest recorded first; the second value continues the list, None at its end."""
    before = _LAST_SEQ if before_seq is None else before_seq
    if asked.wallet is not None:
        found = await _of_wallet(graph, asked.wallet, asked, taxonomy, before)
    else:
        found = await _listed(graph, asked, taxonomy, before, limit + 1)
    return found[:limit], found[limit - 1].seq if len(found) > limit else None


async def _listed(graph: Graph, asked: Asked, taxonomy: Taxonomy, before: int, limit: int) -> list[Attribution]:
    clock = Clock(known_at=asked.known_at).parameters()
    # By the index that leaves the least to look at.
    by_category = "list_attributions" if asked.category is None else "list_attributions_of_category"
    rows = await graph.read(
        by_category if asked.source is None else "list_attributions_of_source",
        before_seq=before,
        category=asked.category,
        source=asked.source,
        in_force=asked.in_force,
        review=asked.review,
        categories=list(taxonomy.names),
        known_at=clock["known_at"],
        valid_at=clock["valid_at"],
        limit=limit,
    )
    return [Attribution(**row) for row in rows]


async def _of_wallet(graph: Graph, wallet: str, asked: Asked, taxonomy: Taxonomy, before: int) -> list[Attribution]:
    """The same conditions over the few attributions of one wallet."""
    clock = Clock(known_at=asked.known_at).parameters()
    found = [
        attribution
        for attribution in await attributions_about(graph, [wallet])
        if (attribution.seq or 0) < before
        and is_recorded(attribution, clock["known_at"])
        and asked.category in (None, attribution.category)
        and asked.source in (None, attribution.source)
        and asked.in_force in (None, is_in_force(attribution, clock["valid_at"], clock["known_at"]))
        and asked.review in (None, needs_review(attribution, clock["known_at"], taxonomy))
    ]
    return sorted(found, key=lambda attribution: -(attribution.seq or 0))


def is_recorded(attribution: Attribution, known_at: datetime) -> bool:
    """Whether it had been recorded by then, withdrawn since or not."""
    return attribution.recorded_at is not None and attribution.recorded_at <= known_at


def needs_review(attribution: Attribution, known_at: datetime, taxonomy: Taxonomy) -> bool:
    """Whether it stood then and is of a category that is not in the table: a person has to supersede it."""
    stood = attribution.withdrawn_at is None or known_at < attribution.withdrawn_at
    return is_recorded(attribution, known_at) and stood and attribution.category not in taxonomy.categories
