"""Graph rules against what was planted: how much of it they find, what else fires, and what a question costs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random

from bench.figures import Figure, Sizes, Watch, quantile
from bench.firing import Firing, fire, patient
from bench.ground import Ground
from graph.attributions import record_attributions
from graph.model import Attribution, Party, Transaction, format_micro
from jobs.fixtures import check_rule
from jobs.patterns import ask_patterns
from jobs.services import Services
from jobs.shipped import shipped_rules
from jobs.simulation import SOURCE, SimulatedColumns, simulate_columns
from jobs.typologies import Planted, plant_typologies
from risk.conditions import CompiledRule, compile_rule

NAME = "rules"
NETWORK, ASSET = "eth", "USD"
MOST_WALLETS, MOST_TRANSACTIONS = 10_000, 100_000
# One instance of each typology for so many wallets.
WALLETS_EACH = 200
RECALL, PRECISION = 0.95, 0.9


async def measure_rules(ground: Ground, sizes: Sizes) -> list[Figure]:
    """Plant typologies into a simulated graph of at most 100,000 payments; ask about every payment as it lands."""
    services = ground.services
    wallets = min(sizes.wallets, MOST_WALLETS)
    columns = simulate_columns(sizes.seed, wallets, min(sizes.transactions, MOST_TRANSACTIONS))
    columns, planted = plant_typologies(columns, sizes.seed, max(1, wallets // WALLETS_EACH))
    await _label(services, columns)
    rules = [compile_rule(rule) for rule in shipped_rules() if rule.graph is not None]
    for one in rules:
        # As activation does; it also has the database plan the query.
        await check_rule(services, one.rule)
    transactions = _transactions(columns)
    fired = await fire(services, rules, transactions, ground.report)
    figures = [line for one in rules for line in judge(one, fired[one.rule.id], planted, len(transactions))]
    for one in rules:
        figures += await _singly(services, one, fired[one.rule.id], sizes)
    return figures


def judge(one: CompiledRule, firing: Firing, planted: Sequence[Planted], payments: int) -> list[Figure]:
    """Recall over instances, by their completing payment; precision over all payments that the rule fired on."""
    rule, own = one.rule, [case for case in planted if case.typology == one.rule.typology]
    instances = [case for case in own if not case.is_near_miss]
    near = {_key(id_) for case in own if case.is_near_miss for id_ in case.transactions}
    labelled = {_key(id_) for case in instances for id_ in case.transactions}
    found = sum(1 for case in instances if _key(case.completing) in firing.found)
    right = len(firing.found.keys() & labelled)
    note = f"{found} of {len(instances)} planted; asked about {len(firing.asked):,} of {payments:,} payments"
    note += f", {firing.cut:,} of them cut and asked again with more time" if firing.cut else ""
    wrong = f"{right} of {len(firing.found)} firings are on planted payments of this kind"
    recall = found / len(instances)
    precision = right / len(firing.found) if firing.found else 0.0
    near_note = f"{len(firing.found.keys() & near)} are on near misses"
    return [
        _share(f"{rule.id}: recall", recall, RECALL, note),
        _share(f"{rule.id}: precision", precision, PRECISION, f"{wrong}, {near_note}"),
    ]


def _share(name: str, ours: float, least: float, note: str) -> Figure:
    return Figure(
        bench=NAME, name=name, ours=ours, unit="share", target=f"at least {least:g}", met=ours >= least, note=note
    )


async def _singly(services: Services, one: CompiledRule, firing: Firing, sizes: Sizes) -> list[Figure]:
    """What the query takes for one payment at a time, of those that it was worth asking about."""
    sample = Random(sizes.seed).sample(firing.asked, min(sizes.asked, len(firing.asked)))
    watch = Watch()
    for payment in sample:
        with watch:
            await ask_patterns(services, patient(one.rule), [payment])
    if not sample:
        return []
    note = f"{len(sample):,} payments asked singly; in batches {firing.seconds / len(firing.asked) * 1000:.2f} ms each"
    return [
        Figure(
            bench=NAME,
            name=f"{one.rule.id}: query {name}",
            ours=quantile(watch.times, part) * 1000,
            unit="ms",
            note=note,
        )
        for name, part in (("p50", 0.5), ("p99", 0.99))
    ]


async def _label(services: Services, columns: SimulatedColumns) -> None:
    """Record what the wallets are, before anything lands: an exposure is of what is known at the time."""
    labelled = [(wallet, name) for wallet, name in zip(columns.addresses, columns.category, strict=True) if name]
    given = [Attribution(id="", wallet=_key(wallet), category=name, source=SOURCE) for wallet, name in labelled]
    await record_attributions(services.graph, given, services.taxonomy, author="bench")


def _transactions(columns: SimulatedColumns) -> list[Transaction]:
    rows = zip(
        columns.ids,
        columns.at.tolist(),
        columns.sender.tolist(),
        columns.receiver.tolist(),
        columns.value.tolist(),
        strict=True,
    )
    return [
        Transaction(
            network=NETWORK,
            id=id_,
            at=datetime.fromtimestamp(at, UTC),
            asset=ASSET,
            amount=(amount := format_micro(value)),
            value=value,
            inputs=(Party(columns.addresses[payer], amount),),
            outputs=(Party(columns.addresses[payee], amount),),
        )
        for id_, at, payer, payee, value in rows
    ]


def _key(id_: str) -> str:
    return f"{NETWORK}:{id_}"
