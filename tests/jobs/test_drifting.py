"""Drift is measured with every run that models score, and told once: when it is there, and again when it is back."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from msgspec.structs import replace

from graph.batch import Floats
from graph.model import RunModel
from graph.taxonomy import Taxonomy
from jobs.drifting import DRIFTED, NAME, note_drift, request_drift
from jobs.modelled import Judgement
from jobs.schedule import Schedule
from jobs.scoring import request_scoring_run
from jobs.services import Services
from ledger import audit, jobs
from ledger.model_drift import ModelDrift, last_measured, list_drift
from settings import ModelSettings
from tests.builders import land, pay
from tests.jobs.model_scene import crowned, draw, promoted, run_to_end, trained
from tests.jobs.test_model_scoring import scored

MODEL = "classifier-v1"
THRESHOLDS = ModelSettings(drift_notice=0.1, drift_alarm=0.25)


def judged(drift: Mapping[str, float], values: Floats | None) -> Judgement:
    model = RunModel(model=MODEL, kind="classifier", state="champion", seed=0, weight=0.5)
    return Judgement(model, values, {}, drift)


async def noted(services: Services, number: int, **drift: float) -> list[audit.EventDraft]:
    """Record a measurement of a job of that number, with the events it gives."""
    found = judged({"score": 0.0, **drift}, np.zeros(7))
    async with services.ledger.transaction() as connection:
        events = await note_drift(connection, THRESHOLDS, [found], job=f"job_{number}", run=None, watermark=number)
        await audit.append(connection, *events)
    return events


async def measurements(services: Services, model: str = MODEL) -> list[ModelDrift]:
    async with services.ledger.read() as connection:
        return await list_drift(connection, model)


async def told(services: Services) -> list[str]:
    async with services.ledger.read() as connection:
        return [event.subject for event in await audit.list_events(connection, action=DRIFTED)]


async def test_an_alarm_is_told_once_until_the_drift_was_below_notice(services: Services) -> None:
    course = [0.05, 0.2, 0.25, 0.9, 0.24, 0.3, 0.1, 0.26, 0.09, 0.2, 0.4]

    events = [len(await noted(services, number, in_degree=index)) for number, index in enumerate(course)]

    assert events == [0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1], "told at 0.25, and at 0.4 after it was below notice"
    levels = [drift.level for drift in reversed(await measurements(services))]
    assert levels == [
        "none", "notice", "alarm", "alarm", "notice", "alarm", "notice", "alarm", "none", "notice", "alarm",
    ]  # fmt: skip
    assert await told(services) == [MODEL, MODEL]


async def test_what_drifted_is_named_and_a_job_measures_once(services: Services) -> None:
    features = {f"feature_{number}": number / 10 for number in range(9)}
    [event] = await noted(services, 1, **features)
    again = await noted(services, 1, **features)

    assert (event.subject, event.body["highest"], event.body["score"]) == (MODEL, 0.8, 0.0)
    assert list(event.body["features"]) == [f"feature_{number}" for number in (8, 7, 6, 5, 4)]
    [drift] = await measurements(services)
    assert again == [] and (drift.features, drift.wallets, drift.told) == (features, 7, True)


async def test_the_score_itself_may_drift_and_a_model_that_was_skipped_does_not(services: Services) -> None:
    [event] = await noted(services, 1, in_degree=0.01, score=0.5)
    async with services.ledger.transaction() as connection:
        found = [judged({}, None)]
        assert await note_drift(connection, THRESHOLDS, found, job="job_2", run=None, watermark=2) == []

    assert event.body["highest"] == event.body["score"] == 0.5
    assert len(await measurements(services)) == 1


@pytest.fixture
async def serving(services: Services, taxonomy: Taxonomy) -> str:
    """A graph with a champion, its id."""
    await draw(services.graph, taxonomy)
    return (await crowned(services)).id


async def test_a_run_over_the_graph_that_was_learned_finds_no_drift_and_one_over_another_does(
    services: Services, serving: str
) -> None:
    """Negative control first: the wallets of the training are as they were."""
    await scored(services)
    [same] = await measurements(services, serving)
    assert (same.level, same.told, await told(services)) == ("none", False, []) and same.highest < 1e-9

    flood = [pay(f"new{n}", f"hub{n % 3}", 10_000, day=n / 50) for n in range(600)]
    await land(services.graph, *flood)
    run = await scored(services)
    again = await scored(services)

    latest, first, _ = await measurements(services, serving)
    assert (first.run, first.watermark, first.level, first.wallets) == (run.id, run.watermark, "alarm", run.wallets)
    assert first.highest == max(first.score, *first.features.values()) > 0.25
    assert latest.run == again.id and latest.features == first.features, "the same wallets give the same numbers"
    assert await told(services) == [serving], "told once, whatever the next run finds"


async def test_it_is_measured_in_between_where_no_run_did(services: Services, serving: str) -> None:
    shadow = (await promoted(services, (await trained(services, seed=1)).id, "shadow")).id
    await Schedule(services)()
    async with services.ledger.read() as connection:
        [waiting] = await jobs.list_jobs(connection, name=NAME)
    assert (await request_drift(services)).id == waiting.id, "one is enough"

    done = await run_to_end(services, waiting)

    assert done.result is not None and set(done.result["highest"]) == {serving, shadow}
    for model in (serving, shadow):
        [drift] = await measurements(services, model)
        assert (drift.run, drift.job, drift.level) == (None, waiting.id, "none")
    await Schedule(services)()
    async with services.ledger.read() as connection:
        assert len(await jobs.list_jobs(connection, name=NAME)) == 1, "it is not due again"
        assert await last_measured(connection) is not None


async def test_a_scoring_run_that_waits_will_measure_it(services: Services, serving: str) -> None:
    _, job = await request_scoring_run(services, actor="test")
    await Schedule(services)()
    async with services.ledger.read() as connection:
        assert await jobs.list_jobs(connection, name=NAME) == []

    await run_to_end(services, job)

    assert [drift.run for drift in await measurements(services, serving)] != []


async def test_nothing_is_measured_without_models_or_where_it_is_turned_off(services: Services) -> None:
    await Schedule(services)()
    off = replace(services.settings, models=ModelSettings(drift_every_s=0.0))
    await Schedule(replace(services, settings=off))()

    async with services.ledger.read() as connection:
        assert await jobs.list_jobs(connection, name=NAME) == []
