"""What stale marks add to a landing: the same Cypher with and without them, in turn."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.bare import bare_driver, prepare_batches, send_batches
from bench.figures import Figure, Sizes, Watch, times_as_long
from bench.ground import Ground
from bench.ingest import read_transactions, write_slices
from graph.marks import count_marks
from jobs.importing import LAND_ROWS

NAME = "marks"


async def measure_marking(ground: Ground, sizes: Sizes) -> list[Figure]:
    """Land slices of one simulated history with and without marks; the first of each warms up."""
    graph = ground.services.graph
    marked, unmarked = Watch(), Watch()
    with TemporaryDirectory() as folder, bare_driver(ground.services.settings.graph) as driver:
        files = write_slices(Path(folder), sizes)
        for with_marks, without in zip(files[::2], files[1::2], strict=True):
            # In turn which is first, so that neither always meets the smaller graph.
            order = [(with_marks, True, marked), (without, False, unmarked)]
            for path, marks, watch in order if len(marked.times) % 2 else reversed(order):
                batches = prepare_batches(read_transactions(path), LAND_ROWS)
                with watch:
                    await asyncio.to_thread(send_batches, driver, batches, marks=marks)
    del marked.times[0], unmarked.times[0]
    note = f"{sizes.landed:,} transactions a round, {await count_marks(graph):,} wallets marked at the end"
    return [times_as_long(NAME, "landing with stale marks", marked.median, unmarked.median, 2, note=note)]
