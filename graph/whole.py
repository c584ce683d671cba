"""Whether the graph is whole: while it is being rebuilt it knows too little, and nothing may be added to it."""

from __future__ import annotations

from graph.errors import Rebuilding
from graph.session import Graph, Row


async def check_whole(graph: Graph) -> None:
    """Raise Rebuilding from when a rebuild begins until it has ended, also where it was stopped in between."""
    refuse_rebuilding((await graph.read("rebuild_under_way"))[0])


def refuse_rebuilding(row: Row) -> None:
    """Raise Rebuilding if a query says so; in a unit, which is then rolled back."""
    if row["rebuilding"]:
        raise Rebuilding
