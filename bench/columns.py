"""All flows read as columns against one record per flow."""

from __future__ import annotations

import asyncio

from bench.bare import bare_driver, read_flow_rows
from bench.figures import Figure, Watch, times_faster
from graph.session import Graph
from jobs.services import Services

CHUNK = 5_000
TARGET = 4


class FlowColumns:
    """Every flow, one list per column; values are micro-units."""

    def __init__(self) -> None:
        self.sources: list[str] = []
        self.targets: list[str] = []
        self.values: list[int] = []
        self.counts: list[int] = []


async def read_columns(graph: Graph) -> FlowColumns:
    """Read every flow in chunks of columns."""
    flows = FlowColumns()
    async for row in graph.stream("flow_columns", size=CHUNK):
        flows.sources += row["sources"]
        flows.targets += row["targets"]
        flows.values += row["values"]
        flows.counts += row["counts"]
    return flows


async def compare_columns(services: Services, bench: str, graph_name: str, rounds: int) -> list[Figure]:
    """Read all flows both ways in turn; the first round only warms up."""
    ours, rows, n = Watch(), Watch(), 0
    with bare_driver(services.settings.graph) as driver:
        for _ in range(rounds + 1):
            with ours:
                n = len((await read_columns(services.graph)).sources)
            with rows:
                await asyncio.to_thread(read_flow_rows, driver)
    for watch in (ours, rows):
        del watch.times[0]
    name = f"all flows of the {graph_name} graph as columns"
    return [
        times_faster(bench, name, ours.median, rows.median, TARGET, note=f"{n:,} flows; reference: one record a flow")
    ]
