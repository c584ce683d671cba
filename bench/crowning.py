"""Champions of every kind, fitted to part of the graph and in a hurry: their size is what a run's time depends on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from graph.clock import Clock
from graph.model import ModelKind, ModelVersion
from jobs.model_files import ModelFiles
from jobs.model_inputs import read_inputs
from jobs.services import Services
from jobs.training_labels import read_labels
from ledger import jobs
from ledger.model_states import lock_models, record_state
from ledger.models import next_version, record_model
from ml.classifier import fit_classifier
from ml.gnn import fit_gnn
from ml.gnn_net import NetConfig
from ml.isolation import fit_isolation
from ml.model import Fitted, Model, say_nothing
from ml.movements import ModelInputs

# The first part of the year that is simulated: how long it takes to learn from more is another question.
LEARNED = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=36)
# As wide and deep as any, and hardly trained.
HASTY = NetConfig(epochs=2)


async def crown(
    services: Services,
    *kinds: ModelKind,
    seed: int,
    as_of: datetime | None = LEARNED,
    config: NetConfig = HASTY,
) -> None:
    """Fit a model of each of the kinds to what moved until then, and make it champion."""
    clock = Clock(as_of=as_of)
    inputs, watermark = await read_inputs(services, clock)
    labels = await read_labels(services, inputs.movements.keys, clock)
    fits: dict[ModelKind, Callable[..., Fitted]] = {
        "isolation_forest": partial(fit_isolation, inputs),
        "classifier": partial(fit_classifier, inputs, labels),
        "gnn": partial(fit_gnn, inputs, labels, config=config),
    }
    for kind in kinds:
        fitted = await asyncio.to_thread(fits[kind], seed=seed, threads=2, say=say_nothing)
        await record_champion(services, fitted.model, inputs, watermark=watermark, seed=seed)


async def record_champion(
    services: Services, model: Model, inputs: ModelInputs, *, watermark: int, seed: int
) -> ModelVersion:
    """Keep a model's files and record it as the champion of its kind, which must have none."""
    files = await asyncio.to_thread(lambda: ModelFiles.of(services.settings).keep(model.files()))
    async with services.ledger.transaction() as connection:
        job = await jobs.create_job(connection, f"crown_{model.kind}", {"seed": seed})
        await jobs.claim_job(connection, job.id)
        await jobs.finish_job(connection, job.id, 1)
        await lock_models(connection, model.kind)
        number = await next_version(connection, model.kind)
        version = ModelVersion(
            id=f"{model.kind}-v{number}",
            kind=model.kind,
            version=number,
            state="champion",
            job=job.id,
            created_at=datetime.now(UTC),
            features=model.features,
            feature_digest=model.feature_digest,
            seed=seed,
            watermark=watermark,
            wallets=inputs.movements.wallets,
            files=files,
        )
        await record_model(connection, version)
        await record_state(connection, version.id, "champion", previous=None, actor="bench", reason="to be measured")
    return version
