"""How long the evidence of an alert takes: payments on the demo graph, by wallets with money behind them."""

from __future__ import annotations

from datetime import UTC, datetime

from bench.figures import Figure, Sizes, Watch, quantile, within
from bench.ground import BenchError, Ground
from bench.live import load_demo, sample_wallets
from evidence.verifying import verify_bundle
from graph.attributions import record_attributions
from graph.model import Attribution, Party, Transaction
from jobs.evidence import export_alert
from jobs.screening import screen_transactions
from jobs.services import Services

NAME = "evidence"
MOST, LIMIT_S = 40, 5.0
THIEF = "0x00000000000000000000000000000000000074ef"
AT = datetime(2026, 1, 1, tzinfo=UTC)


async def measure_evidence(ground: Ground, sizes: Sizes) -> list[Figure]:
    """Have wallets pay beside a thief, so that each payment has an alert; export each, and verify each."""
    services = ground.services
    await load_demo(services, ground.report)
    thief = Attribution(id="", wallet=f"eth:{THIEF}", category="theft", source="bench")
    await record_attributions(services.graph, [thief], services.taxonomy, author="bench")
    keys = (await sample_wallets(services, sizes))[:MOST]
    alerts = [await _alert(services, key, number) for number, key in enumerate(keys)]
    ground.report(f"{NAME}: {len(alerts)} alerts")
    making, verifying, bytes_ = Watch(), Watch(), list[float]()
    for alert in alerts:
        with making:
            bundle = await export_alert(services, alert, actor="bench")
        with verifying:
            found = verify_bundle(bundle.content)
        bytes_.append(float(len(bundle.content)))
        if found.wrong:
            raise BenchError(f"the bundle of {alert} does not hold: {found.wrong[0]}")
    note = f"{len(alerts)} alerts on the demo, {services.policy.hops} hops, seed {sizes.seed}"
    return [
        within(NAME, "evidence bundle p95", quantile(making.times, 0.95), LIMIT_S, note=note),
        Figure(bench=NAME, name="verifying one p95", ours=quantile(verifying.times, 0.95), unit="s", note="no target"),
        Figure(bench=NAME, name="size of one p95", ours=quantile(bytes_, 0.95) / 1024, unit="KiB", note="no target"),
    ]


async def _alert(services: Services, key: str, number: int) -> str:
    payer = Party(key.removeprefix("eth:"), "1")
    payment = Transaction(
        network="eth",
        id=f"evidence-{number}",
        at=AT,
        asset="ETH",
        amount="2",
        value=2_000_000,
        inputs=(payer, Party(THIEF, "1")),
        outputs=(Party("0x00000000000000000000000000000000000fa7ee", "2"),),
    )
    [outcome] = await screen_transactions(services, [payment], actor="bench", trace_id="bench")
    if outcome.decision is None or outcome.decision.alert is None:
        raise BenchError(f"payment {payment.key} has no alert")
    return outcome.decision.alert
