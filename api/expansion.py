"""Widening a picture: a wallet's counterparties as they are asked for, and the flows among wallets that are shown."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated, Any

from litestar import Request, get, post
from litestar.params import QueryParameter
from msgspec import Meta, Struct

from api.bodies import read_body
from api.cases import canonical_wallets
from api.lifespan import GivenServices
from api.parameters import WalletKey, canonical_wallet, read_span
from api.subgraph import FlowView
from api.wallets import Side
from graph.clock import NOW
from graph.descriptions import Description, describe_wallets
from graph.errors import FieldError, InvalidInput
from graph.expansion import Expansion, Neighbour, Wanted, expand_wallet
from graph.money import format_micro, micro, plain_decimal
from graph.subgraph import draw_wallets
from graph.taxonomy import Taxonomy

MOST_WALLETS = 5_000
UNCATEGORISED = "none"

Of = Annotated[
    str | None,
    QueryParameter(max_length=100, description="Only wallets of this category; `none`: only those that have none"),
]
Least = Annotated[
    str, QueryParameter(max_length=40, description="Only flows worth at least this, in the reference currency")
]
Since = Annotated[
    datetime | None, QueryParameter(name="from", description="Only flows that had not ended by then: RFC 3339")
]
Until = Annotated[datetime | None, QueryParameter(name="to", description="Only flows that had begun by then: RFC 3339")]
Most = Annotated[int, QueryParameter(ge=1, le=500, description="Most wallets of the answer")]


class NeighbourView(Struct, frozen=True, kw_only=True):
    """A wallet of a picture: what it is, by whose name, and its score in the latest scoring run or null.

    `degree` is how many flows it has, null where that was not counted.
    """

    key: str
    category: str | None
    actor: str | None
    attribution: str | None
    score: float | None
    in_value: str
    out_value: str
    degree: int | None

    @classmethod
    def from_wallet(cls, wallet: Neighbour | Description) -> NeighbourView:
        """Return the wallet as it is on the wire."""
        return cls(
            key=wallet.key,
            category=wallet.category,
            actor=wallet.actor,
            attribution=wallet.attribution,
            score=wallet.score,
            in_value=format_micro(wallet.in_value),
            out_value=format_micro(wallet.out_value),
            degree=wallet.degree if isinstance(wallet, Neighbour) else None,
        )


class ExpansionView(Struct, frozen=True, kw_only=True):
    """Counterparties of `wallet`, most valuable first, with the flows between.

    It has `total` counterparties, of which `matching` are as asked for; what goes beyond `wallets` is left out.
    """

    wallet: str
    wallets: tuple[NeighbourView, ...]
    flows: tuple[FlowView, ...]
    matching: int
    total: int
    watermark: int

    @classmethod
    def from_expansion(cls, wallet: str, found: Expansion) -> ExpansionView:
        """Return the counterparties as they are on the wire."""
        return cls(
            wallet=wallet,
            wallets=tuple(map(NeighbourView.from_wallet, found.wallets)),
            flows=tuple(map(FlowView.from_flow, found.flows)),
            matching=found.matching,
            total=found.total,
            watermark=found.watermark,
        )


class PictureInput(Struct, frozen=True, forbid_unknown_fields=True):
    """The wallets of a picture, `network:address`."""

    wallets: Annotated[
        list[Annotated[str, Meta(min_length=1, max_length=300)]], Meta(min_length=1, max_length=MOST_WALLETS)
    ]


class PictureView(Struct, frozen=True, kw_only=True):
    """What the wallets are now, and the flows among them. `missing` are those that the graph does not know.

    `truncated`: some flows, the least valuable ones, are left out.
    """

    wallets: tuple[NeighbourView, ...]
    flows: tuple[FlowView, ...]
    missing: tuple[str, ...]
    truncated: bool
    watermark: int


@get(
    "/wallets/{key:str}/expansion",
    operation_id="expand_wallet",
    summary="Counterparties of a wallet to widen a picture by, and how many are left out",
)
async def get_wallet_expansion(
    services: GivenServices,
    key: WalletKey,
    *,
    direction: Side = None,
    category: Of = None,
    min_value: Least = "0",
    since: Since = None,
    until: Until = None,
    limit: Most = 25,
) -> ExpansionView:
    """Return the most valuable counterparties that are as asked for. One that goes both ways is one wallet, two flows.

    A flow is in the window if any of the time between its first and its last movement is; its value is of all time.
    """
    since, until = read_span(since, until)
    wanted = Wanted(
        direction=direction,
        category=_category(category, services.taxonomy),
        min_value=micro(plain_decimal(min_value, "min_value"), "min_value"),
        since=since,
        until=until,
        limit=limit,
    )
    wallet = canonical_wallet(key)
    return ExpansionView.from_expansion(wallet, await expand_wallet(services.graph, wallet, wanted))


@post("/subgraph", operation_id="draw_wallets", summary="Given wallets and the flows among them", status_code=200)
async def post_subgraph(request: Request[Any, Any, Any], services: GivenServices) -> PictureView:
    """Return at most 5,000 wallets as they are now, and the flows among them: what a saved picture is restored from."""
    asked = read_body(await request.body(), PictureInput)
    keys = dict.fromkeys(canonical_wallets(asked.wallets))
    about, drawn = await asyncio.gather(
        describe_wallets(services.graph, keys, taxonomy=services.taxonomy),
        draw_wallets(
            services.graph, dict.fromkeys(keys, 0), limit=MOST_WALLETS // 5, clock=NOW, taxonomy=services.taxonomy
        ),
    )
    return PictureView(
        wallets=tuple(map(NeighbourView.from_wallet, about.values())),
        flows=tuple(map(FlowView.from_flow, drawn.flows)),
        missing=tuple(key for key in keys if key not in about),
        truncated=drawn.truncated,
        watermark=drawn.watermark,
    )


def _category(given: str | None, taxonomy: Taxonomy) -> str | None:
    """The category as the query takes it, "" for none at all; raises InvalidInput for one that there is not."""
    if given == UNCATEGORISED:
        return ""
    if given is not None and given not in taxonomy.categories:
        names = ", ".join((*taxonomy.names, UNCATEGORISED))
        raise InvalidInput(FieldError("category", f"must be one of {names}"))
    return given
