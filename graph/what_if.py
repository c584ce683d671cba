"""What a wallet's exposure would be under suppositions; nothing is written."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from graph.errors import NotFound
from graph.haircut import expose
from graph.model import Exposure
from graph.overlays import AS_IS, Overlay, opens_under, suppose_over
from graph.tracing import Tracing
from graph.vicinity import read_vicinity


class WhatIf(Struct, frozen=True):
    """The same wallet at the same watermark, as it is and as supposed.

    `unmet` are the wallets named, and flows as `source>target`, that are nowhere in reach: they change nothing.
    """

    before: Exposure
    after: Exposure
    unmet: tuple[str, ...]


async def what_if(tracing: Tracing, key: str, overlay: Overlay) -> WhatIf:
    """Trace a wallet's value as it is and under an overlay, from one reading of its vicinity.

    Raises NotFound for a wallet, and for a category, that there is not.
    """
    for category in overlay.categories.values():
        if category is not None and category not in tracing.taxonomy.categories:
            raise NotFound("category", category)
    supposed = replace(tracing, hops=overlay.hops or tracing.hops)
    farther = max(tracing, supposed, key=lambda one: one.hops)
    vicinity = await read_vicinity(farther, key, opens_under([overlay], tracing.taxonomy))
    before = expose(tracing, vicinity, suppose_over(vicinity, AS_IS, tracing.taxonomy))
    after = expose(supposed, vicinity, suppose_over(vicinity, overlay, tracing.taxonomy))
    wallets = [one for one in overlay.categories if one not in vicinity.places]
    flows = [f"{source}>{target}" for source, target in overlay.without_flows if vicinity.flow(source, target) is None]
    return WhatIf(before, after, tuple(sorted(wallets) + sorted(flows)))
