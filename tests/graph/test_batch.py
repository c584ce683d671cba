"""All wallets at once: nothing is lost on real data, and the numbers are those given for one wallet live."""

from __future__ import annotations

import random
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import neo4j
import numpy as np
import pytest
from msgspec import Struct

from graph.batch import Side, WalletColumns, expose_all, read_wallets
from graph.clock import Clock
from graph.columns import read_network
from graph.exposure import ExposureLimits, get_exposure
from graph.live import hop_counts_of
from graph.model import Direction
from graph.recount import Recount, recount
from graph.session import Graph
from graph.taxonomy import Taxonomy
from jobs.importing import ImportReport
from jobs.importing_attributions import AttributionReport, import_attributions
from jobs.services import Services, open_services
from tests.builders import key, label, land, pay
from tests.conftest import empty_graph, empty_ledger
from tests.demo import DATA, import_demo, quiet
from tests.recounting import batch, differences, say_nothing
from tests.servers import Servers

DIRECTIONS: tuple[Direction, Direction] = ("source", "destination")
HOPS = 3
SEED = 20261121
PATIENT = ExposureLimits(timeout_s=60)


class Demo(Struct):
    """The demo data in the graph, what its import said, and the batch over it."""

    services: Services
    transfers: ImportReport
    labels: AttributionReport
    wallets: WalletColumns
    sides: dict[Direction, Side]


@pytest.fixture(scope="module")
async def demo(
    servers: Servers, open_graph_once: Graph, cypher: neo4j.Session, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Demo]:
    empty_graph(cypher)
    empty_ledger(servers.postgres_admin_url)
    async with open_services(servers.settings(reference_currency="ETH")) as services:
        transfers, labels = await import_demo(services, tmp_path_factory.mktemp("demo"))
        batched = await batch(services.graph, services.taxonomy, HOPS)
        yield Demo(services, transfers, labels, batched.wallets, batched.sides)


def whole(side: Side) -> np.ndarray:
    """Of every wallet the sum of all its shares."""
    return sum(pushed.share for pushed in side.categories.values()) + sum(side.residuals.values())


def lost(side: Side, known: np.ndarray) -> np.ndarray:
    """Wallets whose shares do not add up to 1 where there is value, or to 0 where there is none."""
    return np.flatnonzero(np.abs(whole(side) - (known > 0)) > 1e-9)


async def test_the_demo_is_all_there(demo: Demo) -> None:
    assert (demo.transfers.landed, demo.transfers.known, demo.transfers.rejected) == (19_413, 0, 0)
    assert (demo.labels.landed, demo.labels.known, demo.labels.rejected) == (877, 0, 0)
    assert await demo.services.graph.watermark() == 19_413 + 877


@pytest.mark.parametrize("direction", DIRECTIONS)
async def test_every_wallet_of_the_demo_conserves_its_value(demo: Demo, direction: Direction) -> None:
    side, wallets = demo.sides[direction], demo.wallets
    known = wallets.in_values if direction == "source" else wallets.out_values

    assert len(lost(side, known)) == 0
    for values in (*(pushed.share for pushed in side.categories.values()), *side.residuals.values()):
        assert values.min() >= 0 and values.max() <= 1 + 1e-9
    assert 0 <= side.passed_through.min() <= side.passed_through.max() <= 1 + 1e-9
    assert all((pushed.direct <= pushed.share + 1e-12).all() for pushed in side.categories.values())
    assert all(((pushed.hops > 0) == (pushed.share > 0)).all() for pushed in side.categories.values())
    assert (known > 0).sum() > 1000 and side.categories["scam"].share.max() > 0, "the demo has something to lose"


async def test_a_share_that_fades_by_hop_would_be_found(demo: Demo) -> None:
    side = demo.sides["source"]
    fading = {
        name: type(pushed)(pushed.direct + 0.9 * (pushed.share - pushed.direct), pushed.direct, pushed.hops)
        for name, pushed in side.categories.items()
    }

    assert len(lost(Side(fading, side.residuals, side.passed_through), demo.wallets.in_values)) > 0


