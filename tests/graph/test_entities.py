"""Entities in the graph: the same whatever arrived first, taken back with what made them, and as their proof says."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

import pytest

from graph.clustering import CHANGE, COSPEND, MERGE_FROM, ROUND, SAME_KIND, rebuild
from graph.entities import (
    clustered_until,
    entities_of,
    get_entity,
    links_of_wallet,
    list_entities,
    members_of,
    proof_of,
)
from graph.errors import NotFound
from graph.marks import clear_marks, count_marks, read_marks
from graph.model import Transaction
from graph.regrouping import entity_key
from graph.session import Graph
from graph.withdrawal import withdraw_transaction
from jobs.clustering import request_clustering
from jobs.services import Services
from jobs.vetoing import end, veto
from tests.builders import land, pay, spend
from tests.jobs.test_rescreening import finish

Entities = dict[frozenset[str], tuple[str, int]]


async def clustered(services: Services) -> Entities:
    """Key and percentage of confidence by members, after clustering."""
    await finish(services, await request_clustering(services, actor="test"))
    return await entities(services.graph)


async def entities(graph: Graph) -> Entities:
    found = await list_entities(graph, limit=1000)
    members = await members_of(graph, [one.key for one in found], most=1000)
    assert all(len(members[one.key]) == one.size for one in found)
    return {frozenset(w[4:] for w in members[one.key]): (one.key, round(100 * one.confidence)) for one in found}


def expected(counting: Iterable[Transaction]) -> Entities:
    """The same by the definitions alone: every transaction in order of time and key, clusters by repeated merging."""
    seen: set[str] = set()
    links: list[tuple[int, str, str]] = []
    for one in sorted(counting, key=lambda t: (t.at, t.key)):
        payers, outputs = sorted({p.address for p in one.inputs}), [(p.address, p.amount) for p in one.outputs]
        equal = max(len({w for w, a in outputs if a == amount}) for _, amount in outputs)
        if not (len(payers) >= equal >= 3):
            links += [(COSPEND, payers[0], other) for other in payers[1:]]
            links += change(payers, outputs, seen)
        seen |= {*payers, *(w for w, _ in outputs)}
    groups: dict[str, set[str]] = {}
    least: dict[str, int] = {}
    for percent, a, b in sorted(links, reverse=True):
        one, other = groups.get(a, {a}), groups.get(b, {b})
        if percent >= MERGE_FROM and one is not other:
            merged = one | other
            groups |= dict.fromkeys(merged, merged)
            least |= dict.fromkeys(merged, percent)
    return {frozenset(g): (entity_key(f"ltc:{min(g)}"), least[min(g)]) for g in groups.values()}


def change(payers: Sequence[str], outputs: Sequence[tuple[str, str]], seen: set[str]) -> list[tuple[int, str, str]]:
    round_ones = [len(a.partition(".")[2]) <= 3 for _, a in outputs]
    new = [i for i, (w, _) in enumerate(outputs) if w not in seen and w not in payers]
    of = new if len(new) == 1 else [i for i in new if not round_ones[i]]
    if len(outputs) < 2 or len(of) != 1 or {w for w, _ in outputs} & set(payers) or not payers:
        return []
    [i] = of
    alone = not round_ones[i] and sum(not is_round for is_round in round_ones) == 1
    kinds = [w[0] for w, _ in outputs]
    alike = {p[0] for p in payers} == {kinds[i]} and kinds.count(kinds[i]) == 1
    return [(CHANGE + ROUND * alone + SAME_KIND * alike, payers[0], outputs[i][0])]


def drawn(rng: random.Random, count: int) -> list[Transaction]:
    """Payments among few wallets, of few times, so that ties, late arrivals, change and CoinJoins are common."""
    made: list[Transaction] = []
    for i in range(count):
        names = [f"{rng.choice('ab')}{rng.randrange(25)}" for _ in range(7)]
        payers, payees = (
            dict.fromkeys(names[: rng.choice([1, 1, 2, 3])]),
            list(dict.fromkeys(names[3 : rng.choice([5, 6])])),
        )
        amounts = [rng.choice([1, 1, 0.5, 0.12345, 0.23456]) for _ in payees]
        made.append(
            spend(
                dict.fromkeys(payers, 9), list(zip(payees, amounts, strict=True)), id=f"r{i:02}", day=rng.randrange(9)
            )
        )
    return made


async def test_wallets_that_spend_together_are_an_entity(services: Services) -> None:
    assert await clustered_until(services.graph) is None
    await land(
        services.graph,
        spend({"a": 1, "b": 1}, {"x": 2}, id="t1", day=1),
        spend({"b": 1, "c": 1}, {"y": 2}, id="t2", day=2),
        pay("a", "b", 1),
    )

    found = await clustered(services)

    key = entity_key("ltc:a")
    assert found == {frozenset("abc"): (key, COSPEND)}
    assert await entities_of(services.graph, ["ltc:a", "ltc:x", "ltc:c"]) == {"ltc:a": key, "ltc:c": key}
    assert await members_of(services.graph, [key, "ent_none"], most=2) == {key: ["ltc:a", "ltc:b"]}
    assert await clustered_until(services.graph) == 3


async def test_accounts_of_banks_are_not_clustered(services: Services) -> None:
    await land(services.graph, *(pay("a", "b", 1, day=i) for i in range(3)))

    assert await clustered(services) == {}


async def test_weak_change_is_proposed_and_strong_change_joins(services: Services) -> None:
    await land(
        services.graph,
        spend({"a1": 9}, {"x1": 3}, id="t0"),
        spend({"a1": 9}, {"x1": 3, "y1": 2.22222}, id="weak", day=1),
        spend({"a1": 9}, {"x1": 3, "a2": 1.23456}, id="strong", day=2),
    )

    assert await clustered(services) == {frozenset(("a1", "a2")): (entity_key("ltc:a1"), CHANGE + ROUND + SAME_KIND)}
    [proposed] = await links_of_wallet(services.graph, "ltc:y1")
    assert (proposed.held.transaction, proposed.standing) == ("ltc:weak", "proposed")
    assert round(100 * proposed.held.confidence) == CHANGE + ROUND


async def test_a_late_arrival_takes_change_back(services: Services) -> None:
    """What was new when it came is not, once an earlier transaction that names it arrives."""
    await land(
        services.graph,
        spend({"a1": 9}, {"x1": 3}, id="t0"),
        spend({"a1": 9}, {"x1": 3, "a2": 1.23456}, id="strong", day=2),
    )
    assert len(await clustered(services)) == 1
    await land(services.graph, spend({"z1": 9}, {"a2": 1}, id="late", day=1))

    assert await clustered(services) == {}
    await withdraw_transaction(services.graph, "ltc:late")
    assert len(await clustered(services)) == 1


async def test_a_withdrawal_splits_and_old_keys_lead_on(services: Services) -> None:
    graph = services.graph
    await land(
        graph,
        spend({"b": 1, "c": 1}, {"x": 2}, id="t1", day=1),
        spend({"d": 1, "e": 1}, {"x": 2}, id="t2", day=2),
    )
    assert set(await clustered(services)) == {frozenset("bc"), frozenset("de")}
    await land(graph, spend({"a": 1, "c": 1, "d": 1}, {"x": 3}, id="joins", day=3))
    assert set(await clustered(services)) == {frozenset("abcde")}
    assert (await get_entity(graph, entity_key("ltc:d"))).key == entity_key("ltc:a")
    await clear_marks(graph, await read_marks(graph))

    await withdraw_transaction(graph, "ltc:joins")

    marked = await count_marks(graph)
    assert set(await clustered(services)) == {frozenset("bc"), frozenset("de")}
    assert (await get_entity(graph, entity_key("ltc:d"))).size == 2
    # Who moved money by it was marked by the withdrawal itself; b and e only lost company.
    assert {mark.key for mark in await read_marks(graph)} == {f"ltc:{w}" for w in "abcdex"} and marked == 4
    with pytest.raises(NotFound):
        await get_entity(graph, entity_key("ltc:a"))


async def test_a_veto_splits_and_its_end_joins_again(services: Services) -> None:
    graph = services.graph
    await land(
        graph,
        spend({"a": 1, "b": 1}, {"x": 2}, id="t1", day=1),
        spend({"b": 1, "c": 1}, {"x": 2}, id="wrong", day=2),
        spend({"c": 1, "d": 1}, {"x": 2}, id="t3", day=3),
        spend({"a": 1, "b": 1}, {"x": 2}, id="t4", day=4),
    )
    whole = await clustered(services)
    key = entity_key("ltc:a")
    await clear_marks(graph, await read_marks(graph))

    # t4 says the same as t1: nothing splits without one of them.
    needless, job = await veto(services, "vto_1", key, "ltc:t4", reason="said twice", actor="test")
    await finish(services, job)
    assert await entities(graph) == whole and await count_marks(graph) == 0
    _, job = await veto(services, "vto_2", key, "ltc:wrong", reason="a PayJoin", actor="test")
    await finish(services, job)

    assert set(await entities(graph)) == {frozenset("ab"), frozenset("cd")}
    assert {mark.key for mark in await read_marks(graph)} == {f"ltc:{w}" for w in "abcd"}
    await end(services, "vto_2", actor="test")
    await end(services, needless.id, actor="test")
    assert await clustered(services) == whole


@pytest.mark.parametrize("seed", range(6))
async def test_any_order_and_any_batches_give_the_same_entities(services: Services, seed: int) -> None:
    rng = random.Random(seed)
    made = drawn(rng, 24)
    counting = {one.key: one for one in made}
    rng.shuffle(made)
    while made:
        size = rng.randint(1, 9)
        await land(services.graph, *made[:size])
        made = made[size:]
        if rng.random() < 0.5:
            await clustered(services)
    for key in rng.sample(sorted(counting), 3):
        await withdraw_transaction(services.graph, key)
        del counting[key]

    found = await clustered(services)

    assert found == expected(counting.values()), f"seed {seed}"
    assert found
    for members, (key, percent) in found.items():
        proof = await proof_of(services.graph, key)
        assert rebuild(proof) == [{f"ltc:{w}" for w in members}] and len(proof) == len(members) - 1
        assert min(round(100 * link.confidence) for link in proof) == percent
