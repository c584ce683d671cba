"""Wallets, transactions and flows, what is said of wallets, and exposure."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from msgspec import Struct

Direction = Literal["source", "destination"]
Method = Literal["haircut", "time_ordered_haircut", "fifo", "poison"]
CategoryClass = Literal["illicit", "service", "neutral"]

MICRO = 1_000_000


def format_micro(value: int) -> str:
    """Return micro-units as plain decimal units: 12500000 is `12.5`."""
    whole, fraction = divmod(abs(value), MICRO)
    text = f"{whole}.{fraction:06d}".rstrip("0") if fraction else str(whole)
    return "-" + text if value < 0 else text


class Party(Struct, frozen=True):
    """One input or output of a transaction: a canonical address and a plain decimal amount."""

    address: str
    amount: str


class Transaction(Struct, frozen=True, kw_only=True):
    """One movement in canonical form, as landed. `value` counts all outputs; `value_sent` is None if derived."""

    network: str
    id: str
    at: datetime
    asset: str
    amount: str
    value: int
    inputs: tuple[Party, ...]
    outputs: tuple[Party, ...]
    value_sent: int | None = None
    purpose: str | None = None
    context: dict[str, Any] = {}

    @property
    def key(self) -> str:
        """`network:id`; the id may itself contain colons."""
        return f"{self.network}:{self.id}"


class Wallet(Struct, frozen=True, kw_only=True):
    """One address on one network. Sums leave out what a wallet paid itself; times are None before any transaction."""

    key: str
    network: str
    address: str
    in_value: int = 0
    out_value: int = 0
    in_count: int = 0
    out_count: int = 0
    in_degree: int = 0
    out_degree: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    category: str | None = None
    actor: str | None = None


class Flow(Struct, frozen=True):
    """All value moved from one wallet to another: `source` and `target` are wallet keys."""

    source: str
    target: str
    value: int
    count: int
    first_at: datetime
    last_at: datetime


class Category(Struct, frozen=True):
    """A row of the one taxonomy. Tracing stops at illicit and service wallets, passes through neutral ones."""

    name: str
    class_: CategoryClass
    severity: float
    title: str

    @property
    def stops(self) -> bool:
        """Whether tracing ends at a wallet of this category."""
        return self.class_ != "neutral"


class Attribution(Struct, frozen=True, kw_only=True):
    """What a source says a wallet is. `official` marks a listing by a sanctions authority.

    It was true from `valid_from` until `valid_to` (None is always) and believed from `recorded_at` until
    `withdrawn_at` (None while it is); `seq` and `withdrawn_seq` are the graph's numbers of the two. `author` recorded
    it, and withdrew the attribution named in `supersedes` with it.
    """

    id: str
    wallet: str
    category: str
    source: str
    actor: str | None = None
    confidence: float = 1.0
    official: bool = False
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    recorded_at: datetime | None = None
    withdrawn_at: datetime | None = None
    note: str | None = None
    author: str | None = None
    seq: int | None = None
    withdrawn_seq: int | None = None
    supersedes: str | None = None


class ActorShare(Struct, frozen=True):
    """The part of a category's share that ends at wallets of one actor; attributions are ids."""

    actor: str | None
    share: float
    attributions: tuple[str, ...]


class CategoryShare(Struct, frozen=True, kw_only=True):
    """How much of a wallet's value traces to one category. `direct_share` is the part found at hop 1.

    `before_share` moved into or out of wallets of the category before what is said of them became valid (their
    attribution's valid_from), `after_share` since; both None where that was not computed.
    """

    category: str
    class_: CategoryClass
    share: float
    value: int
    direct_share: float
    shortest_hops: int
    actors: tuple[ActorShare, ...] = ()
    before_share: float | None = None

    @property
    def after_share(self) -> float | None:
        """The rest of the share; never below zero by rounding."""
        return None if self.before_share is None else max(0.0, self.share - self.before_share)

    @property
    def indirect_share(self) -> float:
        """The part found beyond hop 1; never below zero by rounding."""
        return max(0.0, self.share - self.direct_share)


class Residual(Struct, frozen=True):
    """Value not followed to a category, with the coded reason."""

    reason: str
    share: float
    value: int


class Hub(Struct, frozen=True):
    """A wallet of many counterparties that nobody attributed and that tracing passed. `counterparties` are today's.

    `share` counts money each time it passes. A haircut through an unlabelled service spreads the money of each of its
    customers over all others, so what was found behind a hub may be no more than that.
    """

    wallet: str
    counterparties: int
    share: float


class Exposure(Struct, frozen=True, kw_only=True):
    """Where a wallet's value came from (source) or went to (destination); shares add up to 1 if there is any.

    `as_of`, `known_at` and `pool_above` are as they were asked; None is no bound. `flows` were counted on the way
    (under a clock: transactions), with those of the level that was not expanded since they pass `max_flows`; both are
    None for a payment.
    """

    wallet: str
    direction: Direction
    hops: int
    total_value: int
    watermark: int
    categories: tuple[CategoryShare, ...]
    residuals: tuple[Residual, ...]
    passed_through: float
    coverage: float | None
    exact: bool = True
    method: Method = "haircut"
    as_of: datetime | None = None
    known_at: datetime | None = None
    pool_above: int | None = None
    hubs: tuple[Hub, ...] = ()
    flows: int | None = None
    max_flows: int | None = None
