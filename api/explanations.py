"""Why a wallet has its score: its exposure part by part, and what moved each model."""

from __future__ import annotations

from datetime import datetime

from litestar import Response, get
from msgspec import Struct

from api.errors import NotScored
from api.lifespan import GivenServices
from api.parameters import WalletKey, canonical_wallet
from graph.model import Job, ModelSignal
from graph.wallets import get_wallet
from jobs.explanation_parts import ExposurePart, ModelExplanation
from jobs.wallet_explanations import Explained, explain_score

AGAIN_S = 2


class ExplanationView(Struct, frozen=True, kw_only=True):
    """A score in force and what it is made of.

    `exposure` are the illicit categories it is exposed to, each with what it adds to its side; `category` is what the
    wallet is attributed as itself, whose severity is the least that the score can be. `signals` are what models say,
    computed by the run at `model_watermark`; `models` what moved them, null with the `job` that finds out.
    """

    wallet: str
    run: str
    score: float
    category: str | None
    exposure: tuple[ExposurePart, ...]
    signals: tuple[ModelSignal, ...]
    models: tuple[ModelExplanation, ...] | None
    feature_digest: str | None
    model_watermark: int | None
    watermark: int
    scored_at: datetime
    job: Job | None

    @classmethod
    def from_explained(cls, found: Explained) -> ExplanationView:
        """Return the explanation as it is on the wire."""
        return cls(
            wallet=found.score.wallet,
            run=found.run.id,
            score=found.score.score,
            category=found.score.category,
            exposure=found.parts,
            signals=found.score.signals,
            models=found.models.models if found.models else None,
            feature_digest=found.run.feature_digest,
            model_watermark=found.run.watermark if found.run.models else None,
            watermark=found.score.watermark,
            scored_at=found.score.scored_at,
            job=found.pending,
        )


@get("/scores/{key:str}/explanation", operation_id="explain_score", summary="Why a wallet has its score")
async def get_explanation(services: GivenServices, key: WalletKey) -> Response[ExplanationView]:
    """Tell the parts of the score in force: exposure by category, and for each model what every feature added.

    What moved the models is computed when first asked for: 202 until it is, with `models` null; ask again after
    `Retry-After`. A network is explained by the flows that mattered most, with how far its value falls without them
    and without as many others. 404 `not-scored` for a wallet without a score; 409 `not-explained` where a model cannot
    be asked any more, as when its file is gone.
    """
    wallet = canonical_wallet(key)
    found = await explain_score(services, wallet)
    if found is None:
        await get_wallet(services.graph, wallet)
        raise NotScored(f"{wallet} has no stored score yet; GET /api/v1/score/{wallet} computes it now")
    view = ExplanationView.from_explained(found)
    if found.pending is None:
        return Response(view)
    headers = {"Retry-After": str(AGAIN_S), "Location": f"/api/v1/jobs/{found.pending.id}"}
    return Response(view, status_code=202, headers=headers)
