"""The bench of graph rules finds what it planted, and counts what it should not have found against it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.figures import Figure, Sizes
from bench.firing import Firing
from bench.ground import Ground
from bench.memory import watched
from bench.rules import judge, measure_rules
from jobs.services import Services
from jobs.shipped import shipped_rules
from jobs.typologies import TYPOLOGIES, Planted
from risk.conditions import compile_rule
from risk.facts import Finding

TINY = Sizes(wallets=300, transactions=300, asked=5)
CYCLE = next(compile_rule(rule) for rule in shipped_rules() if rule.id == "cycle")
NOTHING = Finding(wallets=(), transactions=(), value=0)


@pytest.fixture
def ground(services: Services) -> Iterator[Ground]:
    with watched({}) as peaks:
        yield Ground(services, peaks, lambda text: None)


async def test_what_was_planted_is_found(ground: Ground) -> None:
    figures = {figure.name: figure for figure in await measure_rules(ground, TINY)}

    for name in TYPOLOGIES:
        assert figures[f"{name}: recall"].ours == 1.0, name
        assert figures[f"{name}: precision"].met, name
        assert figures[f"{name}: query p50"].ours > 0


def case(instance: int, *, is_near_miss: bool = False, typology: str = "cycle") -> Planted:
    ids = (f"{typology}{instance}a", f"{typology}{instance}b")
    return Planted(typology, instance, is_near_miss, ids[-1], ids, ("w",))


def judged(*fired_on: str) -> tuple[Figure, Figure]:
    planted = [case(1), case(2), case(3, is_near_miss=True), case(4, typology="fan_in")]
    firing = Firing([], {f"eth:{id_}": NOTHING for id_ in fired_on})
    recall, precision = judge(CYCLE, firing, planted, 100)
    return recall, precision


@pytest.mark.parametrize(
    ("fired_on", "recall", "precision"),
    [
        (("cycle1b", "cycle2b"), 1.0, 1.0),
        (("cycle1b",), 0.5, 1.0),
        (("cycle1a", "cycle1b"), 0.5, 1.0),
        (("cycle1a",), 0.0, 1.0),
        (("cycle1b", "cycle3b"), 0.5, 0.5),
        (("cycle1b", "fan_in4b"), 0.5, 0.5),
        (("cycle1b", "other", "another", "third"), 0.5, 0.25),
        ((), 0.0, 0.0),
    ],
)
def test_recall_is_of_completing_payments_and_precision_of_all_firings(
    fired_on: tuple[str, ...], recall: float, precision: float
) -> None:
    told = judged(*fired_on)

    assert (told[0].ours, told[1].ours) == (recall, precision)
    assert told[0].met is (recall >= 0.95)
    assert told[1].met is (precision >= 0.9)
