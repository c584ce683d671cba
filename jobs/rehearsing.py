"""Has the database plan its queries, one program after the other: who comes later finds the plans made.

Two that plan the same at once both do all of it, and a cold server has minutes of work with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from graph.errors import Unavailable
from graph.rehearsal import rehearse
from jobs.services import Services
from ledger.turns import take_turn

NAME, POLL_S = "rehearsal", 0.5


async def rehearse_in_turn(services: Services, *, is_over: Callable[[], bool]) -> None:
    """Rehearse once nobody else does, or `is_over`, unless the settings say not to. Raises as the graph does."""
    if services.settings.graph.rehearse == "off":
        return
    try:
        async with services.ledger.listener() as connection:
            while not await take_turn(connection, NAME):
                if is_over():
                    return
                await asyncio.sleep(POLL_S)
            await rehearse(services.graph, is_over=is_over)
    except Unavailable as error:
        if error.service != "postgres":
            raise
        await rehearse(services.graph, is_over=is_over)
