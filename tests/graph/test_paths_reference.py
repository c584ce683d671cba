"""The best paths are exactly the best of all, tried one by one on random small graphs, now and as of earlier times."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import neo4j
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from graph import sums
from graph.attributions import attributions_about, record_attributions, withdraw_attributions
from graph.clock import NOW, Clock
from graph.model import Attribution
from graph.paths import Path, find_paths
from graph.session import Graph, open_graph
from graph.taxonomy import Taxonomy, current_attribution
from graph.tracing import ExposureLimits
from graph.withdrawal import withdraw_transaction
from tests.builders import START, key, label, land, pay
from tests.conftest import empty_graph
from tests.drawing import DIRECTIONS, LABELS, NAMES, transfers
from tests.trails import Step, Trails

MAX_PAIRS = 4
NOW_IN_GRAPH = "MATCH (c:Counter {name: 'graph'}) RETURN c.at"
PATIENT = ExposureLimits(timeout_s=30)
graphs = st.tuples(
    st.lists(transfers(), min_size=1, max_size=8),
    st.dictionaries(st.sampled_from(NAMES), st.sampled_from(LABELS), max_size=4),
    st.sets(st.integers(0, 7), max_size=3),
)
trying = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def loop_runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(autouse=True)
def small_pools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sums, "MAX_PAIRS", MAX_PAIRS)


def told(path: Path) -> tuple:
    return path.bottleneck, [(s.transaction, s.sender, s.receiver, s.at, s.value) for s in path.steps]


def expected(path: tuple[Step, ...]) -> tuple:
    return min(s.value for s in path), [(s.transaction, s.sender, s.receiver, s.at, s.value) for s in path]


async def compare(graph: Graph, trails: Trails, taxonomy: Taxonomy, clock: Clock = NOW) -> None:
    """Both directions, all lengths, to illicit wallets and to one; cut after the first few and not at all."""
    wallets = {key(p.address) for t in trails.transactions for p in (*t.inputs, *t.outputs)}
    asked = {"taxonomy": taxonomy, "clock": clock, "limits": PATIENT}
    for direction in DIRECTIONS:
        for wallet in sorted(wallets):
            for hops, limit, to in ((1, 10, None), (3, 100, None), (6, 2, None), (4, 100, key("b"))):
                if wallet == to or (to and to not in wallets):
                    continue
                best = trails.best(wallet, direction, hops, to=to)
                found = await find_paths(graph, wallet, direction=direction, hops=hops, limit=limit, to=to, **asked)
                assert [told(p) for p in found.paths] == [expected(p) for p in best[:limit]]
                assert not found.truncated
                for path, right in zip(found.paths, best, strict=False):
                    assert path.share == pytest.approx(trails.share(right, direction), rel=1e-9)
                    assert [w.category for w in path.wallets] == [trails.categories.get(w.key) for w in path.wallets]


@trying
@given(drawn=graphs)
def test_the_best_paths_are_the_best_of_all(
    drawn, loop_runner: asyncio.Runner, servers, cypher: neo4j.Session, taxonomy: Taxonomy
) -> None:
    transactions, labels, withdrawn = drawn

    async def check() -> None:
        async with open_graph(servers.settings().graph, retry_s=30.0) as graph:
            await land(graph, *transactions)
            if labels:
                await label(graph, taxonomy, **labels)
            gone = {transactions[i].key for i in withdrawn if i < len(transactions)}
            for name in sorted(gone):
                await withdraw_transaction(graph, name)
            counted = [t for t in transactions if t.key not in gone]
            await compare(graph, trails(counted, {key(n): c for n, c in labels.items()}, taxonomy), taxonomy)

    empty_graph(cypher)
    loop_runner.run(check())


def trails(counted, categories: dict[str, str], taxonomy: Taxonomy) -> Trails:
    stopping = set(taxonomy.illicit | taxonomy.services)
    return Trails(counted, categories, stopping, set(taxonomy.illicit), MAX_PAIRS)


@trying
@given(drawn=st.tuples(graphs, st.integers(0, 5), st.integers(-3, 3)))
def test_paths_as_of_then_are_those_of_what_counted_then(
    drawn, loop_runner: asyncio.Runner, servers, cypher: neo4j.Session, taxonomy: Taxonomy
) -> None:
    """Land, label, look; then withdraw, land some again at another time, change labels: the old answers stay."""
    (transactions, labels, withdrawn), day, later = drawn

    async def check() -> None:
        async with open_graph(servers.settings().graph, retry_s=30.0) as graph:
            await land(graph, *transactions)
            await record_attributions(graph, [valid(n, c) for n, c in labels.items()], taxonomy, author="drawer")
            then = cypher.run(NOW_IN_GRAPH).single(strict=True)[0].to_native()
            gone = sorted(i for i in withdrawn if i < len(transactions))
            for i in gone:
                await withdraw_transaction(graph, transactions[i].key)
            moved = [replace(transactions[i], at=transactions[i].at + timedelta(days=later)) for i in gone[:1]]
            await land(graph, *moved)
            about = await attributions_about(graph, [key(n) for n in labels])
            await withdraw_attributions(graph, [a.id for a in about][:1], taxonomy)
            as_of = START + timedelta(days=day)
            now = [t for i, t in enumerate(transactions) if i not in gone] + moved
            for counted, gone_ids, clock in (
                (transactions, [], Clock(known_at=then)),
                (transactions, [], Clock(as_of, then)),
                (now, [a.id for a in about][:1], Clock(as_of=as_of)),
            ):
                seen = [t for t in counted if clock.as_of is None or t.at <= clock.as_of]
                valid_at = clock.as_of or clock.known_at
                known = [replace(a, recorded_at=START, withdrawn_at=None) for a in about if a.id not in gone_ids]
                categories = {a.wallet: a.category for a in known if current_attribution([a], valid_at, taxonomy)}
                await compare(graph, trails(seen, categories, taxonomy), taxonomy, clock)

    empty_graph(cypher)
    loop_runner.run(check())


def valid(name: str, category: str) -> Attribution:
    """In force from a day that depends on the name."""
    begin = START + timedelta(days=NAMES.index(name) - 2)
    return Attribution(id="", wallet=key(name), category=category, source="drawn", valid_from=begin)


def test_the_reference_itself_keeps_the_order_of_time(taxonomy: Taxonomy) -> None:
    first, then = pay("thief", "a", 5, day=1), pay("a", "w", 5, day=2)
    in_order = trails([first, then], {key("thief"): "theft"}, taxonomy)
    reversed_times = trails([replace(first, at=then.at), replace(then, at=first.at)], in_order.categories, taxonomy)

    assert [len(path) for path in in_order.best(key("w"), "source", 3)] == [2]
    assert [len(path) for path in in_order.best(key("thief"), "destination", 3, to=key("w"))] == [2]
    assert reversed_times.best(key("w"), "source", 3) == []
    assert reversed_times.best(key("thief"), "destination", 3, to=key("w")) == []
    assert in_order.best(key("w"), "source", 1) == []
