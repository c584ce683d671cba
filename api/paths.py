"""Paths: chains of transactions that brought a wallet its money, or took it on, one by one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from litestar import get
from litestar.params import QueryParameter
from msgspec import Struct

from api.exposure import Way
from api.lifespan import GivenServices
from api.parameters import AsOf, Hops, KnownAt, WalletKey, canonical_wallet, read_clock
from graph.model import Direction
from graph.money import format_micro
from graph.paths import MAX_PATHS, Path, Paths, PathStep, PathWallet, find_paths

To = Annotated[
    str | None,
    QueryParameter(min_length=1, max_length=300, description="The wallet at the other end, `network:address`"),
]
EndCategory = Annotated[
    str | None,
    QueryParameter(description="What the wallet at the other end is; absent, with no `to`: any illicit category"),
]
PathLimit = Annotated[int, QueryParameter(ge=1, le=MAX_PATHS, description="Most paths of the answer")]


class StepView(Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """One hop. `amount` is that of the output which `to` received, `value` the part of it that `from` paid."""

    transaction: str
    at: datetime
    from_: str
    to: str
    asset: str
    amount: str
    value: str

    @classmethod
    def from_step(cls, step: PathStep) -> StepView:
        """Return the step as it is on the wire."""
        return cls(
            transaction=step.transaction,
            at=step.at,
            from_=step.sender,
            to=step.receiver,
            asset=step.asset,
            amount=step.amount,
            value=format_micro(step.value),
        )


class PathView(Struct, frozen=True, kw_only=True):
    """A chain of transactions in the order the money moved.

    `value` is its bottleneck, the least value of a step. `share` is the part of the asked wallet's whole inflow
    (outflow) that took this very way. `end` is the far wallet; `wallets` are all of them, so that what was passed is
    named.
    """

    value: str
    share: float
    hops: int
    first_at: datetime
    last_at: datetime
    end: PathWallet
    wallets: tuple[PathWallet, ...]
    steps: tuple[StepView, ...]

    @classmethod
    def from_path(cls, path: Path, direction: Direction) -> PathView:
        """Return the path as it is on the wire."""
        return cls(
            value=format_micro(path.bottleneck),
            share=path.share,
            hops=path.hops,
            first_at=path.steps[0].at,
            last_at=path.steps[-1].at,
            end=path.wallets[0 if direction == "source" else -1],
            wallets=path.wallets,
            steps=tuple(map(StepView.from_step, path.steps)),
        )


class PathsView(Struct, frozen=True, kw_only=True):
    """The best paths. `truncated` says that the time limit left others out, which are worth less than `complete_above`.

    `complete_above` is null when nothing was left out; with `truncated`, that others may be worth anything.
    """

    wallet: str
    direction: Direction
    hops: int
    to: str | None
    category: str | None
    as_of: datetime | None
    known_at: datetime | None
    watermark: int
    paths: tuple[PathView, ...]
    truncated: bool
    complete_above: str | None

    @classmethod
    def from_paths(cls, found: Paths) -> PathsView:
        """Return the paths as they are on the wire."""
        above = found.complete_above
        return cls(
            wallet=found.wallet,
            direction=found.direction,
            hops=found.hops,
            to=found.to,
            category=found.category,
            as_of=found.as_of,
            known_at=found.known_at,
            watermark=found.watermark,
            paths=tuple(PathView.from_path(path, found.direction) for path in found.paths),
            truncated=found.truncated,
            complete_above=None if above is None else format_micro(above),
        )


@get(
    "/wallets/{key:str}/paths",
    operation_id="get_wallet_paths",
    summary="The transactions that lead from illicit wallets to a wallet, or between two wallets",
)
async def get_wallet_paths(
    services: GivenServices,
    key: WalletKey,
    *,
    to: To = None,
    direction: Way = "source",
    hops: Hops = 3,
    limit: PathLimit = 10,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    category: EndCategory = None,
) -> PathsView:
    """Follow single transactions, each no earlier than the one before, from illicit wallets to this one.

    Or from it to them (`direction`), or to and from one wallet (`to`). Most valuable first: by the least value on the
    path, then fewer hops, then transaction keys. A path visits no wallet twice and does not lead through one at which
    tracing stops; pass-through wallets (dex, bridge, contract) are named. With `as_of` or `known_at`, as it was then.
    """
    found = await find_paths(
        services.graph,
        canonical_wallet(key),
        direction=direction,
        hops=hops,
        limit=limit,
        taxonomy=services.taxonomy,
        to=None if to is None else canonical_wallet(to, "to"),
        category=category,
        clock=read_clock(as_of, known_at),
        limits=services.limits,
    )
    return PathsView.from_paths(found)
