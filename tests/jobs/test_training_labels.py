"""What models are taught: by attributions that are believed, and by people, the latest word on a wallet."""

from __future__ import annotations

from datetime import datetime, timedelta

from graph.clock import Clock
from graph.model import Attribution, Verdict
from graph.session import Graph
from graph.taxonomy import Taxonomy
from jobs.services import Services
from jobs.training_labels import labels_of, read_labels
from ledger.verdicts import Label
from tests.builders import START, attribute, key, label, land, pay


def said_of(wallet: str, category: str, *, confidence: float = 1.0, day: float = 0) -> Attribution:
    return Attribution(
        id=wallet, wallet=wallet, category=category, source="s", confidence=confidence, recorded_at=on(day)
    )


def verdict(number: int, said: Verdict, *wallets: str, day: float, payment: str | None = None) -> Label:
    return Label(
        number=number,
        alert=f"alr_{number}",
        class_="live" if payment else "retro",
        transaction=payment,
        wallets=wallets,
        verdict=said,
        category=None,
        actor="ann",
        at=on(day),
    )


def on(day: float) -> datetime:
    return START + timedelta(days=day)


def test_illicit_and_service_wallets_are_labels_and_neutral_or_doubted_ones_are_not(taxonomy: Taxonomy) -> None:
    said = labels_of(
        [
            said_of("thief", "theft", confidence=0.5),
            said_of("shop", "exchange", day=1),
            said_of("swap", "dex"),
            said_of("rumoured", "scam", confidence=0.49),
        ],
        [],
        taxonomy,
    )

    assert said == {"thief": (True, on(0)), "shop": (False, on(1))}


def test_the_latest_word_on_a_wallet_counts(taxonomy: Taxonomy) -> None:
    attributed = [said_of("a", "theft", day=2), said_of("b", "theft", day=2), said_of("c", "exchange", day=2)]
    verdicts = [
        verdict(1, "false_positive", "a", day=1),
        verdict(2, "false_positive", "b", day=3),
        verdict(3, "confirmed", "c", day=3),
        verdict(4, "confirmed", "d", day=3),
        verdict(5, "false_positive", "d", day=4),
        verdict(6, "inconclusive", "d", "e", day=5),
    ]

    said = labels_of(attributed, verdicts, taxonomy)

    assert {wallet: illicit for wallet, (illicit, _) in said.items()} == {"a": True, "b": False, "c": True, "d": False}
    assert said["d"][1] == on(4)


def test_a_verdict_on_a_payment_counts_where_nothing_is_said_of_its_parties(taxonomy: Taxonomy) -> None:
    said = labels_of(
        [said_of("shop", "exchange")],
        [
            verdict(1, "confirmed", "shop", "new", day=1, payment="acct:1"),
            verdict(2, "false_positive", "new", "other", day=2, payment="acct:2"),
            verdict(3, "confirmed", "third", day=1),
            verdict(4, "false_positive", "third", "fourth", day=2, payment="acct:3"),
        ],
        taxonomy,
    )

    assert {wallet: illicit for wallet, (illicit, _) in said.items()} == {
        "shop": False,
        "new": False,
        "other": False,
        "third": True,
        "fourth": False,
    }


async def test_labels_are_in_the_order_of_the_wallets_asked_for(
    services: Services, graph: Graph, taxonomy: Taxonomy
) -> None:
    await land(graph, pay("a", "b", 1), pay("b", "c", 1))
    await label(graph, taxonomy, c="scam", a="exchange", elsewhere="scam")
    ended = Attribution(id="", wallet=key("b"), category="scam", source="drawn", valid_to=on(10))
    await attribute(graph, taxonomy, ended)
    keys = [key(name) for name in ("a", "b", "c")]

    now = await read_labels(services, keys, Clock())
    then = await read_labels(services, keys, Clock(as_of=on(5)))

    assert (now.places.tolist(), now.illicit.tolist()) == ([0, 2], [False, True])
    assert (then.places.tolist(), then.illicit.tolist()) == ([0, 1, 2], [False, True, True])
    assert (now.times > 1_577_836_800_000_000).all(), "microseconds, of when it was recorded"
