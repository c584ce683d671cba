"""What models say of every wallet at one watermark: the models of a run, the features they see, their values."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Literal

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from graph.batch import Floats
from graph.clock import Clock
from graph.model import Contribution, ModelVersion, RunModel, ScoringRun
from jobs.model_errors import ModelBroken, ModelMismatch
from jobs.model_inputs import read_inputs
from jobs.model_versions import list_active, load
from jobs.services import Services
from ledger.models import get_model
from risk.model_signals import rarity_shift, shifted, weight_of

if TYPE_CHECKING:
    from jobs.runner import Progress
    from ml.model import Model
    from ml.movements import ModelInputs

# So many of the wallets that a champion holds riskiest are stored with what moved it; others are explained when asked.
CONTRIBUTED, SHOWN = 100, 5
# A network's contributions cost a pass over the whole graph each.
SLOW = ("gnn",)


class Judgement(Struct, frozen=True):
    """What one model says: a value per wallet, None where it was skipped, and what moved it most for some of them.

    `drift` is how far these wallets are from those it learned, by feature and of the score.
    """

    model: RunModel
    values: Floats | None = None
    contributions: Mapping[int, tuple[Contribution, ...]] = {}
    drift: Mapping[str, float] = {}


class Modelled(Struct, frozen=True):
    """What the models of a run say of the wallets `keys`, in order of key."""

    keys: Sequence[str] = ()
    judgements: tuple[Judgement, ...] = ()
    feature_digest: str | None = None

    @property
    def models(self) -> tuple[RunModel, ...]:
        """The models of the run, also those that were skipped."""
        return tuple(one.model for one in self.judgements)


async def judge_wallets(
    services: Services, clock: Clock, progress: Progress, *, valid_at: datetime | None = None
) -> Modelled:
    """Have every champion and shadow judge all wallets of the graph under the clock; one that cannot is skipped.

    `valid_at` is when labels must be valid, where that is neither of the clock's times.
    """
    active = await list_active(services)
    if not active:
        return Modelled()
    inputs, _ = await read_inputs(services, clock, progress, valid_at=valid_at)
    judged = []
    for version in active:
        model = _run_model(version, services)
        await progress(f"scoring with {model.model}")
        try:
            judged.append(await _judge(services, version, model, inputs))
        except _refusals() as error:
            judged.append(Judgement(replace(model, skipped=str(error)[:300])))
    return Modelled(inputs.movements.keys, tuple(judged), _feature_digest())


async def judge_again(services: Services, run: ScoringRun, known_at: datetime, progress: Progress) -> Modelled:
    """Have the models of a run judge as they did then; raises what says why one cannot any more."""
    if not run.models:
        return Modelled()
    used = [one for one in run.models if one.skipped is None]
    if not used:
        return Modelled((), tuple(map(Judgement, run.models)), run.feature_digest)
    inputs = await read_known(services, known_at, run.valid_at or known_at, progress)
    judged = []
    for model in run.models:
        version = await version_of(services, model.model)
        is_used = model.skipped is None
        judged.append(await _judge(services, version, model, inputs) if is_used else Judgement(model))
    return Modelled(inputs.movements.keys, tuple(judged), run.feature_digest)


async def version_of(services: Services, model: str) -> ModelVersion:
    """Return a version by its id; raises NotFound."""
    async with services.ledger.read() as connection:
        return await get_model(connection, model)


async def read_known(services: Services, known_at: datetime, valid_at: datetime, progress: Progress) -> ModelInputs:
    """Return what models see of the graph as it was known then."""
    inputs, _ = await read_inputs(services, Clock(known_at=known_at), progress, valid_at=valid_at)
    return inputs


async def _judge(services: Services, version: ModelVersion, model: RunModel, inputs: ModelInputs) -> Judgement:
    return await asyncio.to_thread(_judged, services, version, model, inputs)


def _judged(services: Services, version: ModelVersion, model: RunModel, inputs: ModelInputs) -> Judgement:
    loaded = load(services, version)
    learned = loaded.scores(inputs)
    values = shifted(learned, model.log_odds_shift)
    is_told = model.state == "champion" and model.kind not in SLOW
    told = _contributions(loaded, inputs, values) if is_told else {}
    return Judgement(model, values, told, _drift(version, inputs, learned))


def _drift(version: ModelVersion, inputs: ModelInputs, values: Floats) -> Mapping[str, float]:
    """How far wallets have moved from what the model learned; empty without wallets, or for one that kept nothing."""
    from ml.drift import psi

    return psi(version.reference, inputs.features, values) if version.reference and len(values) else {}


def _contributions(loaded: Model, inputs: ModelInputs, values: Floats) -> dict[int, tuple[Contribution, ...]]:
    from ml.model import top_contributions

    places = np.lexsort((np.arange(len(values)), -values))[:CONTRIBUTED].astype(np.int64)
    moved, _ = loaded.contributions(inputs, places)
    seen = {name: column for column, name in enumerate(inputs.features.names)}
    return {
        place: tuple(
            Contribution(reason=name, value=part, detail=f"{inputs.features.values[place, seen[name]]:.6g}")
            for name, part in top_contributions(loaded.features, row, SHOWN)
        )
        for place, row in zip(places.tolist(), moved, strict=True)
    }


def _run_model(version: ModelVersion, services: Services) -> RunModel:
    state: Literal["champion", "shadow"] = "champion" if version.state == "champion" else "shadow"
    return RunModel(
        model=version.id,
        kind=version.kind,
        state=state,
        seed=version.seed,
        weight=weight_of(version.kind, state, services.policy),
        log_odds_shift=rarity_shift(version.labels, services.policy.illicit_share),
    )


def _refusals() -> tuple[type[Exception], ...]:
    """What a model that cannot be used raises; an outage is no such thing."""
    from ml.errors import ModelError

    return (ModelError, ModelBroken, ModelMismatch)


def _feature_digest() -> str:
    from ml.features.catalog import DIGEST

    return DIGEST
