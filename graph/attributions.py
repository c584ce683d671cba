"""Attributions: appended, never edited; what decides now is cached on the wallet."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from graph.model import Attribution
from graph.session import Graph, Row, Unit
from graph.sums import micros
from graph.taxonomy import Taxonomy, current_attribution


class Recorded(Struct, frozen=True):
    """How many of the given attributions were new, how many known, and the seq after them."""

    recorded: int
    known: int
    seq: int


async def record_attributions(graph: Graph, given: Sequence[Attribution], taxonomy: Taxonomy) -> Recorded:
    """Append attributions in one unit and refresh the cache of their wallets; a repetition changes nothing.

    Wallets that are not in the graph yet are created. Ids are those of `attribution_id`.
    """
    rows = {attribution.id: _parameters(attribution) for attribution in given}
    wallets = sorted({attribution.wallet for attribution in given})

    async def work(unit: Unit) -> Recorded:
        await unit.run("lock_wallets", wallets=[_wallet(key) for key in wallets])
        done = await unit.run("record_attributions", rows=list(rows.values()), recorded_at=datetime.now(UTC))
        await _refresh(unit, wallets, taxonomy)
        return Recorded(done[0]["recorded"], len(given) - done[0]["recorded"], done[0]["last_seq"])

    return await graph.unit(work)


async def attributions_about(graph: Graph, wallets: Sequence[str]) -> list[Attribution]:
    """Return every attribution of the wallets, withdrawn ones too, in order of wallet and id."""
    return [Attribution(**row) for row in await graph.read("attributions_about", wallets=list(wallets))]


def attribution_id(attribution: Attribution) -> str:
    """The id that its content gives an attribution, so that importing a file twice records it once."""
    parts = msgspec.structs.replace(attribution, id="", recorded_at=None, withdrawn_at=None)
    return "att_" + hashlib.sha256(msgspec.json.encode(parts, order="sorted")).hexdigest()[:26]


async def _refresh(unit: Unit, wallets: Sequence[str], taxonomy: Taxonomy) -> None:
    """Decide again for each wallet, seeing what this unit has just written."""
    about: dict[str, list[Attribution]] = defaultdict(list)
    for row in await unit.run("attributions_about", wallets=list(wallets)):
        about[row["wallet"]].append(Attribution(**row))
    now = datetime.now(UTC)
    rows = [_cache(key, current_attribution(about[key], now, taxonomy), taxonomy) for key in wallets]
    await unit.run("set_categories", rows=rows)


def _cache(key: str, current: Attribution | None, taxonomy: Taxonomy) -> Row:
    if current is None:
        return {"key": key, "category": None, "actor": None, "attribution": None, "class": None}
    class_ = taxonomy.get(current.category).class_
    row = {"key": key, "category": current.category, "actor": current.actor}
    return row | {"attribution": current.id, "class": class_}


def _wallet(key: str) -> Row:
    network, address = key.split(":", 1)
    return {"key": key, "network": network, "address": address}


def _parameters(attribution: Attribution) -> Row:
    properties = {
        "category": attribution.category,
        "source": attribution.source,
        "actor": attribution.actor,
        "confidence": attribution.confidence,
        "official": attribution.official,
        "note": attribution.note,
    }
    span = {
        name: None if (at := getattr(attribution, name)) is None else micros(at) for name in ("valid_from", "valid_to")
    }
    return {"id": attribution.id, "wallet": attribution.wallet, "properties": properties} | span
