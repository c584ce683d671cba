"""Live = batch = a slow independent reference, on random small graphs, all hops, both directions."""

from __future__ import annotations

import asyncio

import neo4j
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.batch import expose_all, read_wallets
from graph.exposure import Payment, Tracing, get_exposure, payment_exposures
from graph.live import hop_counts_of
from graph.model import Transaction
from graph.session import Graph
from graph.sums import payment_sides
from graph.taxonomy import Taxonomy
from tests.builders import key, label, land
from tests.conftest import empty_graph
from tests.drawing import DIRECTIONS, LABELS, NAMES, agree, shares, transfers
from tests.reference import Reference, payment

graphs = st.tuples(
    st.lists(transfers(), min_size=1, max_size=8),
    st.dictionaries(st.sampled_from(NAMES), st.sampled_from(LABELS), max_size=4),
)


@pytest.fixture(scope="module")
def loop_runner():
    with asyncio.Runner() as runner:
        yield runner


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(drawn=graphs)
def test_live_and_batch_equal_the_reference(
    drawn, loop_runner: asyncio.Runner, servers, cypher: neo4j.Session, taxonomy: Taxonomy
) -> None:
    from graph.schema import apply_schema
    from graph.session import open_graph

    async def check() -> None:
        async with open_graph(servers.settings().graph) as graph:
            await apply_schema(graph)
            await compare(graph, *drawn, taxonomy)

    empty_graph(cypher)
    loop_runner.run(check())


async def compare(graph: Graph, transactions: list[Transaction], labels: dict[str, str], taxonomy: Taxonomy) -> None:
    await land(graph, *transactions)
    if labels:
        await label(graph, taxonomy, **labels)
    kinds = {"categories": {key(n): c for n, c in labels.items()}, "stopping": {"scam", "sanctions", "exchange"}}
    reference = Reference(transactions, passing={"dex"}, **kinds)
    wallets = await read_wallets(graph)
    for direction in DIRECTIONS:
        for hops in range(1, 7):
            tracing = Tracing(graph=graph, direction=direction, hops=hops, taxonomy=taxonomy)
            batch = await expose_all(graph, wallets, direction=direction, hops=hops, taxonomy=taxonomy, progress=_quiet)
            for i, wallet in enumerate(wallets.keys):
                expected = reference.exposure(wallet, hops, direction)
                live = await get_exposure(tracing, wallet)
                agree(shares(live), expected)
                assert live.total_value == reference.total(wallet, direction)
                assert sum(c.value for c in (*live.categories, *live.residuals)) == live.total_value
                assert live.passed_through == pytest.approx(reference.passed_through(wallet, hops, direction), abs=1e-9)
                stored = {n: (p.share[i], p.direct[i], p.hops[i]) for n, p in batch.categories.items() if p.share[i]}
                agree(stored | {n: v[i] for n, v in batch.residuals.items() if v[i]}, expected)
                assert batch.passed_through[i] == pytest.approx(live.passed_through, abs=1e-9)
        await compare_payments(graph, transactions, kinds | {"passing": {"dex"}}, direction, taxonomy)
    illicit = {w for w, c in kinds["categories"].items() if c in ("scam", "sanctions")}
    for i, wallet in enumerate(wallets.keys):
        score, counts = reference.hop_score(wallet, illicit)
        assert tuple(wallets.hop_counts[i]) == counts
        assert wallets.hop_scores((1.0, 0.5, 0.25))[i] == pytest.approx(score, abs=1e-12)
        now = await hop_counts_of(graph, wallet)
        assert (now.at_0, now.at_1, now.at_2) == counts


async def compare_payments(graph, transactions, kinds, direction, taxonomy) -> None:
    asked = [Payment(t.key, t.at, *payment_sides(t)) for t in transactions]
    for hops in (1, 2, 3, 6):
        tracing = Tracing(graph=graph, direction=direction, hops=hops, taxonomy=taxonomy)
        found = await payment_exposures(tracing, asked)
        for t, exposure in zip(transactions, found, strict=True):
            if t.value and t.inputs:
                agree(shares(exposure), payment(t, transactions, hops, direction, t.at, **kinds))


async def _quiet(message: str) -> None:
    assert message
