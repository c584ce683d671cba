"""What models see of the graph: all of it at a watermark, or the newest movements of a few wallets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from graph.clock import NOW, Clock
from graph.movement_columns import MovementColumns, read_movements, wallet_movements
from graph.taxonomy import Taxonomy
from jobs.runner import Progress
from jobs.services import Services

if TYPE_CHECKING:
    from ml.movements import ModelInputs, Movements


async def read_inputs(
    services: Services,
    clock: Clock = NOW,
    progress: Progress | None = None,
    *,
    valid_at: datetime | None = None,
) -> tuple[ModelInputs, int]:
    """Read the graph as of a time, or as it is, and compute all features; with the watermark that was seen.

    Payments and labels after the clock's times have no part in it. `valid_at` is when labels must be valid, where that
    is neither of the clock's times.
    """
    if progress is not None:
        await progress("reading movements")
    columns, watermark = await read_movements(services.graph, services.taxonomy, clock, valid_at=valid_at)
    if progress is not None:
        await progress(f"computing features of {len(columns.keys):,} wallets")
    tell = None if progress is None else progress.say
    return await asyncio.to_thread(inputs_from, columns, services.taxonomy, tell), watermark


def inputs_from(columns: MovementColumns, taxonomy: Taxonomy, tell: Callable[[str], None] | None = None) -> ModelInputs:
    """Compute all features of what was read: seconds of work for a large graph. What `tell` raises stops it."""
    from ml.features.catalog import compute_features
    from ml.movements import Attributed, ModelInputs

    movements, attributed = _movements(columns), Attributed(columns.categories, tuple(taxonomy.categories.values()))

    def say(message: str, _done: int, _total: int) -> None:
        if tell is not None:
            tell(message)

    return ModelInputs(movements, attributed, compute_features(movements, attributed, say))


async def read_own_inputs(
    services: Services, wallets: Sequence[str], as_of: datetime | None = None, *, further: int = 0
) -> Movements:
    """Read the movements that the own features of a few wallets are computed from, as known now.

    What moved after `as_of` is left out. Counterparties are among the keys; their own movements are not there. On each
    side so many further movements are read than features look at.
    """
    from ml.features.rows import WINDOW

    return _movements(await wallet_movements(services.graph, wallets, most=WINDOW + further, as_of=as_of))


def _movements(columns: MovementColumns) -> Movements:
    from ml.movements import Movements

    return Movements(columns.keys, columns.payers, columns.payees, columns.values, columns.times, columns.transactions)
