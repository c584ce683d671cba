"""Training: the same graph and seed give the same files; what cannot be learned from is said, and changes nothing."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from msgspec.structs import replace

from graph.model import Job, ModelKind
from graph.session import Graph
from graph.taxonomy import Taxonomy
from jobs.model_errors import ModelBroken
from jobs.model_files import ModelFiles
from jobs.model_inputs import read_inputs
from jobs.model_versions import champions, load
from jobs.redriving import cancel_job
from jobs.services import Services
from jobs.training import request_training
from ledger import audit, jobs
from ledger.models import list_models
from ml.features.catalog import NAMES
from tests.builders import START, label, land, pay
from tests.jobs.model_scene import crowned, draw, run_to_end, trained
from tests.servers import Servers

KINDS: tuple[ModelKind, ...] = ("isolation_forest", "classifier", "gnn")


async def events_of(services: Services, action: str) -> list[audit.Event]:
    async with services.ledger.read() as connection:
        return await audit.list_events(connection, action=action)


@pytest.mark.parametrize("kind", ["isolation_forest", *(pytest.param(k, marks=pytest.mark.soak) for k in KINDS[1:])])
async def test_the_same_graph_and_seed_give_the_same_model(
    services: Services, graph: Graph, taxonomy: Taxonomy, kind: ModelKind
) -> None:
    await draw(graph, taxonomy)

    first, again = [await trained(services, kind) for _ in range(2)]
    other = await trained(services, kind, seed=1)

    assert (first.id, again.id, other.id) == tuple(f"{kind}-v{n}" for n in (1, 2, 3))
    assert first.files == again.files != other.files
    assert first.reference == again.reference and first.metrics == again.metrics
    assert first.state == "candidate" and first.wallets > 200
    assert START <= first.data_from < first.data_until <= START + timedelta(days=331)  # type: ignore[operator]
    inputs, watermark = await read_inputs(services)
    assert first.watermark == watermark
    assert (load(services, first).scores(inputs) == load(services, again).scores(inputs)).all()


async def test_a_training_is_told_with_its_files_and_metrics(
    services: Services, graph: Graph, taxonomy: Taxonomy
) -> None:
    await draw(graph, taxonomy)

    model = await trained(services)

    [event] = await events_of(services, "model.trained")
    assert (event.actor, event.subject, event.body["job"]) == ("worker", model.id, model.job)
    assert event.body["files"] == {file.name: file.digest for file in model.files}
    assert event.body["metrics"] == model.metrics
    [asked] = await events_of(services, "model.training_requested")
    assert (asked.actor, asked.subject) == ("test", model.job)


async def test_what_moved_later_has_no_part_in_it(services: Services, graph: Graph, taxonomy: Taxonomy) -> None:
    await draw(graph, taxonomy)
    before = await trained(services)
    await land(graph, *(pay(f"late{n}", "p1", 1_000, day=500 + n) for n in range(20)))

    now = await trained(services)
    job = await request_training(services, "isolation_forest", actor="test", as_of=before.data_until)
    done = await run_to_end(services, job)

    assert done.state == "succeeded" and done.result
    assert now.files != before.files
    async with services.ledger.read() as connection:
        then = (await list_models(connection, limit=1))[0]
    assert then.files == before.files and then.data_until == before.data_until


async def test_who_asks_twice_is_told_of_the_training_under_way(services: Services) -> None:
    first, again = [await request_training(services, "gnn", actor="test", seed=3) for _ in range(2)]
    other = await request_training(services, "gnn", actor="test", seed=4)

    assert first.id == again.id != other.id
    assert len(await events_of(services, "model.training_requested")) == 2


async def test_a_training_that_is_cancelled_leaves_no_model(
    services: Services, graph: Graph, taxonomy: Taxonomy
) -> None:
    await draw(graph, taxonomy)
    job = await request_training(services, "isolation_forest", actor="test")

    work = asyncio.create_task(run_to_end(services, job))
    while (await _job(services, job.id)).state == "queued":  # noqa: ASYNC110  # nothing tells us
        await asyncio.sleep(0.01)
    await cancel_job(services, job.id, actor="ann")

    assert (await work).state == "cancelled"
    async with services.ledger.read() as connection:
        assert await list_models(connection) == []


@pytest.mark.parametrize("kind", KINDS)
async def test_an_empty_graph_teaches_nothing(services: Services, kind: ModelKind) -> None:
    done = await run_to_end(services, await request_training(services, kind, actor="test"))

    assert (done.state, done.attempt) == ("failed", 1), "trying again would not help"
    assert (done.error or "").startswith(f"CannotTrain: {kind}: ")


@pytest.mark.parametrize("kind", ["classifier", "gnn"])
@pytest.mark.parametrize("illicit", [0, 2, 30])
async def test_too_few_labels_or_one_class_are_refused_and_the_champion_goes_on(
    services: Services, graph: Graph, taxonomy: Taxonomy, kind: ModelKind, illicit: int
) -> None:
    await draw(graph, taxonomy, labelled=False)
    champion = await crowned(services)
    await label(graph, taxonomy, **{f"x{number}": "theft" for number in range(illicit)})

    done = await run_to_end(services, await request_training(services, kind, actor="test"))

    assert (done.state, done.attempt) == ("failed", 1) and "CannotTrain" in (done.error or ""), done.error
    assert await champions(services) == {champion.kind: champion}


async def test_a_classifier_says_what_it_learned_from(services: Services, graph: Graph, taxonomy: Taxonomy) -> None:
    await draw(graph, taxonomy)

    model = await trained(services, "classifier")

    assert model.labels == {"illicit": 30, "licit": 30} and model.features == NAMES
    assert 0 <= model.metrics["average_precision"] <= 1


async def test_a_champion_that_is_loaded_goes_on_serving_without_its_files(
    services: Services, graph: Graph, taxonomy: Taxonomy, tmp_path: Path
) -> None:
    settings = replace(services.settings, models=replace(services.settings.models, models_dir=str(tmp_path)))
    services = replace(services, settings=settings)
    await draw(graph, taxonomy)
    # A seed that no other test trains with: what is loaded stays loaded, by its files.
    champion = await crowned(services, seed=77)
    inputs, _ = await read_inputs(services)
    scores = load(services, champion).scores(inputs)
    other = replace(champion, files=tuple(replace(file, digest="0" * 64) for file in champion.files))
    for file in champion.files:
        (ModelFiles.of(settings).folder / file.digest).unlink()

    assert (load(services, champion).scores(inputs) == scores).all()
    with pytest.raises(ModelBroken, match="cannot be read"):
        load(services, other)


@pytest.mark.parametrize(
    "when",
    ["its files are written", pytest.param("it has begun", marks=pytest.mark.soak)],
)
async def test_a_training_that_was_killed_is_done_again_and_recorded_once(  # noqa: PLR0917
    services: Services, graph: Graph, taxonomy: Taxonomy, servers: Servers, tmp_path: Path, when: str
) -> None:
    folder = tmp_path / "models"
    await draw(graph, taxonomy)
    whole = await trained(services)
    job = await request_training(services, "isolation_forest", actor="test")

    await asyncio.to_thread(_kill_one, servers, job.id, folder, when)
    done = await run_to_end(services, job)

    assert done.state == "succeeded", done.error
    async with services.ledger.read() as connection:
        models = await list_models(connection)
    assert [model.job for model in models] == [job.id, whole.job]
    assert models[0].files == whole.files and models[0].metrics == whole.metrics
    assert len(await events_of(services, "model.trained")) == 2


async def _job(services: Services, job: str) -> Job:
    async with services.ledger.read() as connection:
        return await jobs.get_job(connection, job)


def _kill_one(servers: Servers, job: str, folder: Path, when: str) -> None:
    """Start a worker on a job, and kill it without a word once something has come."""
    with psycopg.connect(servers.postgres_admin_url, autocommit=True) as owner:
        process = subprocess.Popen(
            [sys.executable, "-m", "cli.main", "worker", "--job", job],
            env={**os.environ, **servers.environ(models_dir=str(folder))},
        )
        try:
            until = time.monotonic() + 60
            while not _has_come(owner, folder, job, when) and time.monotonic() < until:
                time.sleep(0.002)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
        # Its lease would run out by itself, in a while.
        owner.execute("UPDATE jobs SET lease = '0 s' WHERE id = %s", (job,))


def _has_come(owner: psycopg.Connection, folder: Path, job: str, when: str) -> bool:
    if when == "its files are written":
        return folder.is_dir() and any(folder.iterdir())
    return owner.execute("SELECT state FROM jobs WHERE id = %s", (job,)).fetchone() == ("running",)
