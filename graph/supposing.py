"""What wallets would be if attributions were recorded and others withdrawn; nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from msgspec import Struct
from msgspec.structs import replace

from graph.attribution_drafts import Drafts, draft
from graph.attribution_lists import attributions_about, attributions_of_ids
from graph.errors import FieldError, InvalidInput
from graph.model import Attribution
from graph.session import Graph
from graph.taxonomy import Taxonomy, deciding_attribution

CHUNK = 5_000


class Supposed(Struct, frozen=True):
    """How many attributions would be new and how many would end, and what each wallet named would be.

    `categories` has None for a wallet without any. `about` has the wallet of each attribution, by id, that there is.
    """

    recorded: int
    withdrawn: int
    categories: dict[str, str | None]
    about: dict[str, str]


async def suppose(graph: Graph, record: Sequence[Attribution], withdraw: Sequence[str], taxonomy: Taxonomy) -> Supposed:
    """Decide for the wallets named as if `withdraw` had ended and then `record` been recorded, at this instant.

    Raises InvalidInput naming what cannot be withdrawn or superseded.
    """
    ending = await _ending(graph, withdraw)
    now = datetime.now(UTC)
    about = await _about(graph, sorted({one.wallet for one in [*record, *ending]}))
    known = {one.id: one.wallet for of in about.values() for one in of}
    gone = {one.id for one in ending if one.withdrawn_at is None}
    about = {key: [replace(a, withdrawn_at=now) if a.id in gone else a for a in of] for key, of in about.items()}
    drafts = _draft(record, about, now)
    ended = set(drafts.ended)
    standing = {key: [a for a in of if a.withdrawn_at is None and a.id not in ended] for key, of in about.items()}
    for one in drafts.new:
        standing[one.wallet].append(one)
    decided = {key: deciding_attribution(of, now, taxonomy) for key, of in standing.items()}
    categories = {key: None if one is None else one.category for key, one in decided.items()}
    return Supposed(len(drafts.new), len(gone | ended), categories, known)


async def _about(graph: Graph, wallets: Sequence[str]) -> dict[str, list[Attribution]]:
    about: dict[str, list[Attribution]] = {wallet: [] for wallet in wallets}
    for first in range(0, len(wallets), CHUNK):
        for one in await attributions_about(graph, wallets[first : first + CHUNK]):
            about[one.wallet].append(one)
    return about


def _draft(record: Sequence[Attribution], about: Mapping[str, Sequence[Attribution]], now: datetime) -> Drafts:
    try:
        return draft(record, about, "preview", now)
    except InvalidInput as error:
        named = [(one.field if one.field.startswith("[") else f"[0].{one.field}", one.message) for one in error.errors]
        raise InvalidInput(*(FieldError(f"record{field}", message) for field, message in named)) from None


async def _ending(graph: Graph, ids: Sequence[str]) -> list[Attribution]:
    found = {one.id: one for one in await attributions_of_ids(graph, list(dict.fromkeys(ids)))}
    unknown = [FieldError(f"withdraw[{i}]", f"{id_} is not known") for i, id_ in enumerate(ids) if id_ not in found]
    if unknown:
        raise InvalidInput(*unknown)
    return list(found.values())
