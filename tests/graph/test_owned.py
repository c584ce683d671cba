"""Exposure between entities: by hand, and against the reference on a graph where each owner is one wallet."""

from __future__ import annotations

import random
from collections import defaultdict

import pytest
from msgspec.structs import replace

from graph.entities import entities_of
from graph.errors import NotFound
from graph.model import Attribution, Exposure, Party, Transaction
from graph.owned import exposure_between_entities, is_clustered
from graph.session import Graph
from graph.taxonomy import Taxonomy
from graph.tracing import Tracing
from jobs.services import Services
from tests.builders import attribute, land, pay, spend
from tests.graph.drawn import PATIENT, shares
from tests.graph.test_entities import clustered, drawn
from tests.reference import Reference


def tracing_of(graph: Graph, taxonomy: Taxonomy, **more) -> Tracing:
    given = {"direction": "source", "hops": 3, "limits": PATIENT} | more
    return Tracing(graph=graph, taxonomy=taxonomy, **given)


async def between(graph: Graph, taxonomy: Taxonomy, key: str, **more) -> Exposure:
    return (await exposure_between_entities(tracing_of(graph, taxonomy, **more), key))[0]


async def said(graph: Graph, taxonomy: Taxonomy, **categories: str) -> None:
    given = [Attribution(id="", wallet=f"ltc:{n}", category=c, source="drawn") for n, c in categories.items()]
    await attribute(graph, taxonomy, *given)


async def test_what_wallets_of_one_owner_pay_each_other_is_no_hop(services: Services, taxonomy: Taxonomy) -> None:
    """thief -> a1, a1 -> a2 within one owner, a2 -> x: two hops between owners, three between wallets."""
    graph = services.graph
    await land(
        graph,
        spend({"thief": 8}, {"a1": 8}, day=1),
        spend({"a1": 1, "a2": 1}, {"shop": 2}, day=2),
        spend({"a1": 6}, {"a2": 6}, day=3),
        spend({"a2": 5}, {"x": 5}, day=4),
    )
    await said(graph, taxonomy, thief="theft")
    await clustered(services)

    found = await between(graph, taxonomy, "ltc:x", hops=2)

    assert shares(found) == pytest.approx({"theft": 1})
    assert found.categories[0].shortest_hops == 2
    [entity] = set((await entities_of(graph, ["ltc:a1", "ltc:a2"])).values())
    whole = await between(graph, taxonomy, entity)
    assert (whole.wallet, whole.total_value, whole.categories[0].shortest_hops) == (entity, 8_000_000, 1)
    inner = await between(graph, taxonomy, "ltc:a2", hops=1)
    assert shares(inner) == {"theft": 1}, "what it got from its own owner is what that got"
    assert inner.total_value == 6_000_000


async def test_an_entity_is_what_any_of_its_wallets_is_said_to_be(services: Services, taxonomy: Taxonomy) -> None:
    graph = services.graph
    await land(graph, spend({"a1": 1, "a2": 1}, {"shop": 2}, day=1), spend({"a2": 5}, {"x": 5}, day=2))
    await said(graph, taxonomy, a1="darknet_market")
    assert shares(await between(graph, taxonomy, "ltc:x")) == {"origin": 1}

    await clustered(services)

    assert shares(await between(graph, taxonomy, "ltc:x")) == {"darknet_market": 1}


async def test_it_is_said_where_hops_are_counted_between_entities(services: Services, taxonomy: Taxonomy) -> None:
    tracing = tracing_of(services.graph, taxonomy)
    await land(services.graph, spend({"a": 1}, {"b": 1}), pay("a", "b", 1))
    assert not await is_clustered(tracing, "ltc:a"), "not yet"

    await clustered(services)

    assert await is_clustered(tracing, "ltc:a")
    assert not await is_clustered(tracing, "acct:a"), "bank accounts have no change"


async def test_unknown_wallets_and_entities_are_not_found(services: Services, taxonomy: Taxonomy) -> None:
    await land(services.graph, spend({"a": 1}, {"b": 1}))
    await clustered(services)
    for key in ("ltc:nobody", "ent_nobody"):
        with pytest.raises(NotFound):
            await between(services.graph, taxonomy, key)


@pytest.mark.parametrize("direction", ["source", "destination"])
@pytest.mark.parametrize("seed", range(4))
async def test_the_reference_says_the_same_with_owners_for_wallets(
    services: Services, taxonomy: Taxonomy, seed: int, direction: str
) -> None:
    graph, chance = services.graph, random.Random(seed)
    paid = drawn(chance, 25)
    await land(graph, *paid)
    names = sorted({p.address for t in paid for p in (*t.inputs, *t.outputs)})
    categories = {names[0]: "theft", names[3]: "exchange", names[5]: "scam"}
    await said(graph, taxonomy, **categories)
    await clustered(services)
    told = await entities_of(graph, [f"ltc:{name}" for name in names])
    owners = {name: told.get(f"ltc:{name}", f"ltc:{name}").removeprefix("ltc:") for name in names}
    stopping = {one for one in taxonomy.names if taxonomy.get(one).stops}
    ranked = sorted(categories, key=lambda n: (categories[n] == "exchange", -taxonomy.get(categories[n]).severity))
    named = {f"ltc:{owners[name]}": categories[name] for name in reversed(ranked)}
    reference = Reference([_owned(one, owners) for one in paid], named, stopping, set(taxonomy.passing))
    plain = Reference(paid, {}, stopping, set(taxonomy.passing))
    for name in names:
        expected = _expected(reference, plain, name, owners, direction)
        found = await between(graph, taxonomy, f"ltc:{name}", direction=direction)
        assert shares(found) == pytest.approx(expected, abs=1e-9), name
    for owner in set(owners.values()):
        if owner.startswith("ent_"):
            whole = await between(graph, taxonomy, owner, direction=direction)
            expected = {k: v[0] for k, v in reference.exposure(f"ltc:{owner}", 3, direction).items()}
            assert shares(whole) == pytest.approx(expected, abs=1e-9)


def _owned(one: Transaction, owners: dict[str, str]) -> Transaction:
    """The same between owners; each pair is split between wallets first, so that micro-units are the same."""
    sides = [tuple(Party(owners[p.address], p.amount) for p in side) for side in (one.inputs, one.outputs)]
    return replace(one, inputs=sides[0], outputs=sides[1])


def _expected(reference: Reference, plain: Reference, name: str, owners: dict[str, str], direction: str):
    """By owner, but for the wallet's own first hop; what came from its owner is what that received."""
    found: dict[str, float] = defaultdict(float)
    for other, share in plain.shares(f"ltc:{name}", direction).items():
        owner = owners[other.removeprefix("ltc:")]
        if owner == owners[name]:
            parts = reference.exposure(f"ltc:{owner}", 3, direction)
            told = {kind: part[0] for kind, part in parts.items()} or {_end(direction): 1.0}
        else:
            told = defaultdict(float)
            for (kind, _), part in reference.end(f"ltc:{owner}", 2, direction).items():
                told[kind] += float(part)
        for kind, part in told.items():
            found[kind] += float(share) * part
    return dict(found)


def _end(direction: str) -> str:
    return "origin" if direction == "source" else "unspent"
