"""All wallets by every method: the job says of each what the wallet's own answer says, and keeps the latest only."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from graph.methods.comparing import METHODS
from graph.model import Job
from graph.session import Graph
from graph.taxonomy import Taxonomy
from jobs.asking_methods import NAME, request_comparison_of_methods
from jobs.comparing_methods import DIRECTIONS, compare_all_methods
from jobs.method_opinions import opinions_of
from jobs.runner import run_job
from jobs.services import Services, open_services
from ledger.audit import list_events
from ledger.jobs import get_job
from ledger.methods import MethodScore, find_comparison, list_method_scores
from ledger.session import Ledger
from tests.builders import key, label, land, pay
from tests.servers import Servers


@pytest.fixture
async def services(servers: Servers, graph: Graph, ledger: Ledger) -> AsyncIterator[Services]:
    async with open_services(servers.settings()) as opened:
        yield opened


async def compared(services: Services) -> Job:
    job = await request_comparison_of_methods(services, actor="usr_olga", hops=3, job_id=None)
    assert await run_job(services, {NAME: compare_all_methods}, job.id)
    async with services.ledger.read() as connection:
        return await get_job(connection, job.id)


async def listed(services: Services) -> list[MethodScore]:
    async with services.ledger.read() as connection:
        first, after = await list_method_scores(connection, limit=1)
        rest = (await list_method_scores(connection, after=after))[0] if after else []
        return [*first, *rest, *(await list_method_scores(connection, sensitive=False))[0]]


@pytest.fixture
async def drawn(graph: Graph, taxonomy: Taxonomy) -> None:
    """Money that came too late to have been paid on, and some that did not."""
    await label(graph, taxonomy, thief="theft", shop="exchange")
    await land(
        graph,
        pay("clean", "w", 10, day=1),
        pay("w", "a", 10, day=2),
        pay("thief", "w", 40, day=3),
        pay("w", "b", 30, day=4),
        pay("b", "shop", 5, day=5),
    )


@pytest.mark.usefixtures("drawn")
async def test_every_side_scores_as_the_wallet_itself_is_told(services: Services) -> None:
    job = await compared(services)

    assert job.state == "succeeded", job.error
    rows = {(one.wallet, one.direction): one for one in await listed(services)}
    for name in ("w", "a", "b", "thief", "shop", "clean"):
        for direction in DIRECTIONS:
            tracing = services.tracing(direction, 3, limits=services.limits_of(None))
            told = await opinions_of(services, tracing, key(name))
            scores = {method: told.by_method[method].score for method in METHODS}
            row = rows.get((key(name), direction))
            if row is None:
                assert not any(scores.values())
                continue
            assert {method: getattr(row, method) for method in METHODS} == pytest.approx(scores, abs=1e-9)
            assert row.sensitive == told.is_sensitive


@pytest.mark.usefixtures("drawn")
async def test_those_it_matters_for_come_first_and_only_the_latest_stay(services: Services, graph: Graph) -> None:
    await compared(services)
    before = [(one.wallet, one.direction) for one in await listed(services) if one.sensitive]
    await land(graph, pay("thief", "a", 100, day=6))
    job = await compared(services)

    after = [(one.wallet, one.direction) for one in await listed(services) if one.sensitive]
    assert (key("a"), "source") in before
    assert (key("a"), "source") not in after, "now most of its money is stolen by any method"
    async with services.ledger.read() as connection:
        comparison = await find_comparison(connection)
        (told,) = await list_events(connection, action="methods.compared", subject=job.id)
    assert comparison is not None
    assert (comparison.job, comparison.watermark) == (job.id, await graph.watermark())
    assert told.body["sensitive"] == comparison.sensitive == len(after)


async def test_an_empty_graph_compares_to_nothing(services: Services) -> None:
    job = await compared(services)

    assert job.result is not None
    assert (job.state, job.result["wallets"], job.result["sensitive"]) == ("succeeded", 0, 0)
    assert await listed(services) == []
