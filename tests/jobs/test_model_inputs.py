"""What models see of a real graph: nothing of the future, nothing after the watermark, and singly what a batch sees."""

from __future__ import annotations

import asyncio

import neo4j
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from graph.clock import Clock
from graph.model import Attribution
from graph.taxonomy import Taxonomy
from jobs.model_inputs import read_inputs, read_own_inputs
from jobs.services import Services, open_services
from ml.features.catalog import NAMES, OWN_NAMES, compute_features, compute_own
from ml.movements import Attributed, Movements
from tests.builders import attribute, key, label, land, pay
from tests.conftest import empty_graph
from tests.drawing import LABELS, transfers
from tests.drawing import NAMES as WALLETS
from tests.graph.drawn import day

drawings = st.tuples(
    st.lists(transfers(), min_size=1, max_size=8),
    st.dictionaries(st.sampled_from(WALLETS), st.sampled_from(LABELS), max_size=4),
    st.integers(0, 5),
)


@pytest.fixture(scope="module")
def loop_runner():
    with asyncio.Runner() as runner:
        yield runner


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(drawn=drawings)
def test_features_as_of_a_time_and_of_a_wallet_alone_are_those_of_the_batch(
    drawn, loop_runner: asyncio.Runner, servers, cypher: neo4j.Session, taxonomy: Taxonomy
) -> None:
    async def check() -> None:
        async with open_services(servers.settings()) as services:
            await compare(services, taxonomy, *drawn)

    empty_graph(cypher)
    loop_runner.run(check())


async def compare(services: Services, taxonomy: Taxonomy, paid, labels, until: int) -> None:
    await land(services.graph, *paid)
    if labels:
        await label(services.graph, taxonomy, **labels)
    whole, watermark = await read_inputs(services)
    then, _ = await read_inputs(services, Clock(as_of=day(until)))

    assert watermark == len(paid) + len(labels) and whole.features.names == NAMES
    expected = compute_features(*truncated(whole.movements, whole.attributed, then.movements.keys, until))
    assert then.features.values == pytest.approx(expected.values, abs=1e-12)

    for name in whole.movements.keys:
        alone = await read_own_inputs(services, [name])
        found = compute_own(alone).values[alone.keys.index(name)]
        batch = whole.features.values[whole.movements.keys.index(name), : len(OWN_NAMES)]
        assert found == pytest.approx(batch, rel=1e-12, abs=1e-12), name


def truncated(
    movements: Movements, attributed: Attributed, keys: list[str], until: int
) -> tuple[Movements, Attributed]:
    """The same history up to a day, of the wallets named."""
    kept = movements.times <= int(day(until).timestamp()) * 10**6
    place = {name: number for number, name in enumerate(keys)}
    payers, payees = (
        np.array([place[movements.keys[end]] for end in side[kept].tolist()], np.int64)
        for side in (movements.payers, movements.payees)
    )
    categories = dict(zip(movements.keys, attributed.categories, strict=True))
    cut = Movements(keys, payers, payees, movements.values[kept], movements.times[kept], movements.transactions[kept])
    return cut, replace(attributed, categories=[categories[name] for name in keys])


async def test_a_label_of_later_has_no_part_in_features_of_before(services: Services) -> None:
    await land(services.graph, pay("a", "b", 5, day=1), pay("b", "c", 4, day=2))
    scam = Attribution(id="", wallet=key("a"), category="scam", source="drawn", valid_from=day(3))
    await attribute(services.graph, services.taxonomy, scam)

    before, _ = await read_inputs(services, Clock(as_of=day(2)))
    after, _ = await read_inputs(services)

    exposed = [inputs.features.values[:, NAMES.index("from_scam")].tolist() for inputs in (before, after)]
    assert exposed == [[-1, 0, 0], [-1, 1, 1]]
    assert before.attributed.categories == ["", "", ""] and after.attributed.categories == ["scam", "", ""]


async def test_what_landed_after_a_watermark_is_not_seen_by_who_was_given_its_time(services: Services) -> None:
    await land(services.graph, pay("a", "b", 5, day=1))
    first, watermark = await read_inputs(services)
    known_at = (await services.graph.read("counter_now", now=day(0)))[0]["at"]
    await land(services.graph, pay("b", "a", 5, day=0))

    again, _ = await read_inputs(services, Clock(known_at=known_at))
    now, later = await read_inputs(services)

    assert (again.features.values == first.features.values).all() and len(again.movements) == 1
    assert len(now.movements) == 2 and later == watermark + 1


async def test_the_features_of_a_payment_see_nothing_after_its_time(services: Services) -> None:
    await land(services.graph, pay("a", "b", 5, day=1), pay("a", "c", 4, day=2))

    movements = await read_own_inputs(services, [key("a")], as_of=day(1))

    assert movements.keys == [key("a"), key("b")] and movements.values.tolist() == [5_000_000]


async def test_an_empty_graph_has_no_rows(services: Services) -> None:
    inputs, watermark = await read_inputs(services)

    assert inputs.features.values.shape == (0, len(NAMES)) and watermark == 0
