"""Exposure between entities: wallets of one owner are one place, and what they pay each other is no hop.

For networks whose wallets were clustered (`graph.entities`). An entity is what the highest-ranked of all attributions
of its wallets says. A wallet's own exposure is of what it received itself: what came from others of its entity is that
entity's money, no hop away, and so of what the entity received.
"""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from graph.batch import Floats, Integers
from graph.entities import across_border, clustered_until, entities_of, has_change, members_of
from graph.errors import NotFound
from graph.haircut import expose, haircut_rows
from graph.model import Attribution, Exposure
from graph.overlays import AS_IS, opens_under, suppose_over
from graph.pushing import Mask
from graph.session import Row
from graph.taxonomy import deciding_attribution
from graph.tracing import Tracing
from graph.vicinity import Gathered, Labelled, Opens, Vicinity

# Wallets of one entity whose flows are still read; a larger one that nothing is said of is told as `limit`.
MOST_MEMBERS = 20_000
# A place from which money begins that an entity had before anything was seen of it.
NOBODY = ""


async def is_clustered(tracing: Tracing, key: str) -> bool:
    """Whether hops from a wallet are counted between entities: they were clustered, and it is asked of now."""
    is_asked_of_now = not tracing.clock and tracing.pool_above is None
    return is_asked_of_now and has_change(key) and await clustered_until(tracing.graph) is not None


async def exposure_between_entities(tracing: Tracing, key: str) -> tuple[Exposure, list[Row]]:
    """Return the exposure of a wallet, or of an entity by its key, and the rows it is made of; raises NotFound."""
    vicinity = await read_owned(tracing, key, opens_under([], tracing.taxonomy))
    supposed = suppose_over(vicinity, AS_IS, tracing.taxonomy)
    return expose(tracing, vicinity, supposed), haircut_rows(tracing, vicinity, supposed)


async def read_owned(tracing: Tracing, key: str, opens: Opens) -> Vicinity:
    """Read what lies within `hops` flows between entities of a wallet, or of an entity by its key; raises NotFound."""
    gathered = _Owned(tracing)
    own = (await entities_of(tracing.graph, [key])).get(key, key)
    level = [own] if own == key else [key, own]
    await gathered.name([own])
    for _ in range(tracing.hops):
        met = await gathered.ask_owners(level)
        level = [one for one in met if opens(one, gathered.labelled.get(one))]
        if not level:
            break
    return await gathered.owned_vicinity(key, own)


class _Owned:
    """The answers so far, of each level, by owner."""

    def __init__(self, tracing: Tracing) -> None:
        self._tracing, self._wallets = tracing, Gathered(tracing)
        self._owner: dict[str, str] = {}
        self._asked, self._large = dict[str, None](), set[str]()
        self.labelled = dict[str, Labelled]()

    async def ask_owners(self, level: list[str]) -> list[str]:
        """Read the flows of all wallets of a level; returns the owners met that were not asked about."""
        self._asked.update(dict.fromkeys(level))
        members = await members_of(self._tracing.graph, level, most=MOST_MEMBERS + 1)
        self._large.update(entity for entity, of in members.items() if len(of) > MOST_MEMBERS)
        wallets = [one for one in level if one not in members and ":" in one]
        for entity, of in members.items():
            self._owner.update(dict.fromkeys(of, entity))
            wallets += [] if entity in self._large else of
        if not wallets:
            raise NotFound("entity", level[0])
        met = await self._wallets.ask(list(dict.fromkeys(wallets)))
        self._owner.update(await entities_of(self._tracing.graph, [one for one in met if one not in self._owner]))
        owners = list(dict.fromkeys(self._owner.get(one, one) for one in met))
        found = [one for one in owners if one not in self._asked]
        await self.name(found)
        return found

    async def name(self, owners: list[str]) -> None:
        """Find out what owners are: entities by all that is said of their wallets, wallets as they are."""
        entities = [one for one in owners if ":" not in one]
        rows = await self._tracing.graph.read("labelled_members", entities=entities) if entities else []
        for row in rows:
            said = tuple(Attribution(**one) for one in row["attributions"])
            decides = deciding_attribution(said, datetime.now(UTC), self._tracing.taxonomy)
            if decides is not None:
                self.labelled[row["entity"]] = Labelled(decides.category, decides.id, said)
        wallets = self._wallets.labelled.items()
        self.labelled.update((one, said) for one, said in wallets if self._owner.get(one, one) == one)

    async def owned_vicinity(self, key: str, own: str) -> Vicinity:
        """Lay out flows between owners, with the wallet or entity asked about at place 0."""
        plain = self._wallets.vicinity(key if ":" in key else next(iter(self._owner)))
        owners = [self._owner.get(one, one) for one in plain.keys]
        index = {one: place for place, one in enumerate(dict.fromkeys((key, own, *owners, NOBODY)))}
        place = np.asarray([index[one] for one in owners], np.int64)
        givers, takers, values = place[plain.givers], place[plain.takers], plain.values
        if own != key:
            givers, takers, values = _with_own(plain, givers, takers, own=index[own], nobody=index[NOBODY])
        between = givers != takers
        givers, takers, values = _summed(givers[between], takers[between], values[between], len(index))
        opened, cut = _any(place, plain.opened, len(index)), _any(place, plain.cut, len(index))
        cut[[index[one] for one in self._large if one in index]] = True
        opened[0] = opened[0] or own != key
        total = round(values[takers == 0].sum())
        return Vicinity(
            plain.direction,
            plain.hops,
            list(index),
            givers,
            takers,
            values,
            opened & ~cut,
            cut,
            {index[one]: said for one, said in self.labelled.items() if one in index},
            total,
            await self._other(key, own, plain),
            plain.flows,
            plain.max_flows,
            plain.watermark,
        )

    async def _other(self, key: str, own: str, plain: Vicinity) -> int:
        """What moved on the other side: of a wallet all that did, of an entity what crossed its border."""
        if ":" in key:
            return plain.other
        received, sent = await across_border(self._tracing.graph, own)
        return sent if plain.direction == "source" else received


def _with_own(
    plain: Vicinity, givers: Integers, takers: Integers, *, own: int, nobody: int
) -> tuple[Integers, Integers, Floats]:
    """Add the flows of the wallet at place 0 itself; what came from its own entity is made of what that received."""
    mine = plain.takers == 0
    outside = mine & (givers != own)
    inside = float(plain.values[mine & (givers == own)].sum())
    border = (takers == own) & (givers != own)
    whole = float(plain.values[border].sum())
    # Where the entity received nothing from others, its money begins with it.
    again = (givers[border], plain.values[border] * (inside / whole)) if whole else ([nobody], [inside])
    rows = ((givers[outside], plain.values[outside]), again)
    more_givers, more_values = (np.concatenate(columns) for columns in zip(*rows, strict=True))
    return (
        np.concatenate([givers, more_givers]).astype(np.int64),
        np.concatenate([takers, np.zeros(len(more_givers), np.int64)]),
        np.concatenate([plain.values, more_values]),
    )


def _summed(givers: Integers, takers: Integers, values: Floats, n: int) -> tuple[Integers, Integers, Floats]:
    pairs, place = np.unique(givers * n + takers, return_inverse=True)
    return pairs // n, pairs % n, np.bincount(place, weights=values, minlength=len(pairs)).astype(np.float64)


def _any(place: Integers, mask: Mask, n: int) -> Mask:
    """Which owners have a wallet of which it holds."""
    found = np.zeros(n, bool)
    found[place[mask]] = True
    return found
