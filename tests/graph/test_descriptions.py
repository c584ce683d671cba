"""What wallets were: the attribution that decides, chosen in the database as graph/taxonomy.py chooses it."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from graph.attributions import attributions_about, record_attributions, withdraw_attributions
from graph.clock import FOREVER, Clock
from graph.descriptions import describe_wallets
from graph.model import Attribution
from graph.session import Graph
from graph.taxonomy import Taxonomy, current_attribution
from tests.builders import START, key

WALLETS = 150


def at_random(chance: random.Random, taxonomy: Taxonomy, number: int) -> Attribution:
    """Ties, official listings of any category, doubtful accusations, spans that end or have not begun."""
    days = [None, START, START + timedelta(days=1), START + timedelta(days=2)]
    begin, end = sorted(chance.sample(range(4), 2))
    return Attribution(
        id="",
        wallet=key(f"w{number % WALLETS}"),
        category=chance.choice(taxonomy.names),
        source=f"source {number}",
        actor=chance.choice([None, "one", "two"]),
        confidence=chance.choice([0.0, 0.3, 0.5, 0.9, 1.0]),
        official=chance.random() < 0.2,
        valid_from=days[begin],
        valid_to=days[end] if chance.random() < 0.5 else None,
    )


@pytest.mark.parametrize("seed", [1, 2])
async def test_the_database_decides_as_the_taxonomy_does(graph: Graph, taxonomy: Taxonomy, seed: int) -> None:
    chance = random.Random(seed)
    given = [at_random(chance, taxonomy, number) for number in range(4 * WALLETS)]
    await record_attributions(graph, given[: 3 * WALLETS], taxonomy, author="drawer")
    then = await record_attributions(graph, given[3 * WALLETS :], taxonomy, author="drawer")
    about = await attributions_about(graph, [key(f"w{i}") for i in range(WALLETS)])
    gone = await withdraw_attributions(graph, [a.id for a in chance.sample(about, WALLETS)], taxonomy)
    about = await attributions_about(graph, [key(f"w{i}") for i in range(WALLETS)])

    decided = set()
    for known_at in (then.at - timedelta(microseconds=1), then.at, gone.at, None):
        for as_of in (START, START + timedelta(days=1, hours=1), None):
            clock = Clock(as_of, known_at)
            if not clock:
                continue
            valid_at = clock.parameters()["valid_at"]
            found = await describe_wallets(
                graph, [key(f"w{i}") for i in range(WALLETS)], taxonomy=taxonomy, clock=clock
            )
            for wallet, told in found.items():
                mine = [a for a in about if a.wallet == wallet]
                right = current_attribution(mine, valid_at, taxonomy, known_at=known_at or FOREVER)
                assert (told.attribution, told.category, told.actor) == (
                    (right.id, right.category, right.actor) if right else (None, None, None)
                )
                decided.add(told.attribution)
    assert len(decided) > WALLETS
