"""Preview of attributions: which wallets and alerts they would move, without writing anything."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, post
from litestar.params import QueryParameter
from msgspec import Struct

from api.lifespan import GivenServices
from graph.model import Direction, Severity
from graph.preview_bodies import decode_preview
from jobs.differences import MovedWallet, Step
from jobs.previewing import LostBasis, Opening, Preview, preview_attributions

Listed = Annotated[int, QueryParameter(ge=1, le=1000, description="Most items of each list; totals count them all")]


class StepView(Struct, frozen=True, rename={"from_": "from"}):
    """A number as it is, and as it would be."""

    from_: float
    to: float

    @classmethod
    def from_step(cls, step: Step) -> StepView:
        """Return the step as it is on the wire."""
        return cls(step.before, step.after)


class CategoryStepView(Struct, frozen=True, rename={"from_": "from"}):
    """The share of one category on one side, as it is and as it would be."""

    direction: Direction
    category: str
    from_: float
    to: float


class SeverityStep(Struct, frozen=True, rename={"from_": "from"}):
    """The severity of a wallet's score."""

    from_: Severity
    to: Severity


class OwnCategoryStep(Struct, frozen=True, rename={"from_": "from"}):
    """What a wallet itself is; null is unattributed."""

    from_: str | None
    to: str | None


class MovedWalletView(Struct, frozen=True, kw_only=True):
    """A wallet that would move. `categories` has every category whose share of it changes."""

    wallet: str
    counterparties: int
    category: OwnCategoryStep
    score: StepView
    severity: SeverityStep
    hop_score: StepView
    illicit_source_share: StepView
    illicit_destination_share: StepView
    categories: tuple[CategoryStepView, ...]

    @classmethod
    def from_moved(cls, moved: MovedWallet) -> MovedWalletView:
        """Return the wallet as it is on the wire."""
        return cls(
            wallet=moved.wallet,
            counterparties=moved.counterparties,
            category=OwnCategoryStep(moved.category_before, moved.category_after),
            score=StepView.from_step(moved.score),
            severity=SeverityStep(moved.severity_before, moved.severity_after),
            hop_score=StepView.from_step(moved.hop_score),
            illicit_source_share=StepView.from_step(moved.illicit_source_share),
            illicit_destination_share=StepView.from_step(moved.illicit_destination_share),
            categories=tuple(CategoryStepView(c.direction, c.category, c.before, c.after) for c in moved.categories),
        )


class MovedWallets(Struct, frozen=True):
    """The wallets that would move most, those that money has touched first."""

    total: int
    items: list[MovedWalletView]


class Openings(Struct, frozen=True):
    """Wallets that would get a retro alert, riskiest first."""

    total: int
    items: list[Opening]


class LostBases(Struct, frozen=True):
    """Open alerts that would be proposed for closing."""

    total: int
    items: list[LostBasis]


class PreviewView(Struct, frozen=True):
    """What would follow, computed on the whole graph at `watermark`, with and without, over `hops` flows."""

    watermark: int
    hops: int
    recorded: int
    withdrawn: int
    wallets: MovedWallets
    retro_alerts: Openings
    lost_bases: LostBases

    @classmethod
    def from_preview(cls, preview: Preview) -> PreviewView:
        """Return the preview as it is on the wire."""
        return cls(
            preview.watermark,
            preview.hops,
            preview.recorded,
            preview.withdrawn,
            MovedWallets(preview.wallets_total, [MovedWalletView.from_moved(one) for one in preview.wallets]),
            Openings(preview.alerts_total, list(preview.alerts)),
            LostBases(preview.lost_total, list(preview.lost)),
        )


@post(
    "/attributions/preview",
    operation_id="preview_attributions",
    summary="What attributions would change",
    status_code=200,
)
async def preview(request: Request[Any, Any, Any], services: GivenServices, limit: Listed = 100) -> PreviewView:
    """Compute the whole graph with and without `record` and `withdraw`, at most 1,000 changes, and tell what moves.

    Nothing is written. The answer equals the difference of two scoring runs, before and after. It takes about as long
    as they do: seconds for a graph of a million transactions.
    """
    record, withdraw = decode_preview(await request.body())
    return PreviewView.from_preview(await preview_attributions(services, record, withdraw, limit=limit))
