"""What the isolation forest costs a payment: posts under the policy that it decides, and under the same without it."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from bench.crowning import crown
from bench.figures import Figure, Sizes, quantile, times_as_long
from bench.ground import Ground, serving
from bench.live import sample_wallets
from bench.posting import post_bulk, post_in_turn
from bench.scoring import load_simulation
from bench.screening import bodies, draw_payments
from jobs.policy_bodies import PolicyInput
from jobs.policybook import activate_policy, create_policy
from risk.policy import CLASSIC_POLICY

NAME = "payment-models"
# Posts of one round under each policy, the first of which warm up.
POSTS, WARM_UP, TIMES = 60, 10, 3.0


async def measure_payment_models(ground: Ground, sizes: Sizes) -> list[Figure]:
    """Fit a champion to a simulated graph, then post by turns with it and without."""
    services = ground.services
    with TemporaryDirectory() as folder:
        await load_simulation(services, Path(folder), sizes, ground.report)
    ground.report(f"{NAME}: fitting the forest")
    await crown(services, "isolation_forest", seed=sizes.seed)
    given = PolicyInput(name="plain", weights=CLASSIC_POLICY.weights, thresholds=CLASSIC_POLICY.thresholds)
    plain, _ = await create_policy(services, given, actor="bench")
    drawn = draw_payments(await sample_wallets(services, sizes), services.settings.reference_currency, sizes.seed)
    times: dict[str, list[float]] = {plain.id: [], CLASSIC_POLICY.id: []}
    rates: dict[str, list[float]] = {plain.id: [], CLASSIC_POLICY.id: []}
    async with serving(ground) as address:
        for number in range(sizes.rounds):
            ground.report(f"{NAME}: round {number + 1} of {sizes.rounds}")
            for policy in times:
                await activate_policy(services, policy, actor="bench")
                times[policy] += (await post_in_turn(*address, bodies(drawn, POSTS)))[WARM_UP:]
                rates[policy].append(await post_bulk(*address, bodies(drawn, sizes.asked)))
    with_model, without = times[CLASSIC_POLICY.id], times[plain.id]
    return [
        *(_ratio(part, with_model, without) for part in (0.5, 0.99)),
        Figure(
            bench=NAME,
            name="bulk over HTTP, with the model",
            ours=quantile(rates[CLASSIC_POLICY.id], 0.5),
            unit="per s",
            reference=quantile(rates[plain.id], 0.5),
            ratio=quantile(rates[CLASSIC_POLICY.id], 0.5) / quantile(rates[plain.id], 0.5),
            note=f"{sizes.asked:,} lines each, median of {sizes.rounds}; reference: the same policy without the model",
        ),
    ]


def _ratio(part: float, ours: list[float], reference: list[float]) -> Figure:
    name = f"POST /transactions with the model, p{part * 100:g}"
    note = f"{len(ours)} posts each, by turns; reference: the same policy without the model"
    return times_as_long(NAME, name, quantile(ours, part), quantile(reference, part), TIMES, note=note)
