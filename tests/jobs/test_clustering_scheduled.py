"""Clustering comes by itself once it was asked for: when its time has come and something landed, or all was lost."""

from __future__ import annotations

from msgspec.structs import replace

from jobs.clustering import request_clustering
from jobs.runner import run_job
from jobs.schedule import Schedule
from jobs.services import Services
from jobs.worker import HANDLERS
from ledger.jobs import list_jobs
from settings import RunSettings
from tests.builders import land, pay, spend


async def clusterings(services: Services) -> list[str]:
    async with services.ledger.read() as connection:
        return [job.state for job in await list_jobs(connection, name="cluster_wallets")]


def every(services: Services, seconds: float) -> Services:
    return replace(services, settings=replace(services.settings, runs=RunSettings(cluster_every_s=seconds)))


async def clustered(services: Services) -> None:
    """Two wallets of one owner, clustered because somebody asked."""
    await land(services.graph, spend({"a": 3, "b": 3}, {"x": 6}, id="t1", day=1))
    job = await request_clustering(services, actor="analyst")
    await run_job(services, HANDLERS, job.id)


async def test_nothing_is_clustered_before_somebody_asks(services: Services) -> None:
    await land(services.graph, spend({"a": 3, "b": 3}, {"x": 6}, id="t1", day=1))

    await Schedule(every(services, 1e-6))()

    assert await clusterings(services) == []


async def test_what_landed_since_is_clustered_when_its_time_has_come(services: Services) -> None:
    await clustered(services)
    await Schedule(every(services, 1e-6))()
    idle = await clusterings(services)
    await land(services.graph, pay("x", "y", 1, day=2))

    await Schedule(every(services, 3_600))()
    await Schedule(every(services, 0))()
    early = await clusterings(services)
    await Schedule(every(services, 1e-6))()
    await Schedule(every(services, 1e-6))()

    assert (idle, early) == (["succeeded"], ["succeeded"])
    assert await clusterings(services) == ["queued", "succeeded"]


async def test_entities_that_are_gone_are_made_again_at_once(services: Services) -> None:
    await clustered(services)
    await services.graph.batched("empty_graph")

    await Schedule(every(services, 3_600))()

    assert await clusterings(services) == ["queued", "succeeded"]
