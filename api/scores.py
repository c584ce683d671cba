"""Scores of wallets: computed now, stored by runs and re-screenings, and ranked."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from litestar import get
from litestar.params import QueryParameter
from msgspec import Meta, Struct

from api.errors import NotScored
from api.lifespan import GivenServices
from api.paging import Cursor, Cursors, Limit
from api.parameters import AsOf, KnownAt, WalletKey, canonical_wallet, read_clock
from graph.clock import NOW, Clock
from graph.entities import has_change
from graph.model import ModelSignal, WalletScore
from graph.money import format_micro
from graph.wallets import get_wallet
from jobs.scoring import live_score
from jobs.services import Services
from jobs.staleness import read_page, stale_scores
from ledger.scores import Position, find_score

Count = Annotated[int, QueryParameter(ge=1, le=1000, description="How many wallets")]
Attributed = Annotated[
    bool | None,
    QueryParameter(description="true: only wallets with a category of their own; false: only those without"),
]


_cursors: Cursors[Position] = Cursors("scores", tuple[Annotated[str, Meta(max_length=100)], float, float, str])


class CategoryPart(Struct, frozen=True):
    """What traces to one category; `direct_share` is the part found at the first hop."""

    share: float
    direct_share: float
    shortest_hops: int


class SideView(Struct, frozen=True, kw_only=True):
    """One side of a wallet's exposure, as in `…/exposure`: shares by category and by residual reason."""

    total_value: str
    coverage: float | None
    passed_through: float
    categories: dict[str, CategoryPart]
    residuals: dict[str, float]

    @classmethod
    def from_document(cls, side: dict[str, Any]) -> SideView:
        """Return the side as it is on the wire."""
        return cls(
            total_value=format_micro(side["total_value"]),
            coverage=side["coverage"],
            passed_through=side["passed_through"],
            categories={name: CategoryPart(*part) for name, part in side["categories"].items()},
            residuals=side["residuals"],
        )


class ScoreView(Struct, frozen=True, kw_only=True):
    """A wallet's score. `run` is its scoring run's id, or `live`; `watermark` tells the graph it is of.

    A wallet that a later change of the graph concerned is re-screened: then `watermark` and `scored_at` are those of
    the re-screening. `stale`: a change that may concern it is not worked off yet, so that a computation now may differ.
    `as_of` and `known_at` are as they were asked of a live score, null where they were not. `change_not_clustered`: on
    networks with change, hops of scores are between wallets, so that a wallet's own change may be one.
    """

    wallet: str
    run: str
    score: float
    hop_score: float
    hop_counts: tuple[int, int, int]
    in_degree: int
    out_degree: int
    illicit_source_share: float
    illicit_destination_share: float
    category: str | None
    source: SideView
    destination: SideView
    signals: tuple[ModelSignal, ...]
    watermark: int
    stale: bool
    scored_at: datetime
    as_of: datetime | None
    known_at: datetime | None
    change_not_clustered: bool

    @classmethod
    def from_score(cls, score: WalletScore, *, stale: bool, clock: Clock = NOW) -> ScoreView:
        """Return the score, computed under `clock`, as it is on the wire."""
        return cls(
            wallet=score.wallet,
            change_not_clustered=has_change(score.wallet),
            run=score.run,
            score=score.score,
            hop_score=score.hop_score,
            hop_counts=score.hop_counts,
            in_degree=score.in_degree,
            out_degree=score.out_degree,
            illicit_source_share=score.illicit_source_share,
            illicit_destination_share=score.illicit_destination_share,
            category=score.category,
            source=SideView.from_document(score.source),
            destination=SideView.from_document(score.destination),
            signals=score.signals,
            watermark=score.watermark,
            stale=stale,
            scored_at=score.scored_at,
            as_of=clock.as_of,
            known_at=clock.known_at,
        )


class ScorePage(Struct, frozen=True):
    """A page of scores of one run; `next` is null at the end."""

    items: list[ScoreView]
    next: str | None


@get("/score/{key:str}", operation_id="get_live_score", summary="The score of a wallet, computed now")
async def get_live_score(
    services: GivenServices, key: WalletKey, as_of: AsOf = None, known_at: KnownAt = None
) -> ScoreView:
    """Score one wallet on the graph as it is, or as the two clocks tell it, as a scoring run would."""
    clock = read_clock(as_of, known_at)
    return ScoreView.from_score(await live_score(services, canonical_wallet(key), clock), stale=False, clock=clock)


@get("/scores/{key:str}", operation_id="get_score", summary="The score in force of a wallet")
async def get_score(services: GivenServices, key: WalletKey) -> ScoreView:
    """Return what the scoring run that finished last found, or what a re-screening made of it since.

    404 `not-scored` for a wallet that is known but not scored yet.
    """
    wallet = canonical_wallet(key)
    stale = await stale_scores(services, [wallet])
    async with services.ledger.read() as connection:
        score = await find_score(connection, wallet)
    if score is None:
        await get_wallet(services.graph, wallet)
        raise NotScored(f"{wallet} has no stored score yet; GET /api/v1/score/{wallet} computes it now")
    return ScoreView.from_score(score, stale=wallet in stale)


@get("/scores/top", operation_id="list_top_scores", summary="The riskiest wallets")
async def list_top_scores(
    services: GivenServices, n: Count = 20, attributed: Attributed = None, cursor: Cursor = None
) -> ScorePage:
    """Rank the scores in force by score, then hop score, then key."""
    return await _page(services, n, attributed, cursor)


@get("/scores", operation_id="list_scores", summary="All scores in force, riskiest first")
async def list_scores(
    services: GivenServices, limit: Limit = 100, attributed: Attributed = None, cursor: Cursor = None
) -> ScorePage:
    """Page through the scores of the run that was latest when the first page was read, as re-screened since."""
    return await _page(services, limit, attributed, cursor)


async def _page(services: Services, limit: int, attributed: bool | None, cursor: str | None) -> ScorePage:
    position = _cursors.read(cursor)
    page = await read_page(services, limit, attributed, position)
    views = [ScoreView.from_score(score, stale=score.wallet in page.stale) for score in page.scores]
    return ScorePage(views, _cursors.write(page.ended))
