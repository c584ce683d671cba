"""One wallet by one method or by all, side by side: the same wallet, hops and clock."""

from __future__ import annotations

from typing import get_args

from msgspec import Struct
from msgspec.structs import replace

from graph.exposure import told_exposure
from graph.methods.nearby import expose_by, read_nearby
from graph.model import ActorShare, CategoryShare, Exposure, Method
from graph.owned import exposure_between_entities, is_clustered
from graph.split import Split, split_rows
from graph.tracing import Tracing

METHODS: tuple[Method, ...] = get_args(Method)


class Told(Struct, frozen=True):
    """An exposure and how it splits; `between_entities` where wallets of one owner were one place."""

    exposure: Exposure
    split: Split
    between_entities: bool


async def split_exposure_by(tracing: Tracing, key: str, method: Method) -> Told:
    """Return a wallet's exposure by a method, and how it splits; raises NotFound.

    By poison sources do not split anything: each is in all of it, and none is told. Methods that respect time go from
    wallet to wallet, also where these are clustered.
    """
    between = method in ("haircut", "poison") and await is_clustered(tracing, key)
    haircut, rows = await (exposure_between_entities if between else told_exposure)(tracing, key)
    if method == "haircut" or method == "poison":  # noqa: PLR1714  # mypy narrows no tuple
        split = await split_rows(rows, haircut, tracing)
        if method == "haircut":
            return Told(haircut, split, between)
        return Told(poisoned(haircut), replace(split, sources=()), between)
    exposure, timed = await expose_by(method, haircut, tracing, await read_nearby(tracing, key))
    return Told(exposure, await split_rows(timed, exposure, tracing), between_entities=False)


async def compare_methods(tracing: Tracing, key: str) -> dict[Method, Exposure]:
    """Return a wallet's exposure by every method; raises NotFound."""
    haircut, _ = await told_exposure(tracing, key)
    nearby = await read_nearby(tracing, key)
    found: dict[Method, Exposure] = {"haircut": haircut}
    for method in ("time_ordered_haircut", "fifo"):
        found[method], _ = await expose_by(method, haircut, tracing, nearby)
    return found | {"poison": poisoned(haircut)}


def poisoned(haircut: Exposure) -> Exposure:
    """All of a wallet's value is of every category of which anything reaches it, however little.

    It takes no heed of time: what no path leads to is 0 by every method. Shares do not add up: value is not conserved.
    """
    total = haircut.total_value
    categories = tuple(sorted((_whole(part, total) for part in haircut.categories), key=lambda part: part.category))
    residuals = () if categories else haircut.residuals
    passed = 1.0 if haircut.passed_through > 0 else 0.0
    return replace(haircut, method="poison", categories=categories, residuals=residuals, passed_through=passed)


def _whole(part: CategoryShare, total: int) -> CategoryShare:
    actors = tuple(ActorShare(one.actor, 1.0, one.attributions) for one in part.actors)
    direct = 1.0 if part.direct_share > 0 else 0.0
    return replace(part, share=1.0, value=total, direct_share=direct, actors=actors, before_share=None)
