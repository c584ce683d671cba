"""Finding out what decisions rest on: exposure, history and patterns, by a few set-based questions for a batch."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from graph.exposure import Payment as Asked
from graph.exposure import payment_exposures
from graph.history import HistoryOf, get_histories
from graph.live import solicited
from graph.model import Direction, Exposure, History
from graph.together import both, by_turns, together
from jobs.asking_rules import Told, ask_rule
from jobs.payer_movements import Paying
from jobs.payment_models import Judged, judge_payments
from jobs.services import Services
from risk.cascade import Basis, Outlook, look
from risk.facts import DecisionInput, Facts, Finding, Payment, Watched
from risk.floors import needs_history
from risk.policy import Policy
from risk.rules import Rule


class Open(Struct, frozen=True, kw_only=True):
    """A payment to decide upon. `content` and `text_digest` are of its transaction; `seq` is 0 if it has not landed."""

    payment: Payment
    content: str
    text_digest: str | None
    seq: int
    watched: tuple[Watched, ...] = ()


class FoundOut(Struct, frozen=True):
    """All that a decision depends on, and what was told of it before graph rules were asked."""

    given: DecisionInput
    outlook: Outlook


async def find_out(services: Services, basis: Basis, opened: Sequence[Open]) -> list[FoundOut]:
    """Gather the facts of each payment; the same for one as within a batch.

    A graph rule that is cut or fails is told in the facts, and fails no payment. Raises Unavailable if Neo4j is gone.
    """
    return await look_and_ask(services, basis, await trace(services, basis.policy, opened))


async def trace(services: Services, policy: Policy, opened: Sequence[Open]) -> list[DecisionInput]:
    """Ask for exposures and histories, and models what they say; raises Unavailable if Neo4j is gone."""
    asked = [_asked(one.payment) for one in opened]
    (sources, destinations), (histories, judged) = await both(
        together(
            _exposures(services, policy, asked, "source"),
            _exposures(services, policy, asked, "destination"),
        ),
        both(
            _histories(services, policy, [one.payment for one in opened]),
            judge_payments(services, policy, [Paying(one.payment, one.seq > 0) for one in opened]),
        ),
    )
    inputs = [
        _input(one, (source, destination), histories[one.payment.key], judged.get(one.payment.key))
        for one, source, destination in zip(opened, sources, destinations, strict=True)
    ]
    return await _unsolicited(services, policy, inputs)


async def look_and_ask(services: Services, basis: Basis, inputs: Sequence[DecisionInput]) -> list[FoundOut]:
    """Look at what was traced, and ask the graph rules that can still change an outcome."""
    outlooks = await _look(inputs, basis)
    told = await _patterns(services, _with_cuts(inputs, outlooks), outlooks)
    return [FoundOut(given, outlook) for given, outlook in zip(told, outlooks, strict=True)]


async def _look(inputs: Sequence[DecisionInput], basis: Basis) -> list[Outlook]:
    """Look at each payment; where an expression was stopped for its slowness, others may have their turn."""
    outlooks = []
    async for given in by_turns(inputs):
        outlooks.append(look(given, basis))
        if outlooks[-1].cut:
            await asyncio.sleep(0)
    return outlooks


def _with_cuts(inputs: Sequence[DecisionInput], outlooks: Sequence[Outlook]) -> list[DecisionInput]:
    """Keep which rules were not judged: that hangs on how busy the machine was, and must come out alike on replay."""
    return [
        replace(given, facts=replace(given.facts, cut=dict(outlook.cut))) if outlook.cut else given
        for given, outlook in zip(inputs, outlooks, strict=True)
    ]


def _asked(payment: Payment) -> Asked:
    return Asked(payment.key, payment.at, payment.payers, payment.payees)


def _input(one: Open, exposures: tuple[Exposure, ...], history: History, judged: Judged | None) -> DecisionInput:
    facts = Facts(exposures=exposures, history=history, seq=one.seq, watched=one.watched)
    if judged is not None:
        versions = {judged.signal.name: judged.version} if judged.version else {}
        facts = replace(facts, models=(judged.signal,), model_versions=versions)
    return DecisionInput(payment=one.payment, content=one.content, text_digest=one.text_digest, facts=facts)


async def _exposures(
    services: Services, policy: Policy, payments: Sequence[Asked], direction: Direction
) -> list[Exposure]:
    return await payment_exposures(services.tracing(direction, policy.hops), payments)


async def _histories(services: Services, policy: Policy, payments: Sequence[Payment]) -> dict[str, History]:
    threshold = policy.reporting_threshold
    return await get_histories(
        services.graph,
        [HistoryOf(one.key, one.at, one.payers, one.payees) for one in payments],
        window_s=policy.velocity.window_s,
        near_from=round(threshold * (1.0 - policy.reporting_margin)),
        near_below=threshold,
    )


async def _unsolicited(services: Services, policy: Policy, inputs: Sequence[DecisionInput]) -> list[DecisionInput]:
    """Ask, where it matters, whether a payee had ever paid a payer."""
    asking = {given.payment.key: _asked(given.payment) for given in inputs if needs_history(given, policy)}
    known = await solicited(services.graph, list(asking.values()))
    return [
        replace(given, facts=replace(given.facts, unsolicited=True))
        if (key := given.payment.key) in asking and key not in known
        else given
        for given in inputs
    ]


async def _patterns(
    services: Services, inputs: Sequence[DecisionInput], outlooks: Sequence[Outlook]
) -> list[DecisionInput]:
    """Ask every graph rule that can still change an outcome, all at once, each about all payments that it is about."""
    asking: dict[str, tuple[Rule, list[Payment]]] = {}
    for given, outlook in zip(inputs, outlooks, strict=True):
        for one in outlook.open_rules:
            asking.setdefault(one.rule.id, (one.rule, []))[1].append(given.payment)
    if not asking:
        return list(inputs)
    told = await together(*(ask_rule(services, rule, payments) for rule, payments in asking.values()))
    answers = dict(zip(asking, told, strict=True))
    return [_with_findings(given, outlook, answers) for given, outlook in zip(inputs, outlooks, strict=True)]


def _with_findings(given: DecisionInput, outlook: Outlook, answers: Mapping[str, Told]) -> DecisionInput:
    findings: dict[str, Finding | None] = {}
    failed: dict[str, str] = {}
    for one in outlook.open_rules:
        answer = answers[one.rule.id].get(given.payment.key)
        if isinstance(answer, str):
            failed[one.rule.id] = answer
        else:
            findings[one.rule.id] = answer
    return replace(given, facts=replace(given.facts, findings=findings, failed=failed)) if outlook.open_rules else given