async def test_live_is_batch_on_the_demo(demo: Demo) -> None:
    graph, wallets = demo.services.graph, demo.wallets
    chosen = random.Random(SEED).sample(range(len(wallets.keys)), 60)
    scores = wallets.hop_scores((1.0, 0.5, 0.25))
    for i in chosen:
        counts = await hop_counts_of(graph, wallets.keys[i])
        assert tuple(wallets.hop_counts[i]) == (counts.at_0, counts.at_1, counts.at_2), f"wallet {i}, seed {SEED}"
        assert (wallets.in_degrees[i], wallets.out_degrees[i]) == (counts.in_degree, counts.out_degree)
        root = max(1, counts.in_degree + counts.out_degree) ** 0.5
        assert scores[i] == pytest.approx((counts.at_0 + counts.at_1 / 2 + counts.at_2 / 4) / root, abs=1e-12)
        for direction in DIRECTIONS:
            tracing = demo.services.tracing(direction, HOPS, limits=PATIENT)
            live = await get_exposure(tracing, wallets.keys[i])
            side = demo.sides[direction]
            named = {c.category: c for c in live.categories}
            for name, pushed in side.categories.items():
                one = named.pop(name, None)
                got = (one.share, one.direct_share, one.shortest_hops) if one else (0, 0, 0)
                told = (pushed.share[i], pushed.direct[i], pushed.hops[i])
                assert got == pytest.approx(told, abs=1e-9), f"{wallets.keys[i]} {direction} {name}, seed {SEED}"
            assert not named
            ends = {r.reason: r.share for r in live.residuals}
            for reason, values in side.residuals.items():
                assert ends.pop(reason, 0) == pytest.approx(values[i], abs=1e-9), (wallets.keys[i], direction, reason)
            assert not ends and live.passed_through == pytest.approx(side.passed_through[i], abs=1e-9)
            assert live.total_value == (wallets.in_values if direction == "source" else wallets.out_values)[i]


async def test_the_recount_of_the_demo_has_the_same_bytes(demo: Demo) -> None:
    graph, taxonomy = demo.services.graph, demo.services.taxonomy
    batched = Recount(demo.wallets, demo.sides)

    for clock in (Clock(), Clock(known_at=datetime.now(UTC))):
        again = recount(await read_network(graph, taxonomy, clock), hops=HOPS, taxonomy=taxonomy)
        assert differences(batched, again) == [], clock
    fewer = recount(await read_network(graph, taxonomy), hops=HOPS - 1, taxonomy=taxonomy)
    assert differences(batched, fewer) != []


async def test_importing_the_demo_again_changes_nothing(demo: Demo, tmp_path: Path) -> None:
    shutil.copy(DATA / "attributions.csv", tmp_path / "attributions.csv")

    again = await import_attributions(demo.services, tmp_path / "attributions.csv", actor="test", tell=quiet)

    assert (again.landed, again.known) == (0, 877)
    assert await demo.services.graph.watermark() == 19_413 + 877
    assert again.rejected == 0


async def test_an_empty_graph_has_no_rows_and_no_error(graph: Graph, taxonomy: Taxonomy) -> None:
    wallets = await read_wallets(graph)
    side = await expose_all(graph, wallets, direction="source", hops=6, taxonomy=taxonomy, progress=say_nothing)

    assert (wallets.keys, wallets.hop_counts.shape) == ([], (0, 3))
    assert (side.categories, {name: len(values) for name, values in side.residuals.items()}) == (
        {},
        {"origin": 0, "hop_limit": 0},
    )


async def test_a_batch_leaves_no_scratch_behind(graph: Graph, taxonomy: Taxonomy, cypher: neo4j.Session) -> None:
    await label(graph, taxonomy, thief="scam")
    await land(graph, pay("thief", "a", 1), pay("a", "b", 1))

    wallets = await read_wallets(graph)

    found = dict(zip(wallets.keys, wallets.hop_counts.tolist(), strict=True))
    assert found == {key("thief"): [1, 0, 0], key("a"): [0, 1, 0], key("b"): [0, 0, 1]}
    names = cypher.run("MATCH (w:Wallet) UNWIND keys(w) AS k RETURN collect(DISTINCT k) AS k").single(strict=True)["k"]
    assert not [name for name in names if "scratch" in name]


async def test_a_wallet_landed_during_a_batch_waits_for_the_next(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="scam")
    await land(graph, pay("thief", "a", 1))
    wallets = await read_wallets(graph)

    await land(graph, pay("thief", "later", 1))
    side = await expose_all(graph, wallets, direction="source", hops=2, taxonomy=taxonomy, progress=say_nothing)

    assert dict(zip(wallets.keys, side.categories["scam"].share, strict=True)) == {key("thief"): 0, key("a"): 1}
