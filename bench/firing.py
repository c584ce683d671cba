"""Which payments make graph rules fire as they land: the rules' own conditions first, then their queries."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter

from msgspec import Struct
from msgspec.structs import replace

from bench.figures import Report
from graph.exposure import Payment as Exposed
from graph.exposure import payment_exposures
from graph.history import HistoryOf, get_histories
from graph.ingest import land_transactions
from graph.model import Exposure, History, Transaction
from jobs.asking_rules import ask_rule
from jobs.patterns import ask_patterns
from jobs.payments import payment_of
from jobs.services import Services
from risk.conditions import CompiledRule
from risk.facts import Facts, Finding, Payment
from risk.fields import fields_of
from risk.rules import Rule
from risk.signals.rules import worth_asking

CHUNK = 500
# So long a query may take where it is not its patience that is measured.
PATIENT_MS = 60_000


class Firing(Struct):
    """What one rule was asked about, what it found, and the seconds of its queries.

    `cut` counts the payments of which it could not be told within the rule's own time; they were asked about again.
    """

    asked: list[Payment]
    found: dict[str, Finding]
    seconds: float = 0.0
    cut: int = 0


async def fire(
    services: Services, rules: Sequence[CompiledRule], transactions: Sequence[Transaction], report: Report
) -> dict[str, Firing]:
    """Land transactions in their order and ask every rule, as they land, about those that its condition holds for.

    Returns what came of each rule.
    """
    told = {one.rule.id: Firing([], {}) for one in rules}
    for first in range(0, len(transactions), CHUNK):
        landing = transactions[first : first + CHUNK]
        await land_transactions(services.graph, landing)
        chunk = [payment_of(transaction) for transaction in landing]
        asking = await _worth_asking(services, rules, chunk)
        for one in rules:
            await _ask(services, one.rule, asking[one.rule.id], told[one.rule.id])
        if first % (20 * CHUNK) == 0:
            report(f"rules: {first:,} of {len(transactions):,} payments")
    return told


def patient(rule: Rule) -> Rule:
    """The rule with time enough on a busy machine."""
    assert rule.graph is not None
    return replace(rule, graph=replace(rule.graph, timeout_ms=PATIENT_MS))


async def _ask(services: Services, rule: Rule, asked: Sequence[Payment], firing: Firing) -> None:
    """Ask as screening does; what was cut once more with patience, so that recall is not the machine's."""
    started = perf_counter()
    answers = await ask_rule(services, rule, asked)
    firing.seconds += perf_counter() - started
    cut = [one for one in asked if isinstance(answers.get(one.key), str)]
    firing.found |= {key: said for key, said in answers.items() if not isinstance(said, str)}
    firing.found |= await ask_patterns(services, patient(rule), cut)
    firing.asked += asked
    firing.cut += len(cut)


async def _worth_asking(
    services: Services, rules: Sequence[CompiledRule], chunk: Sequence[Payment]
) -> dict[str, list[Payment]]:
    """By rule the payments that its condition holds for, given their histories and where their money came from.

    Where it came from is asked only for payments that it could make a rule worth asking about.
    """
    histories, categories = await histories_of(services, chunk), services.taxonomy.categories
    fields = {
        one.key: fields_of(one, Facts(exposures=(), history=histories[one.key], seq=0), categories) for one in chunk
    }
    whole = {f"exposure.source.{name}": 1.0 for name in (*categories, "illicit", "illicit_direct")}
    matters = [
        one
        for one in chunk
        if len(worth_asking(rules, fields[one.key] | whole)) > len(worth_asking(rules, fields[one.key]))
    ]
    for payment, exposure in zip(matters, await exposures_of(services, matters), strict=True):
        facts = Facts(exposures=(exposure,), history=histories[payment.key], seq=0)
        fields[payment.key] = fields_of(payment, facts, categories)
    asking: dict[str, list[Payment]] = {one.rule.id: [] for one in rules}
    for payment in chunk:
        for one in worth_asking(rules, fields[payment.key]):
            asking[one.rule.id].append(payment)
    return asking


async def histories_of(services: Services, payments: Sequence[Payment]) -> dict[str, History]:
    """What the parties had done before, under the limits of the policy."""
    policy = services.policy
    return await get_histories(
        services.graph,
        [HistoryOf(one.key, one.at, one.payers, one.payees) for one in payments],
        window_s=policy.velocity.window_s,
        near_from=round(policy.reporting_threshold * (1.0 - policy.reporting_margin)),
        near_below=policy.reporting_threshold,
    )


async def exposures_of(services: Services, payments: Sequence[Payment]) -> list[Exposure]:
    """Where the money of each came from."""
    tracing = services.tracing("source", services.policy.hops)
    return await payment_exposures(tracing, [Exposed(one.key, one.at, one.payers, one.payees) for one in payments])
