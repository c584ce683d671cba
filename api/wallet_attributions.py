"""What is said of one wallet: every attribution, ranked, with what decides and why the others do not."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from litestar import get
from msgspec import Struct
from msgspec.structs import asdict

from api.attributions import AttributionView, attribution_view, instants
from api.lifespan import GivenServices
from api.parameters import AsOf, KnownAt, WalletKey, canonical_wallet, read_clock
from graph.attribution_lists import attributions_about, is_recorded
from graph.model import Attribution
from graph.taxonomy import ranked_attributions
from graph.wallets import get_wallet

Standing = Literal["decides", "outranked", "review", "not_yet_valid", "no_longer_valid", "withdrawn"]


class RankedView(AttributionView, frozen=True, kw_only=True, rename={"class_": "class"}):
    """An attribution of a wallet and how it stands among the others: `decides`, or why it does not."""

    standing: Standing


class WalletAttributions(Struct, frozen=True):
    """All that is said of a wallet: those in force by rank, then the others, latest first; `next` is always null."""

    wallet: str
    category: str | None
    items: list[RankedView]
    next: str | None = None


@get(
    "/wallets/{key:str}/attributions",
    operation_id="list_wallet_attributions",
    summary="All that is said of a wallet, what decides first",
)
async def list_attributions_of_wallet(
    services: GivenServices, key: WalletKey, *, as_of: AsOf = None, known_at: KnownAt = None
) -> WalletAttributions:
    """Return every attribution of a wallet as known by then, ranked for that time, with what decides and what does not.

    An official sanctions listing decides, then illicit categories of confidence 0.5 or more by severity, then
    confidence.
    """
    clock = read_clock(as_of, known_at)
    wallet = (await get_wallet(services.graph, canonical_wallet(key))).key
    valid_at, known = instants(clock)
    about = [a for a in await attributions_about(services.graph, [wallet]) if is_recorded(a, known)]
    ranked = ranked_attributions(about, valid_at, services.taxonomy, known_at=known)
    others = sorted((a for a in about if a not in ranked), key=lambda a: -(a.seq or 0))
    items = [
        RankedView(
            **asdict(attribution_view(a, clock, services.taxonomy)), standing=_standing(a, ranked, valid_at, known)
        )
        for a in [*ranked, *others]
    ]
    return WalletAttributions(wallet, ranked[0].category if ranked else None, items)


def _standing(attribution: Attribution, ranked: list[Attribution], valid_at: datetime, known_at: datetime) -> Standing:
    if attribution in ranked:
        return "decides" if attribution is ranked[0] else "outranked"
    if attribution.withdrawn_at is not None and attribution.withdrawn_at <= known_at:
        return "withdrawn"
    if attribution.valid_from is not None and valid_at < attribution.valid_from:
        return "not_yet_valid"
    if attribution.valid_to is not None and attribution.valid_to <= valid_at:
        return "no_longer_valid"
    return "review"
