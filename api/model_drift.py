"""Drift of models: how far wallets are from those that each version learned."""

from __future__ import annotations

from datetime import datetime

from litestar import get
from msgspec import Struct

from api.lifespan import GivenServices
from api.paging import Cursor, Cursors, Limit, Seq
from api.parameters import Id
from ledger.model_drift import DriftLevel, ModelDrift, list_drift
from ledger.models import get_model

_cursors: Cursors[int] = Cursors("model drift", Seq)


class DriftView(Struct, frozen=True, kw_only=True):
    """One measurement: the population stability index of the score and of each feature, `highest` of all of them.

    `run` is the scoring run it was measured with; null for one made in between. `level` is by the thresholds of then:
    0.1 is worth a look, from 0.25 on the model sees other wallets than it learned.
    """

    model: str
    run: str | None
    job: str
    watermark: int
    wallets: int
    highest: float
    score: float
    features: dict[str, float]
    level: DriftLevel
    measured_at: datetime | None

    @classmethod
    def from_drift(cls, drift: ModelDrift) -> DriftView:
        """Return the measurement as it is on the wire, features that moved most first."""
        return cls(
            model=drift.model,
            run=drift.run,
            job=drift.job,
            watermark=drift.watermark,
            wallets=drift.wallets,
            highest=drift.highest,
            score=drift.score,
            features=dict(sorted(drift.features.items(), key=lambda one: (-one[1], one[0]))),
            level=drift.level,
            measured_at=drift.measured_at,
        )


class DriftPage(Struct, frozen=True):
    """A page of measurements; `next` is null at the end. `notice` and `alarm` are the thresholds as they are now."""

    items: list[DriftView]
    next: str | None
    notice: float
    alarm: float


@get("/models/{model:str}/drift", operation_id="list_model_drift", summary="How far a model has drifted, latest first")
async def list_model_drift(services: GivenServices, model: Id, limit: Limit = 100, cursor: Cursor = None) -> DriftPage:
    """Page through measurements of a model: one for each scoring run that used it, and in between if there was none.

    When the highest index reaches the alarm, an event `model.drifted` tells of it; again only once it has been below
    notice in between. Empty for a model that was never champion or shadow.
    """
    before = _cursors.read(cursor)
    async with services.ledger.read() as connection:
        await get_model(connection, model)
        found = await list_drift(connection, model, before=before, limit=limit + 1)
    ended = found[limit - 1].number if len(found) > limit else None
    bounds = services.settings.models
    return DriftPage(
        [DriftView.from_drift(drift) for drift in found[:limit]],
        _cursors.write(ended),
        bounds.drift_notice,
        bounds.drift_alarm,
    )
