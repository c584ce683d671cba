"""Training: a model fitted to the graph as it is, or was, and recorded as a candidate; the same again from the same."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from graph.clock import Clock
from graph.model import Job, ModelFile, ModelKind, ModelVersion
from jobs.model_errors import CannotTrain
from jobs.model_files import ModelFiles
from jobs.model_versions import load
from jobs.runner import Done, Progress
from jobs.services import Services
from jobs.training_labels import read_labels
from ledger import audit, jobs
from ledger.ids import new_id
from ledger.model_states import lock_models, record_state
from ledger.models import find_trained, list_models, next_version, record_model

if TYPE_CHECKING:
    from ml.model import Fitted, Say
    from ml.movements import Labels, ModelInputs

TRAININGS: dict[str, ModelKind] = {
    "train_isolation_forest": "isolation_forest",
    "train_classifier": "classifier",
    "train_gnn": "gnn",
}
# Whatever the machine has: sums in another order would be another model. Over few movements threads would wait for one
# another longer than they work.
THREADS, FEW = 2, 20_000
# Of a hundred steps, where fitting begins and where it ends.
FITTING, FITTED = 10, 90
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Material(Struct, frozen=True):
    """What a model learns from: inputs, labels where it needs any, and the watermark of the graph they are of."""

    inputs: ModelInputs
    labels: Labels | None
    watermark: int


async def request_training(
    services: Services,
    kind: ModelKind,
    *,
    actor: str,
    seed: int = 0,
    as_of: datetime | None = None,
    job_id: str | None = None,
) -> Job:
    """Queue a training and wake a worker; while one that was asked the same waits or is under way, return that one.

    `job_id` is an id to queue it under: if there is a job of that id, it is returned, and none is queued.
    """
    until = None if as_of is None else as_of.astimezone(UTC).isoformat()
    asked = {"seed": seed, "as_of": until}
    async with services.ledger.transaction() as connection:
        if job_id is not None and (known := await jobs.find_job(connection, job_id)):
            return known
        key = f"train {kind} {seed} {until}"
        made = job_id or new_id("job")
        job = await jobs.create_job(connection, f"train_{kind}", asked, key, job=made)
        if job.id == made:
            draft = audit.EventDraft(actor, "model.training_requested", job.id, {"kind": kind, **asked})
            await audit.append(connection, draft)
    await services.queue.wake(job)
    return job


async def train(services: Services, job: Job, progress: Progress) -> Done:
    """Train one model and record it; an attempt that died after that has left nothing to do."""
    async with services.ledger.read() as connection:
        model = await find_trained(connection, job.id)
    if model is None:
        model = await _train(services, job, progress)
    await _prune(services)
    return Done({"model": model.id, "wallets": model.wallets, "watermark": model.watermark, "metrics": model.metrics})


async def _train(services: Services, job: Job, progress: Progress) -> ModelVersion:
    kind = TRAININGS[job.name]
    material = await _read(services, kind, job.arguments["as_of"], progress)
    fitted = await asyncio.to_thread(_fit, kind, material, job.arguments["seed"], partial(_say, progress))
    await progress("keeping the model", FITTED, 100)
    files = await asyncio.to_thread(ModelFiles.of(services.settings).keep, fitted.model.files())
    model = _version(kind, job, material, fitted, files)
    # What cannot be loaded, or scores otherwise than it was fitted, is no candidate.
    reference = await asyncio.to_thread(_reference, services, model, material.inputs)
    return await _record(services, replace(model, reference=reference), progress)


async def _read(services: Services, kind: ModelKind, as_of: str | None, progress: Progress) -> Material:
    from jobs.model_inputs import read_inputs

    clock = Clock(as_of=None if as_of is None else datetime.fromisoformat(as_of))
    await progress("reading the graph", 0, 100)
    inputs, watermark = await read_inputs(services, clock, progress)
    labels = None if kind == "isolation_forest" else await read_labels(services, inputs.movements.keys, clock)
    await progress("fitting", FITTING, 100)
    return Material(inputs, labels, watermark)


def _say(progress: Progress, message: str, done: int, total: int) -> None:
    """Tell from the fitting thread how far it is; raises Fenced once nobody waits for it."""
    progress.say(message, FITTING + (FITTED - FITTING) * done // max(1, total), 100)


def _fit(kind: ModelKind, material: Material, seed: int, say: Say) -> Fitted:
    """Fit a model of a kind; raises CannotTrain for what nothing can be learned from."""
    from ml.errors import ModelError

    threads = 1 if len(material.inputs.movements) < FEW else THREADS
    try:
        return _fitting(kind, material)(seed=seed, threads=threads, say=say)
    except ModelError as error:
        raise CannotTrain(f"{kind}: {error}") from error


def _fitting(kind: ModelKind, material: Material) -> Callable[..., Fitted]:
    """The function that fits, given what to; only the libraries of that kind are imported."""
    if material.labels is None:
        from ml.isolation import fit_isolation

        return partial(fit_isolation, material.inputs)
    if kind == "classifier":
        from ml.classifier import fit_classifier

        return partial(fit_classifier, material.inputs, material.labels)
    from ml.gnn import fit_gnn

    return partial(fit_gnn, material.inputs, material.labels)


def _version(
    kind: ModelKind, job: Job, material: Material, fitted: Fitted, files: tuple[ModelFile, ...]
) -> ModelVersion:
    """The version as it will be recorded, all but its number and reference."""
    movements, labels = material.inputs.movements, material.labels
    illicit = 0 if labels is None else int(labels.illicit.sum())
    return ModelVersion(
        id=f"{kind}-v0",
        kind=kind,
        version=0,
        state="candidate",
        job=job.id,
        created_at=datetime.now(UTC),
        features=fitted.model.features,
        feature_digest=fitted.model.feature_digest,
        seed=job.arguments["seed"],
        watermark=material.watermark,
        wallets=movements.wallets,
        files=files,
        data_from=_time(movements.times[0]) if len(movements) else None,
        data_until=_time(movements.times[-1]) if len(movements) else None,
        labels={} if labels is None else {"illicit": illicit, "licit": len(labels.places) - illicit},
        metrics=fitted.metrics,
        parameters=fitted.parameters,
    )


def _time(microseconds: Any) -> datetime:
    return _EPOCH + timedelta(microseconds=int(microseconds))


def _reference(services: Services, model: ModelVersion, inputs: ModelInputs) -> dict[str, Any]:
    """How its features and scores are distributed here, for drift; as it scores once it is read from its files."""
    from ml.drift import reference_of
    from ml.movements import FeatureTable

    places = [inputs.features.names.index(name) for name in model.features]
    learned = FeatureTable(model.features, inputs.features.values[:, places])
    return reference_of(learned, load(services, model).scores(inputs))


async def _record(services: Services, model: ModelVersion, progress: Progress) -> ModelVersion:
    """Record a version under the next number of its kind, with its first state and event; once for a job."""
    async with services.ledger.transaction(timeout_s=60) as connection:
        await progress.settle(connection)
        await lock_models(connection, model.kind)
        if known := await find_trained(connection, model.job):
            return known
        number = await next_version(connection, model.kind)
        model = replace(model, id=f"{model.kind}-v{number}", version=number)
        await record_model(connection, model)
        await record_state(connection, model.id, "candidate", previous=None, actor="worker", reason="trained")
        await audit.append(connection, audit.EventDraft("worker", "model.trained", model.id, _told(model)))
    return model


def _told(model: ModelVersion) -> dict[str, Any]:
    told = ("kind", "version", "job", "seed", "watermark", "wallets", "labels", "feature_digest", "metrics")
    files = {file.name: file.digest for file in model.files}
    return {name: getattr(model, name) for name in told} | {"files": files}


async def _prune(services: Services) -> None:
    """Delete files of trainings that came to nothing."""
    async with services.ledger.read() as connection:
        named = {file.digest for model in await list_models(connection, limit=None) for file in model.files}
    await asyncio.to_thread(ModelFiles.of(services.settings).prune, named)
