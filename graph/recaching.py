"""The category cached on wallets set right: decided again from what is said of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from graph.attributions import cache_of
from graph.model import Attribution
from graph.session import Graph, Row, Unit
from graph.settling import Odd, lock_wallets
from graph.taxonomy import Taxonomy, deciding_attribution

_CACHED = ("category", "actor", "attribution")


async def odd_categories(graph: Graph, keys: Sequence[str], taxonomy: Taxonomy) -> list[str]:
    """Return those of the wallets whose cached category, or its labels, look odd, in order of key."""
    now = datetime.now(UTC)
    counter = (await graph.read("counter_now", now=now))[0]
    said = await graph.read("attributions_about", wallets=list(keys))
    cached = await graph.read("cached_categories", keys=list(keys))
    should = _decided(keys, said, counter["refreshed_at"] or now, taxonomy)
    return [row["key"] for row in cached if not _is_as(row, should[row["key"]])]


async def settle_categories(unit: Unit, keys: Sequence[str], taxonomy: Taxonomy) -> list[Odd]:
    """Decide again for these wallets, which exist, under the locks of attributing; return those that were odd.

    Nothing is numbered: what is put back was numbered when it was first decided.
    """
    now = datetime.now(UTC)
    turn = (await unit.run("lock_attributions", now=now))[0]
    ordered = sorted(keys)
    await lock_wallets(unit, ordered)
    said = await unit.run("attributions_about", wallets=ordered)
    cached = await unit.run("cached_categories", keys=ordered)
    should = _decided(ordered, said, turn["refreshed_at"] or now, taxonomy)
    odd = [row for row in cached if not _is_as(row, should[row["key"]])]
    if odd:
        await unit.run("set_categories", rows=[should[row["key"]] for row in odd])
    return [Odd("category", row["key"], f"is {_said(row)}, not {_said(should[row['key']])}") for row in odd]


def _decided(keys: Sequence[str], said: Sequence[Row], valid_at: datetime, taxonomy: Taxonomy) -> dict[str, Row]:
    standing: dict[str, list[Attribution]] = {key: [] for key in keys}
    for row in said:
        if row["withdrawn_at"] is None:
            standing[row["wallet"]].append(Attribution(**row))
    return {
        key: cache_of(key, deciding_attribution(about, valid_at, taxonomy), taxonomy) for key, about in standing.items()
    }


def _is_as(cached: Row, should: Mapping[str, object]) -> bool:
    labels = (should["class"] == "illicit", should["class"] == "service")
    return (cached["illicit"], cached["service"]) == labels and all(cached[n] == should[n] for n in _CACHED)


def _said(row: Row) -> str:
    return f"{row['category'] or 'none'} by {row['attribution'] or 'nothing'}"
