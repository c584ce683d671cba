"""Two batches beside each other, down to the last bit."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from graph.batch import Side, WalletColumns, expose_all, read_wallets
from graph.recount import Recount
from graph.session import Graph
from graph.taxonomy import Taxonomy
from tests.drawing import DIRECTIONS


async def batch(graph: Graph, taxonomy: Taxonomy, hops: int) -> Recount:
    """The batch in the database."""
    wallets = await read_wallets(graph)
    sides = {
        direction: await expose_all(
            graph, wallets, direction=direction, hops=hops, taxonomy=taxonomy, progress=say_nothing
        )
        for direction in DIRECTIONS
    }
    return Recount(wallets, sides)


def differences(one: Recount, other: Recount) -> list[str]:
    """Names of the columns that are not the same bytes."""
    mine, theirs = dict(_columns(one)), dict(_columns(other))
    names = [name for name in mine if name not in theirs or not _is_same(mine[name], theirs[name])]
    return names + [name for name in theirs if name not in mine]


def _columns(batched: Recount) -> Iterator[tuple[str, object]]:
    for name in WalletColumns.__struct_fields__:
        yield name, getattr(batched.wallets, name)
    for direction, side in batched.sides.items():
        yield f"{direction} categories", list(side.categories)
        for name, values in _values(side):
            yield f"{direction} {name}", values


def _values(side: Side) -> Iterator[tuple[str, np.ndarray]]:
    for name, pushed in side.categories.items():
        yield from ((f"{name} {field}", getattr(pushed, field)) for field in pushed.__struct_fields__)
    yield from side.residuals.items()
    yield "passed through", side.passed_through


def _is_same(one: object, other: object) -> bool:
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
    return one == other


async def say_nothing(message: str) -> None:
    assert message
