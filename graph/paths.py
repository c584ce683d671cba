"""Paths: chains of transactions in the order of time, the most valuable first (design §4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from math import prod
from operator import itemgetter

from msgspec import Struct

from graph.clock import NOW, Clock
from graph.deciding import deciding_parameters
from graph.descriptions import Description, describe_wallets
from graph.errors import FieldError, InvalidInput, NotFound
from graph.lowering import Lowered, lower
from graph.model import Direction
from graph.money import total_amount
from graph.session import Graph, Row
from graph.taxonomy import Taxonomy
from graph.tracing import DEFAULT_LIMITS, ExposureLimits

MAX_PATHS = 100


class PathStep(Struct, frozen=True, kw_only=True):
    """One hop: an input of a transaction pays an output. `amount` is what the receiver got with this output.

    `value` (micro-units) is the sender's part of it.
    """

    transaction: str
    at: datetime
    sender: str
    receiver: str
    asset: str
    amount: str
    value: int


class PathWallet(Struct, frozen=True):
    """A wallet on a path and what it is; None where nothing is in force."""

    key: str
    category: str | None
    actor: str | None
    attribution: str | None


class Path(Struct, frozen=True, kw_only=True):
    """A chain of steps, the earliest first; `wallets` are one more, in the same order.

    `bottleneck` is the least value of a step. `share` is the part of the asked wallet's whole inflow (outflow on the
    destination side) that came (went) this very way: the product of each step's part of its wallet's.
    """

    bottleneck: int
    share: float
    steps: tuple[PathStep, ...]
    wallets: tuple[PathWallet, ...]

    @property
    def hops(self) -> int:
        """How many wallet-to-wallet steps it has."""
        return len(self.steps)


class Paths(Struct, frozen=True, kw_only=True):
    """The best paths of one question. `truncated` says that the time was over before all had been looked at.

    Then `complete_above` is the value from which on none is missing, None when not even that is known.
    """

    wallet: str
    direction: Direction
    hops: int
    watermark: int
    paths: tuple[Path, ...]
    to: str | None = None
    category: str | None = None
    as_of: datetime | None = None
    known_at: datetime | None = None
    truncated: bool = False
    complete_above: int | None = None


async def find_paths(
    graph: Graph,
    key: str,
    *,
    direction: Direction,
    hops: int,
    limit: int,
    taxonomy: Taxonomy,
    to: str | None = None,
    category: str | None = None,
    clock: Clock = NOW,
    limits: ExposureLimits = DEFAULT_LIMITS,
) -> Paths:
    """Return the `limit` best paths by bottleneck, then fewer hops, then transaction keys.

    They lead back from the wallet (on the destination side forth) to `to`, else to wallets of `category`, else to
    illicit ones; no wallet comes twice, and none at which tracing stops lies between. Raises NotFound, InvalidInput.
    """
    asked: Row = {"key": key, "to": to, "ends": _ends(key, to, category, taxonomy), "hops": hops, "limit": limit}
    if clock:
        asked |= {"stopping": sorted(taxonomy.illicit | taxonomy.services)}
        asked |= deciding_parameters(taxonomy) | clock.parameters()
    start = await _start(graph, key, to)
    found = await _best_rows(graph, direction, asked, start, limits)
    truncated = found.complete != 1 and _count(found.rows) < limit
    met = {row[side] for row in found.rows for side in ("sender", "receiver")}
    about = await describe_wallets(graph, met, taxonomy=taxonomy, clock=clock) if met else {}
    return Paths(
        wallet=key,
        direction=direction,
        hops=hops,
        watermark=start["watermark"],
        paths=tuple(_path(list(rows), direction, about) for _, rows in groupby(found.rows, key=itemgetter("path"))),
        to=to,
        category=category,
        as_of=clock.as_of,
        known_at=clock.known_at,
        truncated=truncated,
        complete_above=found.complete if truncated else None,
    )


async def _best_rows(graph: Graph, direction: Direction, asked: Row, start: Row, limits: ExposureLimits) -> Lowered:
    """Steps of the best paths, in as many questions as it takes; with a clock, `asked` has its bounds."""
    name = f"paths_{direction}" + ("_as_of" if "as_of" in asked else "")
    whole = start["in_value"] if direction == "source" else start["out_value"]

    async def ask(least: int, timeout_s: float) -> list[Row]:
        return await graph.read(name, timeout_s=timeout_s, least=least, **asked)

    def is_enough(rows: list[Row]) -> bool:
        return _count(rows) >= int(asked["limit"])

    return await lower(ask, is_enough=is_enough, whole=whole, timeout_s=limits.timeout_s)


def _ends(key: str, to: str | None, category: str | None, taxonomy: Taxonomy) -> list[str]:
    """The categories at which a path may end."""
    if to is not None and category is not None:
        raise InvalidInput(FieldError("category", "goes without `to`, which names the wallet at the end"))
    if to == key:
        raise InvalidInput(FieldError("to", "is the wallet itself; a path leads to another"))
    if category is not None and category not in taxonomy.categories:
        raise InvalidInput(FieldError("category", f"must be one of {', '.join(taxonomy.names)}"))
    return sorted(taxonomy.illicit) if category is None else [category]


async def _start(graph: Graph, key: str, to: str | None) -> Row:
    rows = await graph.read("path_ends", key=key, to=to)
    if not rows or not rows[0]["is_known"]:
        raise NotFound("wallet", key)
    if to is not None and not rows[0]["to_is_known"]:
        raise NotFound("wallet", to)
    return rows[0]


def _count(rows: Sequence[Row]) -> int:
    return rows[-1]["path"] + 1 if rows else 0


def _path(rows: list[Row], direction: Direction, about: dict[str, Description]) -> Path:
    keys = [rows[0]["sender"], *(row["receiver"] for row in rows)]
    return Path(
        bottleneck=rows[0]["bottleneck"],
        share=prod(_part(row, direction, about) for row in rows),
        steps=tuple(map(_step, rows)),
        wallets=tuple(_wallet(about[key]) for key in keys),
    )


def _step(row: Row) -> PathStep:
    given = {name: row[name] for name in ("transaction", "at", "sender", "receiver", "asset", "value")}
    return PathStep(amount=total_amount(row["amounts"]), **given)


def _wallet(about: Description) -> PathWallet:
    return PathWallet(about.key, about.category, about.actor, about.attribution)


def _part(row: Row, direction: Direction, about: dict[str, Description]) -> float:
    """The step's part of its wallet's whole; sums are read a moment later and may have shrunk meanwhile."""
    if direction == "source":
        return float(row["value"] / max(row["value"], about[row["receiver"]].in_value))
    return float(row["value"] / max(row["value"], about[row["sender"]].out_value))
