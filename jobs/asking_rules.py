"""Asking one graph rule about the payments of a batch, so that nothing that goes wrong with it fails a payment."""

from __future__ import annotations

import time
from collections.abc import Sequence

import structlog
from msgspec.structs import replace

from graph.errors import QueryCut, Unavailable
from jobs.patterns import ask_patterns
from jobs.services import Services
from risk.facts import Finding, Payment
from risk.rules import Rule

PLANNING_MS = 5_000
# What a batch of which one part failed may take once more, over what it took.
APART, APART_S = 1.0, 0.5
# By key of payment what a graph rule found, or why it could not be asked; neither where it found nothing.
Told = dict[str, Finding | str]
log = structlog.get_logger("headwater.screening")


async def ask_rule(services: Services, rule: Rule, payments: Sequence[Payment]) -> Told:
    """What a rule found, by key of payment; the reason for those about which it could not be asked."""
    begun = time.monotonic()
    try:
        return dict(await _ask_patiently(services, rule, payments))
    except Unavailable:
        raise
    except Exception as error:
        if len(payments) == 1:
            return _failed(rule, payments, error)
        spent = time.monotonic() - begun
        return await _ask_apart(services, rule, payments, time.monotonic() + APART * spent + APART_S)


async def _ask_apart(services: Services, rule: Rule, payments: Sequence[Payment], until: float) -> Told:
    """Ask about each half by itself, and so on until that time is over: one payment must not spoil it for the rest."""
    told: Told = {}
    for part in (payments[: len(payments) // 2], payments[len(payments) // 2 :]):
        try:
            told |= await ask_patterns(services, rule, part)
        except Unavailable:
            raise
        except Exception as error:
            again = len(part) > 1 and time.monotonic() < until
            told |= await _ask_apart(services, rule, part, until) if again else _failed(rule, part, error)
    return told


def _failed(rule: Rule, payments: Sequence[Payment], error: Exception) -> Told:
    """Whatever is wrong with one rule, its query or its parameters: each payment has a decision that says so."""
    log.warning("graph_rule_failed", rule=rule.id, version=rule.version, payments=len(payments), error=str(error))
    return dict.fromkeys((payment.key for payment in payments), str(error) or type(error).__name__)


async def _ask_patiently(services: Services, rule: Rule, payments: Sequence[Payment]) -> dict[str, Finding]:
    """Ask within the rule's time; once in a process with more, since the first planning of a query takes long."""
    try:
        return await ask_patterns(services, rule, payments)
    except QueryCut:
        if rule.graph is None or (rule.id, rule.version) in services.planned:
            raise
    services.planned.add((rule.id, rule.version))
    patient = replace(rule, graph=replace(rule.graph, timeout_ms=PLANNING_MS))
    return await ask_patterns(services, patient, payments[:1]) | await ask_patterns(services, rule, payments[1:])
