"""A champion isolation forest of what is in the graph, recorded as a training does it, in less time."""

from __future__ import annotations

from datetime import UTC, datetime

from graph.model import ModelVersion
from jobs.model_files import ModelFiles
from jobs.model_inputs import read_inputs
from jobs.services import Services
from ledger import jobs
from ledger.model_states import lock_models, record_state
from ledger.models import list_models, next_version, record_model
from ml.isolation import fit_isolation
from ml.model import say_nothing


async def crown_isolation(services: Services, *, seed: int = 1, feature_digest: str | None = None) -> ModelVersion:
    """Fit, keep and promote; `feature_digest` is another than the true one for a model of other features."""
    inputs, watermark = await read_inputs(services)
    model = fit_isolation(inputs, seed=seed, threads=1, say=say_nothing).model
    files = ModelFiles.of(services.settings).keep(model.files())
    async with services.ledger.transaction() as connection:
        job = await jobs.create_job(connection, "train_isolation_forest", {"seed": seed})
        await lock_models(connection, "isolation_forest")
        for old in await list_models(connection, kind="isolation_forest", states=["champion"]):
            await record_state(connection, old.id, "retired", previous="champion", actor="test", reason="drawn")
        number = await next_version(connection, "isolation_forest")
        version = ModelVersion(
            id=f"isolation_forest-v{number}",
            kind="isolation_forest",
            version=number,
            state="champion",
            job=job.id,
            created_at=datetime.now(UTC),
            features=model.features,
            feature_digest=feature_digest or model.feature_digest,
            seed=seed,
            watermark=watermark,
            wallets=inputs.movements.wallets,
            files=files,
        )
        await record_model(connection, version)
        await record_state(connection, version.id, "champion", previous=None, actor="test", reason="drawn")
    return version
