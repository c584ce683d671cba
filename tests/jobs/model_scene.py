"""A small graph that every model can learn from, and trainings of it run to their end."""

from __future__ import annotations

import random

from graph.model import Job, ModelKind, ModelVersion, Transaction
from graph.session import Graph
from graph.taxonomy import Taxonomy
from jobs.promoting import Promoted, promote_model
from jobs.runner import run_job
from jobs.services import Services
from jobs.training import request_training
from jobs.worker import HANDLERS
from ledger import jobs
from ledger.models import get_model
from tests.builders import label, land, pay

SHOPS, THIEVES = 30, 30


def drawn(seed: int = 1) -> list[Transaction]:
    """Shops take small payments from many and pay one; thieves take large ones and pass them on within hours."""
    rng = random.Random(seed)
    paid = []
    for shop in range(SHOPS):
        buyers = [rng.randrange(200) for _ in range(rng.randrange(4, 9))]
        paid += [pay(f"p{b}", f"s{shop}", rng.uniform(5, 60), day=rng.uniform(0, 300)) for b in buyers]
        paid.append(pay(f"s{shop}", "bank", rng.uniform(20, 90), day=rng.uniform(300, 330)))
    for thief in range(THIEVES):
        at, stolen = rng.uniform(0, 300), rng.uniform(500, 5_000)
        paid += [pay(f"p{rng.randrange(200)}", f"x{thief}", stolen, day=at)]
        paid += [pay(f"x{thief}", f"y{thief}{part}", stolen / 4, day=at + 0.1 * part) for part in range(4)]
    return paid


async def draw(graph: Graph, taxonomy: Taxonomy, *, labelled: bool = True) -> None:
    """Land the graph and say what shops and thieves are."""
    await land(graph, *drawn())
    if labelled:
        shops = {f"s{number}": "payment_processor" for number in range(SHOPS)}
        await label(graph, taxonomy, **shops, **{f"x{number}": "theft" for number in range(THIEVES)})


async def run_to_end(services: Services, job: Job) -> Job:
    """Run one attempt and return the job as it is then."""
    await run_job(services, HANDLERS, job.id)
    async with services.ledger.read() as connection:
        return await jobs.get_job(connection, job.id)


async def trained(services: Services, kind: ModelKind = "isolation_forest", *, seed: int = 0) -> ModelVersion:
    """Train a model and return it, a candidate."""
    done = await run_to_end(services, await request_training(services, kind, actor="test", seed=seed))
    assert done.state == "succeeded" and done.result, done.error
    async with services.ledger.read() as connection:
        return await get_model(connection, done.result["model"])


async def crowned(services: Services, kind: ModelKind = "isolation_forest", *, seed: int = 0) -> ModelVersion:
    """Train a model and make it champion."""
    return await promoted(services, (await trained(services, kind, seed=seed)).id)


async def promoted(services: Services, model: str, state: Promoted = "champion") -> ModelVersion:
    """Promote a model."""
    return await promote_model(services, model, state, reason="for a test", actor="test")
