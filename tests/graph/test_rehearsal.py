"""Plans are made while payments are posted: neither is in the way of the other."""

from __future__ import annotations

import asyncio

from graph.ingest import land_transactions
from graph.rehearsal import rehearse
from graph.session import Graph
from tests.builders import pay


async def test_a_server_can_be_brought_up_while_payments_are_posted(graph: Graph) -> None:
    # What is rehearsed takes the locks of real landings: held together, they would stop each other.
    done = asyncio.Event()

    async def post(poster: int) -> int:
        count = 0
        while not done.is_set():
            count += 1
            await land_transactions(graph, [pay(f"a{count % 3}", f"b{poster}", 1, id=f"p{poster}-{count}")])
        return count

    posters = [asyncio.ensure_future(post(n)) for n in range(4)]
    for _ in range(3):
        await rehearse(graph)
    done.set()

    assert min(await asyncio.gather(*posters)) > 0
