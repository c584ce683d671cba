"""Attributions put back as they were: the same ids, numbers and times; what is cached of them is decided elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from graph.attributions import parameters_of
from graph.model import Attribution
from graph.session import Graph, Row, Unit
from graph.settling import lock_wallets
from graph.sums import micros


async def restore_attributions(graph: Graph, given: Sequence[Attribution]) -> None:
    """Write attributions, in place of what stands under their ids, in one unit; repeatable."""

    async def work(unit: Unit) -> None:
        await lock_wallets(unit, sorted({one.wallet for one in given}))
        await unit.run("restore_attributions", rows=[_parameters(one) for one in given])

    await graph.unit(work)


def _parameters(given: Attribution) -> Row:
    row = parameters_of(given)
    ended = None if given.withdrawn_at is None else micros(given.withdrawn_at)
    recorded = None if given.recorded_at is None else micros(given.recorded_at)
    numbers = {"id": given.id, "seq": given.seq, "withdrawn_seq": given.withdrawn_seq}
    return row | {"properties": row["properties"] | numbers, "recorded_at": recorded, "withdrawn_at": ended}
