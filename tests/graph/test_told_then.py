"""What was told at an instant is what `known_at` that instant tells later, whatever has changed since."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count

import neo4j
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from graph import sums
from graph.attributions import attributions_about, withdraw_attributions
from graph.clock import NOW, Clock
from graph.descriptions import describe_wallets
from graph.live import hop_counts_of
from graph.model import Attribution, Transaction
from graph.paths import find_paths
from graph.session import Graph, open_graph
from graph.subgraph import get_subgraph
from graph.taxonomy import Taxonomy
from graph.tracing import ExposureLimits
from graph.withdrawal import withdraw_transaction
from tests.builders import attribute, key, land, pay
from tests.conftest import empty_graph
from tests.drawing import DIRECTIONS, LABELS, NAMES, transfers

MAX_PAIRS = 4
NOW_IN_GRAPH = "MATCH (c:Counter {name: 'graph'}) RETURN c.at"
MICROSECOND = timedelta(microseconds=1)
PATIENT = ExposureLimits(timeout_s=30)
SOURCES = ("one", "two")

changes = st.one_of(
    st.tuples(st.just("land"), transfers()),
    st.tuples(st.just("withdraw"), st.integers(0, 5)),
    st.tuples(st.just("reland"), st.integers(0, 5), st.integers(-3, 3)),
    st.tuples(
        st.just("say"),
        st.sampled_from(NAMES),
        st.sampled_from(LABELS),
        st.sampled_from(SOURCES),
        st.sampled_from([1.0, 0.5, 0.4]),
        st.booleans(),
    ),
    st.tuples(st.just("unsay"), st.sampled_from(NAMES)),
    st.tuples(st.just("supersede"), st.sampled_from(NAMES), st.sampled_from(LABELS)),
)


@pytest.fixture(scope="module")
def loop_runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


class Drawing:
    """Changes made one after the other, as far as they can be made."""

    def __init__(self, graph: Graph, taxonomy: Taxonomy) -> None:
        self.graph, self.taxonomy = graph, taxonomy
        self.landed: list[Transaction] = []
        self._revisions = count()

    async def make(self, kind: str, *given) -> None:
        await getattr(self, f"_{kind}")(*given)

    def wallets(self) -> list[str]:
        """The parties of the first transaction: the pictures around them show the others."""
        first = self.landed[0]
        return sorted({key(party.address) for party in (*first.inputs, *first.outputs)})

    async def _land(self, transaction: Transaction) -> None:
        self.landed.append(transaction)
        await land(self.graph, transaction)

    async def _withdraw(self, place: int) -> None:
        if place < len(self.landed):
            await withdraw_transaction(self.graph, self.landed[place].key)

    async def _reland(self, place: int, later: int) -> None:
        if place < len(self.landed):
            moved = self.landed[place]
            await land(self.graph, replace(moved, at=moved.at + timedelta(days=later)))

    async def _say(self, name: str, category: str, source: str, confidence: float, is_official: bool) -> None:
        more = {"confidence": confidence, "official": is_official}
        said = Attribution(id="", wallet=key(name), category=category, source=source, **more)
        await attribute(self.graph, self.taxonomy, said)

    async def _unsay(self, name: str) -> None:
        for one in await self._standing(name):
            await withdraw_attributions(self.graph, [one.id], self.taxonomy)

    async def _supersede(self, name: str, category: str) -> None:
        for one in await self._standing(name):
            # A source of its own: what says the same cannot supersede it.
            source = f"revision {next(self._revisions)}"
            said = Attribution(id="", wallet=key(name), category=category, source=source, supersedes=one.id)
            await attribute(self.graph, self.taxonomy, said)

    async def _standing(self, name: str) -> list[Attribution]:
        """The first that stands, if any does."""
        return [one for one in await attributions_about(self.graph, [key(name)]) if one.withdrawn_at is None][:1]


async def told(graph: Graph, taxonomy: Taxonomy, wallet: str, clock: Clock) -> list:
    """All that these rooms tell of a wallet, without watermarks and the clocks themselves."""
    asked = {"taxonomy": taxonomy, "clock": clock}
    pictures = [await get_subgraph(graph, wallet, hops=h, limit=n, **asked) for h, n in ((1, 3), (3, 50))]
    counts = await hop_counts_of(graph, wallet, clock)
    paths = [
        await find_paths(graph, wallet, direction=way, hops=3, limit=100, limits=PATIENT, **asked) for way in DIRECTIONS
    ]
    return [
        [replace(picture, as_of=None, known_at=None, watermark=0) for picture in pictures],
        await describe_wallets(graph, [wallet], **asked),
        replace(counts, watermark=0),
        [replace(found, as_of=None, known_at=None, watermark=0) for found in paths],
    ]


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(first=st.lists(transfers(), min_size=1, max_size=4), then=st.lists(changes, max_size=8))
def test_what_was_told_is_told_again(
    first: list[Transaction], then: list[tuple], loop_runner: asyncio.Runner, request
) -> None:
    servers, cypher = request.getfixturevalue("servers"), request.getfixturevalue("cypher")
    taxonomy: Taxonomy = request.getfixturevalue("taxonomy")
    request.getfixturevalue("monkeypatch").setattr(sums, "MAX_PAIRS", MAX_PAIRS)

    async def check() -> None:
        async with open_graph(servers.settings().graph, retry_s=30.0) as graph:
            drawing, answers = Drawing(graph, taxonomy), []
            for change in (*(("land", one) for one in first), *then):
                before = instant(cypher)
                await drawing.make(*change)
                if answers and instant(cypher) > before:
                    answers.append((instant(cypher) - MICROSECOND, answers[-1][1]))
                answers.append((instant(cypher), {w: await told(graph, taxonomy, w, NOW) for w in drawing.wallets()}))
            for known_at, expected in answers:
                for wallet, answer in expected.items():
                    assert await told(graph, taxonomy, wallet, Clock(known_at=known_at)) == answer

    empty_graph(cypher)
    loop_runner.run(check())


async def test_another_answer_is_noticed(graph: Graph, taxonomy: Taxonomy) -> None:
    await land(graph, pay("a", "b", 1, id="t"), pay("b", "c", 1))
    before = await told(graph, taxonomy, key("b"), NOW)
    done = await withdraw_transaction(graph, key("t"))
    after = await told(graph, taxonomy, key("b"), NOW)

    assert [one == other for one, other in zip(before, after, strict=True)] == [False, False, False, True]
    assert await told(graph, taxonomy, key("b"), Clock(known_at=done.at)) == after
    assert await told(graph, taxonomy, key("b"), Clock(known_at=done.at - MICROSECOND)) == before


def instant(cypher: neo4j.Session) -> datetime:
    return cypher.run(NOW_IN_GRAPH).single(strict=True)[0].to_native()
