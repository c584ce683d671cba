"""Whatever is drawn, a bundle of it verifies: many parties, change, coinbases, services, pools, withdrawals, labels."""

from __future__ import annotations

from random import Random

import pytest

from evidence.packing import unpack
from evidence.verifying import verify_bundle
from graph.model import Alert, Transaction
from graph.taxonomy import Taxonomy
from jobs.rescreening_requests import request_rescreening
from jobs.runner import run_job
from jobs.scoring import request_scoring_run
from jobs.services import Services
from jobs.withdrawing import withdraw_transaction
from jobs.worker import HANDLERS
from ledger.alert_pages import Asked, list_alerts
from tests.builders import label, land, pay, transfer
from tests.evidence.scene import bundle_of, decided

WALLETS = [f"w{n}" for n in range(9)] + ["thief", "shop", "swap", "listed"]


async def alerts_of(services: Services, **asked: object) -> list[Alert]:
    async with services.ledger.read() as connection:
        return (await list_alerts(connection, Asked(**asked)))[0]  # type: ignore[arg-type]


def drawn(random: Random, number: int) -> Transaction:
    """A payment of one to three inputs, or none, to one to three outputs; wallets may be named twice."""
    sides = [
        [(random.choice(WALLETS), random.randint(1, 10**9) / 10**6) for _ in range(random.choice((1, 1, 2, 3)))]
        for _ in range(2)
    ]
    inputs = [] if random.random() < 0.05 else sides[0]
    total = sum(units for _, units in inputs)
    if inputs:  # outputs never above inputs
        scale = total / (sum(units for _, units in sides[1]) * random.uniform(1.0, 1.1))
        sides[1] = [(name, max(0.000001, int(units * scale * 10**6) / 10**6)) for name, units in sides[1]]
    return transfer(inputs, sides[1], id=f"r{number}", day=random.randint(0, 40) / 4)


@pytest.mark.parametrize("seed", range(4))
async def test_bundles_of_random_graphs_verify(services: Services, taxonomy: Taxonomy, seed: int) -> None:
    random = Random(seed)
    await label(services.graph, taxonomy, thief="theft", shop="exchange", swap="dex", listed="sanctions")
    for number in range(45):
        await decided(services, drawn(random, number))
        if number == 20:
            await withdraw_transaction(services, "acct:r3", actor="test", reason="reorganised")
        if number == 30:
            await label(services.graph, taxonomy, w3="scam", thief="mixer")
    alerts = await alerts_of(services)

    assert len(alerts) >= 5
    for alert in alerts[:12]:
        found = verify_bundle(await bundle_of(services, alert.id))
        assert [str(one) for one in found.wrong] == [], alert


async def test_a_retro_alert_has_the_exposure_of_the_score_that_opened_it(
    services: Services, taxonomy: Taxonomy
) -> None:
    await land(services.graph, pay("thief", "a", 95), pay("clean", "a", 5), pay("a", "b", 50, day=1))
    await run_job(services, HANDLERS, (await request_scoring_run(services, actor="test"))[1].id)
    await label(services.graph, taxonomy, thief="ransomware")
    await run_job(services, HANDLERS, (await request_rescreening(services)).id)
    await land(services.graph, pay("elsewhere", "b", 7, day=2))
    alerts = await alerts_of(services, class_="retro")

    assert len(alerts) == 3
    for alert in alerts:
        bundle = await bundle_of(services, alert.id)
        found = verify_bundle(bundle)
        assert [str(one) for one in found.wrong] == [], alert
        assert b"What changed" in unpack(bundle)["report.html"] and "decision.json" not in unpack(bundle)


async def test_what_a_bound_leaves_out_is_told_and_still_verifies(
    services: Services, taxonomy: Taxonomy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.evidence_graph.MOST_OF_WALLET", 3)
    await label(services.graph, taxonomy, thief="theft")
    for number in range(5):
        await decided(services, pay(f"customer{number}", "hub", 10, id=f"c{number}", day=number / 10))
    await decided(services, pay("hub", "a", 40, id="out", day=1))
    decision = await decided(services, transfer({"a": 10, "thief": 10}, {"b": 20}, id="last", day=2))
    assert decision.alert is not None
    found = verify_bundle(await bundle_of(services, decision.alert))

    assert [str(one) for one in found.wrong] == []
    assert not found.manifest.complete
    assert found.manifest.left_out == ("money beyond acct:hub on the source side: too many transactions",)


async def test_money_out_of_a_pool_is_told_as_cut(services: Services, taxonomy: Taxonomy) -> None:
    await label(services.graph, taxonomy, thief="theft")
    await decided(services, pay("thief", "in0", 5, id="first"))
    parties = [{f"{side}{number}": 1 for number in range(145)} for side in ("in", "out")]
    await decided(services, transfer(*parties, id="pool", day=1))
    decision = await decided(services, transfer({"out7": 1, "thief": 1}, {"b": 2}, id="last", day=2))
    assert decision.alert is not None
    found = verify_bundle(await bundle_of(services, decision.alert))

    assert [str(one) for one in found.wrong] == []
    assert [line for line in found.manifest.left_out if "out7" in line and "pool" in line]
