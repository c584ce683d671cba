"""Why a wallet has its score: exposure at once, models by a job that computes what moved them, once for a run."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from msgspec import Struct

from graph.errors import NotFound
from graph.model import Direction, Job, ModelKind, ModelVersion, RunModel, ScoringRun, WalletScore
from jobs.explanation_parts import ExposurePart, FeaturePart, FlowPart, ModelExplanation, ModelsExplained, ModelSubgraph
from jobs.model_errors import ModelBroken
from jobs.model_scores import UNSEEN
from jobs.model_versions import load
from jobs.modelled import read_known, version_of
from jobs.runner import Done, Progress
from jobs.services import Services
from ledger import explanations, jobs
from ledger.errors import NotExplained
from ledger.runs import find_run
from ledger.scores import find_first_scores, find_score
from risk.model_signals import shifted

if TYPE_CHECKING:
    from ml.model import Model
    from ml.movements import ModelInputs

NAME = "explain_wallet"
# Reading the graph takes most of the time: others that wait are explained from the same reading.
TOGETHER = 20
MOST_FLOWS, SEED = 20, 1
OUTPUTS: Mapping[ModelKind, str] = {
    "isolation_forest": "minus the mean path length, in splits",
    "classifier": "log-odds of being illicit",
    "gnn": "log-odds of being illicit",
}


class Explained(Struct, frozen=True):
    """A score in force, its run, its exposure part by part, and its models; `pending` is the job that explains them."""

    score: WalletScore
    run: ScoringRun
    parts: tuple[ExposurePart, ...]
    models: ModelsExplained | None
    pending: Job | None


async def explain_score(services: Services, key: str) -> Explained | None:
    """Explain the score in force of a wallet, or have a worker do so; None if the wallet has none.

    Raises NotExplained where the job came to nothing: it is not tried again before somebody asks for that.
    """
    async with services.ledger.read() as connection:
        score = await find_score(connection, key)
        run = await find_run(connection, score.run) if score else None
        asked = await explanations.find_explanation(connection, score.run, key) if score else None
    if score is None or run is None:
        return None
    parts = _exposure_parts(services, score)
    if not run.models:
        return Explained(score, run, parts, ModelsExplained(feature_digest=None, models=()), None)
    if asked and asked.document:
        return Explained(score, run, parts, msgspec.json.decode(asked.document, type=ModelsExplained), None)
    return Explained(score, run, parts, None, await _pending(services, run, key, asked))


async def explain_wallet(services: Services, job: Job, progress: Progress) -> Done:
    """Compute what moved the models of a run for a wallet, and for others that wait; repeatable."""
    name, wallet = job.arguments["run"], job.arguments["wallet"]
    async with services.ledger.read() as connection:
        run = await find_run(connection, name)
        waiting = await explanations.list_waiting(connection, name, TOGETHER)
        asked = await explanations.find_explanation(connection, name, wallet)
    if run is None or run.known_at is None:
        raise NotFound("finished scoring run", name)
    if asked and asked.document:
        return Done({"run": run.id, "wallet": wallet, "explained": 0})
    wallets = sorted({wallet, *waiting})
    made = await _explain(services, run, wallets, progress)
    async with services.ledger.transaction() as connection:
        await progress.hold(connection)
        await explanations.record_explanations(connection, run.id, made)
    return Done({"run": run.id, "wallet": wallet, "explained": len(made)})


async def _pending(services: Services, run: ScoringRun, key: str, asked: explanations.Asked | None) -> Job:
    """The job that explains a wallet: the one that was asked for, or a new one."""
    async with services.ledger.transaction() as connection:
        if asked is None:
            arguments = {"run": run.id, "wallet": key}
            job = await jobs.create_job(connection, NAME, arguments, f"{NAME} {run.id} {key}")
            await explanations.ask_for_explanation(connection, run.id, key, job.id)
        else:
            job = await jobs.get_job(connection, asked.job)
    if job.state in ("failed", "dead", "cancelled"):
        why = job.error or "it was cancelled"
        raise NotExplained(f"{why}; once that is mended, POST /api/v1/jobs/{job.id}/retry has it tried again")
    await services.queue.wake(job)
    return job


async def _explain(
    services: Services, run: ScoringRun, wallets: Sequence[str], progress: Progress
) -> dict[str, ModelsExplained]:
    used = [one for one in run.models if one.skipped is None]
    loaded: dict[str, Model] = {}
    for one in used:
        version = await version_of(services, one.model)
        loaded[one.model] = await asyncio.to_thread(load, services, _same_features(version, run))
    async with services.ledger.read() as connection:
        scores = await find_first_scores(connection, run.id, wallets)
    inputs = await read_known(services, run.known_at or run.requested_at, run.valid_at or run.requested_at, progress)
    found: list[Mapping[str, ModelExplanation]] = []
    for model in run.models:
        await progress(f"explaining what {model.model} says")
        if model.model in loaded:
            found.append(await asyncio.to_thread(_of_model, model, loaded[model.model], inputs, scores, wallets))
        else:
            found.append(dict.fromkeys(wallets, _skipped(model, model.skipped or "")))
    return {
        wallet: ModelsExplained(feature_digest=run.feature_digest, models=tuple(one[wallet] for one in found))
        for wallet in wallets
    }


def _same_features(version: ModelVersion, run: ScoringRun) -> ModelVersion:
    """The version, if features are still computed as in the run; raises ModelBroken."""
    if version.feature_digest != run.feature_digest:
        raise ModelBroken(f"{version.id} has features of another digest than its run")
    return version


def _of_model(
    model: RunModel,
    loaded: Model,
    inputs: ModelInputs,
    scores: Mapping[str, WalletScore],
    wallets: Sequence[str],
) -> dict[str, ModelExplanation]:
    """What one model says of each wallet, and what moved it."""
    index = {key: place for place, key in enumerate(inputs.movements.keys)}
    known = [wallet for wallet in wallets if wallet in index]
    found = dict.fromkeys(wallets, _skipped(model, UNSEEN))
    places = np.asarray([index[wallet] for wallet in known], np.int64)
    values = shifted(loaded.scores(inputs)[places], model.log_odds_shift).tolist()
    moved, base = loaded.contributions(inputs, places)
    for wallet, place, value, row in zip(known, places.tolist(), values, moved, strict=True):
        stored = {one.model: one.value for one in scores[wallet].signals} if wallet in scores else {}
        found[wallet] = ModelExplanation(
            model=model.model,
            kind=model.kind,
            state=model.state,
            value=value,
            reproduced=stored.get(model.model) == value,
            output=OUTPUTS[model.kind],
            base=base + model.log_odds_shift,
            contributions=_parts(loaded, inputs, place, row),
            subgraph=_cause(loaded, inputs, place, model.log_odds_shift) if model.kind == "gnn" else None,
        )
    return found


def _skipped(model: RunModel, why: str) -> ModelExplanation:
    return ModelExplanation(model=model.model, kind=model.kind, state=model.state, skipped=why)


def _parts(loaded: Model, inputs: ModelInputs, place: int, row: Any) -> tuple[FeaturePart, ...]:
    """Every feature that moved the output, largest first."""
    from ml.features.catalog import describe
    from ml.model import top_contributions

    column = {name: i for i, name in enumerate(inputs.features.names)}
    return tuple(
        FeaturePart(
            feature=name,
            value=float(inputs.features.values[place, column[name]]) if name in column else 0.0,
            contribution=part,
            text=describe(name) if name in column else name,
        )
        for name, part in top_contributions(loaded.features, row, len(row))
    )


def _cause(loaded: Any, inputs: ModelInputs, place: int, shift: float) -> ModelSubgraph:
    from ml.gnn_explain import explain_wallet

    found = explain_wallet(loaded, inputs, place, most_flows=MOST_FLOWS, seed=SEED, shift=shift)
    keys = inputs.movements.keys
    return ModelSubgraph(
        flows=tuple(
            FlowPart(source=keys[payer], target=keys[payee], importance=float(importance))
            for payer, payee, importance in found.flows
        ),
        fidelity=found.fidelity,
        random_fidelity=found.random_fidelity,
        random_deviation=found.random_deviation,
        log_odds_fidelity=found.log_odds_fidelity,
        random_log_odds_fidelity=found.random_log_odds_fidelity,
    )


def _exposure_parts(services: Services, score: WalletScore) -> tuple[ExposurePart, ...]:
    """The illicit categories on both sides, those that weigh most first."""
    taxonomy, parts = services.taxonomy, []
    sides: tuple[tuple[Direction, dict[str, Any]], ...] = (
        ("source", score.source),
        ("destination", score.destination),
    )
    for direction, side in sides:
        for category, (share, direct, hops) in side["categories"].items():
            if category in taxonomy.illicit:
                severity = taxonomy.get(category).severity
                parts.append(
                    ExposurePart(
                        direction=direction,
                        category=category,
                        share=share,
                        direct_share=direct,
                        shortest_hops=hops,
                        severity=severity,
                        part=severity * share,
                    )
                )
    return tuple(sorted(parts, key=lambda one: (-one.part, one.direction, one.category)))
