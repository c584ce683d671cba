"""Entities made anew from links: of the wallets whose links changed, and of all that were in one with them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np
from msgspec import Struct

from graph.batch import CHUNK, Integers
from graph.clustering import MERGE_FROM, Clusters, Links, cluster, components
from graph.columns import column, rows_of
from graph.session import Graph, Row

# Wallets of one unit, unless one entity has more: an entity is written whole.
UNIT = 10_000


class Regrouped(Struct, frozen=True):
    """How many wallets were looked at, how many entities they are in now, and how many wallets lost company."""

    wallets: int
    entities: int
    torn: int


class _Scope(Struct, frozen=True):
    """Wallets in order of key with the entity that they had ('' for none), whether they wait, and their clusters."""

    keys: list[str]
    had: list[str]
    waiting: list[bool]
    clusters: Clusters
    parts: Integers


async def regroup(graph: Graph) -> Regrouped:
    """Give every wallet that waits, and all in one entity with it, the entity that the links make.

    Old entities are closed under old links, so that no link leads out of what is read. Each unit writes whole entities
    and takes its wallets out of those that wait: stopped anywhere, the rest is done the next time. Wallets whose entity
    lost members are marked stale.
    """
    scope = await _read(graph)
    firsts, sizes = np.unique(scope.clusters.first, return_counts=True)
    names = {int(first): entity_key(scope.keys[first]) for first in firsts[sizes > 1]}
    has = [names.get(first, "") for first in scope.clusters.first.tolist()]
    torn = _torn(scope.had, has)
    for places in _units(scope.parts):
        await _write(graph, scope, places, has, torn)
    return Regrouped(len(scope.keys), len(names), sum(had in torn for had in scope.had))


def entity_key(first: str) -> str:
    """The key of the entity whose smallest wallet key is `first`; that tells the network, too."""
    return "ent_" + hashlib.sha256(first.encode()).hexdigest()[:26]


async def _read(graph: Graph) -> _Scope:
    wallets = await rows_of(graph, "unclustered_wallets", size=CHUNK)
    # A wallet that waits and is in no entity, and a member of one, are never the same.
    rows = sorted(zip(*(column(wallets, name) for name in ("wallets", "entities", "waiting")), strict=True))
    keys, had, waiting = ([row[i] for row in rows] for i in range(3))
    index = {key: i for i, key in enumerate(keys)}
    linked = await rows_of(graph, "unclustered_links", size=CHUNK, merge_from=MERGE_FROM / 100)
    sources, targets = (
        np.fromiter(map(index.__getitem__, column(linked, name)), np.int64) for name in ("sources", "targets")
    )
    percents = np.rint(np.asarray(column(linked, "confidences")) * 100).astype(np.int64)
    clusters = cluster(len(keys), Links(np.zeros_like(sources), sources, targets, percents))
    before = {name: i for i, name in reversed(list(enumerate(had))) if name}
    olds = np.asarray([before.get(name, i) for i, name in enumerate(had)], np.int64)
    places = np.arange(len(keys))
    parts = components(len(keys), np.concatenate((sources, places)), np.concatenate((targets, olds)))
    return _Scope(keys, had, waiting, clusters, parts)


def _torn(had: Sequence[str], has: Sequence[str]) -> set[str]:
    """Old entities whose members are not all in one now."""
    now: dict[str, set[str]] = {}
    for old, new in zip(had, has, strict=True):
        now.setdefault(old, set()).add(new)
    return {old for old, news in now.items() if old and (len(news) > 1 or news == {""})}


def _units(parts: Integers) -> Iterator[list[int]]:
    """Places of wallets, about 10,000 at a time; what was or is in one entity stays together."""
    unit: list[int] = []
    order = np.argsort(parts, kind="stable")
    ends = np.flatnonzero(np.diff(parts[order], append=-1))
    begin = 0
    for end in (ends + 1).tolist():
        unit += order[begin:end].tolist()
        begin = end
        if len(unit) >= UNIT:
            yield unit
            unit = []
    if unit:
        yield unit


async def _write(graph: Graph, scope: _Scope, places: list[int], has: Sequence[str], torn: set[str]) -> None:
    sizes: dict[int, int] = {}
    for place in places:
        first = int(scope.clusters.first[place])
        sizes[first] = sizes.get(first, 0) + 1
    entities = [_entity(scope, has[first], first, size) for first, size in sizes.items() if has[first]]
    kept = {row["key"] for row in entities}
    gone = {scope.had[place] for place in places} - kept - {""}
    wallets = [
        {"wallet": scope.keys[place], "entity": has[place], "is_torn": scope.had[place] in torn}
        for place in places
        if scope.waiting[place] or scope.had[place] != has[place] or scope.had[place] in torn
    ]
    await graph.write("write_entities", gone=sorted(gone), entities=entities, wallets=wallets)


def _entity(scope: _Scope, key: str, first: int, size: int) -> Row:
    wallet, percent = scope.keys[first], int(scope.clusters.percents[first])
    network = wallet.partition(":")[0]
    return {"key": key, "first": wallet, "network": network, "size": size, "confidence": percent / 100}
