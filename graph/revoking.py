"""What would change if a source of attributions were not believed: one reading of the graph, one answer a source."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from graph.haircut import expose
from graph.model import Exposure
from graph.overlays import Overlay, opens_under, suppose_over
from graph.tracing import Tracing
from graph.vicinity import read_vicinity


class Revoked(Struct, frozen=True):
    """A wallet's exposure without the attributions of one source."""

    source: str
    after: Exposure


async def revoke_sources(tracing: Tracing, key: str, sources: Sequence[str]) -> list[Revoked]:
    """Trace a wallet's value without each of the sources by itself; raises NotFound.

    What lay behind wallets that only that source named is traced; where that is too much, the answer says `limit`.
    """
    overlays = {source: Overlay(without_sources=frozenset({source})) for source in sources}
    vicinity = await read_vicinity(tracing, key, opens_under(overlays.values(), tracing.taxonomy))
    return [
        Revoked(source, expose(tracing, vicinity, suppose_over(vicinity, overlay, tracing.taxonomy)))
        for source, overlay in overlays.items()
    ]
